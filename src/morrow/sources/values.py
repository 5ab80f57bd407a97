"""Texts and typed columns as numbers and days, strictly: what cannot be read is said, never guessed."""

import re
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

Flags = NDArray[np.bool_]

_ABSENT = pa.array(
    ["", ".", "N/A", "n/a", "NA", "na", "#N/A", "NaN", "nan", "NAN", "null", "NULL", "Null", "None", "none"]
)
_NUMBER = r"(?i)^[+-]?((\d+\.?\d*|\.\d+)(e[+-]?\d+)?|inf|infinity)$"
_TIME = r"(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?: ?(?:Z|UTC|[+-]\d{2}:?\d{2}))?)?"
_DAY = re.compile(r"(\d{4})(?:-(\d{2})-(\d{2})|(\d{2})(\d{2})|/(\d{1,2})/(\d{1,2}))" + _TIME, re.ASCII)
_AMBIGUOUS = re.compile(r"\d{1,2}[/.-]\d{1,2}[/.-](\d{4}|\d{2})\b.*", re.ASCII)


def is_text(kind: pa.DataType) -> bool:
    """Whether a column holds texts, encoded or not."""
    kind = kind.value_type if pa.types.is_dictionary(kind) else kind
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def texts(column: pa.ChunkedArray) -> pa.Array:
    """Take any column as trimmed texts, empty where nothing is there."""
    flat = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    return pc.fill_null(pc.utf8_trim_whitespace(pc.cast(flat, pa.string())), "")


def numbers(column: pa.ChunkedArray) -> tuple[NDArray[np.float64], Flags]:
    """Read a column as numbers.

    Empty, N/A, NaN, null and the like are absent; inf and signed texts are numbers; a thousands separator,
    a decimal comma or a currency sign is malformed.

    Returns:
        (R,) float64, NaN where absent or malformed, and (R,) whether malformed.
    """
    kind = column.type
    if pa.types.is_null(kind):
        return np.full(len(column), np.nan), np.zeros(len(column), dtype=bool)
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return _as_float(pc.cast(column, pa.float64(), safe=False)), np.zeros(len(column), dtype=bool)
    if not is_text(kind):
        return np.full(len(column), np.nan), np.asarray(column.is_valid())
    given = texts(column)
    given = pc.if_else(pc.is_in(given, value_set=_ABSENT), pa.scalar(None, pa.string()), given)
    try:
        return _as_float(pc.cast(given, pa.float64())), np.zeros(len(column), dtype=bool)
    except pa.ArrowInvalid:
        readable = pc.fill_null(pc.match_substring_regex(given, _NUMBER), True)
        known = pc.if_else(readable, given, pa.scalar(None, pa.string()))
        return _as_float(pc.cast(known, pa.float64())), ~_as_flags(readable)


def days(column: pa.ChunkedArray) -> tuple[NDArray[np.datetime64], Flags]:
    """Read a column as days: ISO dates, yyyymmdd, yyyy/mm/dd, and timestamps, whose time and zone are cut.

    Returns:
        (R,) datetime64[us] midnights, NaT where unreadable, and (R,) whether unreadable (absent included).
    """
    kind = column.type
    if pa.types.is_timestamp(kind) and kind.tz:
        column = pc.local_timestamp(column)
    if pa.types.is_date(kind) or pa.types.is_timestamp(kind):
        plain = pc.cast(pc.cast(column, pa.timestamp("us"), safe=False), pa.date32(), safe=False)
        found = np.asarray(pc.cast(plain, pa.timestamp("us"))).astype("datetime64[us]")
        return found, np.isnat(found)
    if not (is_text(kind) or pa.types.is_integer(kind)):
        return np.full(len(column), np.datetime64("NaT", "us")), np.ones(len(column), dtype=bool)
    encoded = texts(column).dictionary_encode()
    known = np.array([_day(text) for text in encoded.dictionary.to_pylist()], dtype="datetime64[us]")
    found = known[np.asarray(encoded.indices)] if len(known) else np.empty(0, dtype="datetime64[us]")
    return found, np.isnat(found)


def is_ambiguous(text: str) -> bool:
    """Whether a text is a date whose day and month could be swapped, such as 03/04/2024."""
    return _AMBIGUOUS.fullmatch(text.strip()) is not None


def _day(text: str) -> date | None:
    match = _DAY.fullmatch(text)
    if match is None:
        return None
    year, month, day = (int(part) for part in match.groups() if part is not None)
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _as_float(column: pa.ChunkedArray) -> NDArray[np.float64]:
    return np.array(pc.fill_null(column, np.nan), dtype=np.float64)


def _as_flags(column: pa.ChunkedArray) -> Flags:
    return np.array(column, dtype=bool)
