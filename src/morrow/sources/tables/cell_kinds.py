"""The kind of a cell by its look alone: a day, a number, a text or nothing.

It tells header lines from rows, and is looser than ``values``, which decides what a cell means.
"""

import re
from typing import Literal

CellKind = Literal["date", "number", "text", "empty"]

_MISSING = frozenset({
    "", ".", "-", "--", "---", "–", "—", "n/a", "na", "n.a.", "nan", "null", "none", "nat", "nil", "#n/a n/a",
    "-999", "...", "…", "?",
})  # fmt: skip
_ERROR = re.compile(r"#[A-Za-z/0!?]+[!?]?")
_TIME = r"([T ,]+(\d{1,2}[:.h]\d{2}.*|\d{6}))?"
_MONTH = r"[^\W\d_]{3,10}\.?"
_DATE = re.compile(
    rf"""([^\W\d_]{{2,10}}[.,]*\s+)?                    # a weekday
    ( \d{{4}}([-/.]\s?|\s)\d{{1,2}}([-/.]\s?|\s)\d{{1,2}}\.?
    | \d{{4}}-?W\d{{2}}-?[1-7]
    | \d{{1,2}}[-/.\s]\s?\d{{1,2}}[-/.\s]\s?(\d{{4}}|\d{{2}})
    | 1\d{{2}}[-/.]\d{{1,2}}[-/.]\d{{1,2}}           # a year of Taiwan's calendar
    | (1[6-9]|2[01])\d\d(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])
    | \d{{1,2}}\.?[-/.\s]?\s*{_MONTH}[-/.\s,]*(\d{{4}}|\d{{2}})
    | \d{{4}}[-/.\s]{_MONTH}[-/.\s]\d{{1,2}}
    | {_MONTH}\s*\d{{1,2}}(st|nd|rd|th)?,?\s+\d{{4}}
    | \d{{4}}\s*[年년]\s*\d{{1,2}}\s*[月월]\s*\d{{1,2}}\s*[日일]
    | \d{{4}}[-/.](0?[1-9]|1[0-2])
    | \d{{4}}-?[QW]\d{{1,2}}
    ){_TIME}""",
    re.VERBOSE,
)
_SIGNS = r"[-+−–($€£¥₩₽%\s\u00a0\u202f]*"
_NUMBER = re.compile(
    rf"""{_SIGNS}([A-Z]{{3}}\s?)?{_SIGNS}
    (\d[\d.,'’\s\u00a0\u202f]*|[.,]\d+)([eE][-+]?\d+)?
    \s?(%|[KMBTLkmbtp]|GBp|Cr\.?|lakhs?|crores?|Mio\.?|Mrd\.?|mln\.?|mld\.?|bn|mn|[万萬만亿億억])?{_SIGNS}([A-Z]{{3}}|\))?""",
    re.VERBOSE,
)
_INFINITE = re.compile(r"[-+]?inf(inity)?", re.IGNORECASE)


def cell_kind(cell: str) -> CellKind:
    """What a cell looks like; marks of missing values and errors of spreadsheets count as nothing.

    >>> [cell_kind(cell) for cell in ("Jan 3, 2017", "1.234,56", "1. open", "N/A")]
    ['date', 'number', 'text', 'empty']
    """
    text = cell.strip().lstrip("\ufeff")
    text = text[2:-1] if text.startswith('="') and text.endswith('"') else text
    if text.casefold() in _MISSING or _ERROR.fullmatch(text):
        return "empty"
    if not any(map(str.isdigit, text)):
        return "number" if _INFINITE.fullmatch(text) else "text"
    if len(text) > 64:
        return "text"
    if _DATE.fullmatch(text):
        return "date"
    return "number" if _NUMBER.fullmatch(text) else "text"
