"""The window of a night: which sessions it fetches, and which stored bars it compares them with."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from morrow import sources
from morrow.frames import PRICE_FIELDS, PRICES, empty
from morrow.sources import Batch, Start
from morrow.steps.context import Night
from morrow.store import Condition, Inventory

BAR = ("symbol", "session")
CONTEXT = timedelta(days=400)  # at least 260 sessions
AFTERWARDS = timedelta(days=100)
_SILENT = timedelta(days=30)
_WHOLE = 400_000  # bars of a local file that are compared in half a second


@dataclass(frozen=True, eq=False)
class StoredBars:
    """What is stored of a universe before the intake.

    Attributes:
        held: which bars there are up to the night's ``as_of``.
        bars: all of them with their prices, as a ``prices`` frame; None where they are too many to be read
            for the comparison alone.
    """

    held: Inventory
    bars: pd.DataFrame | None


def read_stored(night: Night) -> StoredBars:
    """Read what is stored: nothing of an empty universe, all of a small one, two columns of a large one.

    Raises:
        StoreError: the table cannot be read.
    """
    count = night.store.count(PRICES, night.universe)
    if count > _WHOLE:
        return StoredBars(night.store.inventory(night.universe, night.as_of), None)
    bars = night.stored_bars if count else empty(PRICES)
    upto = bars if night.as_of is None else bars[bars["session"] <= pd.Timestamp(night.as_of)]
    return StoredBars(Inventory.of(pa.Table.from_pandas(upto[list(BAR)], preserve_index=False)), bars)


def read_recent(night: Night, span: timedelta, columns: Sequence[str]) -> pd.DataFrame:
    """Some columns of the stored bars from ``span`` before the newest session on; session is one of them.

    A small universe is read whole, once for all that the night needs of it.

    Raises:
        StoreError: the table cannot be read.
    """
    store, universe = night.store, night.universe
    if store.count(PRICES, universe) <= _WHOLE:
        bars = night.stored_bars
        recent: pd.DataFrame = bars.loc[bars["session"] >= bars["session"].max() - span, list(columns)]
        return recent
    newest = store.signature(PRICES, universe).newest
    where: list[Condition] = [] if newest is None else [("session", ">=", newest - span)]
    return store.read(PRICES, universe, columns=columns, where=where)


def fetch(night: Night, held: Inventory) -> Batch:
    """Fetch what may be new or changed in the source.

    A symbol is asked for again from ``[ingest].overlap`` sessions before its last stored one; one that has
    been silent for longer than a year, from there before the universe's last one. A local file costs no
    request and is compared whole while the universe is small. Of a large one only what comes after one day
    is read, unless that shows a symbol that needs more.

    Args:
        night: of one universe; its ``since`` is the earliest session that is asked for.
        held: what is stored up to the night's ``as_of``.

    Raises:
        SourceError: the source is missing or unreadable, or has none of what is wanted.
        HistoryError: it has nothing up to the night's ``as_of``.
    """
    newest = held.newest
    if newest is None:
        return _fetch_from(night, night.since)
    local = night.options.source.is_local
    if local and held.rows <= _WHOLE:
        first: date = held.sessions[0].astype(date)
        return _fetch_from(night, min(first, night.since or first))
    lasts = {symbol: last if last > newest - CONTEXT else newest for symbol, last in held.last.items()}
    before = {last: _before(held, last, night.config.ingest.overlap) for last in set(lasts.values())}
    since = night.since or date.max
    starts = {symbol: min(before[last], since) for symbol, last in lasts.items()}
    if not local:
        return _fetch_from(night, starts)
    recent = min(start for symbol, start in starts.items() if held.last[symbol] > newest - _SILENT)
    batch = _fetch_from(night, min(recent, since))
    return _fetch_from(night, starts) if _shows_more(batch, held, recent) else batch


def _fetch_from(night: Night, start: Start) -> Batch:
    return sources.fetch(night.options, night.config.root, night.as_of, start=start, raw=night.raw_replies)


def _shows_more(batch: Batch, held: Inventory, start: date) -> bool:
    """Whether a symbol is new, or is back after a silence that began before the window did."""
    days = batch.rows.groupby("symbol")["session"].min()
    first = held.sessions[np.searchsorted(held.sessions, np.datetime64(start))]
    return any(
        str(symbol) not in held.last or (held.last[str(symbol)] < start and np.datetime64(day, "D") > first)
        for symbol, day in days.items()
    )


def beside(night: Night, stored: StoredBars, batch: Batch) -> pd.DataFrame:
    """The stored bars that a batch is compared with and judged by, sorted by symbol and session.

    Raises:
        StoreError: the table cannot be read.
    """
    names, held = [*BAR, *PRICE_FIELDS], stored.held
    known = batch.rows["session"].where(batch.rows["symbol"].isin(list(held.last)))
    newest = held.newest
    if newest is None:
        return empty(PRICES)[names]
    low = (min(known.min().date(), newest) if known.notna().any() else newest) - CONTEXT
    named = set(batch.rows["symbol"].dropna().unique()) & held.last.keys()
    if stored.bars is not None:
        recent = stored.bars["session"] >= pd.Timestamp(low)
        silent = named - set(stored.bars.loc[recent, "symbol"])
        return stored.bars.loc[recent | stored.bars["symbol"].isin(silent), names].reset_index(drop=True)
    where: list[Condition] = [("session", ">=", low)]
    bars = night.store.read(PRICES, night.universe, columns=names, where=where)
    silent = named - set(bars["symbol"])
    if not silent:
        return bars
    where = [("symbol", "in", tuple(sorted(silent)))]
    more = night.store.read(PRICES, night.universe, columns=names, where=where)
    return pd.concat([bars, more], ignore_index=True).sort_values(list(BAR), ignore_index=True)


def around(stored: pd.DataFrame, judged: "pd.Series[pd.Timestamp]") -> NDArray[np.bool_]:
    """Which stored bars say something about judged sessions: (S,); the last year always does."""
    days = stored["session"].to_numpy("datetime64[D]")
    if not len(days):
        return np.zeros(0, dtype=bool)
    near = days >= days.max() - np.timedelta64(CONTEXT)
    wanted = np.sort(judged.dropna().unique()).astype("datetime64[D]")
    if len(wanted):
        # The first judged session that is not too long before a bar must not be too long after it.
        after = np.searchsorted(wanted, days - np.timedelta64(AFTERWARDS))
        there = after < len(wanted)
        near |= there & (wanted[np.minimum(after, len(wanted) - 1)] <= days + np.timedelta64(CONTEXT))
    return np.asarray(near)


def _before(held: Inventory, last: date, overlap: int) -> date:
    index = int(np.searchsorted(held.sessions, np.datetime64(last)))
    day: date = held.sessions[max(index - overlap, 0)].astype(date)
    return day
