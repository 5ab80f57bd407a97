"""Rows as they were received, out of the blocks that they came in."""

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from morrow.sources.columns import Layout
from morrow.sources.tables import Table
from morrow.sources.values import texts

Again = Callable[[], Table]

_LONGEST_SHOWN = 4096


@dataclass(frozen=True)
class Kept:
    """Where the text of the rows from ``base`` on is."""

    base: int
    again: Again
    layout: Layout


def shown(kept: Sequence[Kept], rows: NDArray[np.int64]) -> list[str]:
    """Show rows, each as canonical JSON.

    Args:
        kept: the blocks, by ascending base.
        rows: places in the whole source.
    """
    starts = np.array([block.base for block in kept])
    blocks = np.searchsorted(starts, rows, side="right") - 1
    found = [""] * len(rows)
    for block in np.unique(blocks).tolist():
        at = np.flatnonzero(blocks == block)
        for place, line in zip(at.tolist(), _lines(kept[block], rows[at]), strict=True):
            found[place] = _json(line)
    return found


def _lines(kept: Kept, rows: NDArray[np.int64]) -> list[Mapping[str, Any]]:
    """The fields of some rows of one block by name; of a wide table the day and the one cell."""
    table, layout = kept.again(), kept.layout
    width = max(len(layout.wide), 1)
    positions = (rows - kept.base) // width
    places = np.searchsorted(table.positions, positions)
    labels = _labels(table.names)
    lines: list[Mapping[str, Any]] = []
    for row, position, at in zip(
        (rows - kept.base).tolist(), positions.tolist(), places.tolist(), strict=True
    ):
        if position in table.ragged:
            lines.append({"fields": [field[:_LONGEST_SHOWN] for field in table.ragged[position]]})
            continue
        cell = (layout.session, layout.wide[row % width]) if layout.wide else None
        lines.append({labels[c]: _value(table.columns[c], at) for c in cell or range(len(table.names))})
    return lines


def _labels(names: Sequence[str]) -> list[str]:
    """What stands for each column: its name, and its place where it has none or an earlier one has it."""
    return [
        f"{name} (column {c + 1})" if name in names[:c] and name else name or f"column {c + 1}"
        for c, name in enumerate(names)
    ]


def _value(column: pa.ChunkedArray, at: int) -> Any:
    try:
        return column[at].as_py()
    except (OverflowError, ValueError):  # a day or stamp that Python cannot hold
        return texts(column.slice(at, 1))[0].as_py()


def _json(line: Mapping[str, Any]) -> str:
    plain = {name: _plain(value) for name, value in line.items()}
    return json.dumps(plain, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str)


def _plain(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, str):
        return value[:_LONGEST_SHOWN]
    return str(value) if isinstance(value, bytes | dict) else value
