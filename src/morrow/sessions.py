"""Trading calendars: which days are sessions, which come next, and when a session's prices are final.

Whether a symbol has a bar on a session is not known here. A calendar is given by its name: an exchange's MIC
("XNYS"), "24/7", "ECB" or "observed". Sessions that it lacks and days that are none may follow the name:
"XNYS +2024-01-06 -2024-07-05".
"""

import importlib
import warnings
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from morrow.errors import ConfigError, did_you_mean

DAILY, CENTRAL_BANK, OBSERVED = "24/7", "ECB", "observed"
LONGEST_MARGIN = 1440  # minutes
Day = str | date | np.datetime64 | pd.Timestamp

_EARLIEST, _LATEST = pd.Timestamp("1970-01-01"), pd.Timestamp("2049-12-31")
_FIRST_ECB_DAY = pd.Timestamp("1999-01-04")
_YEAR_END_CLOSINGS = ("1999-12-31", "2001-12-31")


@dataclass(frozen=True)
class Exchange:
    """An exchange's calendar: its sessions, their closes, and the span that it covers.

    Attributes:
        days: midnights without time zone, ascending.
        closes: of each day, UTC without time zone.
        first, last: the span.
        timezone: of the exchange.
        close: local "HH:MM" of a regular day.
    """

    days: pd.DatetimeIndex
    closes: pd.DatetimeIndex
    first: pd.Timestamp
    last: pd.Timestamp
    timezone: str
    close: str


@lru_cache(maxsize=32)
def _split_changes(calendar: str) -> tuple[str, pd.DatetimeIndex, pd.DatetimeIndex]:
    """A calendar's own name, and the sessions added to and removed from it."""
    name, *changes = calendar.split(" ")
    added, removed = ([each[1:] for each in changes if each[0] == sign] for sign in "+-")
    return name, _microseconds(pd.DatetimeIndex(added)), _microseconds(pd.DatetimeIndex(removed))


def _apply_changes(
    days: pd.DatetimeIndex,
    start: pd.Timestamp,
    end: pd.Timestamp,
    added: pd.DatetimeIndex,
    removed: pd.DatetimeIndex,
) -> pd.DatetimeIndex:
    if len(added):
        days = _distinct(_join_days(days, _within(added, start, end)))
    return days[~days.isin(removed)] if len(removed) else days


def sessions(
    calendar: str, first: Day, last: Day, observed: pd.DatetimeIndex | None = None
) -> pd.DatetimeIndex:
    """Sessions of a calendar from ``first`` to ``last``, both included.

    Args:
        calendar: its name.
        first: first day wanted.
        last: last day wanted, however far back or ahead.
        observed: the days in the data, in any order; they are the sessions of "observed", and those outside
            the span of an exchange's calendar.

    Returns:
        Ascending midnights without time zone, datetime64[us]. Without ``observed``, days after an exchange
        calendar's span are all weekdays, and there are none before it.

    Raises:
        ConfigError: the calendar is not known, or "observed" comes without its days.
    """
    start, end = _midnight(first), _midnight(last)
    name, added, removed = _split_changes(calendar)
    return _apply_changes(_list_days(name, start, end, observed), start, end, added, removed)


def _list_days(
    calendar: str, start: pd.Timestamp, end: pd.Timestamp, observed: pd.DatetimeIndex | None
) -> pd.DatetimeIndex:
    """The sessions of an unchanged calendar."""
    if calendar == OBSERVED:
        if observed is None:
            raise ConfigError('calendar "observed" needs the days of the data; got none; pass observed')
        return _within(_distinct(observed), start, end)
    if calendar == DAILY:
        return _microseconds(pd.date_range(start, end, freq="D"))
    if calendar == CENTRAL_BANK:
        return _ecb(start, end)
    known = exchange(calendar)
    if observed is None:
        before, after = _none(), _weekdays(max(start, known.last + pd.Timedelta(days=1)), end)
    else:
        seen = _distinct(observed)
        before, after = seen[seen < known.first], seen[seen > known.last]
    return _within(_join_days(before, known.days, after), start, end)


def next_sessions(
    calendar: str, after: Day, n: int, observed: pd.DatetimeIndex | None = None
) -> pd.DatetimeIndex:
    """List the ``n`` sessions that follow a day: a forecast's targets.

    Where the calendar does not know them ("observed", and outside an exchange calendar's span) they are
    guessed from the weekdays seen in the year up to ``after``; days observed later are ignored.

    Returns:
        (n,) ascending midnights, datetime64[us], all later than ``after``.

    Raises:
        ConfigError: the calendar is not known, or "observed" has no day up to ``after``.
    """
    start = _midnight(after) + pd.Timedelta(days=1)
    calendar, added, removed = _split_changes(calendar)
    seen = _none() if observed is None else _distinct(observed)
    seen = seen[seen < start]
    if calendar == OBSERVED and seen.empty:
        raise ConfigError(f'calendar "observed" has no day up to {start - pd.Timedelta(days=1):%Y-%m-%d}')
    if calendar == CENTRAL_BANK:
        start = max(start, _FIRST_ECB_DAY)
    days = 14
    while True:
        end = start + pd.Timedelta(days=days)
        ahead = _guess(seen, start, end) if calendar == OBSERVED else _list_ahead(calendar, start, end, seen)
        ahead = _apply_changes(ahead, start, end, added, removed)
        if len(ahead) >= n:
            return ahead[:n]
        days *= 2


def _list_ahead(
    calendar: str, start: pd.Timestamp, end: pd.Timestamp, seen: pd.DatetimeIndex
) -> pd.DatetimeIndex:
    """The calendar's days where it knows them, guessed ones where it does not."""
    if calendar in (DAILY, CENTRAL_BANK):
        return _list_days(calendar, start, end, None)
    known = exchange(calendar)
    guessed = _guess(seen, start, end)
    outside = guessed[(guessed < known.first) | (guessed > known.last)]
    return _within(_distinct(_join_days(outside, known.days)), start, end)


def _guess(seen: pd.DatetimeIndex, start: pd.Timestamp, end: pd.Timestamp) -> pd.DatetimeIndex:
    """Days on the weekdays of the last observed year: those at least half as frequent as the commonest."""
    if seen.empty:
        return _weekdays(start, end)
    year = seen[seen > seen[-1] - pd.Timedelta(days=365)].day_of_week
    usual = np.arange(7) if (year >= 5).any() else np.arange(5)
    if len(year) >= 20:
        counts = np.bincount(year, minlength=7)
        usual = np.flatnonzero(counts * 2 >= counts.max())
    days = _microseconds(pd.date_range(start, end, freq="D"))
    return days[np.isin(days.day_of_week, usual)]


def _ecb(start: pd.Timestamp, end: pd.Timestamp) -> pd.DatetimeIndex:
    """Days on which the European Central Bank publishes reference rates."""
    days = _weekdays(max(start, _FIRST_ECB_DAY), end)
    closed = [pd.Timestamp(day) for day in _YEAR_END_CLOSINGS]
    for year in range(_FIRST_ECB_DAY.year, end.year + 1):
        closed += [pd.Timestamp(year, 1, 1), pd.Timestamp(year, 12, 25)]
        if year >= 2000:
            easter = pd.Timestamp(year, 1, 1) + pd.offsets.Easter()
            closed += [easter - pd.Timedelta(days=2), easter + pd.Timedelta(days=1)]
            closed += [pd.Timestamp(year, 5, 1), pd.Timestamp(year, 12, 26)]
    return days[~days.isin(closed)]


@lru_cache(maxsize=32)
def exchange(calendar: str) -> Exchange:
    """An exchange's calendar over the widest span that it allows.

    Raises:
        ConfigError: it is not known or cannot be built.
    """
    library = importlib.import_module("exchange_calendars")  # takes half a second, and most nights need none
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            built = _build(library, calendar)
    except library.errors.InvalidCalendarName:
        raise ConfigError(
            f'calendar "{calendar}" is not known; allowed: an exchange\'s MIC such as "XNYS", "24/7", "ECB" '
            f'or "observed"{did_you_mean(calendar, [CENTRAL_BANK, OBSERVED, *library.get_calendar_names()])}'
        ) from None
    except (NotImplementedError, ValueError) as error:
        raise ConfigError(
            f'calendar "{calendar}" cannot be built by exchange_calendars {library.__version__} '
            f'({str(error)[:60]}); use "observed"'
        ) from None
    return Exchange(
        days=_microseconds(built.sessions),
        closes=_microseconds(pd.DatetimeIndex(built.closes)),
        first=max(_EARLIEST, built.bound_min() or _EARLIEST),
        last=min(_LATEST, built.bound_max() or _LATEST),
        timezone=str(built.tz),
        close=f"{built.close_times[-1][1]:%H:%M}",
    )


def _build(library: Any, calendar: str) -> Any:
    """Build a calendar over the widest span that it allows."""
    try:
        return library.get_calendar(calendar, start=_EARLIEST, end=_LATEST)
    except ValueError:
        bounds = library.get_calendar(calendar)
        return library.get_calendar(
            calendar,
            start=max(_EARLIEST, bounds.bound_min() or _EARLIEST),
            end=min(_LATEST, bounds.bound_max() or _LATEST),
        )


def _midnight(day: Day) -> pd.Timestamp:
    return pd.Timestamp(day).tz_localize(None).normalize()


def _distinct(days: pd.DatetimeIndex) -> pd.DatetimeIndex:
    return _microseconds(days.dropna().normalize().unique().sort_values())


def _within(days: pd.DatetimeIndex, start: pd.Timestamp, end: pd.Timestamp) -> pd.DatetimeIndex:
    return days[(days >= start) & (days <= end)]


def _join_days(*parts: pd.DatetimeIndex) -> pd.DatetimeIndex:
    return pd.DatetimeIndex(np.concatenate([part.to_numpy("datetime64[us]") for part in parts]))


def _weekdays(start: pd.Timestamp, end: pd.Timestamp) -> pd.DatetimeIndex:
    return _microseconds(pd.date_range(start, end, freq="B"))


def _none() -> pd.DatetimeIndex:
    return _microseconds(pd.DatetimeIndex([]))


def _microseconds(days: pd.DatetimeIndex) -> pd.DatetimeIndex:
    return pd.DatetimeIndex(days.tz_localize(None).to_numpy("datetime64[us]"))


def known_through(calendar: str) -> date | None:
    """The last day up to which a calendar knows its sessions; later ones are guessed. None if it has no end.

    The days of "observed" are the data's own; they have no end that could be named.

    Raises:
        ConfigError: the calendar is not known.
    """
    calendar, *_ = _split_changes(calendar)
    if calendar in (DAILY, CENTRAL_BANK, OBSERVED):
        return None
    last = exchange(calendar).last
    return last.date() if last < _LATEST else None


def closing_time(calendar: str) -> tuple[str, str]:
    """Time zone and local "HH:MM" at which a session's prices are final, for schedules.

    >>> closing_time("ECB")
    ('Europe/Berlin', '16:00')

    Raises:
        ConfigError: the calendar is not known.
    """
    calendar, *_ = _split_changes(calendar)
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
    calendar, *_ = _split_changes(calendar)
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
