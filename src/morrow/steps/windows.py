"""How far back a night looks: what it asks the source for, and which stored bars it reads beside that."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from morrow.config import BundledSource, FileSource
from morrow.frames import PRICE_FIELDS, PRICES, empty
from morrow.sources import Batch, Start
from morrow.steps.night import Night
from morrow.store import Condition, Held, Store

BAR = ("symbol", "session")
CONTEXT = timedelta(days=400)  # at least 260 sessions
AFTERWARDS = timedelta(days=100)
_WHOLE = 400_000  # bars of a local file that are compared in half a second


def start(night: Night, held: Held) -> Start:
    """From which session on the source is asked, for all symbols or by symbol.

    A symbol is asked for again from ``[ingest].overlap`` sessions before its last stored one; one that has
    been silent for longer than a year, from there before the universe's last one. A local file costs no
    request and is compared whole while the universe is small.

    Args:
        night: of one universe; its ``since`` is the earliest session that is asked for.
        held: what is stored up to the night's ``as_of``.
    """
    newest = held.newest
    if newest is None:
        return night.since
    if isinstance(night.options.source, BundledSource | FileSource) and held.rows <= _WHOLE:
        first: date = held.sessions[0].astype(date)
        return min(first, night.since or first)
    lasts = {symbol: last if last > newest - CONTEXT else newest for symbol, last in held.last.items()}
    before = {last: _before(held, last, night.config.ingest.overlap) for last in set(lasts.values())}
    since = night.since or date.max
    return {symbol: min(before[last], since) for symbol, last in lasts.items()}


def beside(night: Night, store: Store, held: Held, batch: Batch) -> pd.DataFrame:
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


def _before(held: Held, last: date, overlap: int) -> date:
    place = int(np.searchsorted(held.sessions, np.datetime64(last)))
    found: date = held.sessions[max(place - overlap, 0)].astype(date)
    return found
