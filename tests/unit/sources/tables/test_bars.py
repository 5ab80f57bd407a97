"""Duplicates, habitual zeros and factors."""

from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from tests.files import TWO_DAYS, read, refusal, write


def test_exact_duplicates_collapse_and_conflicts_stay(tmp_path: Path) -> None:
    """A repeated line counts once, as of its session; two lines that differ both stay for the gate."""
    path = write(
        tmp_path,
        TWO_DAYS + "2020-01-03,AAA,2,4,1,3.0,20\n2020-01-06,AAA,1,1,1,1,1\n2020-01-06,AAA,1,1,1,9,1\n",
    )
    batch = read(path)
    assert batch.duplicates == 1
    assert batch.rows["row"].tolist() == [0, 1, 3, 4]
    assert read(path, as_of=date(2020, 1, 2)).duplicates == 0


def test_several_bars_a_day_are_refused_with_the_likely_cause(tmp_path: Path) -> None:
    """Hourly bars, or a symbol column that was not found, are refused rather than quarantined row by row."""
    lines = "".join(f"2020-01-02 {hour:02d}:00,{hour}\n" for hour in range(24))
    message = refusal(write(tmp_path, "Date,Close\n" + lines))
    assert "several different rows for most days, first for PRICES on 2020-01-02" in message
    assert "name their column" in message


def test_factors_come_from_adjusted_closes(tmp_path: Path) -> None:
    """An adjusted close beside the close gives factors, whatever the order of the lines."""
    path = write(
        tmp_path,
        "date,close,adj close\n2020-01-07,49,49\n2020-01-06,50,49\n2020-01-03,102,49.98\n2020-01-02,100,49\n",
    )
    rows = read(path).rows
    assert rows["split_factor"].tolist() == [2, 2, 1, 1]
    assert rows["dividend_factor"].tolist() == pytest.approx([50 / 49, 1, 1, 1], rel=1e-6)


def zeros(folder: Path, opens: list[float], others: int = 0) -> tuple[list[float], tuple[str, ...]]:
    """Opens of one symbol as they are read, beside so many sound rows of another, and the notes."""
    days = pd.bdate_range("2024-01-01", periods=max(len(opens), others)).strftime("%Y-%m-%d")
    lines = [f"{day},A,{price},3,1,2\n" for day, price in zip(days, opens, strict=False)]
    lines += [f"{day},B,2,3,1,2\n" for day in days[:others]]
    batch = read(write(folder, "date,symbol,open,high,low,close\n" + "".join(lines)))
    rows = batch.rows
    return rows.loc[rows["symbol"] == "A", "open"].fillna(-1).tolist(), batch.notes


def test_zero_opens_throughout_are_not_given(tmp_path: Path) -> None:
    """Zeros throughout, in nine rows of ten, or five in a row are absent with a note; a single one stays."""
    assert zeros(tmp_path, [0.0] * 6, 6) == ([-1] * 6, ("symbol A: 6 zeros for open count as not given",))
    assert zeros(tmp_path, [0.0] * 9 + [2])[0] == [-1] * 9 + [2]
    assert zeros(tmp_path, [0.0] * 5 + [2.0] * 20)[0] == [-1] * 5 + [2] * 20
    assert zeros(tmp_path, [2.0] * 10 + [0.0]) == ([2] * 10 + [0], ())
    assert zeros(tmp_path, [0.0], 6)[0] == [0]
    assert zeros(tmp_path, [0.0], 0)[0] == [0]
