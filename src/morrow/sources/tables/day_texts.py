"""One text as a day: dates with digits or names of months, and what a source declares about the rest."""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal, NamedTuple

from morrow.sources.tables.month_names import month_number

Order = Literal["iso", "day-first", "month-first", "year-first", "excel", "epoch"]

_PIVOT = 69  # as POSIX has it: 69 to 99 are of the last century
_REPUBLIC = 1911  # before year 1 of Taiwan's calendar, in which 107/02/05 is of 2018
_TIME = (
    r"(?:[T,\s]\s*(?P<hour>\d{1,2}(?=:)|\d{2}(?=\d{4})):?(?P<minute>\d{2})(?::?(?P<second>\d{2})(?:[.,]\d+)?)?"
    r"\s?(?P<half>[AaPp]\.?[Mm]\.?)?\s?(?P<zone>[A-Za-z]{1,5}|(?:UTC|GMT)?[+-]\d{1,2}(?::?\d{2})?)?)?"
)
_WEEKDAY = r"(?:[^\W\d_]{2,12}\.?,?\s+)?"
_ISO = re.compile(r"(?P<year>\d{4})-(?P<month>\d{2})-(?P<day>\d{2})" + _TIME, re.ASCII)
_YEAR_FIRST = re.compile(
    _WEEKDAY + r"(?P<year>\d{4}|1\d{2}(?=[-/.]))(?:(?P<parted>[-/.]\s?|\s)(?P<month>\d{1,2})(?P=parted)"
    r"(?P<day>\d{1,2})(?:\.(?=\s|$))?"
    r"|\s?[年년]\s?(?P<month2>\d{1,2})\s?[月월]\s?(?P<day2>\d{1,2})\s?[日일]?"
    r"|(?P<month3>\d{2})(?P<day3>\d{2})(?:\.0+)?)" + _TIME
)
_WEEK = re.compile(r"(?P<year>\d{4})-?W(?P<week>\d{2})-?(?P<weekday>[1-7])" + _TIME, re.ASCII)
_NAME = r"(?P<name>[^\W\d_]{3,12})\.?"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th|er|\.|º)?"
_YEAR = r"'?(?P<year>\d{4}|\d{2})"
_NAMED = (
    re.compile(_WEEKDAY + _DAY + r"[\s/.,-]*(?:de\s|of\s)?" + _NAME + r"[\s/.,-]*(?:de\s)?" + _YEAR + _TIME),
    re.compile(_WEEKDAY + _NAME + r"[\s/.-]*" + _DAY + r"[\s/.,-]+" + _YEAR + _TIME),
    re.compile(r"(?P<year>\d{4})[\s/.-]*" + _NAME + r"[\s/.-]*" + _DAY + _TIME),
)
_UNIX = re.compile(
    r"[A-Za-z]{3}\s+(?P<name>[A-Za-z]{3})\s+(?P<day>\d{1,2})\s+(?P<hour>\d{2}):(?P<minute>\d{2}):(?P<second>\d{2})"
    r"(?P<half>)\s+(?P<zone>[A-Z]{1,5}\s+)?(?P<year>\d{4})"
)
_NUMBERED = re.compile(
    _WEEKDAY
    + r"(?P<first>\d{1,2})(?P<parted>[/.-]\s?)(?P<second_>\d{1,2})(?P=parted)(?P<third>\d{4}|\d{2})"
    + _TIME
)
_OFFSET = re.compile(r"(?:UTC|GMT)?([+-])(\d{1,2})(?::?(\d{2}))?")


class Stamp(NamedTuple):
    """A day as written, the seconds of the day, if a time stands beside it, and its minutes off UTC."""

    day: date
    seconds: int | None = None
    offset: int | None = None


@dataclass(frozen=True)
class DayNotation:
    """How a source writes its days, beside the forms that can be read in one way only.

    Attributes:
        order: how 03/04/2024 or a plain number is meant; ``iso`` reads neither.
        date_format: for ``datetime.strptime``; if given, texts are read by it alone.
        zone: whose days the stamps' moments belong to; a time without a zone is UTC's then.
        swapped: whether a spreadsheet exchanged day and month wherever both are 12 or less.
    """

    order: Order = "iso"
    date_format: str | None = None
    zone: str | None = None
    swapped: bool = False


def parse_day(text: str, notation: DayNotation) -> Stamp | None:
    """Read one trimmed text; None if it is no day, or could be two.

    >>> parse_day("Jan 19, 2018", DayNotation()).day.isoformat()
    '2018-01-19'
    >>> parse_day("03/04/2024", DayNotation()) is None
    True
    """
    if notation.date_format is not None:
        return _parse_format(text, notation.date_format)
    match = _ISO.fullmatch(text) or _YEAR_FIRST.fullmatch(text)
    if match is not None:
        parts = match.groupdict()
        month = parts["month"] or parts.get("month2") or parts.get("month3") or ""
        day = parts["day"] or parts.get("day2") or parts.get("day3") or ""
        year = int(parts["year"]) + (_REPUBLIC if len(parts["year"]) == 3 else 0)
        return _stamp(year, int(month), int(day), parts)
    if any(letter.isalpha() for letter in text):
        named = _parse_week(text) or _parse_named(text)
        if named is not None:
            return named
    return _parse_numbered(text, notation.order)


def list_orders(text: str) -> dict[Order, date]:
    """The orders in which a text such as 03/04/2024 or 17/01/03 is a day, and which day it is in each."""
    orders: tuple[Order, ...] = ("day-first", "month-first", "year-first")
    stamps = {order: _parse_numbered(text, order) for order in orders}
    return {order: stamp.day for order, stamp in stamps.items() if stamp is not None}


def _parse_week(text: str) -> Stamp | None:
    """A day by ISO's year, week and weekday: 2012-W01-2."""
    match = _WEEK.fullmatch(text)
    if match is None:
        return None
    try:
        day = date.fromisocalendar(int(match["year"]), int(match["week"]), int(match["weekday"]))
    except ValueError:
        return None
    return _stamp(day.year, day.month, day.day, match.groupdict())


def _parse_named(text: str) -> Stamp | None:
    for pattern in (*_NAMED, _UNIX):
        match = pattern.fullmatch(text)
        month = month_number(match["name"]) if match is not None else None
        if match is not None and month is not None:
            return _stamp(_full_year(match["year"]), month, int(match["day"]), match.groupdict())
    return None


def _parse_numbered(text: str, order: Order) -> Stamp | None:
    match = _NUMBERED.fullmatch(text) if order in ("day-first", "month-first", "year-first") else None
    if match is None:
        return None
    parts = match.groupdict()
    first, second, third = int(parts["first"]), int(parts["second_"]), parts["third"]
    if order == "year-first":
        if len(third) == 4 or len(parts["first"]) != 2:
            return None
        return _stamp(_full_year(parts["first"]), second, int(third), parts)
    day, month = (first, second) if order == "day-first" else (second, first)
    return _stamp(_full_year(third), month, day, parts)


def _parse_format(text: str, date_format: str) -> Stamp | None:
    try:
        moment = datetime.strptime(text, date_format)  # noqa: DTZ007 (a zone is kept where the format has one)
    except ValueError:
        return None
    offset = moment.utcoffset()
    has_time = any(part in date_format for part in ("%H", "%I", "%c", "%X"))
    seconds = moment.hour * 3600 + moment.minute * 60 + moment.second if has_time else None
    return Stamp(moment.date(), seconds, None if offset is None else offset // timedelta(minutes=1))


def _stamp(year: int, month: int, day: int, parts: dict[str, str | None]) -> Stamp | None:
    try:
        when = date(year, month, day)
    except ValueError:
        return None
    if parts["hour"] is None:
        return Stamp(when)
    hour, minute, second = int(parts["hour"]), int(parts["minute"] or 0), int(parts["second"] or 0)
    if half := parts["half"]:
        hour = hour % 12 + (12 if half[0] in "pP" else 0)
    if hour > 24 or minute > 59 or second > 60:
        return None
    zone = (parts["zone"] or "").strip()
    if zone in ("", "Z", "z", "UTC", "GMT"):
        return Stamp(when, hour * 3600 + minute * 60 + second, 0 if zone else None)
    match = _OFFSET.fullmatch(zone)
    if match is None:  # a name such as EST: its day is its own
        return Stamp(when)
    minutes = int(match[2]) * 60 + int(match[3] or 0)
    return Stamp(when, hour * 3600 + minute * 60 + second, -minutes if match[1] == "-" else minutes)


def _full_year(text: str) -> int:
    if len(text) == 4:
        return int(text)
    return int(text) + (1900 if int(text) >= _PIVOT else 2000)
