"""The days, numbers and symbols of a simple, slow reader of price files: regular expressions and Decimal."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation

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
SCALES = {
    "k": 3, "m": 6, "mn": 6, "mln": 6, "mio": 6, "b": 9, "bn": 9, "mld": 9, "mrd": 9, "t": 12,
    "万": 4, "萬": 4, "만": 4, "亿": 8, "億": 8, "억": 8, "l": 5, "lakh": 5, "lakhs": 5, "lac": 5, "lacs": 5,
    "cr": 7, "crore": 7, "crores": 7,
}  # fmt: skip
_SCALE_WORDS = (
    r"[kKmMbBtT]|[Mm][Nn]|[Bb][Nn]|[Mm]io\.?|[Mm]ln\.?|[Mm]ld\.?|[Mm]rd\.?|[万萬만亿億억]|L|[Ll]akhs?|[Ll]acs?"
    r"|Cr\.?|[Cc]rores?"
)


@dataclass(frozen=True)
class ReadOptions:
    """The options that the file is read with."""

    wide: bool = False
    decimal: str = "."
    thousands: str | None = None
    dates: str = "iso"
    stem: str = "PRICES"


def read_symbol(text: str) -> str:
    """A symbol without invisible characters, any blank as a plain one, and without the ".0" of a number."""
    visible = [letter for letter in text if unicodedata.category(letter) != "Cf"]
    plain = "".join(" " if unicodedata.category(letter) == "Zs" else letter for letter in visible).strip()
    return plain.removesuffix(".0") if plain.removesuffix(".0").isdigit() else plain


def trim(text: str) -> str:
    """A text without white space and invisible characters around it."""
    text = text.strip()
    return text if text.isascii() else text.strip(" \t\r\n\u00a0\u202f\u3000" + INVISIBLE)


def read_day(text: str, options: ReadOptions) -> date | None:
    """A trimmed text as a day; None if it is none, or could be two."""
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


def read_price(text: str, options: ReadOptions) -> float | None:
    """A number as vendors write it: with a currency, K for thousands, or 1,234.56 where undeclared."""
    plain = _number(text, options)
    if plain is not None:
        return plain
    currency = r"(?:[A-Z]{0,3}[$£€¥₩₹₽¢¤]|[A-Z]{3}|Rs\.?|kr\.?|zł)"
    if match := re.fullmatch(rf"([+-]?){currency}\s?([+-]?[0-9.,].*)", text):
        text = match[1] + match[2]
    if match := re.fullmatch(rf"(.*[0-9.,])\s?{currency}", text):
        text = match[1]
    if match := re.fullmatch(rf"(.*[0-9][.,]?)\s?({_SCALE_WORDS})", text):
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
