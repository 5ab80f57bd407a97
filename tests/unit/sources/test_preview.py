"""What a person can check of a source before it is stored."""

from pathlib import Path

import pandas as pd

from morrow.sources import inspect
from morrow.sources.preview import describe_bar
from tests.files import write


def test_a_bar_is_one_line() -> None:
    """What is missing is left out, and factors are said where they are not 1."""
    bar = pd.Series(
        {"symbol": "A", "session": pd.Timestamp("2024-01-02"), "open": float("nan"), "close": 1234.5}
    )
    assert describe_bar(bar) == "A 2024-01-02: close 1234.5"
    factors = pd.Series({"split_factor": 4.0, "dividend_factor": 1.0})
    assert describe_bar(pd.concat([bar, factors])) == "A 2024-01-02: close 1234.5, split factor 4"


def test_a_file_that_is_not_read_is_named(tmp_path: Path) -> None:
    """Of a folder the preview names the file that gave nothing, with the reason."""
    write(tmp_path / "in", "Date,Close\n2024-01-02,1\n", "aaa.csv")
    write(tmp_path / "in", "<html><body>Sign in</body></html>", "bbb.csv")
    assert (
        inspect(tmp_path / "in")
        .preview.notes[0]
        .startswith('file of BBB not read: "bbb.csv" is an HTML page')
    )
