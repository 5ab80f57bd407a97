"""How complete bars are, against the calendar, between the first and the last session of each symbol."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

LISTED = 10


@dataclass(frozen=True)
class Gap:
    """Sessions in a row on which a symbol has no bar between two that it has."""

    symbol: str
    first: date
    last: date
    sessions: int


@dataclass(frozen=True)
class Completeness:
    """Bars that there should be and are, and the longest gaps.

    Attributes:
        expected: sessions of every symbol from its first bar to its last.
        present: bars on them.
        gaps: how many there are.
        longest: the ``LISTED`` longest, longest first, newer before older.
    """

    expected: int
    present: int
    gaps: int
    longest: tuple[Gap, ...]

    @property
    def missing(self) -> int:
        """Bars that there should be and are not."""
        return self.expected - self.present


NOTHING = Completeness(0, 0, 0, ())


def completeness(prices: pd.DataFrame, axis: pd.DatetimeIndex) -> Completeness:
    """Count the bars that there should be.

    Args:
        prices: symbol and session, sorted by both.
        axis: sessions of the calendar, ascending; bars on other days are not counted.
    """
    days = axis.to_numpy("datetime64[us]")
    session = prices["session"].to_numpy("datetime64[us]")
    code, names = pd.factorize(prices["symbol"])
    place = np.searchsorted(days, session)
    known = days[np.minimum(place, len(days) - 1)] == session
    code, place = code[known], place[known]
    same = code[1:] == code[:-1]
    missing = np.where(same, np.diff(place) - 1, 0)  # sessions before each bar but the first
    found = np.flatnonzero(missing > 0)
    order = found[np.lexsort((-place[found], -missing[found]))]
    longest = tuple(
        Gap(
            str(names[code[at]]),
            axis[place[at] + 1].date(),
            axis[place[at + 1] - 1].date(),
            int(missing[at]),
        )
        for at in order[:LISTED]
    )
    return Completeness(len(place) + int(missing.sum()), len(place), len(found), longest)
