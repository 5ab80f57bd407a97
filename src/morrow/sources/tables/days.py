"""Texts and typed columns as days, strictly: what cannot be read is flagged, never guessed."""

import re
from collections.abc import Iterable
from datetime import date
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from morrow.sources.tables.values import Flags, is_text, to_texts

_TIME = r"(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?: ?(?:Z|UTC|[+-]\d{2}:?\d{2}))?)?"
_DAY = re.compile(r"(\d{4})(?:-(\d{2})-(\d{2})|(\d{2})(\d{2})|/(\d{1,2})/(\d{1,2}))" + _TIME, re.ASCII)
_TURNED = re.compile(r"(\d{1,2})([/.-])(\d{1,2})\2(\d{4})" + _TIME, re.ASCII)
# What a stamp of nanoseconds can hold, which is what the calendars are made of.
_EARLIEST, _LATEST = np.datetime64("1678-01-01", "us"), np.datetime64("2261-12-31", "us")
_AMBIGUOUS = re.compile(r"\d{1,2}[/.-]\d{1,2}[/.-](\d{4}|\d{2})\b.*", re.ASCII)


def read_days(
    column: pa.ChunkedArray, order: Literal["iso", "day-first", "month-first"] = "iso"
) -> tuple[NDArray[np.datetime64], Flags]:
    """Read a column as days: ISO dates, yyyymmdd, yyyy/mm/dd, and timestamps, whose time and zone are cut.

    Dates such as 31/01/2024 are read only if their order is declared.

    Returns:
        (R,) datetime64[us] midnights, NaT where unreadable, and (R,) whether unreadable (absent included).
    """
    kind = column.type
    if pa.types.is_timestamp(kind) and kind.tz:
        column = pc.local_timestamp(column)
    if pa.types.is_date(kind) or pa.types.is_timestamp(kind):
        dates = pc.cast(pc.cast(column, pa.timestamp("us"), safe=False), pa.date32(), safe=False)
        return _within_bounds(np.asarray(pc.cast(dates, pa.timestamp("us"))).astype("datetime64[us]"))
    if not (is_text(kind) or pa.types.is_integer(kind)):
        return np.full(len(column), np.datetime64("NaT", "us")), np.ones(len(column), dtype=bool)
    encoded = to_texts(column).dictionary_encode()
    distinct = encoded.dictionary.to_pylist()
    parsed = np.array([_parse_day(text, order) for text in distinct], dtype="datetime64[us]")
    sessions = parsed[np.asarray(encoded.indices)] if len(parsed) else np.empty(0, dtype="datetime64[us]")
    return _within_bounds(sessions)


def is_ambiguous(text: str) -> bool:
    """Whether a text is a date whose day and month could be swapped, such as 03/04/2024."""
    return _AMBIGUOUS.fullmatch(text.strip()) is not None


def detect_day_order(texts: Iterable[str]) -> Literal["day-first", "month-first"] | None:
    """Which of day and month comes first in most of some texts, where a number above 12 shows it."""
    dates = [match for text in texts if text and (match := _TURNED.fullmatch(text))]
    firsts, seconds = {int(match[1]) for match in dates}, {int(match[3]) for match in dates}
    if not dates or max(firsts | seconds) <= 12 or (max(firsts) > 12 and max(seconds) > 12):
        return None
    return "day-first" if max(firsts) > 12 else "month-first"


def _within_bounds(sessions: NDArray[np.datetime64]) -> tuple[NDArray[np.datetime64], Flags]:
    outside = (sessions < _EARLIEST) | (sessions > _LATEST)
    if outside.any():
        sessions = np.where(outside, np.datetime64("NaT", "us"), sessions)
    return sessions, np.isnat(sessions)


def _parse_day(text: str, order: str) -> date | None:
    match = _DAY.fullmatch(text)
    if match is not None:
        year, month, day = (int(part) for part in match.groups() if part is not None)
    elif order != "iso" and (match := _TURNED.fullmatch(text)) is not None:
        first, second, year = int(match[1]), int(match[3]), int(match[4])
        day, month = (first, second) if order == "day-first" else (second, first)
    else:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None
