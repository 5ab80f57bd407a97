"""``morrow champion``, ``promote``, ``rollback``, ``retire``, and what ``status`` and ``ledger`` say then."""

import json
from pathlib import Path

import pytest

from morrow.store.ledger import read_entries
from tests.champions import die_before_aliases_move, make_reigns
from tests.commands import TWO_UNIVERSES, run
from tests.projects import copy_project, night


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three versions, made once because each takes a second."""
    return make_reigns(tmp_path_factory.mktemp("reigns") / "toy")


@pytest.fixture
def root(template: Path, tmp_path: Path) -> Path:
    """A copy of the project."""
    return copy_project(template, tmp_path / "toy")


def command(root: Path, *words: str) -> tuple[int, str, str]:
    """Run a command on the project."""
    return run(*words, "--config", root / "morrow.toml")


def test_champion_says_who_since_when_and_why(root: Path) -> None:
    """In words, and as JSON with the versions that could come back."""
    run_id = night(root).registry.versions("toy")[2].run_id
    code, out, err = command(root, "champion")
    assert (code, err) == (0, "")
    assert out.splitlines() == [
        "toy  lstm version 3",
        "  since      2021-08-04, refresh by morrow",
        "  because    reason 3",
        f"  trained    through 2021-08-04, run {run_id}",
        "  before     version 2, 1",
    ]
    (document,) = json.loads(command(root, "champion", "--json")[1])
    assert (document["version"], document["can_return_to"], document["retired"]) == ("3", ["2", "1"], [])
    assert document["since"]["reason"] == "reason 3"


def test_a_dry_run_says_what_the_command_then_does(root: Path) -> None:
    """The same move in both, with the person's reason and name, and what to run next."""
    words = ("rollback", "--because", "calmer", "--by", "me")
    assert command(root, *words, "--dry-run") == (
        0, "toy\n  champion   would be: lstm version 3 -> lstm version 2\n  because    calmer, by me\n", "",
    )  # fmt: skip
    assert command(root, *words)[1] == (
        "toy\n  champion   lstm version 3 -> lstm version 2\n  because    calmer, by me\n"
        f"Next: morrow export --universe toy --config {root}/morrow.toml\n"
    )
    last = read_entries(night(root).store, "toy")[-1]
    assert (last.decision, last.reason, last.by) == ("rollback", "calmer", "me")


@pytest.mark.parametrize("words", [("retire", "3"), ("promote", "RUN", "--because", "calm")])
def test_a_dry_run_of_any_decision_changes_nothing(root: Path, words: tuple[str, ...]) -> None:
    """It says the move and leaves ledger, aliases and tags as they are."""
    registry = night(root).registry
    run_id = registry.versions("toy")[1].run_id
    before = registry.aliases("toy"), registry.versions("toy"), read_entries(night(root).store, "toy")
    line = [run_id if word == "RUN" else word for word in words]
    code, out, _ = command(root, *line, "--dry-run")
    assert code == 0
    assert "  champion   would be: lstm version 3 -> lstm version 2" in out
    after = registry.aliases("toy"), registry.versions("toy"), read_entries(night(root).store, "toy")
    assert after == before


def test_retire_and_promote_are_reported_as_json(root: Path) -> None:
    """The champion stays when another version is retired; a run promotes it again."""
    (document,) = json.loads(command(root, "retire", "1", "--because", "old", "--json")[1])
    assert (document["retired"], document["before"], document["next"]) == ("1", document["after"], None)
    run_id = night(root).registry.versions("toy")[0].run_id
    (document,) = json.loads(command(root, "promote", run_id, "--because", "no, good", "--json")[1])
    assert (document["decision"], document["recorded"]) == ("manual", True)
    assert document["after"] == {"name": "ewma", "version": "1"}
    (document,) = json.loads(command(root, "promote", run_id, "--because", "again", "--json")[1])
    assert (document["recorded"], document["settled"]) == (False, "version 1 is champion already")


def test_a_promotion_needs_a_reason(root: Path) -> None:
    """Without one nothing is decided."""
    code, _, err = command(root, "promote", "abc")
    assert code == 2
    assert "--because" in err


def test_one_universe_of_several_must_be_named(tmp_path: Path) -> None:
    """A rollback of all of them is never what was meant."""
    (tmp_path / "morrow.toml").write_text(TWO_UNIVERSES, encoding="utf-8")
    for words in (("rollback",), ("retire", "1"), ("promote", "abc", "--because", "x")):
        code, _, err = command(tmp_path, *words)
        assert (code, err) == (2, "error: name one universe with --universe: one, two\n")


def test_status_names_a_disagreement_and_the_command_that_mends_it(root: Path) -> None:
    """A rollback that was killed: dry run and rebuild list the same differences, and then all agree."""
    with die_before_aliases_move():
        assert command(root, "rollback")[0] == 130
    assert (
        "  problem    MLflow and the ledger disagree: alias champion is 3, by the ledger 2; "
        "alias previous is 2, by the ledger 3; mend it with: morrow ledger rebuild --universe toy"
    ) in command(root, "status")[1]
    for words, state in ((("--dry-run",), "would be"), ((), "is"), ((), None)):
        code, out, err = command(root, "ledger", "rebuild", *words)
        assert (code, err) == (0, "")
        assert out.splitlines() == (
            ["toy", f"  alias champion {state} 2; it was 3", f"  alias previous {state} 3; it was 2"]
            if state
            else ["toy", "  MLflow agrees with the ledger"]
        )
    (document,) = json.loads(command(root, "status", "--json")[1])
    assert (document["problems"], document["champion"]["version"]) == ([], "2")


def test_a_lost_retirement_is_rebuilt(root: Path) -> None:
    """A tag that somebody removed comes back from the ledger, and one that nobody decided goes."""
    command(root, "retire", "1", "--by", "me")
    registry = night(root).registry
    registry.tag_version("toy", "1", "retired", None)
    registry.tag_version("toy", "2", "retired", "by nobody")
    code, out, _ = command(root, "ledger", "rebuild")
    assert code == 0
    assert "  tag retired of version 2 is removed; it was by nobody" in out
    assert [each.tags.get("retired") is not None for each in registry.versions("toy")] == [True, False, False]


def test_status_shows_an_altered_champion_and_a_rollback_mends_it(root: Path) -> None:
    """It does not fail itself, and after the rollback the line is gone."""
    (night(root).registry.version("toy", "3").folder / "model.json").write_text("{}")
    code, out, err = command(root, "status")
    assert (code, err) == (0, "")
    assert 'model.json" was altered' in out
    assert f"morrow rollback --universe toy --config {root}/morrow.toml" in out
    assert command(root, "rollback")[0] == 0
    assert "problem" not in command(root, "status")[1]
