"""Tables with a row for each bar."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from morrow.config import TableSource
from morrow.sources import bars
from morrow.sources.batch import Content
from morrow.sources.columns import Layout, long_layout
from morrow.sources.gathering import Block, Gathering, Typed
from morrow.sources.tables import Table
from morrow.sources.values import Flags, Written, days, numbers, texts


def content(digest: str, table: Table, source: TableSource, path: str, symbol: str = "") -> Content:
    """Type a whole long table.

    Args:
        digest: sha256 of the source's bytes.
        table: what was read.
        source: the options it was asked with.
        path: how messages name it.
        symbol: the name of its symbol, where neither it nor the options name one.

    Raises:
        SourceError: a needed column is missing or unreadable, or nothing is left.
    """
    gathering = Gathering(source, path)
    layout = long_layout(table, source, path)
    gathering.add(Block(typed(table, layout, source, symbol), table, table.rows, lambda: table))
    return gathering.finished(digest)


def typed(table: Table, layout: Layout, source: TableSource, symbol: str = "") -> Typed:
    """Type a block; rows without any price or volume are no bars and are left out."""
    written = Written(source.decimal, source.thousands, source.dates)
    codes, names = _symbols(table, layout, source.symbol or symbol)
    malformed = np.full(len(codes), None, dtype=object)
    sessions, undated, unwritten = _sessions(table, layout, written, malformed)
    frame = pd.DataFrame({"row": table.positions, "code": codes, "session": sessions})
    empty = ~np.isnat(sessions) | unwritten
    for name in bars.FIELDS:
        frame[name] = np.nan
        if name in layout.prices:
            column = table.columns[layout.prices[name]]
            values, bad = numbers(column, written)
            bars.complain(malformed, name, column, bad)
            frame[name] = values
            empty &= np.isnan(values) & ~bad
    if layout.symbol is not None:
        bars.complain(malformed, "symbol", table.columns[layout.symbol], codes < 0)
    frame["malformed"] = malformed
    if "close" not in layout.prices:
        frame["close"] = frame["adj_close"]
        frame[["open", "high", "low", "adj_close"]] = np.nan
    blank = empty & (codes >= 0) & ~np.isnat(sessions)
    return Typed(
        frame=bars.with_ragged(frame[~empty], table, layout, names, written),
        names=names,
        blank_codes=codes[blank],
        blank_days=sessions[blank],
        undated=int((undated & ~empty).sum()),
        hollow=int((undated & empty).sum()),
        layout=layout,
    )


def _sessions(
    table: Table, layout: Layout, written: Written, malformed: NDArray[np.object_]
) -> tuple[NDArray[np.datetime64], Flags, Flags]:
    """Days of all rows, which are unreadable, and which rows have nothing written there."""
    column = table.columns[layout.session]
    sessions, undated = days(column, written.dates)
    bars.complain(malformed, "session", column, undated)
    unwritten = undated.copy()
    unwritten[undated] = [said.startswith('session=""') for said in malformed[undated]]
    return sessions, undated, unwritten


def _symbols(table: Table, layout: Layout, symbol: str) -> tuple[bars.Codes, tuple[str, ...]]:
    """Number each row's symbol in order of appearance, −1 where it is empty."""
    if layout.symbol is None:
        return np.zeros(len(table.positions), dtype=np.int64), (symbol,)
    encoded = texts(table.columns[layout.symbol]).dictionary_encode()
    found: Sequence[str] = encoded.dictionary.to_pylist()
    names = [name for name in found if name]
    places = {name: place for place, name in enumerate(names)}
    number = np.array([places.get(name, -1) for name in found], dtype=np.int64)
    return (number[np.asarray(encoded.indices)] if len(found) else np.empty(0, np.int64)), tuple(names)
