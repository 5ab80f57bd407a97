"""A block of rows as columns: nothing is interpreted, and no row is lost."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from morrow.sources.tables.values import Flags


@dataclass(frozen=True)
class RawBlock:
    """Columns of a block as they were received.

    Attributes:
        names: (C,) column names, trimmed; they may be empty or repeat.
        columns: (C,) columns of R rows; texts for a CSV.
        positions: (R,) ascending position of each row among the block's data rows, from 0.
        ragged: position and fields of the rows that cannot be divided into the header's columns.
        reasons: position and reason of each of those.
        size: data rows of the block, in ``columns`` or not; by default those that are.
        repeated_headers: rows that repeat the header.
    """

    names: tuple[str, ...]
    columns: tuple[pa.ChunkedArray, ...]
    positions: NDArray[np.int64]
    ragged: dict[int, tuple[str, ...]] = field(default_factory=dict)
    reasons: dict[int, str] = field(default_factory=dict)
    size: int = -1
    repeated_headers: int = 0

    @property
    def rows(self) -> int:
        """Data rows of the block."""
        return len(self.positions) + len(self.ragged) if self.size < 0 else self.size

    def select(self, wanted: Flags) -> "RawBlock":
        """The rows that are wanted, and all ragged ones."""
        if wanted.all():
            return self
        columns = tuple(column.filter(pa.array(wanted)) for column in self.columns)
        return replace(self, columns=columns, positions=self.positions[wanted], size=self.rows)


Restore = Callable[[], RawBlock]


def compress(table: RawBlock) -> tuple[Restore, int]:
    """Compress a table without ragged rows: what restores it, and the bytes that it takes meanwhile."""
    sink = pa.BufferOutputStream()
    plain = pa.table(list(table.columns), names=[str(column) for column in range(len(table.names))])
    with pa.ipc.new_stream(sink, plain.schema, options=pa.ipc.IpcWriteOptions(compression="lz4")) as writer:
        writer.write_table(plain)
    stored, names, positions = sink.getvalue(), table.names, table.positions

    def restore() -> RawBlock:
        return RawBlock(names, tuple(pa.ipc.open_stream(stored).read_all().columns), positions)

    return restore, stored.size
