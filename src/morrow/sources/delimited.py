"""Blocks of delimited text as tables of texts: nothing interpreted, no line lost, none read as another."""

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
from numpy.typing import NDArray

from morrow.errors import SourceError
from morrow.sources.parts import PARQUET
from morrow.sources.parts import blocks as whole_lines
from morrow.sources.tables import Table

_SEPARATORS = ",;\t|"
_FIRST = re.compile(rb"(?:\xef\xbb\xbf)?[\r\n]*([^\r\n]*)(?:\r\n|\r|\n)?")
_ENCODINGS = {
    b"\xff\xfe\x00\x00": "UTF-32",
    b"\x00\x00\xfe\xff": "UTF-32",
    b"\xff\xfe": "UTF-16",
    b"\xfe\xff": "UTF-16",
}
_UNNAMED = re.compile(r"(Unnamed: \d+|__index_level_\d+__)?")
csv.field_size_limit(1 << 23)


@dataclass(frozen=True)
class Head:
    """What the first line says: the columns, and how fields are separated.

    Attributes:
        names: (C,) trimmed; a column that only trailing separators make has no name.
        separator: the one of comma, semicolon, tab and bar that the line has most of.
        name: of the file, for messages.
    """

    names: tuple[str, ...]
    separator: str
    name: str


def unnamed(name: str) -> bool:
    """Whether a column has no name of its own (an index written along, a trailing separator)."""
    return _UNNAMED.fullmatch(name) is not None


def headed(blocks: Iterator[bytes], name: str) -> tuple[Head, Iterator[tuple[int, bytes]]]:
    """Read the header off the first block.

    Returns:
        It, and the blocks of data lines, each with its offset in bytes.

    Raises:
        SourceError: the bytes are no text in UTF-8, or have no header.
    """
    first = next(blocks, b"")
    _refuse_other_formats(first, name)
    found = _FIRST.match(first)
    line, end = (found[1], found.end()) if found else (b"", 0)
    if b"\x00" in line:
        raise SourceError(f'"{name}" is binary, not a CSV; allowed: CSV text (plain or gzip) or Parquet')
    header = _decoded(line, name, end - len(line))
    separator = max(_SEPARATORS, key=header.count)
    names = _split(header, separator)
    if names is None or not any(part.strip() for part in names):
        raise SourceError(f'"{name}" has no readable header; its first line must name the columns')
    following = _FIRST.match(first, end)
    fields = _split(following[1].decode(errors="replace"), separator) if following else None
    if fields and len(fields) > len(names) and not any(part.strip() for part in fields[len(names) :]):
        names += [""] * (len(fields) - len(names))
    return Head(tuple(part.strip() for part in names), separator, name), _numbered(first, end, blocks)


def from_csv(data: bytes, name: str) -> Table:
    """Take the bytes of a whole CSV, plain or gzipped, apart.

    Raises:
        SourceError: as ``headed`` and ``table``, or the gzip is broken.
    """
    head, blocks = headed(whole_lines(io.BytesIO(data), name), name)
    return table(b"".join(data for _, data in blocks), head)


def table(data: bytes, head: Head, offset: int = 0) -> Table:
    """Take a block of whole lines apart.

    A quoted field may not span lines. A line of other than the header's number of fields is ragged, unless
    what it lacks or has too many of is nothing but trailing separators; so is one with a quote that nothing
    closes, and one with a NUL byte. Empty lines are none. Lines that repeat the header are counted apart.

    Args:
        data: the block.
        head: of its file.
        offset: of the block in its file, in bytes.

    Raises:
        SourceError: a byte is no UTF-8.
    """
    _decoded(data, head.name, offset)
    text = _unix(data)
    broken: dict[int, tuple[str, tuple[str, ...]]] = {}
    if b'"' in text or b"\x00" in text:
        text, broken = _mended(text, head)
    columns, ragged = _columns(text, head)
    patched = {
        place: padded
        for place, fields in ragged.items()
        if place not in broken and (padded := _padded(fields, head))
    }
    if patched:
        lines = _lines(text)
        for place, padded in patched.items():
            lines[place] = _joined(padded, head)
        columns, ragged = _columns(b"\n".join(lines), head)
    whys = {place: f"fields={len(fields)} of {len(head.names)}" for place, fields in ragged.items()}
    for place, (why, fields) in broken.items():
        whys[place], ragged[place] = why, fields
    total = len(columns[0]) + len(ragged)
    places = np.delete(np.arange(total), list(ragged)) if ragged else np.arange(total)
    columns, places, repeated = _without_headers(columns, places, head)
    return Table(
        names=head.names,
        columns=columns,
        positions=places,
        ragged=ragged,
        whys=whys,
        size=total,
        repeated=repeated,
    )


def _refuse_other_formats(first: bytes, name: str) -> None:
    if first.startswith(PARQUET):
        raise SourceError(f'"{name}" is a Parquet file, not a CSV; set source.kind = "parquet"')
    for mark, encoding in _ENCODINGS.items():
        if first.startswith(mark):
            raise SourceError(f'"{name}" is {encoding} text; save it as UTF-8')
    halves = first[0:8:2], first[1:8:2]
    if len(first) > 3 and any(not half.strip(b"\x00") for half in halves) and any(map(bytes.isascii, halves)):
        raise SourceError(f'"{name}" looks like UTF-16 text; save it as UTF-8')


def _numbered(first: bytes, end: int, blocks: Iterator[bytes]) -> Iterator[tuple[int, bytes]]:
    if end < len(first):
        yield end, first[end:]
    offset = len(first)
    for block in blocks:
        yield offset, block
        offset += len(block)


def _unix(data: bytes) -> bytes:
    return data.replace(b"\r\n", b"\n").replace(b"\r", b"\n") if b"\r" in data else data


def _decoded(data: bytes, name: str, offset: int) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise SourceError(
            f'"{name}" is not UTF-8 text (byte {offset + error.start} is {data[error.start]:#04x}); '
            "it may be Windows-1252: save it as UTF-8"
        ) from None


def _lines(text: bytes) -> list[bytes]:
    return [line for line in text.split(b"\n") if line]


def _mended(text: bytes, head: Head) -> tuple[bytes, dict[int, tuple[str, tuple[str, ...]]]]:
    """Write lines with oddly placed quotes plainly, and put a blank one where quotes or bytes make none."""
    field = rf'(?:"(?:[^"]|"")*"|[^"{re.escape(head.separator)}]*)'
    whole = rf"^{field}(?:{re.escape(head.separator)}{field})*$"
    lines = _lines(text)
    sound = pc.match_substring_regex(pa.array(lines, pa.binary()).cast(pa.string()), whole)
    odd = np.flatnonzero(~np.asarray(sound) | np.array([b"\x00" in line for line in lines]))
    broken = {}
    for place in odd.tolist():
        line = lines[place].decode()
        fields = _split(line, head.separator)
        if "\x00" in line:
            shown = line.replace("\x00", "\N{SYMBOL FOR NULL}").split(head.separator)
            broken[place] = "NUL byte", tuple(shown)
        elif fields is None:
            broken[place] = "unmatched quote", tuple(line.split(head.separator))
        else:
            lines[place] = _joined(fields, head)
            continue
        lines[place] = head.separator.encode() * len(head.names)
    return b"\n".join(lines), broken


def _split(line: str, separator: str) -> list[str] | None:
    """Fields of a line, or None if a quote is not closed or something follows where it is."""
    try:
        return next(csv.reader([line], delimiter=separator, skipinitialspace=True, strict=True), [])
    except csv.Error:
        return None


def _joined(fields: Iterable[str], head: Head) -> bytes:
    quoted = ('"' + field.replace('"', '""') + '"' for field in fields)
    return head.separator.join(quoted).encode()


def _padded(fields: tuple[str, ...], head: Head) -> tuple[str, ...] | None:
    """The fields in the header's number, if trailing separators are all that is too few or too many."""
    width = len(head.names)
    if len(fields) > width:
        return None if any(field.strip() for field in fields[width:]) else fields[:width]
    if all(unnamed(name) for name in head.names[len(fields) :]):
        return fields + ("",) * (width - len(fields))
    return None


def _columns(text: bytes, head: Head) -> tuple[tuple[pa.ChunkedArray, ...], dict[int, tuple[str, ...]]]:
    """Columns of the lines that have the header's number of fields, and the fields of the others by line."""
    names = [f"f{place}" for place in range(len(head.names))]
    if not text.strip(b"\n"):
        return tuple(pa.chunked_array([pa.array([], pa.string())]) for _ in names), {}
    ragged: dict[int, tuple[str, ...]] = {}

    def keep(row: pa.csv.InvalidRow) -> str:
        ragged[row.number - 1] = tuple(_split(row.text, head.separator) or [row.text])
        return "skip"

    try:
        found = _parsed(text, names, head.separator, keep)
    except pa.ArrowInvalid as error:
        reason = str(error).splitlines()[0][:120]
        raise SourceError(f'"{head.name}" is not a readable CSV: {reason}; export it again') from None
    return tuple(found.columns), ragged


def _parsed(
    text: bytes, names: list[str], separator: str, keep: Callable[[pa.csv.InvalidRow], str]
) -> pa.Table:
    return pa.csv.read_csv(
        pa.BufferReader(text),
        # Rows are numbered only without threads, and over the whole only within one block.
        read_options=pa.csv.ReadOptions(use_threads=False, column_names=names, block_size=len(text) + 1),
        parse_options=pa.csv.ParseOptions(delimiter=separator, invalid_row_handler=keep),
        convert_options=pa.csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False
        ),
    )


def _without_headers(
    columns: tuple[pa.ChunkedArray, ...], places: NDArray[np.int64], head: Head
) -> tuple[tuple[pa.ChunkedArray, ...], NDArray[np.int64], int]:
    """Leave out lines that repeat the header, as files that were put together have them."""
    named = next(place for place, name in enumerate(head.names) if name)
    wanted = pa.array([head.names[named], "\ufeff" + head.names[named]])
    alike = np.flatnonzero(np.asarray(pc.is_in(pc.utf8_trim_whitespace(columns[named]), value_set=wanted)))
    again = [
        at
        for at in alike.tolist()
        if all(
            column[at].as_py().strip().lstrip("\ufeff") == name
            for name, column in zip(head.names, columns, strict=True)
        )
    ]
    if not again:
        return columns, places, 0
    kept = np.delete(np.arange(len(places)), again)
    return tuple(column.take(pa.array(kept)) for column in columns), places[kept], len(again)
