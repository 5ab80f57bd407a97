"""What a person can check of a source before it is stored."""

import pandas as pd

from morrow.sources.preview import describe_bar


def test_a_bar_is_one_line() -> None:
    """What is missing is left out, and factors are said where they are not 1."""
    bar = pd.Series(
        {"symbol": "A", "session": pd.Timestamp("2024-01-02"), "open": float("nan"), "close": 1234.5}
    )
    assert describe_bar(bar) == "A 2024-01-02: close 1234.5"
    factors = pd.Series({"split_factor": 4.0, "dividend_factor": 1.0})
    assert describe_bar(pd.concat([bar, factors])) == "A 2024-01-02: close 1234.5, split factor 4"
