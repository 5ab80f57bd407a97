"""What commands print: text or one line of JSON on stdout, warnings and errors on stderr."""

import json
import math
import os
import sys
import traceback
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import PurePath
from typing import Any

from morrow.errors import MorrowError, one_line

FAILED, USER_ERROR, INTERRUPTED, CLOSED = 1, 2, 130, 141  # exit codes


def print_text(text: str) -> None:
    """Write lines for a person to stdout."""
    _write("\n".join(map(escape_text, text.split("\n"))) + "\n")


def print_json(value: object) -> None:
    """Write one line of JSON to stdout, and flush it."""
    _write(json.dumps(to_json(value), ensure_ascii=False, allow_nan=False) + "\n")


def _write(text: str) -> None:
    """Write to stdout; where its reader has left, as ``head`` does, end the command without a word."""
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the flush at exit would fail again
        raise SystemExit(CLOSED) from None


def print_error(message: str) -> None:
    """Write one line of error to stderr, whatever line breaks the message has."""
    sys.stderr.write(f"error: {escape_line(message)}\n")


def print_warning(message: str) -> None:
    """Write one line of warning to stderr: something is wrong, and the work goes on."""
    sys.stderr.write(f"warning: {escape_line(message)}\n")


def report_error(error: Exception, *, debug: bool, universe: str | None = None) -> int:
    """Print an error that ended a command, or the work on one universe.

    Args:
        error: one of morrow's own, or an unexpected one.
        debug: whether to print the traceback before.
        universe: whose work it stopped, if it was one universe's.

    Returns:
        The exit code.
    """
    if debug:
        traceback.print_exception(error)
    prefix = f"{universe}: " if universe else ""
    if isinstance(error, MorrowError):
        print_error(f"{prefix}{error}")
        return error.exit_code
    hint = "" if debug else ", run again with --debug to see where"
    print_error(f"{prefix}{type(error).__name__}: {error}; this is a fault of morrow{hint}")
    return FAILED


def worst_exit_code(codes: Sequence[int]) -> int:
    """Sum up several failures: 2 if all of them are the user's errors, else 1; 0 if there are none."""
    if not codes:
        return 0
    return USER_ERROR if all(code == USER_ERROR for code in codes) else FAILED


def escape_text(text: str) -> str:
    r"""Escape the characters that move a terminal's cursor or reverse the direction of text.

    >>> escape_text("a\x1b[2J")
    'a\\x1b[2J'
    """
    if text.isprintable():
        return text
    return "".join(
        each if each.isprintable() else each.encode("unicode_escape").decode("ascii") for each in text
    )


def escape_line(text: str) -> str:
    r"""Put a text on one line, and escape terminal control characters.

    >>> escape_line("a\n  b\x1b[2J")
    'a b\\x1b[2J'
    """
    return escape_text(one_line(text))


def to_json(value: Any) -> Any:
    """Replace what JSON cannot hold: NaN and infinities become None, dates and paths become texts.

    >>> to_json({"a": (1, float("nan"))})
    {'a': [1, None]}
    """
    if isinstance(value, Mapping):
        return {str(key): to_json(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [to_json(each) for each in value]
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, date | PurePath):
        return str(value)
    return to_json(value.item()) if hasattr(value, "item") else value


def format_table(head: Sequence[str], rows: Sequence[Sequence[str]], left: int = 1) -> list[str]:
    """Align rows of cells in lines indented by two.

    Args:
        head: the columns' titles.
        rows: as many cells each.
        left: how many of the first columns are aligned to the left; the others are to the right.

    >>> format_table(["a", "n"], [["bb", "10"]])
    ['  a    n', '  bb  10']
    """
    rows = [[escape_text(cell) for cell in row] for row in rows]
    widths = [max(len(row[column]) for row in (head, *rows)) for column in range(len(head))]
    return [
        "  "
        + "  ".join(
            cell.ljust(width) if column < left else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in (head, *rows)
    ]


def format_number(value: float | None, digits: int = 3, times: float = 1, unit: str = "") -> str:
    """Format a number for a table; "-" where there is none.

    >>> format_number(0.01234, 2, 100, "%"), format_number(None)
    ('1.23%', '-')
    """
    if value is None or not math.isfinite(value):
        return "-"
    return f"{value * times:.{digits}f}{unit}"
