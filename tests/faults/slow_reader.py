"""A simple, slow reader of price files as a reference: the csv module and Decimal, line by line.

It shares no code with morrow, and follows the file formats of the reference manual.
"""

import csv
import gzip
import io
import re
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation

PRICES = ("open", "high", "low", "close", "volume")
NOTHING = {
    "", ".", "-", "--", "–", "—", "N/A", "n/a", "NA", "na", "n.a.", "#N/A", "NaN", "nan", "NAN", "null",
    "NULL", "Null", "None", "none",
}  # fmt: skip
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


@dataclass(frozen=True)
class ReadOptions:
    """The options that the file is read with."""

    wide: bool = False
    decimal: str = "."
    thousands: str | None = None
    dates: str = "iso"
    stem: str = "PRICES"


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
    found = Content(lines=len(lines))
    names = [name.strip() for name in header]
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
            continue
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
    cell = {ours: whole[names.index(theirs)].strip() for ours, theirs in columns.items()}
    symbol, session = cell.get("symbol", options.stem), _day(cell["session"], options)
    values, broken = {}, not symbol or session is None
    for name in PRICES:
        if name in cell and cell[name] not in NOTHING:
            number = _number(cell[name], options)
            broken |= number is None and name != "volume"  # a volume that cannot be read costs no bar
            values[name] = number
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
    session = _day(whole[names.index(columns["session"])].strip(), options)
    for k, column in enumerate(places):
        cell, at = whole[column].strip(), place * len(places) + k
        number = None if cell in NOTHING else _number(cell, options)
        if cell in NOTHING:
            found.blank.add(at)
        elif number is None or session is None:
            found.bad.add(at)
            if number is None:
                found.wordy.add(names[column])
        else:
            found.good[at] = Row(names[column], session, {"close": number})


def _day(text: str, options: ReadOptions) -> date | None:
    time = r"([T ]\d\d:\d\d(:\d\d(\.\d+)?)?( ?(Z|UTC|[+-]\d\d:?\d\d))?)?"
    for pattern, order in _orders(options):
        match = re.fullmatch(pattern + time, text, re.ASCII)
        if match:
            part = dict(zip(order, (int(match[each]) for each in ("a", "b", "c")), strict=True))
            try:
                day = date(part["y"], part["m"], part["d"])
            except ValueError:
                return None
            return day if date(1678, 1, 1) <= day <= date(2261, 12, 31) else None
    return None


def _orders(options: ReadOptions) -> Iterator[tuple[str, str]]:
    yield r"(?P<a>\d{4})-(?P<b>\d\d)-(?P<c>\d\d)", "ymd"
    yield r"(?P<a>\d{4})(?P<b>\d\d)(?P<c>\d\d)", "ymd"
    yield r"(?P<a>\d{4})/(?P<b>\d\d?)/(?P<c>\d\d?)", "ymd"
    if options.dates != "iso":
        order = "dmy" if options.dates == "day-first" else "mdy"
        for mark in "/.-":
            yield rf"(?P<a>\d\d?){re.escape(mark)}(?P<b>\d\d?){re.escape(mark)}(?P<c>\d{{4}})", order


def _number(text: str, options: ReadOptions) -> float | None:
    """The float nearest to a number as written; None if it is none, or beyond a float's range."""
    if re.fullmatch(r"[+-]?(inf|infinity)", text, re.IGNORECASE):
        return float(text)
    sign = -1 if text.startswith("-") else 1
    bare = text[1:] if text[:1] in ("+", "-") else text
    mantissa, mark, exponent = bare.partition("e" if "e" in bare else "E")
    if mark and not re.fullmatch(r"[+-]?[0-9]+", exponent):
        return None
    whole, _, fraction = mantissa.partition(options.decimal)
    if options.thousands is not None:
        whole = _ungrouped(whole, options.thousands)
    if not re.fullmatch("[0-9]*", whole + fraction) or not whole + fraction or options.decimal in fraction:
        return None
    try:
        exact = Decimal(f"{whole or '0'}.{fraction or '0'}E{max(min(int(exponent or 0), 99_999), -99_999)}")
        value = float(exact)
    except (InvalidOperation, OverflowError, ValueError):
        return None
    if value == float("inf") or (value == 0 and exact != 0):
        return None
    return sign * value


def _ungrouped(whole: str, mark: str) -> str:
    """The digits of groups of three; the same text again if the groups are no such."""
    kinds = {" ": " \u00a0\u202f", "'": "'\u2019"}.get(mark, mark)
    groups = re.split(f"[{re.escape(kinds)}]", whole)
    proper = 1 <= len(groups[0]) <= 3 and all(len(group) == 3 for group in groups[1:])
    return "".join(groups) if len(groups) == 1 or proper else whole
