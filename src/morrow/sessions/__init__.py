"""Trading calendars: which days are sessions, which come next, and when a session's prices are final.

Whether a symbol has a bar on a session is not known here. A calendar is given by its name: an exchange's MIC
("XNYS"), "24/7", "ECB" or "observed". Sessions that it lacks and days that are none may follow the name:
"XNYS +2024-01-06 -2024-07-05".
"""

from morrow.sessions.calendar_names import CENTRAL_BANK, DAILY, OBSERVED
from morrow.sessions.closings import LONGEST_MARGIN, closing_moment, closing_time, last_final_day
from morrow.sessions.days import Day
from morrow.sessions.exchanges import Exchange, exchange, known_through
from morrow.sessions.trading_days import next_sessions, sessions

__all__ = [
    "CENTRAL_BANK", "DAILY", "LONGEST_MARGIN", "OBSERVED", "Day", "Exchange", "closing_moment",
    "closing_time", "exchange", "known_through", "last_final_day", "next_sessions", "sessions",
]  # fmt: skip
