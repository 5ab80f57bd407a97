"""The history of a symbol as known at the end of a day, and which part of it is assumed."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from morrow.frames import PRICES, REVISIONS
from morrow.steps.context import Night


@dataclass(frozen=True, eq=False)
class BarHistory:
    """A symbol as it was known.

    Attributes:
        bars: its last bars as they were known, a ``prices`` frame.
        count: all of its bars that were known.
        assumed: (B,) bars of the first load, which count as known at their own session.
        assumed_until: the last session of the universe's first load, None without one.
        later: revisions of those bars that became known later, a ``revisions`` frame.
        not_yet: bars of sessions up to that day that became known later.
    """

    bars: pd.DataFrame
    count: int
    assumed: NDArray[np.bool_]
    assumed_until: date | None
    later: pd.DataFrame
    not_yet: int


def read_history(night: Night, day: date, symbol: str, last: int) -> BarHistory:
    """Read what was known of a symbol at the end of a day.

    Args:
        night: of its universe.
        day: what was known at its end.
        symbol: in the universe.
        last: how many bars to return.

    Raises:
        StoreError: a table cannot be read.
    """
    store = night.store
    known_bars = store.prices(night.universe, day, symbol)
    bars = known_bars.tail(last).reset_index(drop=True)
    later = store.read(REVISIONS, night.universe, where=[("symbol", "=", symbol), ("known_at", ">", day)])
    later = later[later["session"].isin(bars["session"])].sort_values(["known_at", "session", "field"])
    current_bars = store.columns(
        PRICES, night.universe, ["symbol"], [("symbol", "=", symbol), ("session", "<=", day)]
    )
    until = store.last_session_of_first_load(night.universe)
    first = bars["session"] <= (pd.NaT if until is None else pd.Timestamp(until))
    assumed = ((bars["known_at"] == bars["session"]) & first).to_numpy()
    return BarHistory(bars, len(known_bars), assumed, until, later, len(current_bars) - len(known_bars))
