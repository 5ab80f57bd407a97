"""How far back a night looks: what it asks the source for, and which stored bars it reads beside that."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from morrow import sources
from morrow.frames import PRICE_FIELDS, PRICES, empty
from morrow.sources import Batch, Start
from morrow.steps.night import Night
from morrow.store import Condition, Inventory, Store

BAR = ("symbol", "session")
CONTEXT = timedelta(days=400)  # at least 260 sessions
AFTERWARDS = timedelta(days=100)
_SILENT = timedelta(days=30)
_WHOLE = 400_000  # bars of a local file that are compared in half a second


def fetch(night: Night, held: Inventory) -> Batch:
    """Ask the source for what may be new or changed.

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
        return _fetched(night, night.since)
    local = night.options.source.is_local
    if local and held.rows <= _WHOLE:
        first: date = held.sessions[0].astype(date)
        return _fetched(night, min(first, night.since or first))
    lasts = {symbol: last if last > newest - CONTEXT else newest for symbol, last in held.last.items()}
    before = {last: _before(held, last, night.config.ingest.overlap) for last in set(lasts.values())}
    since = night.since or date.max
    starts = {symbol: min(before[last], since) for symbol, last in lasts.items()}
    if not local:
        return _fetched(night, starts)
    recent = min(start for symbol, start in starts.items() if held.last[symbol] > newest - _SILENT)
    batch = _fetched(night, min(recent, since))
    return _fetched(night, starts) if _shows_more(batch, held, recent) else batch


def _fetched(night: Night, start: Start) -> Batch:
    return sources.fetch(night.options, night.config.root, night.as_of, start=start, raw=night.raw())


def _shows_more(batch: Batch, held: Inventory, start: date) -> bool:
    """Whether a symbol is new, or is back after a silence that began before the window did."""
    days = batch.rows.groupby("symbol")["session"].min()
    first = held.sessions[np.searchsorted(held.sessions, np.datetime64(start))]
    return any(
        str(symbol) not in held.last or (held.last[str(symbol)] < start and np.datetime64(day, "D") > first)
        for symbol, day in days.items()
    )


def beside(night: Night, store: Store, held: Inventory, batch: Batch) -> pd.DataFrame:
    """The stored bars that a batch is compared with and judged by, sorted by symbol and session.

    Raises:
        StoreError: the table cannot be read.
    """
    names = [*BAR, *PRICE_FIELDS]
    known = batch.rows["session"].where(batch.rows["symbol"].isin(list(held.last)))
    newest = held.newest
    if newest is None:
        return empty(PRICES)[names]
    low = min(known.min().date(), newest) if known.notna().any() else newest
    where: list[Condition] = [("session", ">=", low - CONTEXT)]
    bars = store.read(PRICES, night.universe, columns=names, where=where)
    silent = tuple(
        sorted(set(batch.rows["symbol"].dropna().unique()) & held.last.keys() - set(bars["symbol"]))
    )
    if not silent:
        return bars
    more = store.read(PRICES, night.universe, columns=names, where=[("symbol", "in", silent)])
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
    place = int(np.searchsorted(held.sessions, np.datetime64(last)))
    found: date = held.sessions[max(place - overlap, 0)].astype(date)
    return found
