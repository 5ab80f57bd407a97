"""Bars of less than a day."""

from pathlib import Path

import pandas as pd
import pytest

from morrow.sources.tables.bar_rhythm import refuse_intraday
from morrow.sources.tables.columns import Columns
from morrow.sources.tables.delimited_text import read_csv
from tests.files import read, refusal, write


def closes(days: pd.DatetimeIndex, form: str = "%Y-%m-%d") -> str:
    """A CSV of closes on the given days."""
    return "Date,Close\n" + "".join(f"{day:{form}},{number + 10}\n" for number, day in enumerate(days))


@pytest.mark.parametrize(
    ("form", "freq", "name"),
    [
        ("%Y-%m-%d %H:%M:%S", "h", "hourly"),
        ("%Y-%m-%dT%H:%M:%SZ", "5min", "5-minute"),
        ("%Y%m%d %H%M", "4h", "4-hour"),
    ],
)
def test_bars_of_less_than_a_day(form: str, freq: str, name: str, tmp_path: Path) -> None:
    """They are named as what they are, with what makes daily bars of them."""
    path = write(tmp_path, closes(pd.date_range("2024-01-02", periods=600, freq=freq), form))
    message = refusal(path)
    assert f"has {name} bars (" in message
    assert "groupby([symbol, stamp.dt.date])" in message


@pytest.mark.parametrize("form", ["%d %b %Y", "%b %d %Y", "%d.%m.%Y", "%Y%m%d"])
def test_a_year_is_no_time_of_day(form: str) -> None:
    """Days whose year stands last are daily."""
    table = read_csv(closes(pd.bdate_range("2018-01-01", periods=900), form).encode(), "p.csv")
    refuse_intraday(table, Columns(0, None, {"close": 1}), "p.csv")


def test_times_in_a_column_of_their_own(tmp_path: Path) -> None:
    """A date and a time side by side are several bars a day as well; one time a day is daily."""
    stamps = pd.date_range("2024-01-02", periods=300, freq="h")
    lines = "".join(f"{stamp:%Y.%m.%d},{stamp:%H:%M},{number + 1}\n" for number, stamp in enumerate(stamps))
    path = write(tmp_path, "<DATE>,<TIME>,<CLOSE>\n" + lines.replace(".", "-"))
    assert "has hourly bars (00:00, 01:00, 02:00 ...)" in refusal(path)
    daily = "".join(f"{stamp:%Y-%m-%d},16:00,{number + 1}\n" for number, stamp in enumerate(stamps[::24]))
    assert len(read(write(tmp_path, "<DATE>,<TIME>,<CLOSE>\n" + daily)).rows) == 13
