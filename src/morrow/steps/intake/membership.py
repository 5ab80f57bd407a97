"""Ingest the membership of the universe, and record renames."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from morrow import membership
from morrow.errors import HistoryError, UserError
from morrow.frames import MEMBERSHIP, RENAMES
from morrow.sources.membership import read_spells
from morrow.steps.context import Night

_ROUNDING = 1e-6  # relative
_MOST_APART = 0.05  # share of the sessions that both names have


@dataclass(frozen=True)
class RecordedRename:
    """A rename on record: from which session on it is in force, since when it is known, whether it is new."""

    old: str
    new: str
    start: date
    known_at: date
    fresh: bool


def take_in(night: Night, newest: date | None) -> int:
    """Store the universe's membership table as known from the night's day on.

    Nothing is done where the universe has no such table.

    Args:
        night: of one universe.
        newest: the last session that was stored before tonight.

    Returns:
        Rows that were added.

    Raises:
        SourceError: the table cannot be read, or one of its rows is wrong.
    """
    if night.options.membership is None:
        return 0
    spells = read_spells(night.options.membership, night.config.root)
    day = pd.Timestamp(night.clock.resolve(newest))
    rows = membership.find_changes(night.store.read(MEMBERSHIP, night.universe), spells, day)
    if rows.empty:
        return 0
    rows = rows.assign(universe=night.universe, recorded_at=night.now)
    inserted, updated = night.store.upsert(MEMBERSHIP, rows)
    return inserted + updated


def rename(night: Night, old: str, new: str, start: date) -> RecordedRename:
    """Record that a symbol has a new name from a session on.

    It counts as known from that session on where that lies in the universe's first load, as its bars do,
    and otherwise from the night's ``as_of`` or the newest stored session.

    Raises:
        HistoryError: the old name has no bar before that session.
        UserError: both names have different bars on the same sessions, or another rename contradicts it.
    """
    night.restart()
    store = night.store
    key = {"universe": night.universe, "old": old, "new": new, "from": pd.Timestamp(start)}
    rows = store.read(RENAMES, night.universe)
    same = rows[(rows["old"] == old) & (rows["new"] == new)]
    if len(same) and same["from"].iloc[0] == key["from"]:
        return RecordedRename(old, new, start, same["known_at"].iloc[0].date(), fresh=False)
    prices = night.stored_bars
    _refuse(night, old, new, start, prices, rows)
    known_at = _known_at(night, start, prices)
    row = pd.DataFrame([key | {"known_at": pd.Timestamp(known_at), "recorded_at": night.now}])
    store.append(RENAMES, row)
    night.forget_market()
    return RecordedRename(old, new, start, known_at, fresh=True)


def _refuse(night: Night, old: str, new: str, start: date, prices: pd.DataFrame, rows: pd.DataFrame) -> None:
    if old == new:
        raise UserError(f'"{old}" cannot be renamed to itself; name the new symbol second')
    contradicting = rows[(rows["old"] == old) | ((rows["new"] == new) & (rows["old"] != old))]
    if len(contradicting):
        record = contradicting.iloc[0]
        raise UserError(
            f'"{record["old"]}" is on record as renamed to "{record["new"]}" from {record["from"]:%Y-%m-%d}, '
            f"which contradicts this; see: {night.command_line('symbols list')}"
        )
    old_bars, new_bars = (prices.loc[prices["symbol"] == name, ["session", "close"]] for name in (old, new))
    old_sessions = old_bars["session"]
    if not (old_sessions < pd.Timestamp(start)).any():
        first = (
            f"its first is {old_sessions.min():%Y-%m-%d}"
            if len(old_sessions)
            else f'"{night.universe}" has none of it'
        )
        raise HistoryError(f'"{old}" has no bar before {start}: {first}; correct the name or the date')
    both = old_bars.merge(new_bars, on="session", suffixes=("", "_new"))
    apart = both[~np.isclose(both["close"], both["close_new"], rtol=_ROUNDING, atol=0)]
    if len(apart) > _MOST_APART * len(both):
        raise UserError(
            f'"{old}" and "{new}" have different closes on {len(apart)} of {len(both)} sessions, first '
            f"{apart['session'].min():%Y-%m-%d}: they are two symbols, not one; correct the names"
        )


def _known_at(night: Night, start: date, prices: pd.DataFrame) -> date:
    """When a rename became known: with the bars around it, if those came in the universe's first load."""
    first_load = prices[prices["ingested_at"] == prices["ingested_at"].min()]
    if night.as_of is None and pd.Timestamp(start) <= first_load["session"].max():
        return start
    return max(start, night.clock.resolve(prices["session"].max().date()))
