"""The board from real tables: before the first night, after it, and where it cannot be written."""

import json
from pathlib import Path

import pytest

from morrow import steps
from morrow.errors import ExportError
from morrow.steps import deliver
from morrow.steps.board_facts import gather_facts
from morrow.steps.deliver.board import deliver_board, write_board
from tests.projects import night, project


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project whose prices are taken in, and nothing else."""
    folder = project(tmp_path_factory.mktemp("board") / "project")
    steps.play(night(folder), [step for step in steps.STEPS if step.name == "ingest"])
    return folder


def test_nothing_in_the_store_is_a_board_too(tmp_path: Path) -> None:
    """Before the first night nothing is created but the board, and it says what comes first."""
    folder = project(tmp_path / "project")
    before = {each.name for each in folder.iterdir()}
    result = write_board(night(folder))
    assert result.path == "board/toy/index.html"
    assert "No night has been reported yet" in (folder / result.path).read_text(encoding="utf-8")
    assert {each.name for each in folder.iterdir()} - before <= {"board"}


def test_bars_without_a_forecast(root: Path) -> None:
    """The four symbols have their pages, and the newest session is that of the tables."""
    facts = gather_facts(night(root))
    assert facts.symbols() == ["S0", "S1", "S2", "S3"]
    assert facts.bars["session"].max() == facts.sessions[-1]
    assert (facts.cutoff, facts.leaderboard, facts.problems) == (None, (), ())
    result = write_board(night(root))
    pages = list((root / "board" / "toy").rglob("*.html"))
    assert result.pages == len(pages) >= 6


def test_a_night_is_kept_and_shown(root: Path) -> None:
    """The report that is delivered heads the page, with its alarm."""
    alarm = {"kind": "old", "message": "the newest session is old", "command": "morrow check", "fails": True}
    tonight = night(root)
    report = steps.report(tonight, {}, {"total": 1.0}) | {"cutoff": "2021-08-10", "alarms": [alarm]}
    deliver_board(tonight, report)
    text = (root / report["board"]["path"]).read_text(encoding="utf-8")
    assert "the newest session is old" in text
    assert json.loads((root / "board" / "toy" / "summary.json").read_text())["needs"] == "1 thing"


def test_a_folder_that_cannot_be_written_names_the_command(tmp_path: Path) -> None:
    """The message says that the night is done, and what to run."""
    folder = project(tmp_path / "project")
    (folder / "board").write_text("a file", encoding="utf-8")
    with pytest.raises(ExportError, match=r"everything else of the night is done.*morrow board"):
        write_board(night(folder))


@pytest.mark.parametrize("fault", [ExportError("no room"), KeyError("seconds"), RecursionError()])
def test_a_fault_in_the_pages_is_an_alarm_and_the_report_stays(
    root: Path, monkeypatch: pytest.MonkeyPatch, fault: Exception
) -> None:
    """Whatever is raised, the night has its report, which names the command that writes the pages."""

    def fail(*_: object) -> None:
        raise fault

    monkeypatch.setattr(deliver.board, "write_board", fail)
    tonight = night(root)
    report = steps.report(tonight, {}, {"total": 1.0})
    deliver_board(tonight, report)
    (alarm,) = report["alarms"]
    assert alarm["message"].startswith("the board was not written: ")
    assert (alarm["command"], alarm["fails"]) == (tonight.command_line("board"), True)
    assert "board" not in report


def test_a_broken_summary_of_another_universe_is_left_out(root: Path) -> None:
    """It comes back on the first page with its own next night."""
    for name, text in (("broken", "{"), ("short", '{"universe": "short"}')):
        (root / "board" / name).mkdir(parents=True)
        (root / "board" / name / "summary.json").write_text(text, encoding="utf-8")
    write_board(night(root))
    index = (root / "board" / "index.html").read_text(encoding="utf-8")
    assert "toy" in index
    assert "broken" not in index
    assert "short/" not in index
