"""Tables with a row for each bar."""

import re
from pathlib import PurePath

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from morrow.config import FileSource
from morrow.sources import bars
from morrow.sources.batch import Content
from morrow.sources.columns import Layout, check_days, long_layout
from morrow.sources.tables import Table
from morrow.sources.values import Flags, days, numbers, texts

_SUFFIXES = re.compile(r"(\.(csv|tsv|txt|parquet|pq))?(\.gz)?$", re.IGNORECASE)


def content(digest: str, table: Table, source: FileSource) -> Content:
    """Type a long table; rows without any price or volume are no bars and are left out.

    Raises:
        SourceError: a needed column is missing or unreadable, or nothing is left.
    """
    bars.refuse_shape(table, source.path)
    layout = long_layout(table, source)
    codes, names = _symbols(table, layout, source)
    malformed = np.full(len(codes), None, dtype=object)
    sessions, unwritten = _sessions(table, layout, source, malformed)
    frame = pd.DataFrame({"row": table.positions, "code": codes, "session": sessions})
    empty = ~np.isnat(sessions) | unwritten
    for name in bars.FIELDS:
        frame[name] = np.nan
        if name in layout.prices:
            column = table.columns[layout.prices[name]]
            values, bad = numbers(column)
            bars.complain(malformed, name, column, bad)
            frame[name] = values
            empty &= np.isnan(values) & ~bad
    if layout.symbol is not None:
        bars.complain(malformed, "symbol", table.columns[layout.symbol], codes < 0)
    frame["malformed"] = malformed
    notes = bars.empty_rows(names, codes, sessions, empty)
    if "close" not in layout.prices:
        frame["close"] = frame["adj_close"]
        frame[["open", "high", "low", "adj_close"]] = np.nan
        notes.insert(0, ("", "no close column: adjusted closes stand in, without open, high and low"))
    bars.refuse_no_closes(frame, source.path)
    frame = bars.with_ragged(frame[~empty], table, layout, names)
    shown = bars.texts_by(table, lambda row: (row, range(len(table.names))))
    return bars.finished(digest, bars.Read(frame, names, tuple(notes), shown), source.path)


def _sessions(
    table: Table, layout: Layout, source: FileSource, malformed: NDArray[np.object_]
) -> tuple[NDArray[np.datetime64], Flags]:
    """Days of all rows, and which rows have nothing written there."""
    column = table.columns[layout.session]
    sessions, undated = days(column)
    check_days(table, layout.session, int(undated.sum()), source.path)
    bars.complain(malformed, "session", column, undated)
    unwritten = undated.copy()
    unwritten[undated] = [said.startswith('session=""') for said in malformed[undated]]
    return sessions, unwritten


def _symbols(table: Table, layout: Layout, source: FileSource) -> tuple[bars.Codes, tuple[str, ...]]:
    """Number each row's symbol in order of appearance, −1 where it is empty."""
    if layout.symbol is None:
        name = source.symbol or _SUFFIXES.sub("", PurePath(source.path).name).upper()
        return np.zeros(len(table.positions), dtype=np.int64), (name,)
    encoded = texts(table.columns[layout.symbol]).dictionary_encode()
    found = encoded.dictionary.to_pylist()
    names = [name for name in found if name]
    number = np.array([names.index(name) if name else -1 for name in found], dtype=np.int64)
    return number[np.asarray(encoded.indices)], tuple(names)
