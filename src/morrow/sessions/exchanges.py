"""Calendars of exchanges, from the package exchange_calendars, and the span that each covers."""

import importlib
import warnings
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

import pandas as pd

from morrow.errors import ConfigError, did_you_mean
from morrow.sessions.calendar_names import CENTRAL_BANK, DAILY, OBSERVED, split_changes
from morrow.sessions.days import to_microseconds

_EARLIEST, _LATEST = pd.Timestamp("1970-01-01"), pd.Timestamp("2049-12-31")


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
        days=to_microseconds(built.sessions),
        closes=to_microseconds(pd.DatetimeIndex(built.closes)),
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


def known_through(calendar: str) -> date | None:
    """The last day up to which a calendar knows its sessions; later ones are guessed. None if it has no end.

    The days of "observed" are the data's own; they have no end that could be named.

    Raises:
        ConfigError: the calendar is not known.
    """
    calendar, *_ = split_changes(calendar)
    if calendar in (DAILY, CENTRAL_BANK, OBSERVED):
        return None
    last = exchange(calendar).last
    return last.date() if last < _LATEST else None
