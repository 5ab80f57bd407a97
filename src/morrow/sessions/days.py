"""Days as midnights without time zone, datetime64[us], ascending: what calendars are made of."""

from datetime import date

import numpy as np
import pandas as pd

Day = str | date | np.datetime64 | pd.Timestamp


def to_midnight(day: Day) -> pd.Timestamp:
    """The midnight at which a day begins."""
    return pd.Timestamp(day).tz_localize(None).normalize()


def to_microseconds(days: pd.DatetimeIndex) -> pd.DatetimeIndex:
    """The same days without time zone, in microseconds."""
    return pd.DatetimeIndex(days.tz_localize(None).to_numpy("datetime64[us]"))


def sort_days(days: pd.DatetimeIndex) -> pd.DatetimeIndex:
    """Each day once, ascending; what is no day is left out."""
    return to_microseconds(days.dropna().normalize().unique().sort_values())


def select_between(days: pd.DatetimeIndex, start: pd.Timestamp, end: pd.Timestamp) -> pd.DatetimeIndex:
    """The days from ``start`` to ``end``, both included."""
    return days[(days >= start) & (days <= end)]


def join_days(*parts: pd.DatetimeIndex) -> pd.DatetimeIndex:
    """The days of all parts, one part after the other."""
    return pd.DatetimeIndex(np.concatenate([part.to_numpy("datetime64[us]") for part in parts]))


def list_weekdays(start: pd.Timestamp, end: pd.Timestamp) -> pd.DatetimeIndex:
    """Mondays to Fridays from ``start`` to ``end``."""
    return to_microseconds(pd.date_range(start, end, freq="B"))


def no_days() -> pd.DatetimeIndex:
    """An empty index of days."""
    return to_microseconds(pd.DatetimeIndex([]))
