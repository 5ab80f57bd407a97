"""The CSV of an export: types that can be read back, and texts that no spreadsheet takes for a formula.

A spreadsheet runs a cell that begins with one of ``= + - @``. Such a text gets an apostrophe in front, and so
does a text that begins with an apostrophe itself, so that taking one away gives back the text.
Source: OWASP, CSV Injection.
"""

import csv
import io
from typing import Any

import pandas as pd
import pyarrow as pa

from morrow import frames
from morrow.frames.columns import COUNT, DATE, STAMP, TEXT, Schema

ESCAPE = "'"
_RISKY = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", ESCAPE)


def escape_cell(text: str) -> str:
    """Put an apostrophe before a text that a spreadsheet would not show as it is.

    >>> escape_cell("=1+1"), escape_cell("AAPL")
    ("'=1+1", 'AAPL')
    """
    return ESCAPE + text if text.lstrip(" ").startswith(_RISKY) else text


def read_cell(text: str) -> str:
    """Take away the apostrophe of :func:`escape_cell`.

    >>> read_cell(escape_cell("'tis")), read_cell("AAPL")
    ("'tis", 'AAPL')
    """
    return text[1:] if text[:1] == ESCAPE and text[1:].lstrip(" ").startswith(_RISKY) else text


def write_csv(table: pa.Table, schema: Schema) -> bytes:
    """Write a table as CSV: ISO dates, stamps in UTC, quoted texts, numbers that lose no bit."""
    text: dict[str, Any] = {}
    for column in schema.columns:
        values = frames.from_arrow(table.select([column.name]))[column.name]
        if column.kind == DATE:
            values = values.dt.strftime("%Y-%m-%d")
        elif column.kind == STAMP:
            values = values.dt.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        elif column.kind == TEXT:
            values = values.map(escape_cell, na_action="ignore")
        text[column.name] = values
    frame = pd.DataFrame(text)
    return frame.to_csv(index=False, lineterminator="\n", quoting=csv.QUOTE_NONNUMERIC).encode()


def list_types(schema: Schema) -> dict[str, str]:
    """The type that each column of the CSV must be read with, as pandas names it, or date or timestamp."""
    names = {TEXT: "str", COUNT: "int64", DATE: "date", STAMP: "timestamp"}
    return {column.name: names.get(column.kind, "float64") for column in schema.columns}


def read_csv(content: bytes, schema: Schema) -> pd.DataFrame:
    """Read an export's CSV with its types: the same frame as from its Parquet file.

    Raises:
        ValueError: the content is not a CSV of these columns.
    """
    types = list_types(schema)
    plain = {name: kind for name, kind in types.items() if kind in ("str", "int64", "float64")}
    reals = {name: [""] for name, kind in types.items() if kind != "str"}
    frame = pd.read_csv(
        io.BytesIO(content),
        dtype=plain,
        keep_default_na=False,
        na_values=reals,
    )
    for name, kind in types.items():
        if kind == "date":
            frame[name] = pd.to_datetime(frame[name], format="%Y-%m-%d").astype("datetime64[us]")
        elif kind == "timestamp":
            frame[name] = pd.to_datetime(frame[name], format="%Y-%m-%dT%H:%M:%S.%fZ", utc=True)
        elif kind == "str":
            frame[name] = frame[name].map(read_cell).astype("str")
    return frame
