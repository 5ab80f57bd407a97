"""Levels of column names."""

from morrow.sources.tables.column_levels import join_levels, split_tuples


def test_names_that_are_tuples_have_levels() -> None:
    """A frame of fields by ticker, written with one header, names columns by tuples; others have none."""
    assert split_tuples(["Date", "('Close', 'BRK.B')", "('Open', '')"]) == (
        ("Date", "Close", "Open"),
        ("", "BRK.B", ""),
    )
    assert split_tuples(["Date", "Close (USD)", "Open"]) == ()


def test_levels_are_joined_to_names() -> None:
    """A column is named by all its levels, a repeated text once, the column of days by the lowest."""
    levels = [("Price", "Close", "Volume"), ("Ticker", "AAA", "Volume"), ("Date", "", "")]
    assert join_levels(levels, ["2024-01-02", "1", "2"]) == ("Date", "Close AAA", "Volume")
