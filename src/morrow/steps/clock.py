"""The clock of a night: its day, of which only the end is seen, and the wall clock."""

from dataclasses import dataclass
from datetime import date, datetime


@dataclass
class Clock:
    """The day whose end a night works from, resolved once.

    Attributes:
        as_of: the date that was asked for; None is the last session in the data.
        now: wall clock.
    """

    as_of: date | None
    now: datetime
    _day: date | None = None

    def resolve(self, *sessions: date | None) -> date:
        """The date asked for; else the last of these sessions; else the date of ``now``.

        Later calls return what the first one did.
        """
        if self._day is None:
            self._day = self._choose(sessions)
        return self._day

    def _choose(self, sessions: tuple[date | None, ...]) -> date:
        if self.as_of is not None:
            return self.as_of
        return max((session for session in sessions if session is not None), default=self.now.date())
