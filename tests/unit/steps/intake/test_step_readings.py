"""What a person says a step is, and what becomes of the bars after it."""

from pathlib import Path

import numpy as np
import pytest

from morrow.errors import UserError
from morrow.frames import QUARANTINE
from morrow.steps.intake.holds import find_holds
from morrow.steps.intake.step_readings import Reading, accept_as, parse_reading
from tests.mirrors import Mirror, take_in
from tests.projects import night

SPLIT_AT, RISE_AT = 140, 290


@pytest.fixture
def project(tmp_path: Path) -> tuple[Path, Mirror]:
    """S2 has an inferred split, and S3 is held since it rose to 1.9 times its price ten sessions ago."""
    mirror = Mirror(3, 300)
    mirror.times("S2", SPLIT_AT, 0.5, 2)
    mirror.times("S3", RISE_AT, 1.9)
    take_in(mirror.write(tmp_path))
    return tmp_path, mirror


def factors(root: Path, symbol: str) -> list[float]:
    """Both factors of a symbol's bars, multiplied."""
    bars = night(root).store.prices("toy", symbol=symbol)
    return [float(each) for each in bars["split_factor"] * bars["dividend_factor"]]


@pytest.mark.parametrize(
    "words", [["split"], ["split", "2"], ["split", "0:1"], ["spin-off", "2:1"], ["merger"], []]
)
def test_words_that_are_no_reading_are_refused(words: list[str]) -> None:
    """The message names every reading."""
    with pytest.raises(UserError, match="split N:M, spin-off, new-level, move"):
        parse_reading(words)


def test_an_inferred_split_is_undone_and_stays_undone(project: tuple[Path, Mirror]) -> None:
    """As a move the step is a return again, and the next night infers nothing."""
    root, mirror = project
    accept_as(night(root), "S2", mirror.days[SPLIT_AT].date(), Reading("move"), "anna", None)
    assert factors(root, "S2") == [1.0] * 300
    again = take_in(mirror.write(root))
    assert (again.accepted, again.revised, again.inferred) == (0, 0, ())
    assert factors(root, "S2") == [1.0] * 300


def test_what_was_known_before_an_undo_still_has_the_split(project: tuple[Path, Mirror]) -> None:
    """The undo is known from its day on."""
    root, mirror = project
    accept_as(night(root), "S2", mirror.days[SPLIT_AT].date(), Reading("move"), "anna", None)
    before = night(root).store.prices("toy", mirror.days[250].date(), "S2")
    assert before["split_factor"].iloc[-1] == 2


def test_a_held_symbol_is_stored_at_once_as_a_new_level(project: tuple[Path, Mirror]) -> None:
    """All its rows are stored, the step is no return, and the hold and the rows in quarantine are decided."""
    root, mirror = project
    (hold,) = find_holds(night(root))
    assert (hold.symbol, hold.since, hold.rows) == ("S3", mirror.days[RISE_AT].date(), 10)
    assert hold.command.startswith("morrow quarantine accept --symbol S3 --as ")
    (decision,) = accept_as(night(root), "S3", None, Reading("new level"), "anna", "merger")
    assert decision.outcome == "new level: 10 waiting rows are stored, 0 still wait"
    bars = night(root).store.prices("toy", symbol="S3")
    returns = np.diff(np.log(bars["close"] * bars["dividend_factor"]))
    assert len(bars) == 300
    assert abs(returns[RISE_AT - 1]) < 0.1
    assert find_holds(night(root)) == ()
    lines = night(root).store.read(QUARANTINE, "toy", where=[("symbol", "=", "S3")])
    assert set(lines["decision"]) == {"accepted"}
    again = take_in(mirror.write(root))
    assert (again.accepted, again.revised, again.quarantined, again.refused_before) == (0, 0, 0, 0)


def test_a_held_symbol_is_stored_as_a_true_return(project: tuple[Path, Mirror]) -> None:
    """As a move its bars are stored as they are."""
    root, _ = project
    accept_as(night(root), "S3", None, Reading("move"), "anna", None)
    assert factors(root, "S3") == [1.0] * 300


def test_a_split_that_does_not_explain_the_step_is_refused(project: tuple[Path, Mirror]) -> None:
    """A rise is no split of two shares for one, and nothing is stored."""
    root, _ = project
    with pytest.raises(UserError, match="split 2:1 does not explain the step of S3"):
        accept_as(night(root), "S3", None, Reading("split 2:1", 2.0), "anna", None)
    assert len(factors(root, "S3")) == 290


def test_a_symbol_that_is_not_held_needs_a_session(project: tuple[Path, Mirror]) -> None:
    """The message says which flag is missing."""
    with pytest.raises(UserError, match="S1 is not held; name the session of the step with --session"):
        accept_as(night(project[0]), "S1", None, Reading("move"), "anna", None)


@pytest.mark.parametrize("name", ["new level", "spin-off"])
def test_a_fault_that_ended_gets_no_factor(tmp_path: Path, name: str) -> None:
    """The bars after three at a hundred times the price are back: a factor would be a false return there."""
    mirror = Mirror(3, 300)
    mirror.times("S3", 200, 100)
    mirror.times("S3", 203, 0.01)
    take_in(mirror.write(tmp_path))
    with pytest.raises(UserError, match="S3 is back at its old level after the step of"):
        accept_as(night(tmp_path), "S3", mirror.days[200].date(), Reading(name), "anna", None)
    with pytest.raises(UserError, match="S3 is not held"):
        accept_as(night(tmp_path), "S3", None, Reading(name), "anna", None)
    assert factors(tmp_path, "S3") == [1.0] * 297


def test_an_undo_says_that_the_factor_is_taken_back(project: tuple[Path, Mirror]) -> None:
    """The bars lose it; they do not get one."""
    root, mirror = project
    day = mirror.days[SPLIT_AT].date()
    (decision,) = accept_as(night(root), "S2", day, Reading("move"), "anna", None)
    assert decision.outcome == (
        "move: 0 waiting rows are stored, 0 still wait, and the factor of 160 stored bars is taken back"
    )


def test_a_true_return_waives_its_own_rule_alone(tmp_path: Path) -> None:
    """A second step, by a hundred, still waits when the first is said to be a true return."""
    mirror = Mirror(3, 300)
    mirror.times("S3", 290, 1.9)
    mirror.times("S3", 295, 100)
    take_in(mirror.write(tmp_path))
    (decision,) = accept_as(night(tmp_path), "S3", None, Reading("move"), "anna", None)
    assert decision.outcome == "move: 5 waiting rows are stored, 5 still wait"
    assert len(factors(tmp_path, "S3")) == 295
