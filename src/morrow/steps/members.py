"""Take in who is in the universe when, and record renames."""

from dataclasses import dataclass
from datetime import date

import pandas as pd

from morrow import membership
from morrow.errors import HistoryError, UserError
from morrow.frames import MEMBERSHIP, PRICES, RENAMES
from morrow.steps.night import Night

SURVIVORS = "membership is as of today: symbols that are gone are not in it (survivorship bias)"


@dataclass(frozen=True)
class Renamed:
    """A rename on record: from which session on it is in force, since when it is known, whether it is new."""

    old: str
    new: str
    start: date
    known_at: date
    fresh: bool


def take_in(night: Night) -> int:
    """Keep what the universe's membership table says, with the day on which it became known.

    That day is the night's ``as_of``, or the newest stored session. Nothing is done where the universe has
    no such table.

    Returns:
        Rows that were added.

    Raises:
        SourceError: the table cannot be read, or one of its rows is wrong.
    """
    if night.options.membership is None:
        return 0
    from morrow.sources.membership import read_spells  # noqa: PLC0415 (only for universes with a table)

    spells = read_spells(night.options.membership, night.config.root)
    store = night.store()
    newest = store.signature(PRICES, night.universe).newest
    day = pd.Timestamp(night.as_of or newest or night.now.date())
    rows = membership.find_changes(store.read(MEMBERSHIP, night.universe), spells, day)
    if rows.empty:
        return 0
    inserted, updated = store.upsert(MEMBERSHIP, rows.assign(universe=night.universe, recorded_at=night.now))
    return inserted + updated


def in_words(night: Night) -> str:
    """One line that says where membership comes from, for reports and runs."""
    options = night.options.membership
    if options is None:
        return SURVIVORS
    from morrow.sources.membership import table_name  # noqa: PLC0415 (only for universes with a table)

    return f"membership by session, from {options.kind}:{table_name(options)}"


def rename(night: Night, old: str, new: str, start: date) -> Renamed:
    """Put on record that a symbol bears a new name from a session on.

    It counts as known from that session on where that lies in the universe's first load, as its bars do,
    and otherwise from the night's ``as_of`` or the newest stored session.

    Raises:
        HistoryError: the old name has no bar before that session.
        UserError: both names have bars on the same sessions, or another rename contradicts it.
    """
    store = night.store()
    key = {"universe": night.universe, "old": old, "new": new, "from": pd.Timestamp(start)}
    rows = store.read(RENAMES, night.universe)
    same = rows[(rows["old"] == old) & (rows["new"] == new)]
    if len(same) and same["from"].iloc[0] == key["from"]:
        return Renamed(old, new, start, same["known_at"].iloc[0].date(), fresh=False)
    prices = store.prices(night.universe)
    _refuse(night.universe, old, new, start, prices, rows)
    known_at = _known_at(night, start, prices)
    row = pd.DataFrame([key | {"known_at": pd.Timestamp(known_at), "recorded_at": night.now}])
    store.append(RENAMES, row)
    return Renamed(old, new, start, known_at, fresh=True)


def _refuse(universe: str, old: str, new: str, start: date, prices: pd.DataFrame, rows: pd.DataFrame) -> None:
    if old == new:
        raise UserError(f'"{old}" cannot be renamed to itself; name the new symbol second')
    said = rows[(rows["old"] == old) | ((rows["new"] == new) & (rows["old"] != old))]
    if len(said):
        one = said.iloc[0]
        raise UserError(
            f'"{one["old"]}" is on record as renamed to "{one["new"]}" from {one["from"]:%Y-%m-%d}, '
            "which contradicts this; see: morrow symbols list"
        )
    mine = prices.loc[prices["symbol"] == old, "session"]
    theirs = prices.loc[prices["symbol"] == new, "session"]
    if not (mine < pd.Timestamp(start)).any():
        first = f"its first is {mine.min():%Y-%m-%d}" if len(mine) else f'"{universe}" has none of it'
        raise HistoryError(f'"{old}" has no bar before {start}: {first}; correct the name or the date')
    both = mine[mine.isin(theirs)]
    if len(both):
        raise UserError(
            f'"{old}" and "{new}" both have bars on {len(both)} sessions, first {both.min():%Y-%m-%d}: '
            "they are two symbols, not one under two names; correct the names"
        )


def _known_at(night: Night, start: date, prices: pd.DataFrame) -> date:
    """When a rename became known: with the bars around it, if those came in the universe's first load."""
    if night.as_of is not None:
        return max(start, night.as_of)
    first_load = prices[prices["ingested_at"] == prices["ingested_at"].min()]
    if pd.Timestamp(start) <= first_load["session"].max():
        return start
    newest: date = prices["session"].max().date()
    return max(start, newest)
