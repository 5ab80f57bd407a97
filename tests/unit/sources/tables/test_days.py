"""How days are written."""

from datetime import date
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet
import pytest

from tests.files import read, refusal, write


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
