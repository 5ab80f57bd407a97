"""A block of rows as columns, and what stands above them: nothing is interpreted, and no row is lost."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from morrow.sources.tables.values import Flags


@dataclass(frozen=True)
class Header:
    """What stands above the rows of a table: its columns, and what was skipped to reach them.

    Attributes:
        names: (C,) trimmed; of several header lines the texts of each column, joined; a column that only
            trailing separators make has no name.
        separator: between fields; empty where a file has typed columns.
        file: its name, for messages.
        levels: (L, C) the header lines as written, trimmed, top first; none where the file has no header.
        units: (C,) a line of units or types below them, or nothing.
        preamble: the lines before the header that are no part of the table, as written.
        line: number of the first header line in the file, from 1; 0 where there is none.
        first_lines: the first lines of the file, cut short, for messages.
        names_guessed: whether there is no header, and the names follow from the values.
    """

    names: tuple[str, ...]
    separator: str
    file: str
    levels: tuple[tuple[str, ...], ...] = ()
    units: tuple[str, ...] = ()
    preamble: tuple[str, ...] = ()
    line: int = 1
    first_lines: tuple[str, ...] = ()
    names_guessed: bool = False


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
        comments: lines that are comments.
        header: what stands above the rows, if it is known.
    """

    names: tuple[str, ...]
    columns: tuple[pa.ChunkedArray, ...]
    positions: NDArray[np.int64]
    ragged: dict[int, tuple[str, ...]] = field(default_factory=dict)
    reasons: dict[int, str] = field(default_factory=dict)
    size: int = -1
    repeated_headers: int = 0
    comments: int = 0
    header: Header | None = None

    @property
    def levels(self) -> tuple[tuple[str, ...], ...]:
        """The header lines, top first; nothing where there is none."""
        return self.header.levels if self.header else ()

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
    stored, names, positions, header = sink.getvalue(), table.names, table.positions, table.header

    def restore() -> RawBlock:
        columns = tuple(pa.ipc.open_stream(stored).read_all().columns)
        return RawBlock(names, columns, positions, header=header)

    return restore, stored.size
