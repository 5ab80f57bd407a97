"""Trading calendars: which days are sessions, which come next, and when a session closes.

It knows calendars only; whether a symbol has a bar on a session is not its business.
"""

from morrow.sessions.calendars import CENTRAL_BANK, DAILY, OBSERVED, next_sessions, sessions
from morrow.sessions.closing import closing, closing_time, settled_through

__all__ = [
    "CENTRAL_BANK",
    "DAILY",
    "OBSERVED",
    "closing",
    "closing_time",
    "next_sessions",
    "sessions",
    "settled_through",
]
