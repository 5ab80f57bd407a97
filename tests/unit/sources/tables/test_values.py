"""How numbers and days are written."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet
import pytest

from tests.files import read, refusal, write

HEAD = "Date;Close;Volume\n"


@pytest.mark.parametrize(
    ("options", "cells", "values"),
    [
        ({"decimal": ","}, ["1,5", "-0,25", ",5", "7", "1,5e2"], [1.5, -0.25, 0.5, 7, 150]),
        ({"decimal": ",", "thousands": "."}, ["1.234,5", "1.234.567", "1234,5"], [1234.5, 1234567, 1234.5]),
        ({"thousands": ","}, ["1,234.5", "12,345,678", "1234.5"], [1234.5, 12345678, 1234.5]),
        ({"thousands": " "}, ["1 234.5", "1\u00a0234", "1\u202f234"], [1234.5, 1234, 1234]),
        ({"thousands": "'"}, ["1'234.5", "1’234"], [1234.5, 1234]),
    ],
    ids=["comma", "comma and points", "commas", "spaces", "apostrophes"],
)
def test_declared_separators_are_read(
    options: dict[str, str], cells: list[str], values: list[float], tmp_path: Path
) -> None:
    """Numbers with the declared separators have the value that they have on paper."""
    lines = "".join(f"2024-01-{day:02d};{cell};1\n" for day, cell in enumerate(cells, start=1))
    rows = read(write(tmp_path, HEAD + lines), **options).rows
    assert rows["close"].tolist() == values
    assert rows["malformed"].isna().all()


@pytest.mark.parametrize(
    ("options", "cells"),
    [
        ({}, ["1,5", "1 234", "5%", "$5", "5-", "nan(1)", "1e999", "1e-999"]),
        ({"decimal": ","}, ["1.5", "1.234,5"]),
        ({"decimal": ",", "thousands": "."}, ["1.5", "12.34", "1.2345", "1,234.5", "1..234"]),
        ({"thousands": ","}, ["1,23", "1.234,5", ",123"]),
    ],
    ids=["none", "comma", "comma and points", "commas"],
)
def test_other_separators_are_malformed(options: dict[str, str], cells: list[str], tmp_path: Path) -> None:
    """A separator that was not declared, or parts no groups of three, is never guessed away."""
    lines = "".join(f"2024-01-{day:02d};{cell};1\n" for day, cell in enumerate(cells, start=2))
    rows = read(write(tmp_path, HEAD + "2024-01-01;1;1\n" + lines), **options).rows[1:]
    assert rows["close"].isna().all()
    assert rows["malformed"].tolist() == [f'close="{cell}"' for cell in cells]


def test_one_character_cannot_be_both_separators(tmp_path: Path) -> None:
    """The same decimal and thousands separator is refused by the configuration."""
    with pytest.raises(ValueError, match="they must differ"):
        read(tmp_path, decimal=",", thousands=",")


def test_dates_are_turned_only_if_declared(tmp_path: Path) -> None:
    """03/04/2024 is 3 April day-first and 4 March month-first; ISO stays; a short year is malformed."""
    path = write(
        tmp_path, "Date,Close\n03/04/2024,1\n05-04-2024,2\n6.4.2024 16:00,3\n2024-01-31,4\n7/4/24,5\n"
    )
    first = read(path, dates="day-first").rows
    assert first["session"].dropna().dt.strftime("%m-%d").tolist() == ["04-03", "04-05", "04-06", "01-31"]
    assert first["malformed"].dropna().tolist() == ['session="7/4/24"']
    second = read(path, dates="month-first").rows
    assert second["session"].dropna().dt.strftime("%m-%d").tolist() == ["03-04", "05-04", "06-04", "01-31"]
    assert 'dates = "day-first" or "month-first"' in refusal(path)


def test_days_that_no_calendar_holds_are_malformed(tmp_path: Path) -> None:
    """A year that nanosecond stamps cannot hold is unreadable in a text and in a typed column."""
    path = write(tmp_path, "Date,Close\n0001-01-01,1\n2024-01-02,2\n9999-12-31,3\n2024-01-03,2\n")
    assert read(path).rows["session"].isna().tolist() == [True, False, True, False]
    days = [date(1, 1, 1), date(2024, 1, 2), date(2024, 1, 3)]
    pa.parquet.write_table(pa.table({"date": days, "close": [1.0, 2, 3]}), tmp_path / "p.parquet")
    rows = read(tmp_path / "p.parquet", kind="parquet").rows
    assert rows["session"].isna().tolist() == [True, False, False]
    assert rows["malformed"].dropna().tolist() == ['session="0001-01-01"']


def test_an_exact_decimal_is_the_nearest_float(tmp_path: Path) -> None:
    """Decimals of a Parquet file become the floats that their texts would."""
    exact = [Decimal("7.1"), Decimal("0.3"), Decimal("9007199254740993.1")]
    table = pa.table({"date": ["2024-01-02", "2024-01-03", "2024-01-04"], "close": exact})
    pa.parquet.write_table(table, tmp_path / "p.parquet")
    assert read(tmp_path / "p.parquet", kind="parquet").rows["close"].tolist() == [
        float(each) for each in exact
    ]


def test_a_total_at_the_end_is_one_malformed_row(tmp_path: Path) -> None:
    """A line of totals is refused for what stands where its day should."""
    rows = read(write(tmp_path, HEAD + "2024-01-02;1;5\n2024-01-03;2;5\nTotal;;10\n")).rows
    assert rows["malformed"].fillna("").tolist() == ["", "", 'session="Total"']


@pytest.mark.parametrize("cell", ["-", "--", "null", "NULL", "None", "N/A", "#N/A", "nan", '""', '"-"', " "])
def test_words_for_nothing_are_nothing(cell: str, tmp_path: Path) -> None:
    """What vendors write where they have nothing is absent, and no row is refused for it."""
    rows = read(write(tmp_path, HEAD + f"2024-01-02;1;{cell}\n")).rows
    assert rows["volume"].isna().all()
    assert rows["malformed"].isna().all()


@pytest.mark.parametrize(
    "text",
    [
        "20200102", "2020/1/2", "2020-01-02 00:00:00", "2020-01-02T00:00:00Z", "2020-01-02 00:00:00-05:00",
        "2020-01-02 00:00:00.000 UTC", "2020-01-02 16:00",
    ],
)  # fmt: skip
def test_days_are_read_as_written(text: str, tmp_path: Path) -> None:
    """A timestamp is its own date, whatever its time and zone."""
    path = write(tmp_path, f"Date,Close\n{text},5\n")
    assert read(path).rows["session"].tolist() == [pd.Timestamp("2020-01-02")]


def test_days_may_be_whole_numbers(tmp_path: Path) -> None:
    """A Parquet column of integers like 20200102 holds days."""
    pd.DataFrame({"date": [20200102, 20200103], "price": [1, 2]}).to_parquet(tmp_path / "n.parquet")
    assert read(tmp_path / "n.parquet").rows["session"].max() == pd.Timestamp("2020-01-03")


def test_swappable_dates_are_refused(tmp_path: Path) -> None:
    """Dates whose day and month could be swapped are refused with the way to write them."""
    message = refusal(write(tmp_path, "Date,Close\n03/04/2020,5\n04/04/2020,6\n"))
    assert "03/04/2020" in message
    assert "write ISO dates" in message
    unnamed = refusal(write(tmp_path, ",AAA\n03/04/2020,5\n"), layout="wide")
    assert "could be swapped" in unnamed


def test_numbers_are_strict(tmp_path: Path) -> None:
    """Inf and negatives are numbers, the usual words for nothing are absent, anything else is malformed."""
    cells = ["inf", "-1.5", "+2", "1e3", " 7 ", "abc", "1,5", "$3", "0x10", "1_0"]
    lines = "".join(f"2020-01-{day:02d};{cell};1\n" for day, cell in enumerate(cells, start=1))
    absent = "".join(
        f"2020-02-{day:02d};{cell};1\n" for day, cell in enumerate(["N/A", "nan", "null", ""], start=1)
    )
    rows = read(write(tmp_path, "Date;Close;Volume\n" + lines + absent)).rows
    assert rows["close"].tolist()[:5] == [np.inf, -1.5, 2, 1000, 7]
    assert rows["close"][5:].isna().all()
    assert rows["malformed"].dropna().to_dict() == {
        5: 'close="abc"', 6: 'close="1,5"', 7: 'close="$3"', 8: 'close="0x10"', 9: 'close="1_0"',
    }  # fmt: skip


def test_unsuitable_types_are_no_numbers_and_no_days(tmp_path: Path) -> None:
    """Parquet columns of truth values are malformed prices, of fractions no days, and of nothing absent."""
    days = pd.to_datetime(["2020-01-02", "2020-01-03"])
    frame = pd.DataFrame({"date": days, "close": [1.0, 2.0], "open": [True, None], "volume": [None, None]})
    frame.to_parquet(tmp_path / "odd.parquet")
    rows = read(tmp_path / "odd.parquet").rows
    assert rows["malformed"].fillna("").tolist() == ['open="true"', ""]
    assert rows["volume"].isna().all()
    pd.DataFrame({"date": [1.5], "close": [1.0]}).to_parquet(tmp_path / "worse.parquet")
    assert "no readable dates" in refusal(tmp_path / "worse.parquet")
