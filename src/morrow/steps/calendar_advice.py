"""Advice on the calendar: days on which most symbols have a bar and it no session, or the other way round."""

from collections.abc import Sequence

import pandas as pd

from morrow.completeness import RECENT, SHARED
from morrow.frames import QUARANTINE
from morrow.steps.context import Night

RULE = "session on the calendar"
SPAN = 250  # newest sessions that are looked at
DAYS_IN_WORDS = 5


def advise_on_calendar(night: Night) -> tuple[str, ...]:
    """Say which sessions to add to a universe's calendar, and which to remove, where most symbols show it.

    Raises:
        StoreError: a table cannot be read.
        HistoryError: no bar is known.
    """
    market, name = night.market, night.options.calendar
    axis = market.sessions[-SPAN:]
    bars = market.bars[market.bars["session"] >= axis[0]]
    count = max(int(bars.loc[bars["session"] >= axis[-RECENT:][0], "symbol"].nunique()), 1)
    lines = []
    if added := _find_extra_days(night, count, axis[0]):
        lines.append(
            f"most symbols have a bar on {_list(added)}, which is no session of {name}; if it was one: "
            f"sessions = {{ add = [{', '.join(added)}] }}"
        )
    lacking = axis.difference(pd.DatetimeIndex(bars["session"].unique()))
    if removed := [f"{day:%Y-%m-%d}" for day in lacking]:
        lines.append(
            f"no symbol has a bar on {_list(removed)}, which is a session of {name}; if it was none: "
            f"sessions = {{ remove = [{', '.join(removed)}] }}"
        )
    return tuple(lines)


def _find_extra_days(night: Night, symbols: int, first: pd.Timestamp) -> list[str]:
    """Days off the calendar on which at least half as many symbols as trade had a bar refused."""
    rows = night.store.read(
        QUARANTINE,
        night.universe,
        columns=["symbol", "session", "decision"],
        where=[("rule", "=", RULE), ("session", ">=", first.date())],
    )
    if night.as_of is not None:
        rows = rows[rows["session"] <= pd.Timestamp(night.as_of)]
    counts = rows[rows["decision"].isna()].groupby("session")["symbol"].nunique()
    return [f"{day:%Y-%m-%d}" for day in counts.index[counts >= max(SHARED * symbols, 1)]]


def _list(days: Sequence[str]) -> str:
    more = len(days) - DAYS_IN_WORDS
    return ", ".join(days[:DAYS_IN_WORDS]) + (f" and {more} more days" if more > 0 else "")
