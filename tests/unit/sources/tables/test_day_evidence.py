"""What the days of a whole table say."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from morrow.sessions import sessions
from tests.files import read, refusal, write

DAYS = sessions("XNYS", "2017-01-01", "2018-12-31")


def written(days: "pd.Series[pd.Timestamp]", *, swapped: bool) -> list[str]:
    """ISO days, as a spreadsheet writes them that took every day up to the twelfth for a month."""
    return [f"{day:%Y-%d-%m}" if swapped and day.day <= 12 else f"{day:%Y-%m-%d}" for day in days]


@pytest.mark.parametrize("ordered", [True, False])
def test_days_that_a_spreadsheet_exchanged_are_asked_about(tmp_path: Path, ordered: bool) -> None:
    """Two years of New York's days, half of them exchanged, are a question; its answers read them."""
    days = pd.Series(DAYS) if ordered else pd.Series(DAYS).sample(frac=1, random_state=1)
    lines = "".join(f"{day},5\n" for day in written(days, swapped=True))
    path = write(tmp_path, "Date,Close\n" + lines)
    message = refusal(path)
    assert "write swapped_days = true" in message
    assert "2017-01-02 would be 2017-02-01" in message
    back = read(path, swapped_days=True).rows["session"]
    assert back.tolist() == days.tolist()
    assert len(read(path, swapped_days=False).rows) == len(days)


@pytest.mark.parametrize("count", [22, 40, 64])
def test_a_few_exchanged_days_break_the_order_or_the_week(count: int, tmp_path: Path) -> None:
    """A month's or a quarter's days are asked about too; the same days as they are, in any order, are not."""
    days = pd.Series(DAYS[:count])
    for swapped in (True, False):
        path = write(
            tmp_path, "Date,Close\n" + "".join(f"{day},5\n" for day in written(days, swapped=swapped))
        )
        if swapped:
            assert "write swapped_days = true" in refusal(path)
            assert read(path, swapped_days=True).rows["session"].tolist() == days.tolist()
        else:
            assert len(read(path).rows) == count
    shuffled = days.sample(frac=1, random_state=1)
    lines = "".join(f"{day},5\n" for day in written(shuffled, swapped=False))
    assert len(read(write(tmp_path, "Date,Close\n" + lines)).rows) == count


def test_exchanged_days_of_a_week_from_sunday_to_thursday(tmp_path: Path) -> None:
    """The weekdays of the days that cannot be exchanged are the market's, whichever they are."""
    days = pd.Series(
        [day for day in pd.date_range("2017-01-01", "2018-12-31") if day.day_of_week not in (4, 5)]
    )
    shuffled = days.sample(frac=1, random_state=1)
    for swapped in (True, False):
        lines = "".join(f"{day},5\n" for day in written(shuffled, swapped=swapped))
        path = write(tmp_path, "Date,Close\n" + lines, f"{swapped}.csv")
        if swapped:
            assert "write swapped_days = true" in refusal(path)
        else:
            assert len(read(path).rows) == len(days)


def test_exchanged_days_of_a_market_that_never_closes_break_the_order(tmp_path: Path) -> None:
    """Where every day has a bar, the order of the lines shows what a spreadsheet exchanged."""
    days = pd.Series(pd.date_range("2017-01-01", "2018-12-31"))
    lines = "".join(f"{day},5\n" for day in written(days, swapped=True))
    assert "they break the order of the lines" in refusal(write(tmp_path, "Date,Close\n" + lines))


def test_right_days_are_not_asked_about(tmp_path: Path) -> None:
    """Days of an exchange, of every day, and in any order are read without a question."""
    for days in (
        DAYS,
        pd.date_range("2017-01-01", "2018-12-31"),
        DAYS[np.random.default_rng(1).permutation(len(DAYS))],
    ):
        lines = "".join(f"{day},5\n" for day in written(pd.Series(days), swapped=False))
        assert len(read(write(tmp_path, "Date,Close\n" + lines)).rows) == len(days)


@pytest.mark.parametrize(
    ("rule", "name"), [("W-FRI", "weekly"), ("BME", "monthly"), ("QE", "quarterly"), ("YE", "yearly")]
)
def test_rarer_bars_are_refused_unless_asked_for(rule: str, name: str, tmp_path: Path) -> None:
    """Weekly to yearly bars are named, also if there are four, and read with their frequency."""
    every = pd.date_range("2010-01-01", "2016-12-31", freq=rule)
    for days in (every, every[:4]):
        _check_rarer_bars(days, name, tmp_path)


def _check_rarer_bars(days: pd.DatetimeIndex, name: str, tmp_path: Path) -> None:
    path = write(tmp_path, "Date,Close\n" + "".join(f"{day:%Y-%m-%d},5\n" for day in days))
    assert f"has {name} bars" in refusal(path)
    assert f'write frequency = "{name}"' in refusal(path)
    assert len(read(path, frequency=name).rows) == len(days)


def test_a_few_daily_bars_around_a_long_holiday_are_daily(tmp_path: Path) -> None:
    """Of four bars two are a day apart: a week without trade between them makes no weekly bars."""
    text = "Date,Close\n2024-02-07,5\n2024-02-08,5\n2024-02-19,5\n2024-02-20,5\n"
    assert len(read(write(tmp_path, text)).rows) == 4
