"""The sample of a table by which its layout is chosen."""

import numpy as np
import pandas as pd
import pytest

from morrow.errors import SourceError
from morrow.source_kinds import TableSource
from morrow.sources.tables.delimited_text import read_csv
from morrow.sources.tables.table_sample import TableSample

LONG = pd.DataFrame({
    "Day": ["2024-01-03", "2024-01-02"] * 3,
    "Name": ["A", "A", "B", "B", "B", "A"],
    "Money": ["USD"] * 6,
    "At": ["16:00"] * 6,
    "Price": [3.0, 2.0, 13.0, 12.0, 11.0, 1.0],
    "Note": ["", "n/a", "", "", "", ""],
})  # fmt: skip


def sample_of(table: pd.DataFrame) -> TableSample:
    """The sample of a table without an index."""
    return TableSample(
        read_csv(table.to_csv(index=False).encode(), "p.csv"), TableSource(kind="csv"), "p.csv"
    )


def test_columns_are_days_numbers_or_words() -> None:
    """Days are one column; numbers come by ascending day; words leave out times of day and empty columns."""
    sample = sample_of(LONG)
    assert sample.names[sample.session] == "Day"
    assert {sample.names[number]: values.tolist() for number, values in sample.numbers.items()} == {
        "Price": [2, 12, 1, 3, 13, 11]
    }
    assert (np.diff(sample.days) >= np.timedelta64(0)).all()
    assert [sample.names[number] for number in sample.words] == ["Name", "Money", "Note"]


def test_a_column_keeps_days_apart() -> None:
    """Most days are repeated without a symbol; with names of which no two share a day they are not."""
    table = pd.DataFrame({"Day": ["2024-01-02", "2024-01-03"] * 2, "Name": list("AABB"), "Price": [1.0] * 4})
    sample = sample_of(table)
    assert not sample.keeps_days_apart(None)
    assert sample.keeps_days_apart(1)
    assert sample_of(table[:2]).keeps_days_apart(None)


def test_a_repetitive_column_has_three_rows_a_word() -> None:
    """Names come again on many days, notes do not."""
    sample = sample_of(LONG)
    assert sample.is_repetitive(1)
    assert not sample_of(LONG.assign(Name=list("ABCDEF"))).is_repetitive(1)


def test_the_numbers_of_one_symbol_are_those_of_the_longest() -> None:
    """Of A with two rows and B with four, B's values are given, by ascending day."""
    sample = sample_of(LONG.assign(Name=["A", "B", "B", "B", "B", "A"]))
    assert sample.list_numbers(1)[4].tolist() == [2, 12, 13, 11]


def test_a_constant_word_may_be_the_only_symbol() -> None:
    """One column of one word that is no currency is it; of two such columns none is."""
    one = LONG.drop(columns=["Note", "At"])
    assert sample_of(one).find_constant() is None
    assert sample_of(one.assign(Name="A")).find_constant() == 1
    assert sample_of(one.assign(Name="A", Money="X")).find_constant() is None


def test_a_table_without_days_has_no_sample() -> None:
    """It is refused, as it cannot be read either."""
    with pytest.raises(SourceError, match="no date column"):
        sample_of(LONG[["Name", "Price"]])
