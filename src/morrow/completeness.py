"""Completeness of the bars between each symbol's first and last session, against the calendar."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

LISTED = 10


@dataclass(frozen=True)
class Gap:
    """Consecutive sessions without a bar between two bars of a symbol."""

    symbol: str
    first: date
    last: date
    sessions: int


@dataclass(frozen=True)
class Completeness:
    """Expected and present bars, and the longest gaps.

    Attributes:
        expected: sessions of every symbol from its first bar to its last.
        present: bars on them.
        gaps: number of gaps.
        longest: the ``LISTED`` longest gaps, longest first, newer before older.
    """

    expected: int
    present: int
    gaps: int
    longest: tuple[Gap, ...]

    @property
    def missing(self) -> int:
        """Expected bars that are not present."""
        return self.expected - self.present


NOTHING = Completeness(0, 0, 0, ())


def measure_completeness(prices: pd.DataFrame, axis: pd.DatetimeIndex) -> Completeness:
    """Count expected and present bars.

    Args:
        prices: symbol and session, sorted by both.
        axis: sessions of the calendar, ascending; bars on other days are not counted.
    """
    days = axis.to_numpy("datetime64[us]")
    session = prices["session"].to_numpy("datetime64[us]")
    code, names = pd.factorize(prices["symbol"])
    position = np.searchsorted(days, session)
    on_calendar = days[np.minimum(position, len(days) - 1)] == session
    code, position = code[on_calendar], position[on_calendar]
    same = code[1:] == code[:-1]
    missing = np.where(same, np.diff(position) - 1, 0)  # sessions before each bar but the first
    gaps = np.flatnonzero(missing > 0)
    order = gaps[np.lexsort((-position[gaps], -missing[gaps]))]
    longest = tuple(
        Gap(
            str(names[code[at]]),
            axis[position[at] + 1].date(),
            axis[position[at + 1] - 1].date(),
            int(missing[at]),
        )
        for at in order[:LISTED]
    )
    return Completeness(len(position) + int(missing.sum()), len(position), len(gaps), longest)
