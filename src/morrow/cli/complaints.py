"""How a person hears of trouble: one line on stderr, and an exit code."""

import sys
import traceback
from collections.abc import Sequence

from morrow.cli.output import printable
from morrow.errors import MorrowError, one_line

FAILED, USERS, INTERRUPTED = 1, 2, 130


def error(message: str) -> None:
    """Write one line of error, whatever line breaks the message has."""
    sys.stderr.write(f"error: {printable_line(message)}\n")


def warning(message: str) -> None:
    """Write one line of warning: what is named goes wrong, and the rest goes on."""
    sys.stderr.write(f"warning: {printable_line(message)}\n")


def complain(wrong: Exception, *, debug: bool, universe: str | None = None) -> int:
    """Write what went wrong.

    Args:
        wrong: an error of morrow's own, or one that nobody expected.
        debug: whether to show the traceback before.
        universe: whose work it stopped, if one universe's.

    Returns:
        The exit code.
    """
    if debug:
        traceback.print_exception(wrong)
    whose = f"{universe}: " if universe else ""
    if isinstance(wrong, MorrowError):
        error(f"{whose}{wrong}")
        return wrong.exit_code
    hint = "" if debug else ", run again with --debug to see where"
    error(f"{whose}{type(wrong).__name__}: {wrong}; this is a fault of morrow{hint}")
    return FAILED


def worst(codes: Sequence[int]) -> int:
    """The exit code of several failures: the user's (2) if all are, else 1; 0 if there are none."""
    if not codes:
        return 0
    return USERS if all(code == USERS for code in codes) else FAILED


def printable_line(text: str) -> str:
    r"""Put a text on one line, without what a terminal would obey.

    >>> printable_line("a\n  b")
    'a b'
    """
    return printable(one_line(text))
