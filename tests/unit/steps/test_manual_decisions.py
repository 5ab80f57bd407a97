"""Promoting, rolling back and retiring by hand, against a real registry and a real ledger."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from morrow.errors import ConfigError, RegistryError, UserError
from morrow.registry import Aliases
from morrow.steps.ledger_agreement import compare, find_champion, find_later_decision, finish_interrupted
from morrow.steps.manual_decisions import Outcome, decide, promote_run, retire_version, roll_back
from morrow.store.ledger import read_entries
from morrow.store.succession import LOST
from tests.champions import FIRST, die_before_aliases_move, make_reigns, register_version
from tests.projects import copy_project, night


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three versions, made once because each takes a second."""
    return make_reigns(tmp_path_factory.mktemp("reigns") / "toy")


@pytest.fixture
def root(template: Path, tmp_path: Path) -> Path:
    """A copy of the project."""
    return copy_project(template, tmp_path / "toy")


def go_back(root: Path, to: str | None = None, *, dry_run: bool = False) -> Outcome:
    """Roll back, as the command does."""
    return decide(
        night(root), lambda one, finished: roll_back(one, to, finished), "me", None, dry_run=dry_run
    )


def retire(root: Path, version: str, reason: str = "wrong split") -> Outcome:
    """Retire a version, as the command does."""
    return decide(night(root), lambda one, _: retire_version(one, version), "me", reason, dry_run=False)


def promote(root: Path, run_id: str) -> Outcome:
    """Promote a run, as the command does."""
    return decide(night(root), lambda one, _: promote_run(one, run_id), "me", "calmer", dry_run=False)


def aliases(root: Path) -> tuple[str | None, str | None]:
    """The versions that are champion and previous."""
    return night(root).registry.aliases("toy")[:2]


def state(root: Path) -> tuple[Aliases, int]:
    """All that a decision changes: the aliases, and how many decisions there are."""
    return night(root).registry.aliases("toy"), len(read_entries(night(root).store, "toy"))


def test_a_rollback_returns_to_the_version_before_and_is_on_record(root: Path) -> None:
    """Aliases, ledger and outcome say the same; a second one goes one further back, and a third cannot."""
    outcome = go_back(root)
    assert (outcome.before, outcome.after) == (("lstm", "3"), ("lstm", "2"))
    assert aliases(root) == ("2", "3")
    last = read_entries(night(root).store, "toy")[-1]
    assert (last.decision, last.by, last.reason) == ("rollback", "me", "rolled back to version 2 by hand")
    assert (last.version_before, last.version_after, last.champion_after) == ("3", "2", "lstm")
    assert last.data_version == "data of night 2"
    assert go_back(root).after == ("ewma", "1")
    with pytest.raises(UserError, match=r"no version reigned before .* morrow judge --universe toy"):
        go_back(root)
    assert compare(night(root)).differences() == ()


@pytest.mark.parametrize(
    "ask", [partial(go_back, dry_run=True), partial(go_back, to="3")], ids=["dry run", "champion"]
)
def test_nothing_is_decided_without_need(root: Path, ask: Callable[[Path], Outcome]) -> None:
    """A dry run, and a version that is champion already, leave ledger and aliases as they are."""
    before = state(root)
    assert not ask(root).recorded
    assert state(root) == before


def test_a_retired_version_is_never_returned_to(root: Path) -> None:
    """A rollback passes it by, naming it is refused with the command that takes it back, and that works."""
    assert retire(root, "2").after == ("lstm", "3")
    assert night(root).registry.versions("toy")[1].tags["retired"].endswith(" by me: wrong split")
    assert not retire(root, "2").recorded
    assert go_back(root).after == ("ewma", "1")
    run_id = night(root).registry.versions("toy")[1].run_id
    with pytest.raises(UserError, match=rf"retired on .* by me \(wrong split\).* morrow promote {run_id}"):
        go_back(root, "2")
    assert promote(root, run_id[:8]).after == ("lstm", "2")
    assert aliases(root) == ("2", "1")
    assert "retired" not in night(root).registry.versions("toy")[1].tags


def test_a_retired_champion_makes_way(root: Path) -> None:
    """For the version before it, and at last for nobody."""
    for version, after in (("3", "2"), ("2", "1"), ("1", None)):
        retire(root, version)
        assert aliases(root)[0] == after
    assert night(root).registry.champion("toy") is None
    assert compare(night(root)).differences() == ()
    assert finish_interrupted(night(root)) is None


def test_what_was_not_registered_is_refused(root: Path) -> None:
    """An unknown run or version is named with those that there are, and nothing changes."""
    before = state(root)
    with pytest.raises(UserError, match=r"no version was registered from run zzz .* \(version 3\), "):
        promote(root, "zzz")
    with pytest.raises(UserError, match='universe "toy" has no version 9; its newest versions: 3, 2, 1'):
        go_back(root, "9")
    with pytest.raises(UserError, match="no version 9"):
        retire(root, "9")
    assert state(root) == before


def test_a_version_that_does_not_fit_is_refused(root: Path) -> None:
    """Altered files, another universe's model and another horizon: each is named, and nothing changes."""
    register_version(root, "ewma", "night 4", FIRST, universe="other")
    register_version(root, "ewma", "night 5", FIRST, forecast={"horizon": 9})
    folder = night(root).registry.version("toy", "2").folder
    (folder / "model.json").write_text("{}")
    before = state(root)
    for version, error, words in (
        ("4", ConfigError, 'version 4 of universe "toy" was trained on universe "other"'),
        ("5", ConfigError, "answers another horizon"),
        ("2", RegistryError, r'model\.json" was altered'),
    ):
        with pytest.raises(error, match=words):
            go_back(root, version)
    assert state(root) == before


@pytest.mark.parametrize("again", [go_back, lambda root: finish_interrupted(night(root))])
def test_a_rollback_that_was_killed_is_finished(root: Path, again: Callable[[Path], object]) -> None:
    """Killed between ledger and alias, the command run again, or the next night, moves the alias; once."""
    with die_before_aliases_move(), pytest.raises(KeyboardInterrupt):
        go_back(root)
    assert aliases(root) == ("3", "2")
    assert compare(night(root)).interrupted_move is not None
    again(root)
    assert aliases(root) == ("2", "3")
    assert len(read_entries(night(root).store, "toy")) == 4
    assert compare(night(root)).interrupted_move is None


def test_an_alias_moved_by_hand_is_left_alone_but_named(root: Path) -> None:
    """A night does not undo it; the next decision about the champion settles it."""
    night(root).registry.promote("toy", "1")
    assert finish_interrupted(night(root)) is None
    assert aliases(root) == ("1", "3")
    assert [(each.what, each.registry, each.ledger) for each in compare(night(root)).differences()] == [
        ("alias champion", "1", "3"),
        ("alias previous", "3", "2"),
    ]
    go_back(root, "1")
    assert compare(night(root)).differences() == ()


def test_a_champion_that_was_deleted_stops_the_night_until_a_rollback(root: Path) -> None:
    """The line names the rollback, which passes the deleted version by."""
    delete_version(root, "3")
    with pytest.raises(
        RegistryError, match=r"version 3 .* is champion, but no .* morrow rollback --universe"
    ):
        finish_interrupted(night(root))
    assert go_back(root).after == ("lstm", "2")
    assert finish_interrupted(night(root)) is None


def delete_version(root: Path, version: str) -> None:
    """Delete a version with its alias, as MLflow does."""
    with closing(sqlite3.connect(root / "mlruns" / "mlflow.db")) as database, database:
        database.execute("DELETE FROM registered_model_aliases WHERE version = ?", (version,))
        database.execute(
            "UPDATE model_versions SET current_stage = 'Deleted_Internal' WHERE version = ?", (version,)
        )


def damage_version(root: Path, version: str) -> None:
    """Alter a byte of a version's document."""
    file = night(root).registry.version("toy", version).folder / "model.json"
    file.write_bytes(file.read_bytes()[:-1] + b" ")


def test_a_move_whose_version_is_gone_is_not_followed(root: Path) -> None:
    """A rollback was killed and its version deleted then: the next one goes to what is left."""
    with die_before_aliases_move(), pytest.raises(KeyboardInterrupt):
        go_back(root)
    delete_version(root, "2")
    assert compare(night(root)).interrupted_move is None
    assert finish_interrupted(night(root)) is None
    assert go_back(root).after == ("ewma", "1")
    assert aliases(root)[0] == "1"
    assert compare(night(root)).differences() == ()


@pytest.mark.parametrize("lose", [delete_version, damage_version])
def test_a_lost_only_champion_is_retired(root: Path, lose: Callable[[Path, str], None]) -> None:
    """Deleted or altered: a rollback names the retirement, which works, and says that nobody judged it."""
    for version in ("1", "2"):
        retire(root, version)
    lose(root, "3")
    with pytest.raises(UserError, match=r"do without the champion until .* morrow retire 3 --universe toy"):
        go_back(root)
    with pytest.raises(RegistryError, match="morrow retire 3 --universe toy"):
        find_champion(night(root)) or finish_interrupted(night(root))
    outcome = retire(root, "3")
    assert (outcome.before, outcome.after) == (("lstm", "3"), None)
    assert night(root).registry.aliases("toy").champion is None
    assert compare(night(root)).differences() == ()
    assert LOST in read_entries(night(root).store, "toy")[-1].figures


def test_a_rollback_passes_an_altered_version_by(root: Path) -> None:
    """So the command that a line about the champion names always works, and says what it left out."""
    damage_version(root, "3")
    damage_version(root, "2")
    with pytest.raises(RegistryError, match=r"version 3: .* altered: .* morrow rollback --universe toy$"):
        find_champion(night(root))
    outcome = go_back(root)
    assert outcome.after == ("ewma", "1")
    assert outcome.reason.startswith(
        "rolled back to version 1 by hand; not to version 2 (morrow-toy version 2"
    )


def test_a_ledger_without_decisions_goes_by_the_aliases(root: Path) -> None:
    """A registry from before the ledger can be rolled back to its alias ``previous``."""
    (root / "data").rename(root / "old")
    assert compare(night(root)).differences() == ()
    assert go_back(root).after == ("lstm", "2")


def test_a_later_decision_of_a_person_is_found(root: Path) -> None:
    """The same retraining run again must not undo it."""
    third = "2021-08-04 night 3"
    assert find_later_decision(night(root), third) is None
    go_back(root)
    later = find_later_decision(night(root), third)
    assert later is not None
    assert later.decision == "rollback"
    assert find_later_decision(night(root), "2021-08-04 unknown") is None


def test_a_champion_of_a_later_retraining_is_found(root: Path) -> None:
    """A retraining run again after another one has crowned its own must not report its old promotion."""
    later = find_later_decision(night(root), "2021-08-02 night 1")
    assert later is not None
    assert (later.entry, later.by, later.version_after) == ("night 3", "morrow", "3")
