"""The moment at which prices are final, against closes that can be looked up."""

from datetime import UTC, date, datetime

import pytest

from morrow.sessions import closing_moment, closing_time, last_final_day


def test_closing_times_are_local() -> None:
    """Schedules get a time zone and the local time at which prices are final."""
    assert closing_time("XNYS") == ("America/New_York", "16:00")
    assert closing_time("XTKS") == ("Asia/Tokyo", "15:30")
    assert closing_time("ECB") == ("Europe/Berlin", "16:00")
    assert closing_time("24/7") == closing_time("observed") == ("UTC", "00:00")


MONDAY, TUESDAY = date(2026, 1, 5), date(2026, 1, 6)


def utc(*parts: int) -> datetime:
    """A stamp of UTC."""
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type, misc]


@pytest.mark.parametrize(
    ("calendar", "now", "through"),
    [
        ("XNYS", utc(2026, 1, 6, 21, 29), MONDAY),  # 16:29 in New York
        ("XNYS", utc(2026, 1, 6, 21, 30), TUESDAY),
        ("XNYS", utc(2025, 7, 3, 17, 29), date(2025, 7, 2)),  # a half day, in summer time: 13:00 closes it
        ("XNYS", utc(2025, 7, 3, 17, 30), date(2025, 7, 3)),
        ("XTKS", utc(2026, 1, 6, 6, 59), MONDAY),  # 15:59 in Tokyo, and 15:30 is the close
        ("XTKS", utc(2026, 1, 6, 7, 0), TUESDAY),
        ("ECB", utc(2026, 1, 6, 15, 29), MONDAY),
        ("ECB", utc(2026, 1, 6, 15, 30), TUESDAY),
        ("24/7", utc(2026, 1, 7, 0, 29), MONDAY),
        ("24/7", utc(2026, 1, 7, 0, 30), TUESDAY),
        ("observed", utc(2026, 1, 7, 0, 30), TUESDAY),
    ],
)
def test_a_day_is_final_half_an_hour_after_its_close(calendar: str, now: datetime, through: date) -> None:
    """Each calendar's day is final at its own close plus the margin, and not a minute earlier."""
    assert last_final_day(calendar, now, 30) == through


def test_the_margin_may_reach_into_the_next_day() -> None:
    """With a margin of a day, yesterday is final when today closes."""
    assert last_final_day("XNYS", utc(2026, 1, 6, 20, 59), 1440) == date(2026, 1, 4)
    assert last_final_day("XNYS", utc(2026, 1, 6, 21, 0), 1440) == MONDAY


def test_closing_outside_the_sessions() -> None:
    """A Sunday, and a day after the span of a calendar, count with the regular close."""
    assert closing_moment("XNYS", date(2026, 1, 4)).isoformat() == "2026-01-04T16:00:00-05:00"
    assert closing_moment("XNYS", date(2075, 1, 4)).isoformat().startswith("2075-01-04T16:00:00")
