"""The ledger of whole nights: written before the alias moves, once, with champion before and after."""

from pathlib import Path

import pytest

from morrow import steps
from morrow.errors import RegistryError
from morrow.store.ledger import LedgerEntry, read_entries
from morrow.store.succession import order
from tests.champions import die_before_aliases_move
from tests.commands import run
from tests.conftest import weekdays
from tests.projects import night, play, project

pytestmark = pytest.mark.no_cover  # whole nights: coverage doubles the seconds
LAST = weekdays(420)[-1]


def entries(root: Path) -> list[LedgerEntry]:
    """The ledger of a project."""
    return read_entries(night(root).store, "toy")


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project of two baselines."""
    return project(tmp_path_factory.mktemp("ledger"))


def test_a_night_killed_before_its_alias_moved_decides_the_same(root: Path) -> None:
    """The decision is on record before the alias moves, and running again adds none and moves it."""
    with die_before_aliases_move(), pytest.raises(KeyboardInterrupt):
        play(root, weekdays(420)[-3].date())
    assert night(root).registry.champion("toy") is None
    (written,) = entries(root)
    report = play(root, weekdays(420)[-3].date())
    assert entries(root) == [written]
    assert (written.decision, written.champion_before, written.version_before) == ("promote", None, None)
    assert (written.champion_after, written.version_after) == (report["champion"]["name"], "1")
    assert written.data_version
    assert written.by == "morrow"
    assert set(written.figures) == {"ewma", "unconditional"}
    assert written.windows["test"].endswith(f"..{weekdays(420)[-3].date()}")


def test_a_later_night_adds_one_decision(root: Path) -> None:
    """A second retraining appends its own row with the champion before it, and a quiet night none."""
    before = entries(root)
    play(root, LAST.date())
    after = entries(root)
    assert after[:-1] == before
    assert after[-1].as_of == LAST.date()
    assert after[-1].version_before == "1"
    assert after[-1].decision in ("refresh", "keep", "promote")
    play(root, LAST.date())
    assert entries(root) == after


def test_a_night_whose_only_version_was_lost_makes_another(tmp_path: Path) -> None:
    """After the retirement the same retraining is done once more, killed or not, and is on record twice."""
    own = project(tmp_path / "lost", recipes=("ewma",))
    config = ("--config", own / "morrow.toml")
    play(own)
    (night(own).registry.version("toy", "1").folder / "weights.safetensors").unlink()
    with pytest.raises(RegistryError, match="morrow retire 1 --universe toy"):
        play(own)
    assert run("retire", "1", *config)[0] == 0
    with die_before_aliases_move(), pytest.raises(KeyboardInterrupt):
        play(own)
    report = play(own)
    assert report["champion"]["version"] == "2"
    assert [each.decision for each in order(entries(own))] == ["promote", "retire", "promote"]


def test_forced_again_the_same_night_adds_nothing(root: Path) -> None:
    """``morrow judge`` on the same data, configuration and code repeats its decision, and adds no row."""
    from dataclasses import replace

    before = entries(root)
    steps.play(replace(night(root, LAST.date()), forced=True), steps.STEPS)
    assert entries(root) == before
