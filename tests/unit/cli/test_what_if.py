"""``morrow judge --what-if``: other limits on what the ledger keeps, and limits that do not exist."""

import json
from pathlib import Path

import pytest

from morrow.contest import Contestant
from morrow.store import Store
from morrow.store.ledger import append_entry, read_entries
from tests.commands import run
from tests.projects import project
from tests.unit.store.test_ledger import entry


@pytest.fixture
def config(tmp_path: Path) -> tuple[str, Path]:
    """A project whose ledger has a challenger that is 0.4 % better with evidence 12."""
    root = project(tmp_path)
    champion = Contestant("ewma", True, 9, 0.002, 0.002, coverage=0.8)
    rival = Contestant(
        "lstm",
        False,
        900,
        0.00199,
        0.00199,
        coverage=0.8,
        evidence=12.0,
        near=15.0,
        effect=0.004,
        sessions=99,
    )
    figures = {each.name: each.document() for each in (champion, rival)}
    append_entry(
        Store(root / "data"), entry(universe="toy", champion_before="ewma", decision="keep", figures=figures)
    )
    return "--config", root / "morrow.toml"


def test_another_limit_decides_otherwise_and_changes_nothing(config: tuple[str, Path]) -> None:
    """A tenth as level lets the challenger in, half a per cent as effect keeps it out again."""
    code, out, err = run("judge", *config, "--what-if", "level=0.1")
    assert (code, err) == (0, "")
    assert "  what if    lstm takes over from ewma: 0.40% lower pinball, evidence 12" in out
    assert "  held       minimum effect: -0.40% pinball on 99 sessions, -0.20% is needed" in out
    _, out, _ = run("judge", *config, "--what-if", "level=0.1", "--what-if", "effect=0.5", "--json")
    (document,) = json.loads(out.splitlines()[-1])
    assert not document["verdict"]["promoted"]
    assert [rule["rule"] for rule in document["verdict"]["rules"] if not rule["held"]] == ["minimum effect"]
    assert document["settings"]["effect"] == 0.5
    assert len(read_entries(Store(config[1].parent / "data"), "toy")) == 1


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("efect=1", '--what-if: [contest] has no "efect"; known: effect, level'),
        ("effect", '--what-if takes NAME=VALUE, such as effect=0.5, not "effect"'),
        ("level=2", "--what-if level=2: Input should be less than 1"),
        ("level=x", "--what-if level=x: Input should be a valid number"),
    ],
)
def test_a_limit_that_cannot_be_is_one_line(config: tuple[str, Path], change: str, words: str) -> None:
    """A wrong name, form or value is the user's error."""
    code, out, err = run("judge", *config, "--what-if", change)
    assert (code, out) == (2, "")
    assert words in err
    assert err.count("\n") == 1


def test_without_a_contest_on_record_there_is_nothing_to_judge(tmp_path: Path) -> None:
    """A project without a ledger is told how to get one."""
    root = project(tmp_path)
    code, _, err = run("judge", "--config", root / "morrow.toml", "--what-if", "effect=1")
    assert code != 0
    assert "no contest is on record" in err
