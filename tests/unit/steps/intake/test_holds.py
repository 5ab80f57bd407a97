"""Holds, as long as they last."""

from datetime import date
from pathlib import Path

from morrow.steps.intake.holds import Hold, find_holds, word_reason
from tests.mirrors import Mirror, take_in
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


def test_a_held_symbol_is_never_called_one_without_a_bar() -> None:
    """The reason for its fallback names the hold; other symbols' stay as they are."""
    hold = Hold("S3", "currency switch", date(2020, 2, 12), 3, "why", "command")
    reason = "no bar at the cutoff; its last is 2020-02-11"
    assert word_reason("S3", reason, [hold]) == (
        "held since 2020-02-12 by the rule currency switch; its last is 2020-02-11"
    )
    assert word_reason("S1", reason, [hold]) == reason
