"""Tables with a row for each session and a column of closes for each symbol."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from morrow.config import FileSource
from morrow.sources import bars
from morrow.sources.batch import Content
from morrow.sources.columns import Layout, check_days, wide_layout
from morrow.sources.tables import Table
from morrow.sources.values import Flags, days, numbers


def content(digest: str, table: Table, source: FileSource, *, noted: bool = True) -> Content:
    """Type a wide table: row is line × symbols + place of the symbol; empty cells are no bars, left out.

    Args:
        digest: sha256 of the source's bytes.
        table: what was read.
        source: the options it was asked with.
        noted: whether to note empty leading rows.

    Raises:
        SourceError: a needed column is missing or unreadable, or nothing is left.
    """
    bars.refuse_shape(table, source.path)
    layout = wide_layout(table, source)
    names = tuple(table.names[place] for place in layout.wide)
    sessions, undated = days(table.columns[layout.session])
    check_days(table, layout.session, int(undated.sum()), source.path)
    values, flags = zip(*(numbers(table.columns[place]) for place in layout.wide), strict=True)
    closes, bad = np.column_stack(values), np.column_stack(flags)  # (L, N)
    textual = bad.any(axis=0) & ~np.isfinite(closes).any(axis=0)
    bad[:, textual] = False
    empty = np.isnan(closes) & ~bad
    lines, codes = np.nonzero(~empty)
    frame = pd.DataFrame({"row": table.positions[lines] * len(names) + codes, "code": codes})
    frame = frame.assign(session=sessions[lines], **dict.fromkeys(bars.FIELDS, np.nan))
    frame["close"] = closes[lines, codes]
    frame["malformed"] = _complaints(table, layout, bad, undated)[lines, codes]
    notes = [("", f'column "{names[code]}" holds no number: skipped') for code in np.flatnonzero(textual)]
    if noted:
        empty[:, textual] = False
        every = np.tile(np.arange(len(names)), len(closes))
        notes += bars.empty_rows(names, every, np.repeat(sessions, len(names)), empty.ravel())

    def cell(row: int) -> tuple[int, Sequence[int]]:
        return row // len(names), (layout.session, layout.wide[row % len(names)])

    frame = bars.with_ragged(frame, table, layout, names)
    found = bars.Read(frame, names, tuple(notes), bars.texts_by(table, cell))
    return bars.finished(digest, found, source.path)


def _complaints(table: Table, layout: Layout, bad: Flags, undated: Flags) -> NDArray[np.object_]:
    malformed = np.full(bad.shape, None, dtype=object)  # (L, N)
    for code, place in enumerate(layout.wide):
        bars.complain(malformed[:, code], "close", table.columns[place], bad[:, code])
        bars.complain(malformed[:, code], "session", table.columns[layout.session], undated)
    return malformed
