"""Trading calendars against dates that can be looked up."""

import io
import zipfile
from datetime import date
from pathlib import Path

import currency_converter
import numpy as np
import pandas as pd
import pytest

from morrow.errors import ConfigError
from morrow.sessions import closing_moment, closing_time, next_sessions, sessions


def texts(days: pd.DatetimeIndex) -> list[str]:
    """Days as ISO dates."""
    return days.strftime("%Y-%m-%d").tolist()


def test_the_new_york_exchange_closes_on_its_holidays() -> None:
    """New York trades on neither the weekend nor Independence Day, and both ends are included."""
    days = sessions("XNYS", date(2013, 7, 3), np.datetime64("2013-07-08"))
    assert texts(days) == ["2013-07-03", "2013-07-05", "2013-07-08"]
    assert days.dtype == "datetime64[us]"
    assert days.tz is None


def test_it_reaches_back_more_than_twenty_years() -> None:
    """Sessions before the library's default start are there, among them the first of 1990."""
    assert texts(sessions("XNYS", "1990-01-01", "1990-01-04")) == ["1990-01-02", "1990-01-03", "1990-01-04"]


def test_days_before_a_calendars_own_bound_are_the_observed_ones() -> None:
    """Tokyo's calendar starts in 1997: before it the days in the data count, after it the calendar."""
    observed = pd.DatetimeIndex(["1996-12-30", "1996-12-27", "1996-12-30", "1997-01-03"])
    days = sessions("XTKS", "1996-12-01", "1997-01-07", observed)
    assert texts(days) == ["1996-12-27", "1996-12-30", "1997-01-06", "1997-01-07"]
    assert texts(sessions("XTKS", "1996-12-01", "1997-01-07")) == ["1997-01-06", "1997-01-07"]


def test_days_beyond_a_calendars_end_are_observed_ones_or_weekdays() -> None:
    """Bombay's calendar ends with 2026: later days are those in the data, or every weekday."""
    observed = pd.DatetimeIndex(["2026-12-31", "2027-01-04", "2027-01-06"])
    assert texts(sessions("XBOM", "2026-12-31", "2027-01-08", observed)) == [
        "2026-12-31", "2027-01-04", "2027-01-06",
    ]  # fmt: skip
    assert texts(sessions("XBOM", "2026-12-31", "2027-01-04")) == ["2026-12-31", "2027-01-01", "2027-01-04"]


def test_ecb_days_are_those_of_its_whole_published_history() -> None:
    """The rule for ECB days gives exactly the dates in the published file, and nothing before them."""
    with zipfile.ZipFile(Path(currency_converter.CURRENCY_FILE)) as archive:
        rates = pd.read_csv(io.BytesIO(archive.read(archive.namelist()[0])), usecols=["Date"])
    published = pd.DatetimeIndex(pd.to_datetime(rates["Date"])).sort_values()
    assert len(published) > 7000
    assert texts(sessions("ECB", "1990-01-01", published[-1])) == texts(published)


def test_an_always_open_calendar_has_every_day() -> None:
    """The calendar 24/7 has weekends and New Year."""
    assert texts(sessions("24/7", "2021-12-31", "2022-01-02")) == ["2021-12-31", "2022-01-01", "2022-01-02"]


def test_observed_days_are_the_days_of_the_data_within_the_span() -> None:
    """Observed sessions are sorted, distinct, cut to the span and without time or zone."""
    observed = pd.DatetimeIndex(["2022-01-05 16:00", "2022-01-03", "2022-01-05", "2022-02-01"], tz="UTC")
    assert texts(sessions("observed", "2022-01-01", "2022-01-31", observed)) == ["2022-01-03", "2022-01-05"]


def test_observed_needs_the_days() -> None:
    """Asking for observed sessions without days is an error that says so."""
    with pytest.raises(ConfigError, match="needs the days"):
        sessions("observed", "2022-01-01", "2022-01-31")
    with pytest.raises(ConfigError, match="no day up to 2022-01-01"):
        next_sessions("observed", "2022-01-01", 1, pd.DatetimeIndex(["2022-01-02"]))


def test_a_span_that_ends_before_it_starts_is_empty() -> None:
    """No session lies between a day and the day before it."""
    assert sessions("XNYS", "2013-07-03", "2013-07-02").empty


@pytest.mark.parametrize(
    ("calendar", "after", "expected"),
    [
        ("XNYS", "2013-07-02", ["2013-07-03", "2013-07-05", "2013-07-08"]),
        ("ECB", "2024-03-28", ["2024-04-02", "2024-04-03", "2024-04-04"]),
        ("ECB", "1998-06-01", ["1999-01-04", "1999-01-05", "1999-01-06"]),
        ("24/7", "2013-07-05", ["2013-07-06", "2013-07-07", "2013-07-08"]),
        ("XTKS", "1996-12-30", ["1996-12-31", "1997-01-06", "1997-01-07"]),
        ("XBOM", "2026-12-31", ["2027-01-01", "2027-01-04", "2027-01-05"]),
    ],
)
def test_the_next_sessions_follow_the_calendar(calendar: str, after: str, expected: list[str]) -> None:
    """The targets of a forecast are the calendar's next days, weekdays where it does not reach."""
    assert texts(next_sessions(calendar, after, 3)) == expected


@pytest.mark.parametrize(
    ("weekmask", "expected"),
    [
        ("Mon Tue Wed Thu Fri", ["2022-06-06", "2022-06-07", "2022-06-08"]),
        ("Mon Tue Wed Thu Fri Sat Sun", ["2022-06-04", "2022-06-05", "2022-06-06"]),
        ("Sun Mon Tue Wed Thu", ["2022-06-05", "2022-06-06", "2022-06-07"]),
        ("Fri", ["2022-06-10", "2022-06-17", "2022-06-24"]),
    ],
)
def test_observed_targets_follow_the_weekdays_of_the_last_year(weekmask: str, expected: list[str]) -> None:
    """After observed days come days on the same weekdays; older habits and later days do not matter."""
    year = pd.bdate_range("2021-06-06", "2022-06-03", freq="C", weekmask=weekmask)
    old = pd.date_range("2015-01-01", "2017-01-01")
    later = pd.DatetimeIndex(["2022-06-11", "2022-06-12"])
    days = next_sessions("observed", "2022-06-03", 3, pd.DatetimeIndex([*old, *year, *later]))
    assert texts(days) == expected


def test_a_few_observed_days_mean_weekdays_or_every_day() -> None:
    """With days too few for a pattern, a weekend among them means daily, else weekdays."""
    monday, sunday = pd.DatetimeIndex(["2022-05-30"]), pd.DatetimeIndex(["2022-05-29"])
    assert texts(next_sessions("observed", "2022-06-03", 1, monday)) == ["2022-06-06"]
    assert texts(next_sessions("observed", "2022-06-03", 1, sunday)) == ["2022-06-04"]


@pytest.mark.parametrize("name", ["XNYS", "ECB", "24/7", "observed"])
def test_sessions_are_added_and_removed_by_name(name: str) -> None:
    """A Saturday that was traded and a Tuesday that was not: in lists of sessions and in targets alike."""
    changed = f"{name} +2024-01-06 -2024-01-09"
    observed = pd.bdate_range("2024-01-02", "2024-01-10")
    before = sessions(name, "2024-01-04", "2024-01-10", observed)
    after = sessions(changed, "2024-01-04", "2024-01-10", observed)
    assert set(texts(after)) == {*texts(before), "2024-01-06"} - {"2024-01-09"}
    assert after.is_monotonic_increasing
    assert texts(next_sessions(changed, "2024-01-04", 4, observed)) == texts(after[after > "2024-01-04"])[:4]
    assert closing_time(changed) == closing_time(name)
    assert closing_moment(changed, date(2024, 1, 6)) == closing_moment(name, date(2024, 1, 6))
