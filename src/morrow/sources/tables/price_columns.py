"""The columns of prices and volumes of a block as numbers, with the text of what could not be read."""

from collections import Counter

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from morrow.sources.batch import NUMBERS
from morrow.sources.tables.columns import Columns
from morrow.sources.tables.field_names import normalize_name
from morrow.sources.tables.raw_block import RawBlock
from morrow.sources.tables.values import MISSING_MARKS, Flags, Notation, read_numbers, to_texts

FIELDS = (*NUMBERS, "adj_close")
_SIGNED_PRICES = ("prc", "dlyprc")  # CRSP's, with a minus where they are averages of bid and ask
_LONGEST_EXAMPLE = 40


def read_price_columns(
    frame: pd.DataFrame,
    table: RawBlock,
    columns: Columns,
    notation: Notation,
    tally: Counter[str],
    malformed: NDArray[np.object_],
) -> tuple[Flags, Flags, Flags]:
    """Read prices and volumes into the frame; unreadable cells go to ``malformed`` and the tally.

    Returns:
        (R,) rows without any value, rows with an unreadable cell, and rows whose cells are all blank.
    """
    lone, unread, blank = (np.full(len(frame), each, dtype=bool) for each in (True, False, True))
    frame[list(FIELDS)] = np.nan
    for name in (*(each for each in FIELDS if each != "volume"), "volume"):
        if name not in columns.prices:
            continue
        column = table.columns[columns.prices[name]]
        values, bad = read_price_column(column, notation, tally, table.names[columns.prices[name]])
        frame[name] = values
        lone &= np.isnan(values)
        unread |= bad
        if name == "volume":  # a bar with prices goes in without it
            tally["unread volumes"] += int((bad & ~lone).sum())
            bad &= lone
        describe_unreadable(malformed, name, column, bad)
        blank &= np.isnan(values) & ~bad
    return lone, unread, blank


def read_price_column(
    column: pa.ChunkedArray, notation: Notation, tally: Counter[str], name: str = ""
) -> tuple[NDArray[np.float64], Flags]:
    """Read a column of prices or volumes; the numbers that programs write for nothing are absent."""
    values, bad = read_numbers(column, notation)
    negative = values < 0
    if negative.any():
        marks = negative & np.isin(values, MISSING_MARKS)
        tally["missing marks"] += int(marks.sum())
        values = np.where(marks, np.nan, values)
        if normalize_name(name) in _SIGNED_PRICES:
            tally["quote averages"] += int((values < 0).sum())
            values = np.abs(values)
    return values, bad


def describe_unreadable(
    malformed: NDArray[np.object_], name: str, column: pa.ChunkedArray, bad: Flags
) -> None:
    """Add to ``malformed`` the text of each field that could not be read."""
    indices = np.flatnonzero(bad)
    if not len(indices):
        return
    written = to_texts(column.take(pa.array(indices))).to_pylist()
    for index, text in zip(indices, written, strict=True):
        reason = f'{name}="{text[:_LONGEST_EXAMPLE]}"'
        malformed[index] = f"{malformed[index]}, {reason}" if malformed[index] else reason
