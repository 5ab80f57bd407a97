"""Bars against the calendar, between each symbol's first and last."""

import pandas as pd
import pytest

from morrow.completeness import Gap, find_shared_session, measure_completeness
from tests.conftest import bars, weekdays

NAN = float("nan")


def test_gaps_by_hand() -> None:
    """Only sessions between a symbol's first and last bar are expected; the longest gap comes first."""
    prices = bars({"A": [1, NAN, 3, NAN, NAN, 6, NAN], "B": [NAN, 2, NAN, 4, 5, 6, 7], "C": [NAN] * 6 + [1]})
    found = measure_completeness(prices, weekdays(7))
    days = [day.date() for day in weekdays(7)]
    assert (found.expected, found.present, found.missing, found.gaps) == (6 + 6 + 1, 3 + 5 + 1, 4, 3)
    assert found.longest == (
        Gap("A", days[3], days[4], 2),
        Gap("B", days[2], days[2], 1),
        Gap("A", days[1], days[1], 1),
    )


def test_days_off_the_calendar_are_not_counted() -> None:
    """A bar on a day that is no session is neither expected nor present."""
    prices = bars({"A": [1.0, 2, 3]})
    found = measure_completeness(prices, pd.DatetimeIndex(weekdays(3)[[0, 2]]))
    assert (found.expected, found.present, found.longest) == (2, 2, ())


@pytest.mark.parametrize(
    ("lasts", "shared"),
    [
        ((79, 79, 79, 79, 79), 79),
        ((79, 79, 78, 78, 78), 78),  # two of five are a session ahead
        ((79, 79, 79, 78, 78), 79),  # two of five are late
        ((79, 78, 77, 76, 75), 77),  # half of them are three
        ((79, 78), 79),
        ((79, 10, 8, 6, 5), 79),  # four ended long ago
    ],
)
def test_the_shared_session_is_the_newest_that_half_of_the_trading_symbols_have(
    lasts: tuple[int, ...], shared: int
) -> None:
    """Symbols that ended more than sixty sessions before have no say."""
    closes = {f"S{n}": [1.0 if day <= last else NAN for day in range(80)] for n, last in enumerate(lasts)}
    assert find_shared_session(bars(closes)) == weekdays(80)[shared]
