"""Duplicates, habitual zeros and factors."""

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from morrow.sources.tables.bars import note_empty_rows
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
    """A symbol column that was not found is refused rather than quarantined row by row."""
    lines = "".join(f"2020-01-02,{hour}\n" for hour in range(24))
    message = refusal(write(tmp_path, "Date,Close\n" + lines))
    assert "several different rows for most days, first for PRICES on 2020-01-02" in message
    assert "name their column" in message


def test_prices_with_decimal_commas_are_refused_with_the_option_that_reads_them(tmp_path: Path) -> None:
    """The refusal of a file without one readable close names the option, and following it works."""
    path = write(tmp_path, "date;close\n2020-01-02;10,49\n2020-01-03;10,5\n")
    assert refusal(path).endswith('first unreadable: close="10,49"; write decimal = ","')
    assert read(path, decimal=",").rows["close"].tolist() == [10.49, 10.5]


def test_factors_come_from_adjusted_closes(tmp_path: Path) -> None:
    """An adjusted close beside the close gives factors, whatever the order of the lines."""
    path = write(
        tmp_path,
        "date,close,adj close\n2020-01-07,49,49\n2020-01-06,50,49\n2020-01-03,102,49.98\n2020-01-02,100,49\n",
    )
    rows = read(path).rows
    assert rows["split_factor"].tolist() == [2, 2, 1, 1]
    assert rows["dividend_factor"].tolist() == pytest.approx([50 / 49, 1, 1, 1], rel=1e-6)


def test_empty_rows_inside_and_after_a_series_are_counted(tmp_path: Path) -> None:
    """A few symbols with gaps are named one by one, many in one line."""
    days = [f"{day:%Y-%m-%d}" for day in pd.bdate_range("2024-01-01", periods=9)]
    lines = [f"{day},A,{'' if n in {3, 4, 7, 8} else 2}\n" for n, day in enumerate(days)]
    path = write(tmp_path, "date,symbol,close\n" + "".join(lines))
    at_the_end = "symbol A: 2 empty rows at the end of its series are no bars"
    assert read(path).notes == ("symbol A: 2 empty rows inside its series are no bars", at_the_end)
    lines = [f"{day},S{s},{'' if n in {3, 8} else 2}\n" for s in range(9) for n, day in enumerate(days)]
    inside, after = read(write(tmp_path, "date,symbol,close\n" + "".join(lines))).notes
    assert inside.startswith("9 empty rows inside a series are no bars: S0 1, S1 1, S2 1,")
    assert inside.endswith("S7 1 and 1 more")
    assert after.startswith("9 empty rows at the end of a series")


def test_empty_rows_of_a_part_are_never_leading() -> None:
    """Where earlier bars are not read, an empty row before the first is inside; without a bar, at the end."""
    days = pd.DatetimeIndex(["2024-01-02", "2024-01-05"]).to_numpy("datetime64[us]")
    frame = pd.DataFrame({"code": [0], "session": pd.to_datetime(["2024-01-04"])})
    lines = note_empty_rows(("A", "B"), frame, np.array([0, 1]), days, is_complete=False)
    assert lines == [
        ("A", "symbol A: 1 empty rows inside its series are no bars"),
        ("B", "symbol B: 1 empty rows at the end of its series are no bars"),
    ]


def zeros(folder: Path, opens: list[float], others: int = 0) -> tuple[list[float], tuple[str, ...]]:
    """Opens of one symbol as they are read, beside so many sound rows of another, and the notes."""
    days = pd.bdate_range("2024-01-01", periods=max(len(opens), others)).strftime("%Y-%m-%d")
    lines = [f"{day},A,{price},3,1,2\n" for day, price in zip(days, opens, strict=False)]
    lines += [f"{day},B,2,3,1,2\n" for day in days[:others]]
    batch = read(write(folder, "date,symbol,open,high,low,close\n" + "".join(lines)))
    rows = batch.rows
    return rows.loc[rows["symbol"] == "A", "open"].fillna(-1).tolist(), batch.notes


def test_zero_opens_are_not_given(tmp_path: Path) -> None:
    """A zero open beside a close is a vendor's mark for none, whether it is one or all, with a note."""
    assert zeros(tmp_path, [0.0] * 6, 6) == ([-1] * 6, ("symbol A: 6 zeros for open count as not given",))
    assert zeros(tmp_path, [2.0] * 10 + [0.0]) == (
        [2] * 10 + [-1], ("symbol A: 1 zeros for open count as not given",)
    )  # fmt: skip


def test_zero_highs_and_lows_stay_where_the_close_is_zero(tmp_path: Path) -> None:
    """A bar of zeros throughout is not given other prices: the gate refuses its close."""
    rows = read(write(tmp_path, "date,open,high,low,close\n2024-01-02,1,0,0,1\n2024-01-03,0,0,0,0\n")).rows
    assert rows["high"].fillna(-1).tolist() == [-1, 0]
    assert rows["low"].fillna(-1).tolist() == [-1, 0]


def test_a_volume_that_cannot_be_read_refuses_no_bar(tmp_path: Path) -> None:
    """A bar with prices goes in without its unreadable volume, counted; one without prices is malformed."""
    batch = read(write(tmp_path, "date,close,volume\n2024-01-02,1,abc\n2024-01-03,2,5\n2024-01-04,,abc\n"))
    assert batch.rows["volume"].fillna(-1).tolist() == [-1, 5, -1]
    assert batch.rows["malformed"].fillna("").tolist() == ["", "", 'volume="abc"']
    assert batch.notes == ("1 volumes that cannot be read: their bars have none",)


def test_marks_for_missing_prices_are_absent(tmp_path: Path) -> None:
    """-999 in place of a close is no bar, of an open no open; -37.63 stays, for the gate."""
    batch = read(
        write(tmp_path, "date,open,close\n2024-01-02,-999,1\n2024-01-03,-9999,-9999\n2024-01-04,1,-37.63\n")
    )
    assert batch.rows["open"].fillna(-1).tolist() == [-1, 1]
    assert batch.rows["close"].tolist() == [1, -37.63]
    assert "3 values such as -999 count as not given" in batch.notes


def test_lines_of_events_between_bars_are_no_bars(tmp_path: Path) -> None:
    """A dividend is an action of its day's bar; a ragged split and a holiday are skipped; all are counted."""
    bar = "1,3,0.5,2,10\n"
    path = write(
        tmp_path,
        f"Date,Open,High,Low,Close,Volume\n2024-01-02,{bar}2024-01-03,0.24 Dividend,,,,\n2024-01-03,{bar}"
        f"2024-01-04,2:1 Stock Splits\n2024-01-04,{bar}2024-01-05,Holiday,,,,\n2024-01-08,abc,,,,\n",
    )
    batch = read(path)
    assert batch.rows["session"].dt.day.tolist() == [2, 3, 4, 8]
    assert batch.rows["malformed"].fillna("").tolist() == ["", "", "", 'open="abc"']
    assert batch.notes == (
        "1 rows tell of a dividend or a split of their day's bar: read as actions",
        "2 rows that tell of a dividend, a split or the like are no bars: skipped",
        "1 dividend reported: taken as actions",
    )


@pytest.mark.parametrize("stamp", ["2020-01-{0:02d} {1:02d}:00:00", "2020-01-{0:02d}T{1:02d}:00Z"])
def test_intraday_bars_are_called_by_name(stamp: str, tmp_path: Path) -> None:
    """Hourly bars are refused as such, with the way to make daily ones."""
    lines = "".join(f"{stamp.format(day, hour)},{hour + 1}\n" for day in (2, 3) for hour in range(9, 21))
    message = refusal(write(tmp_path, "Date,Close\n" + lines))
    assert "has hourly bars (09:00, 10:00, 11:00 ...)" in message
    assert "groupby([symbol, stamp.dt.date])" in message
