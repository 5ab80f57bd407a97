"""A block of rows as columns, nothing interpreted and no row lost; and Parquet as such blocks."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet
from numpy.typing import NDArray

from morrow.errors import SourceError
from morrow.sources.values import Flags, is_text

_ROWS = 1 << 17
_LONGEST_CELL = 1 << 16

Wanted = Callable[[Sequence[str], pa.parquet.RowGroupMetaData], bool]


@dataclass(frozen=True)
class Table:
    """Columns of a block as they were received.

    Attributes:
        names: (C,) column names, trimmed; they may be empty or repeat.
        columns: (C,) columns of R rows; texts for a CSV.
        positions: (R,) ascending place of each row among the block's data rows, from 0.
        ragged: place and fields of the rows that cannot be told apart into the header's columns.
        whys: place and reason of each of those.
        size: data rows that it took up, shown here or not; by default those that are.
        repeated: rows that repeat the header.
    """

    names: tuple[str, ...]
    columns: tuple[pa.ChunkedArray, ...]
    positions: NDArray[np.int64]
    ragged: dict[int, tuple[str, ...]] = field(default_factory=dict)
    whys: dict[int, str] = field(default_factory=dict)
    size: int = -1
    repeated: int = 0

    @property
    def rows(self) -> int:
        """How many data rows it took up."""
        return len(self.positions) + len(self.ragged) if self.size < 0 else self.size

    def only(self, wanted: Flags) -> "Table":
        """The rows that are wanted, and all ragged ones."""
        if wanted.all():
            return self
        columns = tuple(column.filter(pa.array(wanted)) for column in self.columns)
        return replace(self, columns=columns, positions=self.positions[wanted], size=self.rows)


def packed(table: Table) -> tuple[Callable[[], Table], int]:
    """Keep a table compressed: what gives it again, and the bytes that are kept."""
    sink = pa.BufferOutputStream()
    whole = pa.table(list(table.columns), names=[str(place) for place in range(len(table.names))])
    with pa.ipc.new_stream(sink, whole.schema, options=pa.ipc.IpcWriteOptions(compression="lz4")) as writer:
        writer.write_table(whole)
    stored, names, positions = sink.getvalue(), table.names, table.positions

    def again() -> Table:
        return Table(names, tuple(pa.ipc.open_stream(stored).read_all().columns), positions)

    return again, stored.size


def from_parquet(file: BinaryIO, name: str, wanted: Wanted | None = None) -> Iterator[Table]:
    """Yield the rows of a Parquet file in blocks, in columns of their own types; a pandas index is a column.

    A row group that is not wanted is a block whose rows are not shown.

    Args:
        file: to read from.
        name: of it, for messages.
        wanted: whether a row group is, by the names of the columns and its metadata.

    Raises:
        SourceError: it is no Parquet file, or a broken one, or has a text longer than 64 KiB.
    """
    with _said(name):
        schema = pa.parquet.ParquetFile(file).schema_arrow
        coded = [column.name for column in schema if is_text(column.type)]
        opened = pa.parquet.ParquetFile(file, read_dictionary=coded, page_checksum_verification=True)
        names = tuple(str(column).strip() for column in schema.names)
        nothing = tuple(schema.empty_table().columns)
    yield Table(names, nothing, np.arange(0))
    for group in range(opened.num_row_groups):
        with _said(name):
            about = opened.metadata.row_group(group)
            skipped = wanted is not None and not wanted(names, about)
            batches = iter(()) if skipped else opened.iter_batches(_ROWS, row_groups=[group])
        if skipped:
            yield Table(names, nothing, np.arange(0), size=about.num_rows)
        while (batch := _following(batches, name)) is not None:
            columns = tuple(pa.chunked_array([column]) for column in batch.columns)
            _refuse_swollen(columns, name)
            yield Table(names, columns, np.arange(len(batch)))


def _following(batches: Iterator[pa.RecordBatch], name: str) -> pa.RecordBatch | None:
    with _said(name):
        batch = next(batches, None)
        if batch is not None:
            batch.validate(full=True)
        return batch


def _refuse_swollen(columns: tuple[pa.ChunkedArray, ...], name: str) -> None:
    """Refuse long texts: one, written once in a dictionary, can stand in every row."""
    for column in columns:
        chunk = column.chunk(0)
        if not pa.types.is_dictionary(chunk.type) or not is_text(chunk.type) or not len(chunk.dictionary):
            continue
        longest = pc.max(pc.binary_length(chunk.dictionary)).as_py() or 0
        if longest > _LONGEST_CELL:
            raise SourceError(
                f'"{name}" has a text of {longest:,} bytes, more than {_LONGEST_CELL:,}; leave the column out'
            )


@contextmanager
def _said(name: str) -> Iterator[None]:
    try:
        yield
    except (pa.ArrowException, OSError, ValueError, KeyError, OverflowError, UnicodeError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0][:120]
        raise SourceError(f'"{name}" is not a readable Parquet file: {reason}; write it again') from None
