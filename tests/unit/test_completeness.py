"""Bars against the calendar, between each symbol's first and last."""

import pandas as pd

from morrow.completeness import Gap, measure_completeness
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
