"""Parquet files as blocks of rows, in columns of their own types."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet

from morrow.errors import SourceError
from morrow.sources.tables.column_levels import split_tuples
from morrow.sources.tables.raw_block import Header, RawBlock
from morrow.sources.tables.values import is_text

_BLOCK_ROWS = 1 << 17
_LONGEST_CELL = 1 << 16

Wanted = Callable[[Sequence[str], pa.parquet.RowGroupMetaData], bool]


def read_parquet(file: BinaryIO, name: str, wanted: Wanted | None = None) -> Iterator[RawBlock]:
    """Yield the rows of a Parquet file in blocks; a pandas index is a column.

    The first block has no rows. A row group that is not wanted is a block that counts its rows and has none.

    Args:
        file: to read from.
        name: of it, for messages.
        wanted: whether a row group is, by the names of the columns and its metadata.

    Raises:
        SourceError: it is not a Parquet file, or is broken, or has a text longer than 64 KiB.
    """
    with _plain_errors(name):
        schema = pa.parquet.ParquetFile(file).schema_arrow
        coded = [column.name for column in schema if is_text(column.type)]
        parquet = pa.parquet.ParquetFile(file, read_dictionary=coded, page_checksum_verification=True)
        names = tuple(str(column).strip() for column in schema.names)
        no_rows = tuple(schema.empty_table().columns)
    header = Header(names, "", name, levels=split_tuples(names) or (names,))
    yield RawBlock(names, no_rows, np.arange(0), header=header)
    for group in range(parquet.num_row_groups):
        with _plain_errors(name):
            metadata = parquet.metadata.row_group(group)
            is_skipped = wanted is not None and not wanted(names, metadata)
            batches = iter(()) if is_skipped else parquet.iter_batches(_BLOCK_ROWS, row_groups=[group])
        if is_skipped:
            yield RawBlock(names, no_rows, np.arange(0), size=metadata.num_rows, header=header)
        while (batch := _read_next(batches, name)) is not None:
            columns = tuple(pa.chunked_array([column]) for column in batch.columns)
            _refuse_long_texts(columns, name)
            yield RawBlock(names, columns, np.arange(len(batch)), header=header)


def _read_next(batches: Iterator[pa.RecordBatch], name: str) -> pa.RecordBatch | None:
    with _plain_errors(name):
        batch = next(batches, None)
        if batch is not None:
            batch.validate(full=True)
        return batch


def _refuse_long_texts(columns: tuple[pa.ChunkedArray, ...], name: str) -> None:
    """Refuse long texts: one that is written once in a dictionary can stand in every row."""
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
def _plain_errors(name: str) -> Iterator[None]:
    """Turn whatever pyarrow raises into one line."""
    try:
        yield
    except (pa.ArrowException, OSError, ValueError, KeyError, OverflowError, UnicodeError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0][:120]
        raise SourceError(f'"{name}" is not a readable Parquet file: {reason}; write it again') from None
