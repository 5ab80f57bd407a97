"""Whose days stamps are."""

from datetime import time

import numpy as np
import pandas as pd
import pytest

from morrow.errors import SourceError
from morrow.sessions import sessions
from morrow.sources.tables.zones import detect_common_zone, detect_zone


def detect(days: pd.DatetimeIndex, zone: str, at: str = "00:00", *, naive: bool = False) -> str | None:
    """The zone that is found for days that are stamped with a time of a zone, and written in UTC."""
    local = (days + pd.Timedelta(f"{at}:00")).tz_localize(zone)
    moments = local.tz_convert("UTC").tz_localize(None).to_numpy("datetime64[us]")
    written = moments.astype("datetime64[D]").astype("datetime64[us]")
    return detect_zone(moments, written, np.full(len(days), naive))


@pytest.mark.parametrize(
    ("calendar", "zone", "same_days"),
    [
        ("XTKS", "Asia/Tokyo", "Asia/Tokyo"), ("XETR", "Europe/Berlin", "Europe/Berlin"),
        ("XLON", "Europe/London", "Europe/London"), ("XPAR", "Europe/Paris", "Europe/Berlin"),
        ("XHKG", "Asia/Hong_Kong", "Asia/Hong_Kong"), ("XASX", "Australia/Sydney", "Australia/Sydney"),
    ],
)  # fmt: skip
def test_a_midnight_in_utc_names_its_zone(calendar: str, zone: str, same_days: str) -> None:
    """Two years of an exchange's midnights, summer time or not, fit the zones of that midnight only."""
    days = sessions(calendar, "2017-01-01", "2018-12-31")
    assert detect(days, zone) == same_days


@pytest.mark.parametrize(
    ("zone", "at"), [("America/New_York", "00:00"), ("Asia/Tokyo", "15:00"), ("UTC", "00:00")]
)
def test_days_that_are_right_as_written_need_no_zone(zone: str, at: str) -> None:
    """Where the day in UTC is a weekday all along, nothing is converted."""
    assert detect(sessions("XNYS", "2017-01-01", "2018-12-31"), zone, at) is None


def test_a_market_that_never_closes_needs_no_zone() -> None:
    """Every day of the week, at any hour, is taken as written."""
    assert detect(pd.date_range("2017-01-01", "2017-12-31"), "Asia/Tokyo") is None


def test_plain_days_from_sunday_to_thursday_need_no_zone() -> None:
    """An exchange that trades on Sundays has plain days, which are left alone."""
    days = pd.date_range("2017-01-01", "2017-12-31")
    assert detect(days[days.day_of_week.isin([6, 0, 1, 2, 3])], "UTC") is None


def test_hourly_bars_have_no_zone() -> None:
    """Stamps an hour apart are no daily bars."""
    hours = pd.date_range("2017-01-01 15:00", "2017-03-01", freq="h")
    assert detect(hours, "UTC") is None


def test_two_readings_are_asked_about() -> None:
    """15:00 without a zone, Sunday to Thursday: Riyadh's close as written, or Tokyo's midnight in UTC."""
    days = pd.date_range("2017-01-01", "2017-12-31")
    days = days[days.day_of_week.isin([6, 0, 1, 2, 3])]
    with pytest.raises(SourceError, match='zone = "Asia/Tokyo" or zone = "UTC"'):
        detect(days, "UTC", "15:00", naive=True)
    assert detect(days, "UTC", "15:00") == "Asia/Tokyo"


def test_a_time_that_no_exchange_has_is_asked_about() -> None:
    """Sunday to Thursday at 19:07 UTC is nobody's midnight or close."""
    days = pd.date_range("2017-01-01", "2017-12-31")
    with pytest.raises(SourceError, match='say whose days they are: zone = "Asia/Tokyo" or the like'):
        detect(days[days.day_of_week.isin([6, 0, 1, 2, 3])], "UTC", time(19, 7).isoformat("minutes"))


def detect_common(*exchanges: tuple[str, str, str]) -> str | None:
    """The zone for one symbol each of (calendar, zone, time of day) over two years, all below each other."""
    moments = []
    for calendar, zone, at in exchanges:
        days = sessions(calendar, "2017-01-01", "2018-12-31") + pd.Timedelta(f"{at}:00")
        moments.append(days.tz_localize(zone).tz_convert("UTC").tz_localize(None).to_numpy("datetime64[us]"))
    symbols = np.repeat(np.arange(len(moments)), [len(each) for each in moments])
    joined = np.concatenate(moments)
    written = joined.astype("datetime64[D]").astype("datetime64[us]")
    return detect_common_zone(joined, written, np.zeros(len(joined), bool), symbols)


TOKYO, BERLIN = ("XTKS", "Asia/Tokyo", "00:00"), ("XETR", "Europe/Berlin", "00:00")
NEW_YORK = ("XNYS", "America/New_York", "00:00")


def test_midnights_of_several_exchanges_have_the_easternmost_zone() -> None:
    """In Tokyo's days the midnights of Berlin and New York are their own days too, never the reverse."""
    assert detect_common(NEW_YORK, TOKYO, BERLIN) == "Asia/Tokyo"
    assert detect_common(NEW_YORK, BERLIN) == "Europe/Berlin"
    assert detect_common(NEW_YORK, ("XASX", "Australia/Sydney", "00:00"), TOKYO) == "Australia/Sydney"


def test_closes_of_several_exchanges_need_no_zone() -> None:
    """Closes in UTC of Tokyo and New York, and New York's midnights, are weekdays as written."""
    assert detect_common(("XTKS", "Asia/Tokyo", "15:00"), ("XNYS", "America/New_York", "16:00")) is None
    assert detect_common(NEW_YORK) is None
