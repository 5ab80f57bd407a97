"""Blocks of delimited text as tables of texts: nothing is interpreted, no line is lost or read as another.

The parser is pyarrow's. Lines with a stray quote, another width or a NUL byte are taken out of a block first,
because it would join or drop them.
"""

import io
import itertools
import re
from collections.abc import Callable, Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
from numpy.typing import NDArray

from morrow.errors import SourceError
from morrow.sources.tables.columns import is_unnamed
from morrow.sources.tables.file_formats import refuse_other_formats
from morrow.sources.tables.file_set import read_line_blocks
from morrow.sources.tables.line_fields import join_fields, split_line
from morrow.sources.tables.raw_block import Header, RawBlock
from morrow.sources.tables.text_header import SEARCHED, DeclaredHeader, read_header

_ENCODINGS = {
    b"\xff\xfe\x00\x00": "UTF-32",
    b"\x00\x00\xfe\xff": "UTF-32",
    b"\xff\xfe": "UTF-16",
    b"\xfe\xff": "UTF-16",
}


def open_text(
    blocks: Iterator[bytes], name: str, declared: DeclaredHeader = SEARCHED
) -> tuple[Header, Iterator[tuple[int, bytes]]]:
    """Find the header of a text.

    Args:
        blocks: of whole lines.
        name: of the file, for messages.
        declared: what a person says about the header.

    Returns:
        It, and the blocks of data lines, each with its offset in bytes.

    Raises:
        SourceError: the bytes are no text in UTF-8, or have no header.
    """
    first = next(blocks, b"")
    refuse_other_formats(first, name)
    _refuse_other_encodings(first, name)
    header, rest = read_header(itertools.chain([first], blocks), name, declared)
    return header, rest


def read_csv(data: bytes, name: str) -> RawBlock:
    """Read the bytes of a whole CSV, plain or gzipped.

    Raises:
        SourceError: as ``read_header`` and ``read_block``, or the gzip is broken.
    """
    header, blocks = open_text(read_line_blocks(io.BytesIO(data), name), name)
    return read_block(b"".join(data for _, data in blocks), header)


def read_block(data: bytes, header: Header, offset: int = 0) -> RawBlock:
    """Divide a block of whole lines into columns.

    A quoted field may not span lines. A line of other than the header's number of fields is ragged, unless
    only trailing separators are missing or too many; so is one with an unclosed quote or a NUL byte. Empty
    lines are skipped. Lines that repeat the header are counted apart.

    Args:
        data: the block.
        header: of its file.
        offset: of the block in its file, in bytes.

    Raises:
        SourceError: a byte is no UTF-8.
    """
    _decode(data, header.file, offset)
    text = _with_unix_lines(data)
    broken: dict[int, tuple[str, tuple[str, ...]]] = {}
    if b'"' in text or b"\x00" in text:
        text, broken = _mend_lines(text, header)
    columns, ragged = _parse(text, header)
    padded = {
        position: fields
        for position, received in ragged.items()
        if position not in broken and (fields := _pad(received, header))
    }
    if padded:
        lines = _split_lines(text)
        for position, fields in padded.items():
            lines[position] = join_fields(fields, header.separator)
        columns, ragged = _parse(b"\n".join(lines), header)
    reasons = {
        position: f"fields={len(fields)} of {len(header.names)}" for position, fields in ragged.items()
    }
    for position, (reason, fields) in broken.items():
        reasons[position], ragged[position] = reason, fields
    size = len(columns[0]) + len(ragged)
    positions = np.delete(np.arange(size), list(ragged)) if ragged else np.arange(size)
    columns, positions, repeated = _without_headers(columns, positions, header)
    return RawBlock(
        names=header.names,
        columns=columns,
        positions=positions,
        ragged=ragged,
        reasons=reasons,
        size=size,
        repeated_headers=repeated,
        header=header,
    )


def _refuse_other_encodings(first: bytes, name: str) -> None:
    for mark, encoding in _ENCODINGS.items():
        if first.startswith(mark):
            raise SourceError(f'"{name}" is {encoding} text; save it as UTF-8')
    halves = first[0:8:2], first[1:8:2]
    if len(first) > 3 and any(not half.strip(b"\x00") for half in halves) and any(map(bytes.isascii, halves)):
        raise SourceError(f'"{name}" looks like UTF-16 text; save it as UTF-8')
    _decode(first, name, 0)


def _with_unix_lines(data: bytes) -> bytes:
    return data.replace(b"\r\n", b"\n").replace(b"\r", b"\n") if b"\r" in data else data


def _decode(data: bytes, name: str, offset: int) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise SourceError(
            f'"{name}" is not UTF-8 text (byte {offset + error.start} is {data[error.start]:#04x}); '
            "it may be Windows-1252: save it as UTF-8"
        ) from None


def _split_lines(text: bytes) -> list[bytes]:
    return [line for line in text.split(b"\n") if line]


def _mend_lines(text: bytes, header: Header) -> tuple[bytes, dict[int, tuple[str, tuple[str, ...]]]]:
    """Quote the fields of lines with oddly placed quotes anew, and blank those that cannot be divided.

    Returns:
        The text, and by position the reason and the fields of each line that was blanked.
    """
    field = rf'(?:"(?:[^"]|"")*"|[^"{re.escape(header.separator)}]*)'
    pattern = rf"^{field}(?:{re.escape(header.separator)}{field})*$"
    lines = _split_lines(text)
    sound = pc.match_substring_regex(pa.array(lines, pa.binary()).cast(pa.string()), pattern)
    odd = np.flatnonzero(~np.asarray(sound) | np.array([b"\x00" in line for line in lines]))
    broken = {}
    for position in odd.tolist():
        line = lines[position].decode()
        fields = split_line(line, header.separator)
        if "\x00" in line:
            visible = line.replace("\x00", "\N{SYMBOL FOR NULL}").split(header.separator)
            broken[position] = "NUL byte", tuple(visible)
        elif fields is None:
            broken[position] = "unmatched quote", tuple(line.split(header.separator))
        else:
            lines[position] = join_fields(fields, header.separator)
            continue
        lines[position] = header.separator.encode() * len(header.names)
    return b"\n".join(lines), broken


def _pad(fields: tuple[str, ...], header: Header) -> tuple[str, ...] | None:
    """The fields in the header's number, if trailing separators are all that is too few or too many."""
    width = len(header.names)
    if len(fields) > width:
        return None if any(field.strip() for field in fields[width:]) else fields[:width]
    if all(is_unnamed(name) for name in header.names[len(fields) :]):
        return fields + ("",) * (width - len(fields))
    return None


def _parse(text: bytes, header: Header) -> tuple[tuple[pa.ChunkedArray, ...], dict[int, tuple[str, ...]]]:
    """Columns of the lines that have the header's number of fields, and the fields of the others by line."""
    names = [f"f{number}" for number in range(len(header.names))]
    if not text.strip(b"\n"):
        return tuple(pa.chunked_array([pa.array([], pa.string())]) for _ in names), {}
    ragged: dict[int, tuple[str, ...]] = {}

    def collect(row: pa.csv.InvalidRow) -> str:
        ragged[row.number - 1] = tuple(split_line(row.text, header.separator) or [row.text])
        return "skip"

    try:
        table = _read_with_pyarrow(text, names, header.separator, collect)
    except pa.ArrowInvalid as error:
        reason = str(error).splitlines()[0][:120]
        raise SourceError(f'"{header.file}" is not a readable CSV: {reason}; export it again') from None
    return tuple(table.columns), ragged


def _read_with_pyarrow(
    text: bytes, names: list[str], separator: str, collect: Callable[[pa.csv.InvalidRow], str]
) -> pa.Table:
    return pa.csv.read_csv(
        pa.BufferReader(text),
        # Rows are numbered only without threads, and over the whole only within one block.
        read_options=pa.csv.ReadOptions(use_threads=False, column_names=names, block_size=len(text) + 1),
        parse_options=pa.csv.ParseOptions(delimiter=separator, invalid_row_handler=collect),
        convert_options=pa.csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False
        ),
    )


def _without_headers(
    columns: tuple[pa.ChunkedArray, ...], positions: NDArray[np.int64], header: Header
) -> tuple[tuple[pa.ChunkedArray, ...], NDArray[np.int64], int]:
    """Leave out lines that repeat a line of the header, as concatenated files have them."""
    repeated: list[int] = []
    for names in header.levels:
        number, name = next((number, name) for number, name in enumerate(names) if name)
        candidates = pc.is_in(
            pc.utf8_trim_whitespace(columns[number]), value_set=pa.array([name, "\ufeff" + name])
        )
        repeated += [
            index
            for index in np.flatnonzero(np.asarray(candidates)).tolist()
            if all(
                column[index].as_py().strip().lstrip("\ufeff") == name
                for name, column in zip(names, columns, strict=True)
            )
        ]
    if not repeated:
        return columns, positions, 0
    rest = np.delete(np.arange(len(positions)), repeated)
    return tuple(column.take(pa.array(rest)) for column in columns), positions[rest], len(repeated)
