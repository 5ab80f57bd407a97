"""The search for the header among the first lines of a text: above the rows, below whatever precedes them.

Rows are told by the kinds of their cells, which most lines share; the header is the last line above them that
has words where they have days and numbers.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from morrow.sources.tables.cell_kinds import CellKind, cell_kind
from morrow.sources.tables.field_names import match_names
from morrow.sources.tables.line_fields import split_line

SEPARATORS = ",;\t|"
_UNITS = re.compile(
    r"""[\[(<]?(
    [A-Z]{3}(/\w+)? | [a-z]{3}/\w+ | [$€£¥₩%‰p-] | us\ dollars?
    | dollars?|euros?|yen|pence|cents?|points?|pips?
    | (in\s)?(thousands?|millions?|billions?|mn|mio\.?|mrd\.?|k|bn) | shares?|units?|pcs\.?|stk\.?|stück|lots?
    | contracts?|number|num(eric)?|price|currency|local|percent|pct|index|股|元|手|円|株
    | (date(time)?(64(\[\w+\])?)?|time(stamp)?|str(ing)?|text|n?(var)?char2?|chr|fct|dttm|object|category
      |symbol|double(\sprecision)?|dbl|float\d*|u?int(eger)?\d*|big_?int|small_?int|long|short|real|decimal|numeric)
      (\(\d+(,\s*\d+)?\))?
    | yyyy-?mm-?dd|dd[./-]mm[./-]yyyy|mm[./-]dd[./-]yyyy
    )[\])>]?""",
    re.VERBOSE | re.IGNORECASE,
)
_ABOUT = re.compile(
    r"units?( multiplier)?|einheit|last updated?|frequency|source|quelle|currency|dimension|type|description",
    re.IGNORECASE,
)
_BODY = 24
_STAMP = re.compile(r"\s*(\d{9,}|\d+[.,]\d+)\s*")
_RULE = re.compile(r"[-=_+*]{2,}")


@dataclass(frozen=True)
class HeaderPlace:
    """Where the header is, in numbers of lines from 0.

    Attributes:
        separator: between fields.
        lines: the header lines; none where there is no header.
        below: lines of units, types or dashes below them.
        start: the first line of the rows.
        width: fields of most rows; 0 where that was not looked at.
        lacks_first: whether the header does not name the first column, and has no field for it either.
    """

    separator: str
    lines: tuple[int, ...]
    below: tuple[int, ...]
    start: int
    width: int = 0
    lacks_first: bool = False


def locate_header(lines: Sequence[str]) -> HeaderPlace:
    """Find the header among the first lines of a file.

    Args:
        lines: those that are not empty, at least one.

    Returns:
        The place of the header: the first line where nothing tells, no line where the first row has nothing
        like a header above it.
    """
    first = max(SEPARATORS, key=lines[0].count)
    default = HeaderPlace(first, (0,), (), 1)
    if _is_plain(lines, first):
        return default
    view = _best_view(lines)
    return (_locate(view) if view.likeness[0] else None) or default


def locate_rows(lines: Sequence[str]) -> HeaderPlace:
    """Find the first row of a file without a header."""
    view = _best_view(lines)
    start = next((number for number in range(len(lines)) if view.is_row(number)), 0)
    return HeaderPlace(view.separator, (), (), start, view.width)


def strip_comment(line: str) -> str:
    """A line without the mark of a comment before it."""
    return line.lstrip("#%").lstrip() if line.startswith(("#", "%")) else line


class _View:
    """The first lines as one separator divides them.

    Attributes:
        separator: between fields.
        width: fields of most lines of the body.
        kinds: (width,) what most cells of each column look like.
        likeness: how much the body looks like rows: share of its lines that are, whether they have days,
            number of columns of values; the first is 0 where nothing does.
    """

    def __init__(self, lines: Sequence[str], separator: str) -> None:
        self.separator, self.size = separator, len(lines)
        self._is_comment = [line.startswith(("#", "%")) for line in lines]
        self._fields = [
            [] if "\x00" in line else split_line(strip_comment(line), separator) or [] for line in lines
        ]
        numbers = range(len(lines) // 2, len(lines))[-_BODY:]
        body = [self._fields[number] for number in numbers]
        widths = Counter(len(fields) for fields in body if len(fields) > 1)
        self.width = max(widths, key=lambda width: (widths[width], width), default=0)
        whole = [fields for fields in body if len(fields) == self.width]
        self.kinds = [_usual_kind(cells) for cells in zip(*whole, strict=True)] if self.width else []
        self._days = [number for number, kind in enumerate(self.kinds) if kind == "date"]
        self._values = [number for number, kind in enumerate(self.kinds) if kind in {"date", "number"}]
        rows = sum(map(self.is_row, numbers)) if self._values else 0
        self.likeness = (rows / len(numbers) > 0.4 and bool(rows), bool(self._days), len(self._values))

    def fields(self, line: int) -> list[str]:
        """The fields of a line; none if it cannot be divided."""
        return self._fields[line]

    def cells(self, line: int) -> list[str] | None:
        """The trimmed cells of a line in the width of the rows; None if it has more or fewer."""
        cells = [cell.strip().lstrip("\ufeff") for cell in self._fields[line]]
        while len(cells) > self.width and not cells[-1]:
            cells.pop()
        while len(cells) < self.width and cells and self.kinds[len(cells)] == "empty":
            cells.append("")
        return cells if len(cells) == self.width else None

    def is_row(self, line: int) -> bool:
        """Whether a line has a day where the rows have one, or else numbers where they have numbers."""
        cells = self.cells(line)
        if cells is None or self._is_comment[line]:
            return False
        if self._days:
            return any(cell_kind(cells[number]) == "date" for number in self._days)
        values = [cells[number] for number in self._values]
        filled = [kind for cell in values if (kind := cell_kind(cell)) != "empty"]
        return filled.count("number") * 2 > len(filled) and not match_names(values)

    def is_header(self, line: int) -> bool:
        """Whether a line has words where the rows have days and numbers."""
        cells = self.cells(line)
        if cells is None:
            return False
        values = [cells[number] for number in self._values if cells[number]]
        kinds = [cell_kind(cell) for cell in values]
        if match_names(values):
            return "date" not in kinds
        return kinds.count("text") * 2 >= len(kinds) > 0 and not {"date", "number"} & set(kinds)


def _best_view(lines: Sequence[str]) -> _View:
    return max((_View(lines, separator) for separator in SEPARATORS), key=lambda view: view.likeness)


def _usual_kind(cells: Sequence[str]) -> CellKind:
    counts = Counter(map(cell_kind, cells))
    counts.pop("empty", None)
    return max(counts, key=lambda kind: (counts[kind], kind != "text"), default="empty")


def _is_plain(lines: Sequence[str], separator: str) -> bool:
    """Whether the first line names a column of days, and the second has a day in it."""
    if len(lines) < 2:
        return False
    names, fields = split_line(lines[0], separator), split_line(lines[1], separator)
    session = match_names(names or ()).get("session")
    if not names or not fields or session is None or lines[0].startswith("#"):
        return False
    extra = [cell for cell in (*names[len(fields) :], *fields[len(names) :]) if cell.strip()]
    return len(fields) > max(session, 1) and not extra and cell_kind(fields[session]) == "date"


def _locate(view: _View) -> HeaderPlace | None:
    first = next((line for line in range(view.size) if view.is_row(line)), None)
    if first is None:
        return None
    headers = [line for line in range(first) if view.is_header(line)]
    if not headers:
        return _locate_without_header(view, first)
    group = [headers.pop()]
    while headers and headers[-1] == group[0] - 1:
        group.insert(0, headers.pop())
    return _trim(view, group, first)


def _locate_without_header(view: _View, first: int) -> HeaderPlace | None:
    """No header where all lines above the first row are notes; None where one of them may be a header."""
    above = [view.fields(line) for line in range(first)]
    if above and len(above[-1]) == view.width - 1 and _lacks_days(above[-1]):
        return HeaderPlace(view.separator, (first - 1,), (), first, view.width, lacks_first=True)
    if any(len(match_names(fields)) > 1 for fields in above) or any(map(view.cells, range(first))):
        return None
    if not any(map(_is_no_name, view.fields(first))):
        return None
    return HeaderPlace(view.separator, (), (), first, view.width)


def _is_no_name(cell: str) -> bool:
    """Whether a cell cannot name a column: a day, a count since 1970, or a number with a fraction."""
    return cell_kind(cell) == "date" or _STAMP.fullmatch(cell) is not None


def _lacks_days(names: Sequence[str]) -> bool:
    """Whether all names are words, and none is of days."""
    return "session" not in match_names(names) and all(cell_kind(name) == "text" for name in names)


def _trim(view: _View, group: list[int], first: int) -> HeaderPlace:
    """Leave out of the lines above the rows those that are titles, repetitions, units, or rows."""
    rows = [view.cells(line) or [] for line in group]
    repeated = (number for number in range(1, len(rows)) if _repeats(rows[number], rows[0]))
    whole = next(repeated, len(rows))
    group, rows = group[:whole], rows[:whole]
    below: list[int] = []
    while len(group) > 1 and _is_units(rows[-1], rows[-2]):
        below.insert(0, group.pop())
        rows.pop()
    while len(group) > 1 and _is_empty(rows[-1][1:]) and "session" not in match_names(rows[-1]):
        group.pop()  # a total, or another row without numbers
        rows.pop()
    while len(group) > 1 and _is_title(rows[0], rows[-1]):
        group.pop(0)
        rows.pop(0)
    start = max((*group, *below)) + 1
    while start < first and (cells := view.cells(start)) and _is_about(cells):
        below.append(start)
        start += 1
    return HeaderPlace(view.separator, tuple(group), tuple(below), start, view.width)


def _is_empty(cells: Sequence[str]) -> bool:
    """Whether all cells are blank or say that there is nothing."""
    return all(cell_kind(cell) == "empty" for cell in cells)


def _repeats(cells: Sequence[str], header: Sequence[str]) -> bool:
    """Whether most cells of a line are the header's."""
    equal = [cell == name for cell, name in zip(cells, header, strict=True) if cell]
    return sum(equal) * 2 > len(equal)


def _is_units(cells: Sequence[str], above: Sequence[str]) -> bool:
    """Whether a line below a complete header has units or types alone, or is about the series."""
    if _ABOUT.fullmatch(cells[0]):
        return True
    return _is_complete(above) and (_all_match(_UNITS, cells[1:]) or _all_match(_RULE, cells))


def _is_about(cells: Sequence[str]) -> bool:
    return _ABOUT.fullmatch(cells[0]) is not None or _all_match(_RULE, cells)


def _is_title(cells: Sequence[str], header: Sequence[str]) -> bool:
    """Whether a line above a header has one text, or a name and its value."""
    if sum(map(bool, cells)) <= 1:
        return True
    return _is_complete(header) and (not cells[-1] or len(cells) == 2)


def _is_complete(cells: Sequence[str]) -> bool:
    """Whether a line names all columns, but for the first, and each differently."""
    return all(cells[1:]) and len(set(cells)) == len(cells)


def _all_match(pattern: re.Pattern[str], cells: Sequence[str]) -> bool:
    return any(cells) and all(pattern.fullmatch(cell) for cell in cells if cell)
