"""Tables with a row for each session and a column of closes for each symbol."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from morrow.config import TableSource
from morrow.sources import bars
from morrow.sources.batch import Content
from morrow.sources.columns import Layout, wide_layout
from morrow.sources.gathering import Block, Gathering, Typed
from morrow.sources.tables import Table
from morrow.sources.values import Flags, Written, days, numbers


def content(digest: str, table: Table, source: TableSource, path: str, *, noted: bool = True) -> Content:
    """Type a whole wide table.

    Args:
        digest: sha256 of the source's bytes.
        table: what was read.
        source: the options it was asked with.
        path: how messages name it.
        noted: whether to note empty leading rows.

    Raises:
        SourceError: a needed column is missing or unreadable, or nothing is left.
    """
    gathering = Gathering(source, path, noted=noted)
    layout = wide_layout(table, source, path)
    gathering.add(Block(typed(table, layout, source), table, table.rows, lambda: table))
    return gathering.finished(digest)


def typed(table: Table, layout: Layout, source: TableSource, _symbol: str = "") -> Typed:
    """Type a block: row is line × symbols + place of the symbol; empty cells are no bars, left out."""
    written = Written(source.decimal, source.thousands, source.dates)
    names = tuple(table.names[place] for place in layout.wide)
    sessions, undated = days(table.columns[layout.session], written.dates)
    values, flags = zip(*(numbers(table.columns[place], written) for place in layout.wide), strict=True)
    closes, bad = np.column_stack(values), np.column_stack(flags)  # (L, N)
    empty = np.isnan(closes) & ~bad
    lines, codes = np.nonzero(~empty)
    frame = pd.DataFrame({"row": table.positions[lines] * len(names) + codes, "code": codes})
    frame = frame.assign(session=sessions[lines], **dict.fromkeys(bars.FIELDS, np.nan))
    frame["close"] = closes[lines, codes]
    frame["malformed"] = _complaints(table, layout, bad, undated)[lines, codes]
    blank_lines, blank_codes = np.nonzero(empty & ~undated[:, None])
    return Typed(
        frame=bars.with_ragged(frame, table, layout, names, written),
        names=names,
        blank_codes=blank_codes,
        blank_days=sessions[blank_lines],
        undated=int((undated & ~empty.all(axis=1)).sum()),
        hollow=int((undated & empty.all(axis=1)).sum()),
        layout=layout,
    )


def _complaints(table: Table, layout: Layout, bad: Flags, undated: Flags) -> NDArray[np.object_]:
    malformed = np.full(bad.shape, None, dtype=object)  # (L, N)
    for code, place in enumerate(layout.wide):
        bars.complain(malformed[:, code], "close", table.columns[place], bad[:, code])
        bars.complain(malformed[:, code], "session", table.columns[layout.session], undated)
    return malformed
