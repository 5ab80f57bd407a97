"""Raw rows as received, restored from the stored blocks."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from morrow.sources.tables.columns import Columns
from morrow.sources.tables.raw_block import Restore
from morrow.sources.tables.values import to_texts

_LONGEST_TEXT = 4096


@dataclass(frozen=True)
class StoredBlock:
    """A block whose rows can be shown.

    Attributes:
        base: number of its first row in the whole source.
        restore: gives its table.
        columns: what its columns hold.
    """

    base: int
    restore: Restore
    columns: Columns


def show_rows(blocks: Sequence[StoredBlock], rows: NDArray[np.int64]) -> list[str]:
    """Show rows, each as canonical JSON.

    Args:
        blocks: by ascending base.
        rows: row numbers in the whole source.
    """
    owner = np.searchsorted(np.array([block.base for block in blocks]), rows, side="right") - 1
    lines = [""] * len(rows)
    for number in np.unique(owner).tolist():
        own = np.flatnonzero(owner == number)
        for index, record in zip(own.tolist(), _records(blocks[number], rows[own]), strict=True):
            lines[index] = to_json(record)
    return lines


def to_json(record: Mapping[str, Any]) -> str:
    """A record as JSON with sorted keys and no spaces; what JSON does not know is written as text."""
    plain = {name: _to_json_value(value) for name, value in record.items()}
    return json.dumps(plain, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str)


def _records(block: StoredBlock, rows: NDArray[np.int64]) -> list[Mapping[str, Any]]:
    """The fields of some rows of one block by name; of symbols side by side the day and the one symbol's."""
    table, columns = block.restore(), block.columns
    width = columns.width
    offsets = rows - block.base
    positions = offsets // width
    indices = np.searchsorted(table.positions, positions)
    labels = _labels(table.names)
    records: list[Mapping[str, Any]] = []
    for offset, position, index in zip(offsets.tolist(), positions.tolist(), indices.tolist(), strict=True):
        if position in table.ragged:
            records.append({"fields": [field[:_LONGEST_TEXT] for field in table.ragged[position]]})
            continue
        numbers = _columns_of_bar(columns, offset % width) or range(len(table.names))
        records.append({labels[number]: _value(table.columns[number], index) for number in numbers})
    return records


def _columns_of_bar(columns: Columns, place: int) -> Sequence[int]:
    """The columns of one symbol of a line, its day first; nothing where a line is one bar."""
    if columns.wide:
        return columns.session, columns.wide[place]
    if columns.groups:
        group = columns.groups[place]
        return group.session, *group.prices.values()
    return ()


def _labels(names: Sequence[str]) -> list[str]:
    """A key for each column: its name, and its number where it has none or an earlier one has the same."""
    return [
        f"{name} (column {number + 1})" if name in names[:number] and name else name or f"column {number + 1}"
        for number, name in enumerate(names)
    ]


def _value(column: pa.ChunkedArray, index: int) -> Any:
    try:
        return column[index].as_py()
    except (OverflowError, ValueError):  # a day or stamp that Python cannot hold
        return to_texts(column.slice(index, 1))[0].as_py()


def _to_json_value(value: Any) -> Any:
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, str):
        return value[:_LONGEST_TEXT]
    return str(value) if isinstance(value, bytes | dict) else value
