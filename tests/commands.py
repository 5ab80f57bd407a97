"""Runs the command line inside the test's own process."""

import contextlib
import io

from morrow.cli import main

TWO_UNIVERSES = """
[universes.one]
calendar = "observed"
source = { kind = "csv", path = "one.csv" }

[universes.two]
calendar = "observed"
source = { kind = "csv", path = "two.csv" }
"""


def run(*arguments: object) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of a command."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main([str(each) for each in arguments])
    return code, out.getvalue(), err.getvalue()
