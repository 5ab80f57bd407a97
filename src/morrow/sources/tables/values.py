"""Texts and typed columns as texts and numbers, strictly: what cannot be read is flagged, never guessed."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

Flags = NDArray[np.bool_]

_ABSENT = pa.array([
    "", ".", "-", "--", "–", "—", "N/A", "n/a", "NA", "na", "n.a.", "#N/A", "NaN", "nan", "NAN",
    "null", "NULL", "Null", "None", "none",
])  # fmt: skip
_EXPONENT = r"([eE][+-]?\d+)?"
_INFINITE = r"(?i:inf|infinity)"
_SPACES = r"[ \x{00a0}\x{202f}]"
_QUOTES = r"['\x{2019}]"
_SEPARATORS = {".": r"\.", ",": ",", " ": _SPACES, "'": _QUOTES}


@dataclass(frozen=True)
class Notation:
    """How a source writes its numbers and days.

    Attributes:
        decimal: decimal separator.
        thousands: what may separate groups of three digits, if anything.
        dates: whether 03/04/2024 is a date at all, and then in which order its day and month are.
    """

    decimal: Literal[".", ","] = "."
    thousands: Literal[".", ",", " ", "'"] | None = None
    dates: Literal["iso", "day-first", "month-first"] = "iso"

    @property
    def number_pattern(self) -> str:
        """Regular expression of a whole text that is a finite or infinite number."""
        point = _SEPARATORS[self.decimal]
        whole = r"\d+"
        if self.thousands is not None:
            whole = rf"(\d+|\d{{1,3}}({_SEPARATORS[self.thousands]}\d{{3}})+)"
        return rf"^[+-]?(({whole}({point}\d*)?|{point}\d+){_EXPONENT}|{_INFINITE})$"


PLAIN = Notation()


def is_text(kind: pa.DataType) -> bool:
    """Whether a column holds texts, encoded or not."""
    kind = kind.value_type if pa.types.is_dictionary(kind) else kind
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def to_texts(column: pa.ChunkedArray) -> pa.Array:
    """Convert any column to trimmed texts, empty where there is no value.

    A value without a text of its own (a list, bytes that are no UTF-8) is written as Python does.
    """
    flat = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    if isinstance(flat, pa.ChunkedArray):
        flat = pa.concat_arrays(flat.chunks)
    try:
        trimmed = pc.cast(flat, pa.string())
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        trimmed = pa.array([None if each is None else str(each) for each in flat.to_pylist()], pa.string())
    return pc.fill_null(pc.utf8_trim_whitespace(trimmed), "")


def read_numbers(column: pa.ChunkedArray, notation: Notation = PLAIN) -> tuple[NDArray[np.float64], Flags]:
    """Read a column as numbers.

    Empty, N/A, NaN, null, a dash and the like are absent; inf and signed texts are numbers; a separator
    that was not declared or separates no groups of three, a currency sign, a percent sign and a number beyond
    the range of a float64 are malformed.

    Returns:
        (R,) float64, NaN where absent or malformed, and (R,) whether malformed.
    """
    kind = column.type
    if pa.types.is_null(kind):
        return np.full(len(column), np.nan), np.zeros(len(column), dtype=bool)
    if pa.types.is_decimal(kind):  # straight to a float64 it may be off in the last bit
        column = pc.cast(column, pa.string())
        return _as_float(pc.cast(column, pa.float64())), np.zeros(len(column), dtype=bool)
    if pa.types.is_integer(kind) or pa.types.is_floating(kind):
        return _as_float(pc.cast(column, pa.float64(), safe=False)), np.zeros(len(column), dtype=bool)
    if not is_text(kind):
        return np.full(len(column), np.nan), np.asarray(column.is_valid())
    texts = to_texts(column)
    texts = pc.if_else(pc.is_in(texts, value_set=_ABSENT), pa.scalar(None, pa.string()), texts)
    if notation.decimal == "." and notation.thousands is None:
        try:
            return _cast_checked(texts, texts, pc.is_valid(texts))
        except pa.ArrowInvalid:
            pass
    readable = pc.fill_null(pc.match_substring_regex(texts, notation.number_pattern), True)
    matching = pc.if_else(readable, texts, pa.scalar(None, pa.string()))
    values, bad = _cast_checked(texts, _without_separators(matching, notation), readable)
    return values, bad | ~_as_flags(readable)


def _cast_checked(texts: pa.Array, plain: pa.Array, readable: pa.Array) -> tuple[NDArray[np.float64], Flags]:
    """Cast plain texts; those that overflow, or that only the cast takes for NaN, are malformed.

    Raises:
        pa.ArrowInvalid: a text is no number.
    """
    values = _as_float(pc.cast(plain, pa.float64()))
    odd = np.flatnonzero((~np.isfinite(values) | (values == 0)) & _as_flags(readable) & _as_valid(texts))
    odd_texts = plain.take(pa.array(odd))
    genuine = pc.if_else(
        pa.array(values[odd] == 0),
        pc.invert(pc.match_substring_regex(odd_texts, "^[^eE]*[1-9]")),
        pc.match_substring_regex(odd_texts, rf"^[+-]?{_INFINITE}$"),
    )
    bad = np.zeros(len(values), dtype=bool)
    bad[odd] = ~_as_flags(pc.fill_null(genuine, False))
    values[bad] = np.nan
    return values, bad


def _without_separators(matching: pa.Array, notation: Notation) -> pa.Array:
    """Texts that match the notation, as a program writes them."""
    if notation.thousands is not None:
        matching = pc.replace_substring_regex(matching, _SEPARATORS[notation.thousands], "")
    return pc.replace_substring(matching, ",", ".") if notation.decimal == "," else matching


def _as_float(column: pa.ChunkedArray) -> NDArray[np.float64]:
    return np.array(pc.fill_null(column, np.nan), dtype=np.float64)


def _as_flags(column: pa.ChunkedArray) -> Flags:
    return np.array(column, dtype=bool)


def _as_valid(column: pa.Array) -> Flags:
    return np.asarray(column.is_valid())
