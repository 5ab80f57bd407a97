"""Which calendar the days of a table are."""

import pandas as pd

from morrow.sessions import sessions
from morrow.sources.calendar_choice import choose_calendar


def test_a_calendar_that_cannot_be_built_is_passed_over() -> None:
    """A candidate that the calendar library fails on does not stop the choice."""
    assert choose_calendar(sessions("XNYS", "2018-01-01", "2019-12-31"), ("ASEX", "XNYS")) == "XNYS"


def test_days_of_no_known_calendar_are_observed() -> None:
    """All weekdays, days with some weekends, and a handful of days match no calendar."""
    weekdays = pd.bdate_range("2018-01-01", "2019-12-31")
    assert choose_calendar(weekdays) == "observed"
    assert choose_calendar(pd.DatetimeIndex([*weekdays, pd.Timestamp("2020-01-04")])) == "observed"
    assert choose_calendar(weekdays[:10]) == "observed"


def test_days_before_an_exchanges_calendar_do_not_hinder_it() -> None:
    """Tokyo's days since 1995 choose Tokyo, though its calendar starts in 1997."""
    early = pd.bdate_range("1996-06-03", "1996-12-27")
    assert (
        choose_calendar(pd.DatetimeIndex([*early, *sessions("XTKS", "1997-01-01", "1998-12-31")])) == "XTKS"
    )
