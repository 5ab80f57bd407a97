"""Columns of prices as numbers: marks for nothing, averages of quotes, and what could not be read."""

from collections import Counter

import numpy as np
import pyarrow as pa

from morrow.sources.tables.price_columns import describe_unreadable, read_price_column
from morrow.sources.tables.values import Notation


def test_marks_for_nothing_are_absent() -> None:
    """-999 is what programs write for a missing price; -5 is a price that the gate has to judge."""
    tally = Counter[str]()
    values, bad = read_price_column(pa.chunked_array([["1.5", "-999", "-5"]]), Notation(), tally)
    assert values[[0, 2]].tolist() == [1.5, -5.0]
    assert np.isnan(values[1])
    assert not bad.any()
    assert tally["missing marks"] == 1


def test_averages_of_quotes_lose_their_sign() -> None:
    """A database that marks averages of bid and ask by a minus means their amount, which is counted."""
    tally = Counter[str]()
    values, _ = read_price_column(pa.chunked_array([["-12.5", "13"]]), Notation(), tally, "PRC")
    assert values.tolist() == [12.5, 13.0]
    assert tally["quote averages"] == 1


def test_each_unreadable_cell_is_quoted() -> None:
    """A row's faults follow each other, and a long cell is cut."""
    malformed = np.full(2, None, dtype=object)
    bad = np.array([False, True])
    describe_unreadable(malformed, "open", pa.chunked_array([["1", "abc"]]), bad)
    describe_unreadable(malformed, "high", pa.chunked_array([["1", "x" * 50]]), bad)
    assert malformed.tolist() == [None, f'open="abc", high="{"x" * 40}"']
