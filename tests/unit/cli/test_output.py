"""What commands print, and the exit codes of errors."""

import contextlib
import io
import json
import math
import subprocess
import sys
from datetime import date
from pathlib import Path

import numpy as np

from morrow.cli.output import CLOSED, format_number, format_table, report_error, to_json, worst_exit_code
from morrow.errors import NightError, SourceError


def test_worst_exit_code() -> None:
    """Only if the user is at fault everywhere is it the user's error."""
    assert [worst_exit_code(codes) for codes in ([], [2], [2, 2], [2, 1], [1])] == [0, 2, 2, 1, 1]


def test_the_exit_code_is_the_errors_own() -> None:
    """A failed night is 1 and the user's error 2."""
    with contextlib.redirect_stderr(io.StringIO()):
        assert report_error(NightError("x"), debug=False) == 1
        assert report_error(SourceError("x"), debug=False) == 2


def test_json_has_no_nan() -> None:
    """What JSON cannot say becomes None, and dates, paths, tuples and numpy's numbers become plain."""
    value = {
        "a": (math.nan, np.float32(0.5), np.int64(3), np.float64(math.inf)),
        1: date(2020, 1, 2),
        "p": Path("x"),
        "t": [True, None, "s"],
    }
    assert to_json(value) == {"a": [None, 0.5, 3, None], "1": "2020-01-02", "p": "x", "t": [True, None, "s"]}
    assert json.loads(json.dumps(to_json(value), allow_nan=False))["t"] == [True, None, "s"]


def test_a_table_aligns_its_columns() -> None:
    """The first column is set to the left, the others to the right."""
    assert format_table(["name", "n"], [["a", "1.5"], ["long one", "-"]]) == [
        "  name        n",
        "  a         1.5",
        "  long one    -",
    ]
    assert format_number(math.nan) == "-"


def test_a_reader_that_leaves_ends_the_command_without_a_word() -> None:
    """As with ``head``: no traceback, no fault of morrow, and the exit code of a closed pipe."""
    code = "from morrow.cli.output import print_text; [print_text('x' * 99) for _ in range(9999)]"
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == CLOSED
