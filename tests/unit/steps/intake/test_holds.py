"""Holds and refused newest bars, as long as they last."""

from datetime import date
from pathlib import Path

import numpy as np
import pytest

from morrow.steps.intake.holds import Hold, find_holds, word_reason
from morrow.steps.intake.refusal_listing import RowQuery, find_rows
from morrow.steps.intake.row_decisions import drop
from morrow.steps.intake.step_readings import Reading, accept_as
from tests.mirrors import PRICES, Mirror, take_in
from tests.projects import night


def test_a_hold_is_listed_each_night_until_the_source_is_corrected(tmp_path: Path) -> None:
    """Rows that wait are a hold on every night; once the source gives others for them, there is none."""
    mirror = Mirror(3, 300)
    mirror.times("S3", 290, 1.9)
    for rows in (8, 9):
        take_in(mirror.write(tmp_path, 290 + rows))
        assert [(hold.symbol, hold.rows) for hold in find_holds(night(tmp_path))] == [("S3", rows)]
    mirror.times("S3", 290, 1 / 1.9)
    take_in(mirror.write(tmp_path))
    assert find_holds(night(tmp_path)) == ()


def test_holds_are_read_once_until_the_tables_change(tmp_path: Path) -> None:
    """The same night gives the same holds, and none after a decision that ended them."""
    mirror = Mirror(3, 300)
    mirror.times("S3", 290, 1.9)
    take_in(mirror.write(tmp_path))
    tonight = night(tmp_path)
    first = find_holds(tonight)
    assert find_holds(tonight) is first
    rows = find_rows(tonight, RowQuery(symbol="S3"))
    drop(tonight, rows[-1:], "ann")
    assert [hold.rows for hold in find_holds(tonight)] == [9]
    accept_as(tonight, "S3", None, Reading("move"), "ann", None)
    assert find_holds(tonight) == ()


@pytest.mark.parametrize("price", [100, 1.9])
def test_a_fault_that_ended_is_no_hold(tmp_path: Path, price: float) -> None:
    """Three bars at another level inside a history wait in quarantine; the symbol is not held."""
    mirror = Mirror(3, 300)
    mirror.times("S3", 200, price)
    mirror.times("S3", 203, 1 / price)
    assert take_in(mirror.write(tmp_path)).quarantined == 3
    assert find_holds(night(tmp_path)) == ()


def test_a_hold_after_a_fault_that_ended_begins_at_its_own_step(tmp_path: Path) -> None:
    """Rows that wait for an earlier fault are not counted."""
    mirror = Mirror(3, 300)
    mirror.times("S3", 200, 100)
    mirror.times("S3", 203, 0.01)
    mirror.times("S3", 290, 1.9)
    take_in(mirror.write(tmp_path))
    (hold,) = find_holds(night(tmp_path))
    assert (hold.since, hold.rows, hold.lasting) == (mirror.days[290].date(), 10, True)


@pytest.mark.parametrize("price", [1.9, 0.3, 100])
def test_the_command_of_a_hold_runs_as_it_stands(tmp_path: Path, price: float) -> None:
    """It has one reading, the likeliest; the others are in the advice."""
    mirror = Mirror(3, 300)
    mirror.times("S3", 298, price)
    take_in(mirror.write(tmp_path, 298))
    take_in(mirror.write(tmp_path))
    (hold,) = find_holds(night(tmp_path))
    assert hold.command == "morrow quarantine accept --symbol S3 --as new-level --universe toy"
    assert (hold.lasting, hold.rows, "correct it there" in hold.advice) == (True, 2, True)


def spoil_newest(mirror: Mirror, kind: str) -> None:
    """Spoil the newest bar of S3."""
    row = mirror.bars.index[mirror.bars["symbol"] == "S3"][-1]
    if kind == "negative":
        mirror.bars.loc[row, "close"] = -5
    elif kind == "missing":
        mirror.bars.loc[row, "close"] = np.nan
    elif kind == "copy":
        mirror.bars.loc[row, [*PRICES, "volume"]] = mirror.bars.loc[row - 1, [*PRICES, "volume"]]
    elif kind == "outside":
        mirror.bars.loc[row, "high"] = mirror.bars.loc[row, "low"] * 0.99
    elif kind == "rivals":
        mirror.bars.loc[len(mirror.bars)] = mirror.bars.loc[row].to_dict() | {"volume": 7}


@pytest.mark.parametrize(
    ("kind", "command"),
    [
        ("negative", "quarantine drop "), ("missing", "quarantine drop "), ("copy", "quarantine drop "),
        ("outside", "quarantine accept "), ("rivals", "quarantine list --symbol S3 --rule "),
    ],
)  # fmt: skip
def test_a_refused_newest_bar_is_not_called_held(tmp_path: Path, kind: str, command: str) -> None:
    """Its command does what can be done about it, and the next good bar ends it."""
    mirror = Mirror(3, 300)
    spoil_newest(mirror, kind)
    take_in(mirror.write(tmp_path, 299))
    take_in(mirror.write(tmp_path))
    (hold,) = find_holds(night(tmp_path))
    assert (hold.symbol, hold.since, hold.lasting) == ("S3", mirror.days[299].date(), False)
    assert hold.command.startswith(f"morrow {command}")


def test_a_step_at_the_newest_bar_is_asked_about_as_a_step(tmp_path: Path) -> None:
    """A fall that may be a spin-off is not offered as a plain bar, which would be a return for good."""
    mirror = Mirror(0, 420)
    mirror.times("S2", 380, 0.74)
    take_in(mirror.write(tmp_path, 380))
    take_in(mirror.write(tmp_path, 381))
    (hold,) = find_holds(night(tmp_path))
    day = mirror.days[380].date()
    assert (hold.rule, hold.lasting) == ("jump", False)
    assert hold.command == (
        f"morrow quarantine accept --symbol S2 --session {day} --as spin-off --universe toy"
    )
    take_in(mirror.write(tmp_path, 382))
    assert find_holds(night(tmp_path)) == ()


def test_a_held_symbol_is_never_called_one_without_a_bar() -> None:
    """The reason for its fallback names the hold; other symbols' stay as they are."""
    hold = Hold("S3", "currency switch", date(2020, 2, 12), 3, "why", True, "end it with", "command", "")
    reason = "no bar at the cutoff; its last is 2020-02-11"
    assert word_reason("S3", reason, [hold]) == (
        "held since 2020-02-12 by the rule currency switch; its last is 2020-02-11"
    )
    assert word_reason("S1", reason, [hold]) == reason
