"""Names of calendars: those that are no exchange's, and the changes that may follow a name."""

from functools import lru_cache

import pandas as pd

from morrow.sessions.days import to_microseconds

DAILY, CENTRAL_BANK, OBSERVED = "24/7", "ECB", "observed"


@lru_cache(maxsize=32)
def split_changes(calendar: str) -> tuple[str, pd.DatetimeIndex, pd.DatetimeIndex]:
    """A calendar's own name, and the sessions added to and removed from it."""
    name, *changes = calendar.split(" ")
    added, removed = ([each[1:] for each in changes if each[0] == sign] for sign in "+-")
    return name, to_microseconds(pd.DatetimeIndex(added)), to_microseconds(pd.DatetimeIndex(removed))
