"""What goes to stdout: text for people, one line of JSON for programs."""

import json
import math
import sys
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import PurePath
from typing import Any


def say(text: str) -> None:
    """Write lines for a person."""
    sys.stdout.write("\n".join(map(printable, text.split("\n"))) + "\n")


def printable(text: str) -> str:
    r"""The text with what moves a terminal's cursor or turns its words round shown as Python writes it.

    >>> printable("a\x1b[2J")
    'a\\x1b[2J'
    """
    if text.isprintable():
        return text
    return "".join(
        each if each.isprintable() else each.encode("unicode_escape").decode("ascii") for each in text
    )


def say_json(value: object) -> None:
    """Write one line of JSON, and let go of it at once."""
    sys.stdout.write(json.dumps(plain(value), ensure_ascii=False, allow_nan=False) + "\n")
    sys.stdout.flush()


def plain(value: Any) -> Any:
    """The value with what JSON has no word for replaced: NaN and infinities by None, dates by ISO dates.

    >>> plain({"a": (1, float("nan"))})
    {'a': [1, None]}
    """
    if isinstance(value, Mapping):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, date | PurePath):
        return str(value)
    return plain(value.item()) if hasattr(value, "item") else value


def table(head: Sequence[str], rows: Sequence[Sequence[str]], left: int = 1) -> list[str]:
    """Lines of a table, indented by two: the first columns (one) to the left, the others to the right.

    >>> table(["a", "n"], [["bb", "10"]])
    ['  a    n', '  bb  10']
    """
    rows = [[printable(cell) for cell in row] for row in rows]
    widths = [max(len(row[column]) for row in (head, *rows)) for column in range(len(head))]
    return [
        "  "
        + "  ".join(
            cell.ljust(width) if column < left else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in (head, *rows)
    ]


def number(value: float | None, digits: int = 3, times: float = 1, unit: str = "") -> str:
    """A number for a table, "-" where there is none.

    >>> number(0.01234, 2, 100, "%"), number(None)
    ('1.23%', '-')
    """
    if value is None or not math.isfinite(value):
        return "-"
    return f"{value * times:.{digits}f}{unit}"
