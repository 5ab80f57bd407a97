"""How days are written."""

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet
import pytest

from morrow.sources.tables.day_texts import DayNotation
from morrow.sources.tables.days import read_days
from tests.files import read, refusal, write


def test_dates_are_turned_only_if_declared(tmp_path: Path) -> None:
    """03/04/2024 is 3 April day-first and 4 March month-first; ISO stays; a short year is of this century."""
    path = write(
        tmp_path, "Date,Close\n03/04/2024,1\n05-04-2024,2\n6.4.2024 16:00,3\n2024-01-31,4\n7/4/24,5\n"
    )
    first = read(path, dates="day-first").rows
    assert first["session"].dropna().dt.strftime("%m-%d").tolist() == [
        "04-03",
        "04-05",
        "04-06",
        "01-31",
        "04-07",
    ]
    assert first["malformed"].isna().all()
    second = read(path, dates="month-first").rows
    assert second["session"].dropna().dt.strftime("%m-%d").tolist() == [
        "03-04",
        "05-04",
        "06-04",
        "01-31",
        "07-04",
    ]
    assert 'write dates = "day-first" or dates = "month-first"' in refusal(path)


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
    assert "bring ISO dates" in message
    unnamed = refusal(write(tmp_path, ",AAA\n03/04/2020,5\n"), layout="wide")
    assert "could be swapped" in unnamed


@pytest.mark.parametrize(
    ("order", "text", "day"),
    [
        ("excel", "42738", "2017-01-03"), ("excel", "42738.6875", "2017-01-03"),
        ("excel", "18264", "1950-01-01"),
        ("epoch", "1483401600", "2017-01-03"), ("epoch", "1483401600000", "2017-01-03"),
        ("epoch", "1483401600000000", "2017-01-03"), ("epoch", "1483401600000000000", "2017-01-03"),
        ("epoch", "-2679264000", "1885-02-05"), ("epoch", "9214473600", "2261-12-30"),
        ("epoch", "1.4834016e+12", "2017-01-03"), ("excel", "2017-01-03", "2017-01-03"),
    ],
)  # fmt: skip
def test_numbers_are_days_if_declared(order: str, text: str, day: str, tmp_path: Path) -> None:
    """A spreadsheet's numbers count days, an epoch's seconds or finer, each by its size."""
    path = write(tmp_path, f"Date,Close\n{text},5\n")
    assert read(path, dates=order).rows["session"].tolist() == [pd.Timestamp(day)]


def test_an_epoch_may_change_its_unit() -> None:
    """Milliseconds and microseconds in one column are each read, also just around 1970."""
    days = pd.date_range("1969-12-01", "1970-09-30").append(pd.date_range("2024-12-30", "2025-01-03"))
    micros = days.to_numpy("datetime64[us]").astype(np.int64)
    mixed = np.where(days < pd.Timestamp("2025-01-01"), micros // 1000, micros)
    sessions, bad = read_days(pa.chunked_array([mixed]), DayNotation(order="epoch"))
    assert not bad.any()
    assert (sessions == days.to_numpy("datetime64[us]")).all()


@pytest.mark.parametrize("kind", ["text", "naive text", "stamp", "zoned stamp", "epoch", "float epoch"])
@pytest.mark.parametrize("zone", ["Asia/Tokyo", "Europe/Berlin", "America/New_York"])
def test_moments_are_days_of_the_declared_zone(kind: str, zone: str) -> None:
    """Midnights of a zone in UTC, summer time or not, are days of that zone in every way to write them."""
    days = pd.date_range("2017-01-02", "2017-12-29", freq="B")
    moments = days.tz_localize(zone).tz_convert("UTC")
    seconds = moments.tz_localize(None).to_numpy("datetime64[s]").astype(np.int64)
    column = {
        "text": pa.array(moments.strftime("%Y-%m-%dT%H:%M:%SZ")),
        "naive text": pa.array(moments.tz_localize(None).strftime("%Y-%m-%d %H:%M")),
        "stamp": pa.array(moments.tz_localize(None)),
        "zoned stamp": pa.array(moments.tz_localize(None)).cast(pa.timestamp("us", "UTC")),
        "epoch": pa.array(seconds),
        "float epoch": pa.array(seconds * 1000.0),
    }[kind]
    order = "epoch" if "epoch" in kind else "iso"
    sessions, bad = read_days(pa.chunked_array([column]), DayNotation(order=order, zone=zone))  # type: ignore[arg-type]
    assert not bad.any()
    assert (sessions == days.to_numpy("datetime64[us]")).all()


def test_a_date_without_a_time_belongs_to_no_zone(tmp_path: Path) -> None:
    """A declared zone leaves plain dates as they are."""
    path = write(tmp_path, "Date,Close\n2017-01-03,5\n2017-01-03 15:00Z,6\n")
    days = read(path, zone="Asia/Tokyo").rows["session"]
    assert days.dt.day.tolist() == [3, 4]


def test_exchanged_days_and_months_are_exchanged_back(tmp_path: Path) -> None:
    """With swapped_days, days up to the twelfth change places with their months, and others stay."""
    path = write(tmp_path, "Date,Close\n2017-03-01,5\n2017-01-13,6\n2016-12-12,7\n")
    days = read(path, swapped_days=True).rows["session"].dt.strftime("%Y-%m-%d")
    assert days.tolist() == ["2017-01-03", "2017-01-13", "2016-12-12"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"date_format": "%d.%m."}, "does not give year, month and day"),
        ({"date_format": "%d.%m.%y", "dates": "excel"}, "not both"),
        ({"zone": "Tokyo"}, "Asia/Tokyo"),
    ],
)
def test_impossible_declarations_are_refused(options: dict[str, str], message: str, tmp_path: Path) -> None:
    """A format without a year, two declarations at once, and a zone that is none are refused at the start."""
    with pytest.raises(ValueError, match=message):
        read(tmp_path, **options)
