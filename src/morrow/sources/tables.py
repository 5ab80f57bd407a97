"""CSV and Parquet bytes as a table of columns, nothing interpreted and no row lost."""

import csv
import gzip
import io
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
from numpy.typing import NDArray

from morrow.errors import SourceError

_SEPARATORS = ",;\t|"
_GZIP, _PARQUET, _BOM = b"\x1f\x8b", b"PAR1", b"\xef\xbb\xbf"
_BLOCK = 1 << 26


@dataclass(frozen=True)
class Table:
    """Columns as they were received.

    Attributes:
        names: (C,) column names, trimmed; they may be empty or repeat.
        columns: (C,) columns of R rows; texts for a CSV.
        positions: (R,) ascending place of each row among the source's data rows, from 0.
        ragged: place and fields of the rows that have more or fewer fields than the header, or a quote
            that nothing closes.
    """

    names: tuple[str, ...]
    columns: tuple[pa.ChunkedArray, ...]
    positions: NDArray[np.int64]
    ragged: dict[int, tuple[str, ...]]


def load(path: Path) -> bytes:
    """Read a file.

    Raises:
        SourceError: it is missing, empty or cannot be read.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise SourceError(f'no file at "{path}"; set source.path, relative to morrow.toml') from None
    except OSError as error:
        raise SourceError(f'cannot read "{path}": {error.strerror}; check the path and its rights') from None
    if not data:
        raise SourceError(f'"{path}" is empty (0 bytes); export it again')
    return data


def is_parquet(data: bytes) -> bool:
    """Whether bytes start as a Parquet file does."""
    return data.startswith(_PARQUET)


def from_csv(data: bytes, name: str) -> Table:
    """Take CSV bytes, plain or gzipped, apart into texts.

    The separator is whichever of comma, semicolon, tab and bar the header has most of. A quoted field may
    not span lines.

    Raises:
        SourceError: the bytes are no text, a broken gzip, or have no header.
    """
    text = _decoded(data, name)
    header = text.lstrip("\r\n").partition("\n")[0].partition("\r")[0]
    separator = max(_SEPARATORS, key=header.count)
    names = next(csv.reader([header], delimiter=separator), [])
    if not any(part.strip() for part in names) or header.count('"') % 2:
        raise SourceError(f'"{name}" has no readable header; its first line must name the columns')
    stray: list[str] = []
    if '"' in text:
        text = "".join(_without_stray_quotes(text, separator * len(names), stray))
    ragged: dict[int, tuple[str, ...]] = {}
    broken = iter(stray)

    def keep(row: pa.csv.InvalidRow) -> str:
        line = next(broken, row.text) if row.text == separator * len(names) else row.text
        ragged[row.number - 2] = tuple(line.split(separator))
        return "skip"

    columns = _arrow_columns(text, separator, len(names), keep, name)
    rows = len(columns[0]) + len(ragged)
    positions = np.delete(np.arange(rows), list(ragged)) if ragged else np.arange(rows)
    return Table(tuple(part.strip() for part in names), columns, positions, ragged)


def from_parquet(data: bytes, name: str) -> Table:
    """Take Parquet bytes apart into columns of their own types; a pandas index is a column.

    Raises:
        SourceError: the bytes are no Parquet file, or a broken one.
    """
    try:
        table = pa.parquet.read_table(io.BytesIO(data))
    except (pa.ArrowException, OSError) as error:
        reason = str(error).splitlines()[0][:120]
        raise SourceError(f'"{name}" is not a readable Parquet file: {reason}; write it again') from None
    names = tuple(str(column).strip() for column in table.column_names)
    return Table(names, tuple(table.columns), np.arange(table.num_rows), {})


def _decoded(data: bytes, name: str) -> str:
    if is_parquet(data):
        raise SourceError(f'"{name}" is a Parquet file, not a CSV; set source.kind = "parquet"')
    if data.startswith(_GZIP):
        try:
            data = gzip.decompress(data)
        except (EOFError, OSError, zlib.error) as error:
            raise SourceError(f'"{name}" is a broken gzip file: {error}; fetch it again') from None
    if b"\x00" in data[: 1 << 20]:
        raise SourceError(f'"{name}" is binary, not a CSV; allowed: CSV text (plain or gzip) or Parquet')
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SourceError(
            f'"{name}" is not UTF-8 text (byte {error.start} is {data[error.start]:#04x}); save it as UTF-8'
        ) from None


def _without_stray_quotes(text: str, mark: str, stray: list[str]) -> Iterator[str]:
    """Yield lines; one with an unmatched quote, which would swallow the next lines, becomes a mark."""
    for line in text.splitlines(keepends=True):
        if line.count('"') % 2:
            stray.append(line.rstrip("\r\n"))
            yield mark + "\n"
        else:
            yield line


def _arrow_columns(
    text: str, separator: str, width: int, keep: object, name: str
) -> tuple[pa.ChunkedArray, ...]:
    kinds = {f"f{place}": pa.string() for place in range(width)}
    try:
        table = pa.csv.read_csv(
            io.BytesIO(text.encode()),
            read_options=pa.csv.ReadOptions(
                use_threads=False, autogenerate_column_names=True, block_size=_BLOCK
            ),
            parse_options=pa.csv.ParseOptions(delimiter=separator, invalid_row_handler=keep),
            convert_options=pa.csv.ConvertOptions(column_types=kinds, strings_can_be_null=False),
        )
    except pa.ArrowInvalid as error:
        reason = str(error).splitlines()[0][:120]
        raise SourceError(f'"{name}" is not a readable CSV: {reason}; export it again') from None
    return tuple(column.slice(1) for column in table.columns)
