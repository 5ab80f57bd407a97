"""Closings: the moment at which a session's prices are final."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pandas as pd

from morrow.sessions.calendar_names import CENTRAL_BANK, DAILY, OBSERVED, split_changes
from morrow.sessions.exchanges import exchange

LONGEST_MARGIN = 1440  # minutes


def closing_time(calendar: str) -> tuple[str, str]:
    """Time zone and local "HH:MM" at which a session's prices are final, for schedules.

    >>> closing_time("ECB")
    ('Europe/Berlin', '16:00')

    Raises:
        ConfigError: the calendar is not known.
    """
    calendar, *_ = split_changes(calendar)
    if calendar in (DAILY, OBSERVED):
        return "UTC", "00:00"
    if calendar == CENTRAL_BANK:
        return "Europe/Berlin", "16:00"
    known = exchange(calendar)
    return known.timezone, known.close


def closing_moment(calendar: str, day: date) -> datetime:
    """The moment at which a day's prices are final, in the calendar's time zone; half days close early.

    A day of "24/7" or "observed" ends at midnight UTC. A day that is no session of an exchange, or is outside
    the span of its calendar, has the regular close.

    Raises:
        ConfigError: the calendar is not known.
    """
    zone, regular = closing_time(calendar)
    calendar, *_ = split_changes(calendar)
    if calendar in (DAILY, OBSERVED):
        return datetime.combine(day + timedelta(days=1), time(), ZoneInfo(zone))
    if calendar != CENTRAL_BANK:
        known = exchange(calendar)
        closes = known.closes[known.days == pd.Timestamp(day)]
        if len(closes):
            final: datetime = closes[0].to_pydatetime().replace(tzinfo=UTC)
            return final.astimezone(ZoneInfo(zone))
    return datetime.combine(day, time.fromisoformat(regular), ZoneInfo(zone))


def last_final_day(calendar: str, now: datetime, margin_minutes: int) -> date:
    """Last day whose prices are final: it closed at least ``margin_minutes`` ago.

    Args:
        calendar: its name.
        now: with a time zone.
        margin_minutes: 0 to ``LONGEST_MARGIN``.

    Raises:
        ConfigError: the calendar is not known.
    """
    margin = timedelta(minutes=margin_minutes)
    day = now.astimezone(ZoneInfo(closing_time(calendar)[0])).date()
    while closing_moment(calendar, day) + margin > now:
        day -= timedelta(days=1)
    return day
