"""Rows that a vendor carried forward from the bar before: on weekends, holidays or after a symbol's end."""

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from morrow.sources.batch import Batch

Flags = NDArray[np.bool_]
FIELDS = ("open", "high", "low")
LEAST_SYMBOLS = 3  # whose closes on one day must all repeat
LARGEST_SHARE = 0.2  # of weekdays on which all may repeat, or the market is one of pegs
LEAST_WEEKEND_ROWS = 4
LONGEST_RUN = 4  # flat bars without volume that a symbol may have in a row
NO_VOLUME_SHARE = 0.05  # of a symbol's other bars that may lack volume, if a run is to mean anything
DAYS_IN_WORDS = 3


def find_carried_rows(rows: pd.DataFrame) -> tuple[Flags, tuple[str, ...]]:
    """Find the rows that only repeat the close before: nothing was traded, so they are no bars.

    They are rows on Saturdays and Sundays if all rows on these days repeat; rows of a day on which three
    symbols or more have rows and all of them repeat; and, of a symbol that otherwise has volume, the flat
    rows without volume that follow four such rows.

    Args:
        rows: symbol, session, open, high, low, close, volume, in any order; rows without a symbol, a session
            or a close are never carried.

    Returns:
        (R,) flags, and a sentence for each kind with its count.
    """
    carried = np.zeros(len(rows), bool)
    if (rows["volume"] > 0).all():
        return carried, ()
    readable = rows["symbol"].notna() & rows["session"].notna() & rows["close"].notna()
    table = rows.assign(position=np.arange(len(rows)))[readable].sort_values(["symbol", "session"])
    repeats = _find_repeats(table)
    weekend = (table["session"].dt.day_of_week >= 5).to_numpy()
    first = ~table["symbol"].duplicated().to_numpy()
    filled = weekend.sum() >= LEAST_WEEKEND_ROWS and bool((repeats | first)[weekend].all())
    on_weekends = weekend & repeats & filled
    on_days = _find_idle_days(table, repeats, weekend) & ~on_weekends
    in_runs = _find_runs(table, repeats) & ~on_weekends & ~on_days
    carried[table["position"].to_numpy()] = on_weekends | on_days | in_runs
    days = [f"{day:%Y-%m-%d}" for day in table.loc[on_days, "session"].drop_duplicates().sort_values()]
    symbols = list(table.loc[in_runs, "symbol"].unique())
    kinds = (
        (on_weekends, "on Saturdays and Sundays"),
        (on_days, f"of days on which no symbol moved ({_list(days)})"),
        (in_runs, f"without volume after four such bars ({_list(symbols)})"),
    )
    notes = [
        f"{mask.sum():,} rows {where} repeat the close before and are no bars"
        for mask, where in kinds
        if mask.any()
    ]
    return carried, tuple(notes)


def without_carried(batch: Batch) -> tuple[Batch, int]:
    """Remove the rows that are no bars, and count them; notes say which they were."""
    carried, notes = find_carried_rows(batch.rows)
    if not carried.any():
        return batch, 0
    rest = batch.rows[~carried].reset_index(drop=True)
    return replace(batch, rows=rest, notes=(*batch.notes, *notes)), int(carried.sum())


def _find_repeats(table: pd.DataFrame) -> Flags:
    """Rows whose prices all equal their symbol's close before, as far as they are given."""
    before = table.groupby("symbol")["close"].shift().to_numpy()
    close = table["close"].to_numpy()
    repeats = (close == before) & (close > 0)
    for name in FIELDS:
        prices = table[name].to_numpy()
        repeats &= np.isnan(prices) | (prices == close)
    return np.asarray(repeats & ~(table["volume"].to_numpy() > 0))


def _find_idle_days(table: pd.DataFrame, repeats: Flags, weekend: Flags) -> Flags:
    """Rows of weekdays on which several symbols have a row and all of them repeat."""
    by_day = pd.Series(repeats).groupby(table["session"].to_numpy())
    idle = by_day.transform("all").to_numpy(bool) & (by_day.transform("size").to_numpy() >= LEAST_SYMBOLS)
    weekdays = table["session"].to_numpy()[~weekend]
    idle_days = len(np.unique(weekdays[idle[~weekend]]))
    return idle & (idle_days < LARGEST_SHARE * len(np.unique(weekdays)))


def _find_runs(table: pd.DataFrame, repeats: Flags) -> Flags:
    """Repeating rows after four others in a row, of symbols whose other bars have volume."""
    symbol = table["symbol"].to_numpy()
    no_volume = ~(table["volume"].to_numpy() > 0)
    lacking = pd.Series(np.where(repeats, np.nan, no_volume)).groupby(symbol).transform("mean")
    starts = np.append(True, (symbol[1:] != symbol[:-1]) | ~repeats[1:] | ~repeats[:-1])[: len(symbol)]
    length = pd.Series(repeats).groupby(np.cumsum(starts)).cumcount().to_numpy() + 1
    return repeats & (length > LONGEST_RUN) & (lacking.to_numpy() <= NO_VOLUME_SHARE)


def _list(names: Iterable[str]) -> str:
    names = list(names)
    more = len(names) - DAYS_IN_WORDS
    return ", ".join(names[:DAYS_IN_WORDS]) + (f" and {more} more" if more > 0 else "")
