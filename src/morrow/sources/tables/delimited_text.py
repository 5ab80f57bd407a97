"""Blocks of delimited text as tables of texts: nothing is interpreted, no line is lost or read as another.

The parser is pyarrow's. Lines with a stray quote, another width or a NUL byte are taken out of a block first,
because it would join or drop them.
"""

import io
import itertools
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
from numpy.typing import NDArray

from morrow.errors import SourceError
from morrow.sources.tables.cell_kinds import cell_kind
from morrow.sources.tables.columns import is_unnamed
from morrow.sources.tables.file_formats import refuse_other_formats
from morrow.sources.tables.file_set import cut_lines, read_pieces
from morrow.sources.tables.line_fields import join_fields, split_line
from morrow.sources.tables.raw_block import Header, RawBlock
from morrow.sources.tables.text_encoding import Recoder
from morrow.sources.tables.text_header import SEARCHED, DeclaredHeader, read_header


@dataclass(frozen=True)
class DelimitedText:
    """A text file that is open.

    Attributes:
        header: what stands above its rows.
        blocks: of its rows, in UTF-8, each of whole lines.
        recoder: what says its encoding, as far as it has been read.
    """

    header: Header
    blocks: Iterator[bytes]
    recoder: Recoder


def open_text(
    file: BinaryIO, name: str, declared: DeclaredHeader = SEARCHED, encoding: str | None = None
) -> DelimitedText:
    """Find the encoding and the header of a text, plain or gzipped.

    Args:
        file: to read from.
        name: of it, for messages.
        declared: what a person says about the header.
        encoding: what a person says it is; None to find it.

    Raises:
        SourceError: it is another format, in no readable encoding, or has no header; or its gzip is broken.
    """
    pieces = read_pieces(file, name)
    first = next(pieces, b"")
    refuse_other_formats(first, name)
    recoder = Recoder(name, encoding)
    lines = cut_lines(recoder.recode_pieces(itertools.chain([first], pieces)), name)
    return open_blocks(recoder.recode_lines(lines), name, declared, recoder)


def open_blocks(
    blocks: Iterator[bytes], name: str, declared: DeclaredHeader = SEARCHED, recoder: Recoder | None = None
) -> DelimitedText:
    """Find the header of a text in UTF-8 that comes in blocks of whole lines.

    Raises:
        SourceError: it has no header.
    """
    header, rest = read_header(blocks, name, declared)
    return DelimitedText(header, rest, recoder or Recoder(name))


def read_csv(data: bytes, name: str) -> RawBlock:
    """Read the bytes of a whole CSV, plain or gzipped.

    Raises:
        SourceError: as ``open_text`` and ``read_block``.
    """
    text = open_text(io.BytesIO(data), name)
    return read_block(b"".join(text.blocks), text.header)


def read_block(data: bytes, header: Header) -> RawBlock:
    """Divide a block of whole lines into columns.

    A quoted field may not span lines. A line of other than the header's number of fields is ragged, unless
    only trailing separators are missing or too many; so is one with an unclosed quote or a NUL byte. Empty
    lines are skipped. Lines that repeat the header and comments (``# ...``) are counted apart.

    Args:
        data: the block, in UTF-8.
        header: of its file.
    """
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
    comments = [position for position, fields in ragged.items() if _is_comment(fields)]
    positions = np.delete(np.arange(size), list(ragged)) if ragged else np.arange(size)
    columns, positions, repeated = _without_headers(columns, positions, header)
    for position in comments:
        del ragged[position], reasons[position]
    return RawBlock(
        names=header.names,
        columns=columns,
        positions=positions,
        ragged=ragged,
        reasons=reasons,
        size=size,
        repeated_headers=repeated,
        comments=len(comments),
        header=header,
    )


def _is_comment(fields: Sequence[str]) -> bool:
    return bool(fields) and fields[0].startswith("#") and cell_kind(fields[0]) != "empty"


def _with_unix_lines(data: bytes) -> bytes:
    return data.replace(b"\r\n", b"\n").replace(b"\r", b"\n") if b"\r" in data else data


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
