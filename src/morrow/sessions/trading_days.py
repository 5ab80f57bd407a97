"""Trading days: which days of a calendar are sessions, and which come next."""

import numpy as np
import pandas as pd

from morrow.errors import ConfigError
from morrow.sessions.calendar_names import CENTRAL_BANK, DAILY, OBSERVED, split_changes
from morrow.sessions.days import (
    Day,
    join_days,
    list_weekdays,
    no_days,
    select_between,
    sort_days,
    to_microseconds,
    to_midnight,
)
from morrow.sessions.exchanges import exchange

_FIRST_ECB_DAY = pd.Timestamp("1999-01-04")
_YEAR_END_CLOSINGS = ("1999-12-31", "2001-12-31")


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
    start, end = to_midnight(first), to_midnight(last)
    name, added, removed = split_changes(calendar)
    return _apply_changes(_list_days(name, start, end, observed), start, end, added, removed)


def _list_days(
    calendar: str, start: pd.Timestamp, end: pd.Timestamp, observed: pd.DatetimeIndex | None
) -> pd.DatetimeIndex:
    """The sessions of an unchanged calendar."""
    if calendar == OBSERVED:
        if observed is None:
            raise ConfigError('calendar "observed" needs the days of the data; got none; pass observed')
        return select_between(sort_days(observed), start, end)
    if calendar == DAILY:
        return to_microseconds(pd.date_range(start, end, freq="D"))
    if calendar == CENTRAL_BANK:
        return _ecb(start, end)
    known = exchange(calendar)
    if observed is None:
        before, after = no_days(), list_weekdays(max(start, known.last + pd.Timedelta(days=1)), end)
    else:
        seen = sort_days(observed)
        before, after = seen[seen < known.first], seen[seen > known.last]
    return select_between(join_days(before, known.days, after), start, end)


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
    start = to_midnight(after) + pd.Timedelta(days=1)
    calendar, added, removed = split_changes(calendar)
    seen = no_days() if observed is None else sort_days(observed)
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
    return select_between(sort_days(join_days(outside, known.days)), start, end)


def _guess(seen: pd.DatetimeIndex, start: pd.Timestamp, end: pd.Timestamp) -> pd.DatetimeIndex:
    """Days on the weekdays of the last observed year: those at least half as frequent as the commonest."""
    if seen.empty:
        return list_weekdays(start, end)
    year = seen[seen > seen[-1] - pd.Timedelta(days=365)].day_of_week
    usual = np.arange(7) if (year >= 5).any() else np.arange(5)
    if len(year) >= 20:
        counts = np.bincount(year, minlength=7)
        usual = np.flatnonzero(counts * 2 >= counts.max())
    days = to_microseconds(pd.date_range(start, end, freq="D"))
    return days[np.isin(days.day_of_week, usual)]


def _apply_changes(
    days: pd.DatetimeIndex,
    start: pd.Timestamp,
    end: pd.Timestamp,
    added: pd.DatetimeIndex,
    removed: pd.DatetimeIndex,
) -> pd.DatetimeIndex:
    if len(added):
        days = sort_days(join_days(days, select_between(added, start, end)))
    return days[~days.isin(removed)] if len(removed) else days


def _ecb(start: pd.Timestamp, end: pd.Timestamp) -> pd.DatetimeIndex:
    """Days on which the European Central Bank publishes reference rates."""
    days = list_weekdays(max(start, _FIRST_ECB_DAY), end)
    closed = [pd.Timestamp(day) for day in _YEAR_END_CLOSINGS]
    for year in range(_FIRST_ECB_DAY.year, end.year + 1):
        closed += [pd.Timestamp(year, 1, 1), pd.Timestamp(year, 12, 25)]
        if year >= 2000:
            easter = pd.Timestamp(year, 1, 1) + pd.offsets.Easter()
            closed += [easter - pd.Timedelta(days=2), easter + pd.Timedelta(days=1)]
            closed += [pd.Timestamp(year, 5, 1), pd.Timestamp(year, 12, 26)]
    return days[~days.isin(closed)]
