"""The choice of a calendar for the days of a table."""

import numpy as np
import pandas as pd

from morrow import sessions
from morrow.errors import ConfigError

_EXCHANGES = {
    "XNYS": "USD", "XLON": "GBP", "XETR": "EUR", "XTKS": "JPY", "XHKG": "HKD", "XPAR": "EUR",
    "XTSE": "CAD", "XASX": "AUD", "XSWX": "CHF",
}  # fmt: skip
CURRENCIES = _EXCHANGES | {sessions.CENTRAL_BANK: "EUR"}
_LEAST_LIKENESS = 0.995
_FEWEST_DAYS = 20


def choose_calendar(days: pd.DatetimeIndex, among: tuple[str, ...] = tuple(CURRENCIES)) -> str:
    """Choose the calendar whose sessions are the given days, in at least 99.5 % both ways.

    Args:
        days: ascending distinct midnights.
        among: calendars to compare with; the first of equally good ones is chosen.

    Returns:
        "24/7" where nearly every day of the week is there, the best of ``among``, else "observed".
    """
    if len(days) < _FEWEST_DAYS:
        return sessions.OBSERVED
    if (days.day_of_week >= 5).any():
        span = (days[-1] - days[0]).days + 1
        return sessions.DAILY if len(days) >= 0.98 * span else sessions.OBSERVED
    best, name = _LEAST_LIKENESS, sessions.OBSERVED
    for calendar in among:
        likeness = _likeness(calendar, days)
        if likeness > best or (likeness == best and name == sessions.OBSERVED):
            best, name = likeness, calendar
        if best == 1:
            break
    return name


def _likeness(calendar: str, days: pd.DatetimeIndex) -> float:
    """Share of the days in the calendar, or of its sessions among the days, whichever is less."""
    try:
        expected = sessions.sessions(calendar, days[0], days[-1], days)
    except ConfigError:
        return 0.0
    shared = len(np.intersect1d(days, expected))
    return shared / max(len(days), len(expected))
