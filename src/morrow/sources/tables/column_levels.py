"""Several levels of column names: of header lines, or of names that are written as tuples."""

import re
from collections.abc import Sequence

from morrow.sources.tables.cell_kinds import cell_kind

_TUPLE = re.compile(r"""\(\s*(['"]).*\1\s*,?\s*\)""")
_PART = re.compile(r"""(['"])(.*?)\1\s*(?:,|\))""")


def split_tuples(names: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    """The levels of columns whose names are written as Python's tuples; none where they are not.

    >>> split_tuples(["Date", "('Close', 'AAA')", "('Close', 'BBB')"])
    (('Date', 'Close', 'Close'), ('', 'AAA', 'BBB'))
    """
    parts = [
        [part[2].strip() for part in _PART.finditer(name)] if _TUPLE.fullmatch(name) else [name]
        for name in names
    ]
    depth = max(map(len, parts), default=0)
    if depth < 2 or sum(len(each) == depth for each in parts) * 2 <= len(names):
        return ()
    return tuple(zip(*(each + [""] * (depth - len(each)) for each in parts), strict=True))


def join_levels(levels: Sequence[Sequence[str]], row: Sequence[str]) -> tuple[str, ...]:
    """One name for each column: the texts of its levels, of a column of days the lowest alone.

    Args:
        levels: (L, C) header lines, top first.
        row: (C,) cells of a row, which tell the column of days.

    >>> join_levels([("Price", "Close"), ("Ticker", "AAA"), ("Date", "")], ["2024-01-02", "1"])
    ('Date', 'Close AAA')
    """
    columns = list(zip(*levels, strict=True))
    names = [" ".join(dict.fromkeys(filter(None, column))) for column in columns]
    if len(levels) > 1:
        for number, cell in enumerate(row[: len(names)]):
            if cell_kind(cell) == "date":
                names[number] = next((text for text in reversed(columns[number]) if text), "")
    return tuple(names)
