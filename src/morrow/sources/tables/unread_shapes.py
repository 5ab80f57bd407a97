"""Tables of a shape that no layout has: days across, one value a row, another separator."""

import json
import re
from collections.abc import Sequence

import pyarrow as pa

from morrow.errors import SourceError
from morrow.sources.tables.day_texts import DayNotation, list_orders, parse_day
from morrow.sources.tables.field_names import match_field, match_names
from morrow.sources.tables.raw_block import RawBlock
from morrow.sources.tables.values import is_text, to_texts

_FEWEST_ROWS = 20
_BAR = {"open", "high", "low", "close", "adj_close", "volume"}
_LISTED_NAMES = 3
_SEPARATORS = (("^", r"\^"), ("~", "~"), (":", ":"), (" ", r"\s+"))


def refuse_days_across(names: Sequence[str], path: str) -> None:
    """Refuse a table with a row per symbol and a column per day.

    Raises:
        SourceError: most names are days.
    """
    across = [name for name in names if parse_day(name, DayNotation()) or list_orders(name)]
    if len(across) * 2 > len(names):
        listed = ", ".join(across[:_LISTED_NAMES])
        raise SourceError(
            f'"{path}" has days across ({len(across)} columns {listed}, ...) and one row per symbol; '
            "transpose it, so that days stand below each other, with pandas: "
            'pandas.read_csv(..., index_col=0).T.to_csv(..., index_label="date")'
        )


def refuse_other_separator(names: Sequence[str], path: str) -> None:
    """Refuse a table whose only column is a header that something else separates.

    Raises:
        SourceError: it names the separator.
    """
    if len(names) != 1:
        return
    for separator, pattern in _SEPARATORS:
        usual = match_names(re.split(pattern, names[0].strip()))
        if "session" in usual and len(usual) > 1:
            word = "blanks" if separator == " " else f'"{separator}"'
            raise SourceError(
                f'"{path}" is separated by {word}; commas, semicolons, tabs and bars are read: write it anew '
                f'with pandas.read_csv(..., sep=r"{pattern}").to_csv(..., index=False)'
            )


def refuse_melted(table: RawBlock, path: str) -> None:
    """Refuse a table that has the fields of one bar below each other, one value a row.

    Raises:
        SourceError: it names the column of fields, and how to spread them.
    """
    index = [name for name in table.names if name and match_field(name) in ("session", "symbol")]
    if {match_field(name) for name in table.names} & (_BAR - {"close"}):
        return  # a bar a row
    for name, column in zip(table.names, table.columns, strict=True):
        words = _list_fields(column)
        if words:
            listed = ", ".join(words[:_LISTED_NAMES])
            raise SourceError(
                f'"{path}" has one value a row, and its field ({listed}, ...) in column "{name}"; give each '
                f"field a column, with pandas: frame.pivot(index={json.dumps(index, ensure_ascii=False)}, "
                f'columns={json.dumps(name, ensure_ascii=False)}, values="...").to_csv(...)'
            )


def _list_fields(column: pa.ChunkedArray) -> list[str]:
    """The different fields of a bar that a column names; open and close alone are a market's states."""
    if not is_text(column.type):
        return []
    if any(match_field(word) not in _BAR for word in to_texts(column[:_FEWEST_ROWS]).to_pylist()):
        return []
    words = to_texts(column).unique().to_pylist()
    fields = {match_field(word) for word in words}
    are_fields = fields <= _BAR and len(fields) == len(words) > 1
    return words if are_fields and not fields <= {"open", "close"} else []
