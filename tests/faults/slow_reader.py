"""A simple, slow reader of price files as a reference: the csv module and Decimal, line by line.

It shares no code with morrow, and follows the file formats of the reference manual.
"""

import csv
import gzip
import io
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from tests.faults.slow_notation import MARKS, NOTHING, ReadOptions, read_day, read_price, read_symbol, trim

PRICES = ("open", "high", "low", "close", "volume")
csv.field_size_limit(1 << 23)


class UnreadableError(Exception):
    """The file cannot be read."""


@dataclass
class Row:
    """One bar: symbol and session, and each field that is given."""

    symbol: str
    session: date
    values: Mapping[str, float]


@dataclass
class Content:
    """The content of a file.

    Attributes:
        good: bars by their position.
        bad: positions of rows with an unreadable field.
        blank: positions of rows without a price or volume.
        hollow: bad rows that have only separators.
        wordy: symbols of a wide file with a cell that is not a number.
        lines: data lines in all.
    """

    good: dict[int, Row] = field(default_factory=dict)
    bad: set[int] = field(default_factory=set)
    blank: set[int] = field(default_factory=set)
    hollow: set[int] = field(default_factory=set)
    wordy: set[str] = field(default_factory=set)
    lines: int = 0


def read(data: bytes, options: ReadOptions, columns: Mapping[str, str] | None = None) -> Content:
    """Read a file.

    Args:
        data: its bytes.
        options: its options.
        columns: the names in the header of symbol, session and prices.

    Raises:
        UnreadableError: no line of it can be told.
    """
    separator, header, lines = _lines(data)
    names = [name.strip() for name in header]
    lines = lines[_last_header(lines, separator, names) :]
    found = Content(lines=len(lines))
    rows = [(place, _fields(line, separator)) for place, line in enumerate(lines)]
    if (
        rows
        and rows[0][1]
        and len(rows[0][1]) > len(names)
        and not any(map(str.strip, rows[0][1][len(names) :]))
    ):
        names += [""] * (len(rows[0][1]) - len(names))
    if options.wide:
        places = [c for c, name in enumerate(names) if name and name != (columns or {})["session"]]
    for place, fields in rows:
        if fields is not None and not any(map(str.strip, fields)):
            found.hollow.add(place)
        whole = _whole(fields, names)
        if whole is not None and [cell.strip().lstrip("\ufeff") for cell in whole] == names:
            continue  # the header again
        if options.wide:
            _wide(found, place, whole, names, places, columns or {}, options)
        else:
            _long(found, place, whole, names, columns or {}, options)
    return found


def _lines(data: bytes) -> tuple[str, list[str], list[str]]:
    if data[:2] == b"\x1f\x8b":
        try:
            data = gzip.decompress(data)
        except (OSError, EOFError, zlib.error) as error:
            raise UnreadableError(str(error)) from None
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise UnreadableError(str(error)) from None
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    lines = [line for line in text.split("\n") if line]
    if not lines or "\x00" in lines[0]:
        raise UnreadableError("no header")
    separator = max(",;\t|", key=lines[0].count)
    header = _fields(lines[0], separator)
    if header is None or not any(map(str.strip, header)):
        raise UnreadableError("no header")
    return separator, header, lines[1:]


def _last_header(lines: list[str], separator: str, names: list[str]) -> int:
    """How many lines precede the rows, where the header comes again, apart from the first, before any day."""
    start, before = 0, names
    for number, line in enumerate(lines):
        cells = [cell.strip() for cell in _fields(line, separator) or []]
        if any(re.match(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}|\d{8}", cell) for cell in cells):
            break
        if cells == names and number and before != names:
            start = number + 1
        before = cells
    return start


def _fields(line: str, separator: str) -> list[str] | None:
    if "\x00" in line:
        return None
    try:
        found = list(
            csv.reader(io.StringIO(line, newline=""), delimiter=separator, skipinitialspace=True, strict=True)
        )
    except csv.Error:
        return None
    return found[0] if len(found) == 1 else None


def _whole(fields: list[str] | None, names: list[str]) -> list[str] | None:
    """The fields of a line that has as many as the header, trailing empty ones apart."""
    if fields is None:
        return None
    while len(fields) > len(names) and not fields[-1].strip():
        fields = fields[:-1]
    while len(fields) < len(names) and not names[len(fields)]:
        fields = [*fields, ""]
    return fields if len(fields) == len(names) else None


def _long(
    found: Content,
    place: int,
    whole: list[str] | None,
    names: list[str],
    columns: Mapping[str, str],
    options: ReadOptions,
) -> None:
    if whole is None:
        found.bad.add(place)
        return
    cell = {ours: trim(whole[names.index(theirs)]) for ours, theirs in columns.items()}
    symbol, session = read_symbol(cell.get("symbol", options.stem)), read_day(cell["session"], options)
    values, broken = {}, not symbol or session is None
    for name in PRICES:
        if name in cell and cell[name] not in NOTHING:
            number = read_price(cell[name], options)
            if number not in MARKS:  # which programs write for nothing
                broken |= number is None and name != "volume"  # a volume that cannot be read costs no bar
                values[name] = number
    if values.keys() == {"volume"} and values["volume"] is None:
        broken = True
    if not values and (session is not None or not cell["session"]):
        found.blank.add(place)
    elif broken or session is None:
        found.bad.add(place)
    else:
        found.good[place] = Row(symbol, session, {name: v for name, v in values.items() if v is not None})


def _wide(
    found: Content,
    place: int,
    whole: list[str] | None,
    names: list[str],
    places: list[int],
    columns: Mapping[str, str],
    options: ReadOptions,
) -> None:
    if whole is None:
        found.bad.add(place * len(places))
        return
    session = read_day(trim(whole[names.index(columns["session"])]), options)
    for k, column in enumerate(places):
        cell, at = trim(whole[column]), place * len(places) + k
        number = None if cell in NOTHING else read_price(cell, options)
        if cell in NOTHING or number in MARKS:
            found.blank.add(at)
        elif number is None or session is None:
            found.bad.add(at)
            if number is None:
                found.wordy.add(names[column])
        else:
            found.good[at] = Row(names[column], session, {"close": number})
