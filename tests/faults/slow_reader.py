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
_WORDS = (
    "n/a", "na", "n.a.", "n.a", "#n/a", "#n/a n/a", "#na", "n/d", "nd", "n.d.", "nan", "null", "(null)",
    "none", "nil", "missing", "<na>", "nat", "\\n", "#value!", "#ref!", "#div/0!", "#name?", "#num!",
    "#null!", "not available",
)  # fmt: skip
NOTHING = {
    "", ".", "..", "...", "-", "--", "---", "–", "—", "―", "*", "?", "-.-", "…", "NaN", "NaT",
    "Not available", *(form for word in _WORDS for form in (word, word.upper(), word.title())),
}  # fmt: skip
MARKS = {-99.0, -999.0, -9999.0, -99999.0, -999999.0, -999.25, -99.99, -999.99, -9999.99}
INVISIBLE = "\u00ad\u200b\u200c\u200d\u200e\u200f\u202a\u202c\u2060\ufeff"
SCALES = {"k": 3, "m": 6, "mn": 6, "mio": 6, "b": 9, "bn": 9, "mrd": 9, "t": 12}
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
    symbol, session = cell.get("symbol", options.stem), _day(cell["session"], options)
    values, broken = {}, not symbol or session is None
    for name in PRICES:
        if name in cell and cell[name] not in NOTHING:
            number = _price(cell[name], options)
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
    session = _day(trim(whole[names.index(columns["session"])]), options)
    for k, column in enumerate(places):
        cell, at = trim(whole[column]), place * len(places) + k
        number = None if cell in NOTHING else _price(cell, options)
        if cell in NOTHING or number in MARKS:
            found.blank.add(at)
        elif number is None or session is None:
            found.bad.add(at)
            if number is None:
                found.wordy.add(names[column])
        else:
            found.good[at] = Row(names[column], session, {"close": number})


def trim(text: str) -> str:
    """A text without white space and invisible characters around it."""
    text = text.strip()
    return text if text.isascii() else text.strip(" \t\r\n\u00a0\u202f\u3000" + INVISIBLE)


def _day(text: str, options: ReadOptions) -> date | None:
    zone = r"( ?([A-Za-z]{1,5}|(UTC|GMT)?[+-]\d\d?(:?\d\d)?))?"
    clock = r"(?P<hour>\d\d?(?=:)|\d\d(?=\d{4})):?(?P<minute>\d\d)(:?(?P<second>\d\d)([.,]\d+)?)?"
    time = rf"([T,\s]\s*{clock}(\s?[AaPp]\.?[Mm]\.?)?{zone})?"
    for pattern, order in _orders(options):
        match = re.fullmatch(pattern + time, text)
        if match:
            part = dict(zip(order, (int(match[each]) for each in ("a", "b", "c")), strict=True))
            hour, minute, second = (int(match[each] or 0) for each in ("hour", "minute", "second"))
            try:
                day = date(part["y"] + (1911 if len(match["a"]) == 3 else 0), part["m"], part["d"])
            except ValueError:
                return None
            is_clock = hour <= 24 and minute < 60 and second <= 60
            return day if is_clock and date(1678, 1, 1) <= day <= date(2261, 12, 31) else None
    return None


def _orders(options: ReadOptions) -> Iterator[tuple[str, str]]:
    """Patterns of dates with digits, and what their numbers are; those with names of months are not made."""
    weekday = r"([^\W\d_]{2,12}\.?,?\s+)?"
    for mark in "-/.":
        yield (
            rf"{weekday}(?P<a>\d{{4}}|1\d\d){re.escape(mark)}(?P<b>\d\d?){re.escape(mark)}(?P<c>\d\d?)",
            "ymd",
        )
    yield rf"{weekday}(?P<a>\d{{4}})(?P<b>\d\d)(?P<c>\d\d)(\.0+)?", "ymd"
    if options.dates != "iso":
        order = "dmy" if options.dates == "day-first" else "mdy"
        for mark in "/.-":
            parts = (rf"(?P<{each}>\d\d?)" for each in "ab")
            yield weekday + re.escape(mark).join([*parts, r"(?P<c>\d{4})"]), order


def _price(text: str, options: ReadOptions) -> float | None:
    """A number as vendors write it: with a currency, K for thousands, or 1,234.56 where undeclared."""
    plain = _number(text, options)
    if plain is not None:
        return plain
    currency = r"(?:[A-Z]{0,3}[$£€¥₩₹₽¢¤]|[A-Z]{3}|Rs\.?|kr\.?|zł)"
    if match := re.fullmatch(rf"([+-]?){currency}\s?([+-]?[0-9.,].*)", text):
        text = match[1] + match[2]
    if match := re.fullmatch(rf"(.*[0-9.,])\s?{currency}", text):
        text = match[1]
    if match := re.fullmatch(r"(.*[0-9][.,]?)\s?([kKMmBbTt]|[Mm][Nn]|[Bb][Nn]|[Mm]io\.?|[Mm]rd\.?)", text):
        text = f"{match[1]}e{SCALES[match[2].lower().rstrip('.')]}"
    is_plain = options.decimal == "." and options.thousands is None
    if is_plain and re.fullmatch(r"[+-]?[0-9]{1,3}(,[0-9]{3})+\.[0-9]+", text):
        text = text.replace(",", "")
    return _number(text, options)


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
    indian = len(groups) > 2 and len(groups[0]) in (1, 2) and len(groups[-1]) == 3
    proper = proper or (indian and all(len(group) == 2 for group in groups[1:-1]))
    return "".join(groups) if len(groups) == 1 or proper else whole
