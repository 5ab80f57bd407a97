"""The header of a text file, searched for in its first lines or as declared, and the rows after it."""

import itertools
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from morrow.errors import SourceError, UndecidedError
from morrow.sources.tables import header_levels
from morrow.sources.tables.bar_geometry import guess_names
from morrow.sources.tables.column_levels import join_levels, split_tuples
from morrow.sources.tables.field_names import match_names
from morrow.sources.tables.header_search import (
    SEPARATORS,
    HeaderPlace,
    locate_header,
    locate_rows,
    strip_comment,
)
from morrow.sources.tables.line_fields import split_line
from morrow.sources.tables.raw_block import Header

_LINE = re.compile(rb"([^\r\n]*)(?:\r\n|\r|\n|$)")
_LINES, _BYTES, _FEWEST_BYTES = 200, 1 << 20, 1 << 14
_SHOWN_LINES, _SHOWN_LETTERS = 20, 200
_LONGEST_EXAMPLE = 60
_USUAL_NAMES = ["session", "open", "high", "low", "close", "volume"]


@dataclass(frozen=True)
class DeclaredHeader:
    """What a person says about a file's header.

    Attributes:
        line: number of its line, from 1; 0 where there is none; None to search for it.
        names: of the columns in their order, where there is no header; an empty one leaves its column out.
    """

    line: int | None = None
    names: tuple[str, ...] = ()


SEARCHED = DeclaredHeader()


@dataclass(frozen=True)
class _Line:
    text: str
    number: int
    end: int


def read_header(
    blocks: Iterator[bytes], name: str, declared: DeclaredHeader = SEARCHED
) -> tuple[Header, Iterator[bytes]]:
    """Find the header in the first block.

    Args:
        blocks: of whole lines, in UTF-8.
        name: of the file, for messages.
        declared: what a person says about the header.

    Returns:
        It, and the blocks of data lines.

    Raises:
        SourceError: there is no header, or not the one that is declared.
    """
    first = next(blocks, b"")
    while len(first) < _FEWEST_BYTES and (following := next(blocks, b"")):
        first += following
    lines = list(_first_lines(first))
    if all(line.text.startswith("#") and not match_names(_split_all(line.text)) for line in lines):
        raise SourceError(f'"{name}" has no readable header; its first line must name the columns')
    if "\x00" in lines[0].text:
        raise SourceError(f'"{name}" is binary, not a CSV; allowed: CSV text (plain or gzip) or Parquet')
    place = _place(lines, name, declared)
    end = lines[place.start - 1].end if place.start else 0
    return _make_header(place, lines, name, declared.names), itertools.chain(
        [first[end:]] if end < len(first) else [], blocks
    )


def _first_lines(first: bytes) -> Iterator[_Line]:
    """The first lines that are not empty."""
    start = 3 if first.startswith(b"\xef\xbb\xbf") else 0
    matches = _LINE.finditer(first, start, max(_BYTES, first.find(b"\n") + 1) + start)
    lines = (
        _Line(match[1].decode(errors="replace"), number, match.end())
        for number, match in enumerate(matches, 1)
        if match[1]
    )
    yield from itertools.islice(lines, _LINES)


def _place(lines: Sequence[_Line], name: str, declared: DeclaredHeader) -> HeaderPlace:
    texts = [line.text for line in lines]
    if declared.line == 0:
        return locate_rows(texts)
    if declared.line is None:
        return locate_header(texts)
    number = next((index for index, line in enumerate(lines) if line.number == declared.line), None)
    if number is None:
        raise SourceError(
            f'"{name}" has nothing in line {declared.line}, where header says that its columns are named; '
            "leave header out to have it searched for"
        )
    return HeaderPlace(max(SEPARATORS, key=texts[number].count), (number,), (), number + 1)


def _make_header(
    place: HeaderPlace, lines: Sequence[_Line], name: str, declared_names: tuple[str, ...]
) -> Header:
    texts = [line.text for line in lines]
    rows = [_split(texts[line], place) for line in range(place.start, len(texts))]
    width = place.width or (len(rows[0] or ()) if rows else 0)
    levels = [_split(texts[line], place) for line in place.lines]
    if place.lines and not any(map(any, levels)):
        raise SourceError(f'"{name}" has no readable header; its first line must name the columns')
    if place.lacks_first:
        levels = [["", *level] for level in levels]
    rest = [cell for cells in rows[:1] for cell in cells[len(levels[0]) :]] if levels else []
    if place.width or (rest and not any(rest)):
        levels = [level + [""] * (width - len(level)) for level in levels]
    guessed = () if place.lines or declared_names else _guess(rows, width, texts[place.start], name)
    names = declared_names or guessed
    if not place.lines and len(names) != width:
        raise SourceError(
            f'columns names {len(names)} columns, and "{name}" has {width}: '
            f'"{texts[place.start][:_LONGEST_EXAMPLE]}"; give each a name, "" to leave it out'
        )
    above = range(place.lines[0] if place.lines else place.start)
    return Header(
        names=_name_columns(levels, [row for row in rows if len(row) == width]) if levels else names,
        separator=place.separator,
        file=name,
        levels=(split_tuples(levels[0]) if len(levels) == 1 else ()) or tuple(map(tuple, levels)),
        units=tuple(cell for line in place.below[:1] for cell in _split(texts[line], place)),
        preamble=tuple(texts[line] for line in above),
        line=lines[place.lines[0]].number if place.lines else 0,
        first_lines=tuple(text[:_SHOWN_LETTERS] for text in texts[:_SHOWN_LINES]),
        names_guessed=bool(guessed),
    )


def _split_all(line: str) -> list[str]:
    return re.split(f"[{re.escape(SEPARATORS)}]", strip_comment(line))


def _split(line: str, place: HeaderPlace) -> list[str]:
    return [cell.strip() for cell in split_line(strip_comment(line), place.separator) or []]


def _name_columns(levels: Sequence[Sequence[str]], rows: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """Join a level of fields and one of symbols as pandas does, and any other levels by blanks."""
    joined = header_levels.join_levels([*levels, *rows[-1:]]) if len(levels) > 1 else None
    return joined[0] if joined else join_levels(levels, rows[-1] if rows else [])


def _guess(rows: Sequence[Sequence[str]], width: int, example: str, name: str) -> tuple[str, ...]:
    names = guess_names([row for row in rows if len(row) == width])
    if names is None:
        usual = _USUAL_NAMES[:width] if width > 5 else ["session", *[""] * (width - 2), "close"]
        raise UndecidedError(
            f'"{name}" has no header; its first row is "{example[:_LONGEST_EXAMPLE]}"; name its {width} '
            'columns in their order, "" for those to leave out, if it is not this one',
            [f"header = false\ncolumns = {json.dumps(usual)}"],
        )
    return names
