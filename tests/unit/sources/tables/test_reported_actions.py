"""Splits and dividends in columns."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.files import read, write

HEAD = "date,close,dividends,stock splits\n"
TRADED = "2024-01-02,100,0,0\n2024-01-03,50,0,2\n2024-01-04,48,1,0\n2024-01-05,48,0,0\n"
CONTAINED = "reported: contained in the prices already, and not applied again"


def test_actions_beside_prices_as_traded_are_factors(tmp_path: Path) -> None:
    """A 2:1 split doubles the factor, and a dividend of 1 on a close of 50 raises it by 50 / 49."""
    batch = read(write(tmp_path, HEAD + TRADED))
    assert batch.rows["split_factor"].tolist() == [1, 2, 2, 2]
    assert batch.rows["dividend_factor"].tolist() == pytest.approx([1, 1, 50 / 49, 50 / 49])
    assert batch.notes == (
        "1 split reported: taken as actions", "1 dividend reported: taken as actions"
    )  # fmt: skip


def test_splits_that_prices_contain_are_not_applied_again(tmp_path: Path) -> None:
    """Where the close does not move by the split, the vendor has divided by it already; cents stay cents."""
    batch = read(write(tmp_path, HEAD + TRADED.replace(",100,", ",50.005,")))
    assert batch.rows["split_factor"].tolist() == [1, 1, 1, 1]
    assert batch.rows["dividend_factor"].tolist() == pytest.approx([1, 1, 50 / 49, 50 / 49])
    assert f"1 split {CONTAINED}" in batch.notes


def test_dividends_that_prices_contain_are_not_applied_again(tmp_path: Path) -> None:
    """Prices with many decimals are adjusted for their dividends already."""
    closes = 100 * np.exp(np.random.default_rng(1).normal(0, 0.01, 50).cumsum())
    days = pd.bdate_range("2024-01-01", periods=50).strftime("%Y-%m-%d")
    lines = [f"{day},{closes[at]},{0.5 * (at == 20)},0\n" for at, day in enumerate(days)]
    batch = read(write(tmp_path, HEAD + "".join(lines)))
    assert set(batch.rows["dividend_factor"]) == {1.0}
    assert f"1 dividend {CONTAINED}" in batch.notes


@pytest.mark.parametrize("split", ["2:1", "2/1", "2 for 1", "2.0"])
def test_a_split_may_be_a_ratio(split: str, tmp_path: Path) -> None:
    """Two new shares for an old one are a factor of 2, however it is written."""
    rows = read(write(tmp_path, HEAD + TRADED.replace("50,0,2", f"50,0,{split}"))).rows
    assert rows["split_factor"].tolist() == [1, 2, 2, 2]


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("48,1,0", "48,60,0", 'dividend="60", which is not below the close before it'),
        ("48,1,0", "48,-1,0", 'dividend="-1", which is below 0'),
        ("50,0,2", "50,0,-2", 'split="-2", which is not above 0'),
    ],
)
def test_impossible_actions_are_refused_with_the_reason(
    old: str, new: str, reason: str, tmp_path: Path
) -> None:
    """A dividend above the price and a split below zero are flagged on their row, and are no factors."""
    rows = read(write(tmp_path, HEAD + TRADED.replace(old, new))).rows
    assert rows["malformed"].dropna().tolist() == [reason]


def test_a_split_of_zero_among_ones_is_refused(tmp_path: Path) -> None:
    """Where days without a split have 1, a 0 cannot be true."""
    lines = "date,close,split\n2024-01-02,1,1\n2024-01-03,1,1\n2024-01-04,1,0\n"
    rows = read(write(tmp_path, lines)).rows
    assert rows["malformed"].fillna("").tolist() == ["", "", 'split="0", which is not above 0']


def test_an_adjusted_close_of_zero_is_refused(tmp_path: Path) -> None:
    """An adjusted close of zero or below is flagged, and the factors go on without it."""
    lines = "date,close,adj close\n2024-01-02,100,50\n2024-01-03,50,0\n2024-01-04,50,50\n2024-01-05,50,-1\n"
    rows = read(write(tmp_path, lines)).rows
    assert rows["malformed"].fillna("").tolist() == [
        "", 'adj_close="0", which is not above 0', "", 'adj_close="-1", which is not above 0'
    ]  # fmt: skip
    assert rows["split_factor"].tolist() == [1, 1, 2, 2]
