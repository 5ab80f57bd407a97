"""Calendars of exchanges: which are known, and up to which day."""

from datetime import date

import pytest

from morrow.errors import ConfigError
from morrow.sessions import closing_time, known_through, sessions


@pytest.mark.parametrize(
    ("calendar", "hint"),
    [
        ("XNYZ", '"XNYS"'),
        ("xnys", '"XNYS"'),
        ("ecb", '"ECB"'),
        ("Observed", '"observed"'),
        ("24-7", '"24/7"'),
    ],
)
def test_an_unknown_calendar_names_the_nearest(calendar: str, hint: str) -> None:
    """A misspelt calendar is refused in one line that names the nearest known one."""
    with pytest.raises(ConfigError) as caught:
        sessions(calendar, "2020-01-01", "2020-02-01")
    message = str(caught.value)
    assert f'"{calendar}" is not known' in message
    assert message.endswith(f"did you mean {hint}?")
    assert "\n" not in message


def test_a_calendar_like_no_other_gets_no_hint() -> None:
    """A calendar's name that resembles none is refused without a guess."""
    with pytest.raises(ConfigError, match=r'or "observed"$'):
        closing_time("?????")


def test_a_calendar_that_the_library_cannot_build_is_an_error_of_ours() -> None:
    """A listed calendar that cannot be built is refused with a way out, not with a traceback."""
    with pytest.raises(ConfigError, match=r'cannot be built.*use "observed"'):
        sessions("ASEX", "2020-01-01", "2020-02-01")


def test_a_calendar_says_where_it_ends() -> None:
    """Bombay's ends with 2026; New York's follows rules, and the others have no end."""
    assert known_through("XBOM") == date(2026, 12, 31)
    assert known_through("XBOM +2026-11-08") == date(2026, 12, 31)
    assert [known_through(name) for name in ("XNYS", "ECB", "24/7", "observed")] == [None] * 4
