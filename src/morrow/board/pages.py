"""A page of the board: what its template shows, and the files with the data behind it."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Page:
    """One page.

    Attributes:
        template: file name of its template.
        title: of the document.
        values: what the template shows; it escapes every text.
        files: texts by address relative to the universe's folder: the data that the page offers.
    """

    template: str
    title: str
    values: Mapping[str, Any]
    files: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Figure:
    """A number with its label, unit, window and source, as a reader sees them.

    Attributes:
        label: what it is.
        value: the number with its unit, or words.
        about: of which rows or sessions, and from where.
        tone: "good", "bad" or empty.
    """

    label: str
    value: str
    about: str
    tone: str = ""


def format_number(value: float | None, digits: int = 2, times: float = 1, unit: str = "") -> str:
    """A number with its unit, with a true minus; a dash where there is none.

    >>> format_number(-0.01234, 2, 100, " %"), format_number(None)
    ('−1.23 %', '–')
    """
    if value is None or math.isnan(value):
        return "–"
    return f"{value * times:,.{digits}f}{unit}".replace("-", "−")


def format_price(value: float | None) -> str:
    """A price with six significant digits; a dash where there is none.

    >>> format_price(442.8), format_price(0.000123456789), format_price(1234567.0)
    ('442.8', '0.000123457', '1,234,570')
    """
    if value is None or math.isnan(value):
        return "–"
    digits = 5 - math.floor(math.log10(abs(value))) if value else 0
    text = f"{round(value, digits):,.{max(digits, 0)}f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text).replace("-", "−")


def count(number: int, noun: str) -> str:
    """A number with its noun.

    >>> count(1, "row"), count(2000, "row")
    ('1 row', '2,000 rows')
    """
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
