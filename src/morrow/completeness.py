"""Completeness of bars: gaps inside each symbol's history, and the newest session that symbols share."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

LISTED = 10
RECENT = 10  # sessions within which a symbol has a bar if it still trades
SHARED = 0.5  # least share of those symbols with a bar on a session that can be the cutoff


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


def find_shared_session(prices: pd.DataFrame) -> pd.Timestamp:
    """Find the newest session on which at least half of the trading symbols have a bar.

    A symbol counts on a session if it has a bar on it or on one of the nine sessions before, so that symbols
    which ended, or stay away for long, hold nobody up.

    Args:
        prices: symbol and session of at least one bar, with the days in the data as sessions.
    """
    days = np.unique(prices["session"].to_numpy("datetime64[us]"))
    session = np.searchsorted(days, prices["session"].to_numpy("datetime64[us]"))
    code, names = pd.factorize(prices["symbol"])
    first = max(len(days) - 2 * RECENT, 0)
    has_bar = np.zeros((len(days) - first, len(names)), bool)
    late = session >= first
    has_bar[session[late] - first, code[late]] = True
    for row in range(len(has_bar) - 1, max(len(has_bar) - 1 - RECENT, -1), -1):
        trading = has_bar[max(row - RECENT + 1, 0) : row + 1].any(axis=0)
        if has_bar[row].sum() >= SHARED * trading.sum():
            return pd.Timestamp(days[first + row])
    return pd.Timestamp(days[-1])
