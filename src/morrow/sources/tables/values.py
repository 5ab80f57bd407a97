"""Texts and typed columns as texts and numbers, strictly: what cannot be read is flagged, never guessed."""

import re
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

Flags = NDArray[np.bool_]

_WORDS_FOR_NOTHING = (
    "n/a", "na", "n.a.", "n.a", "#n/a", "#n/a n/a", "#na", "n/d", "nd", "n.d.", "nan", "null", "(null)",
    "none", "nil", "missing", "<na>", "nat", "\\n", "#value!", "#ref!", "#div/0!", "#name?", "#num!",
    "#null!", "#n/a field not applicable", "#n/a invalid security", "#n/a requesting data...",
    "not available",
)  # fmt: skip
_SIGNS_FOR_NOTHING = ("", ".", "..", "...", "-", "--", "---", "–", "—", "―", "*", "?", "-.-", "…")
_ABSENT = pa.array([
    *_SIGNS_FOR_NOTHING,
    *dict.fromkeys(form for word in _WORDS_FOR_NOTHING for form in (word, word.upper(), word.title())),
    "NaN", "NaT", "#N/A Field Not Applicable", "#N/A Invalid Security", "#N/A Requesting Data...",
    "Not available",
])  # fmt: skip
# What programs write for a number that they lack, where no price and no volume can be negative.
MISSING_MARKS = np.array([-99.0, -999.0, -9999.0, -99999.0, -999999.0, -999.25, -99.99, -999.99, -9999.99])
_CURRENCY_BEFORE = r"^([+-]?)(?:[A-Z]{0,3}\p{Sc}|[A-Z]{3}|Rs\.?|kr\.?|zł)\s?([+-]?[\d.,])"
_CURRENCY_AFTER = r"([\d.,])\s?(?:\p{Sc}|[A-Z]{3}|Rs\.?|kr\.?|zł)$"
_NO_CURRENCY_SIGN = r"[^\p{Sc}]"
_SCALES = {
    r"[Kk]": "e3",
    r"[万萬만]": "e4",
    r"(?:L|[Ll]akhs?|[Ll]acs?)": "e5",
    r"(?:[Mm]|[Mm][Nn]|[Mm]ln\.?|[Mm]io\.?)": "e6",
    r"(?:Cr\.?|[Cc]rores?)": "e7",
    r"[亿億억]": "e8",
    r"(?:[Bb]|[Bb][Nn]|[Mm]ld\.?|[Mm]rd\.?)": "e9",
    r"[Tt]": "e12",
}
_GROUPS_AND_POINT = r"^[+-]?\d{1,3}(,\d{3})+\.\d+$"
_PENCE = r"([\d.,])\s?(?:GBp|p)$"
_FORMULA = r'^="(.*)"$'  # how a spreadsheet is told to keep a text as it is
_RATIO = re.compile(r"(\d+(?:\.\d+)?)\s?(?:[:/]|for|-for-)\s?(\d+(?:\.\d+)?)")
_INVISIBLE = " \t\r\n\u00a0\u00ad\u200b\u200c\u200d\u200e\u200f\u202a\u202c\u202f\u2060\u3000\ufeff"
_EXPONENT = r"([eE][+-]?\d+)?"
_INFINITE = r"(?i:inf|infinity)"
_SPACES = r"[ \x{00a0}\x{202f}]"
_QUOTES = r"['\x{2019}]"
_SEPARATORS = {".": r"\.", ",": ",", " ": _SPACES, "'": _QUOTES}


@dataclass(frozen=True)
class Notation:
    """How a source writes its numbers.

    Attributes:
        decimal: decimal separator.
        thousands: what may separate groups of three digits, if anything.
        strict: whether 1,234.56 is malformed where no separator is declared.
    """

    decimal: Literal[".", ","] = "."
    thousands: Literal[".", ",", " ", "'"] | None = None
    strict: bool = False

    @property
    def number_pattern(self) -> str:
        """Regular expression of a whole text that is a number; groups are of three digits, or India's."""
        point = _SEPARATORS[self.decimal]
        whole = r"\d+"
        if self.thousands is not None:
            comma = _SEPARATORS[self.thousands]
            whole = rf"(\d+|\d{{1,3}}({comma}\d{{3}})+|\d{{1,2}}({comma}\d{{2}})+{comma}\d{{3}})"
        return rf"^[+-]?(({whole}({point}\d*)?|{point}\d+){_EXPONENT}|{_INFINITE})$"


PLAIN = Notation()


def is_text(kind: pa.DataType) -> bool:
    """Whether a column holds texts, encoded or not."""
    kind = kind.value_type if pa.types.is_dictionary(kind) else kind
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def to_texts(column: pa.ChunkedArray) -> pa.Array:
    """Convert any column to texts without white space or invisible characters around, empty where absent.

    ="000001", by which a spreadsheet is told to keep a text, is the text in its quotes.

    A value without a text of its own (a list, bytes that are no UTF-8) is written as Python does.
    """
    flat = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    if isinstance(flat, pa.ChunkedArray):
        flat = pa.concat_arrays(flat.chunks)
    try:
        trimmed = pc.cast(flat, pa.string())
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        trimmed = pa.array([None if each is None else str(each) for each in flat.to_pylist()], pa.string())
    trimmed = pc.utf8_trim_whitespace(trimmed)
    if not pc.all(pc.string_is_ascii(trimmed)).as_py():
        trimmed = pc.utf8_trim(trimmed, characters=_INVISIBLE)
    if pc.any(pc.starts_with(trimmed, '="')).as_py():
        trimmed = pc.replace_substring_regex(trimmed, _FORMULA, r"\1")
    return pc.fill_null(trimmed, "")


def read_numbers(column: pa.ChunkedArray, notation: Notation = PLAIN) -> tuple[NDArray[np.float64], Flags]:
    """Read a column as numbers.

    Empty, N/A, NaN, null, a dash and the like are absent; inf and signed texts are numbers. A currency sign
    is left out, and so is a p for pence where all values have one; 1.2M is 1,200,000. A separator that was
    not declared or separates no groups of three, a second currency, a percent sign and a number beyond the
    range of a float64 are malformed.

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
    plain = _without_ornaments(texts, notation)
    readable = pc.fill_null(pc.match_substring_regex(plain, notation.number_pattern), True)
    matching = pc.if_else(readable, plain, pa.scalar(None, pa.string()))
    values, bad = _cast_checked(texts, _without_separators(matching, notation), readable)
    return values, bad | ~_as_flags(readable)


def read_ratios(column: pa.ChunkedArray, notation: Notation = PLAIN) -> tuple[NDArray[np.float64], Flags]:
    """Read a column as numbers, or as ratios such as 2:1, 3/2 and "2 for 1".

    Returns:
        As ``read_numbers``.
    """
    values, bad = read_numbers(column, notation)
    if bad.any():
        indices = np.flatnonzero(bad)
        matches = [_RATIO.fullmatch(text) for text in to_texts(column.take(pa.array(indices))).to_pylist()]
        for index, match in zip(indices.tolist(), matches, strict=True):
            if match is not None and float(match[2]) > 0:
                values[index], bad[index] = float(match[1]) / float(match[2]), False
    return values, bad


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


def _without_ornaments(texts: pa.Array, notation: Notation) -> pa.Array:
    """Texts without currency signs, and with exponents for K, M, 万 and so on; numbers stay."""
    odd = pc.fill_null(pc.invert(pc.match_substring_regex(texts, notation.number_pattern)), False)
    if not pc.any(odd).as_py():
        return texts
    ornate = texts.filter(odd)
    plain = pc.replace_substring_regex(ornate, _CURRENCY_BEFORE, r"\1\2")
    plain = pc.replace_substring_regex(plain, _CURRENCY_AFTER, r"\1")
    if _are_pence(texts):
        plain = pc.replace_substring_regex(plain, _PENCE, r"\1")
    for scale, exponent in _SCALES.items():
        plain = pc.replace_substring_regex(plain, rf"(\d[.,]?)\s?{scale}$", rf"\1{exponent}")
    if notation == PLAIN:  # 1,234.56 has one reading
        both = pc.match_substring_regex(plain, _GROUPS_AND_POINT)
        plain = pc.if_else(both, pc.replace_substring(plain, ",", ""), plain)
    signs = pc.replace_substring_regex(ornate, _NO_CURRENCY_SIGN, "")
    counts = signs.filter(pc.not_equal(signs, "")).value_counts().to_pylist()
    if len(counts) > 1:
        usual = max(counts, key=lambda each: each["counts"])["values"]
        plain = pc.if_else(pc.is_in(signs, value_set=pa.array(["", usual])), plain, ornate)
    return pc.replace_with_mask(texts, odd, plain)


def _are_pence(texts: pa.Array) -> bool:
    """Whether all texts with a digit end in a p; beside others it could be told from pounds by nobody."""
    is_pence = pc.match_substring_regex(texts, _PENCE)
    if not pc.any(is_pence).as_py():
        return False
    return bool(pc.all(pc.or_(is_pence, pc.invert(pc.match_substring_regex(texts, r"\d")))).as_py())


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
