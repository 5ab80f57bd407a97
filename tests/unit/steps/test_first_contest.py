"""The first contest: how long a universe waits for it, and on which session it can be held."""

from pathlib import Path

import pytest

from morrow import panel as panels
from morrow.config import Forecast, Time
from morrow.errors import HistoryError
from morrow.steps.first_contest import count_sessions_to_wait, find_first_contest
from tests.conftest import market, weekdays
from tests.projects import edit, night, play, project


@pytest.mark.parametrize(("length", "more"), [(252, 172), (423, 1), (424, 0), (2000, 0)])
def test_a_short_universe_waits_for_its_parts_of_time(length: int, more: int) -> None:
    """By default 424 sessions are needed: one year of prices lacks 172."""
    assert count_sessions_to_wait(length, length, Forecast(), Time()) == more


def test_the_wait_is_not_longer_than_needed() -> None:
    """With parts that grow with the history, one session fewer than the wait cannot be cut."""
    forecast, time = Forecast(), Time(share=0.2, minimum=20, maximum=400)
    more = count_sessions_to_wait(300, 300, forecast, time)
    panels.split_sessions(300 + more, forecast, time)
    with pytest.raises(HistoryError, match="sessions of history"):
        panels.split_sessions(300 + more - 1, forecast, time)


def test_an_old_calendar_of_young_symbols_waits_too() -> None:
    """Of 3,000 sessions the last 150 are history that goes on: parts of 300 leave them nothing to fit on."""
    more = count_sessions_to_wait(3000, 150, Forecast(), Time())
    parts = panels.split_sessions(3000 + more, Forecast(), Time())
    assert parts.fit[1] - 2850 == 64 + 60 + 1


def test_the_first_session_is_of_the_calendar(tmp_path: Path) -> None:
    """120 weekdays, where 169 are needed: the contest is possible on the 49th weekday from there."""
    root = project(tmp_path / "short", market(2, 120))
    play(root, names=("ingest",))
    contest = find_first_contest(night(root))
    assert contest is not None
    assert (contest.sessions, contest.needed) == (120, 169)
    assert contest.session == weekdays(169)[-1].date()
    assert contest.reason == (
        "120 sessions of history, and a contest needs 169; the first one is possible on 2020-08-24"
    )


def test_folds_that_do_not_fit_are_refused_where_one_does(tmp_path: Path) -> None:
    """Parts that grow with the history never let all folds fit: the night says so and waits for nothing."""
    root = project(tmp_path / "toy", market(2, 420))
    edit(root, "minimum = 20", "minimum = 20\nshare = 0.1\nmaximum = 750\nfolds = 5")
    play(root, names=("ingest",))
    with pytest.raises(HistoryError, match=r"5 folds and horizon \d+ takes \d+; lower .* or time.folds"):
        find_first_contest(night(root))


def test_a_universe_whose_old_symbols_have_ended_waits_for_the_young(tmp_path: Path) -> None:
    """Sessions of which nobody is left do not count, and one symbol that goes on is enough."""
    prices, days = market(3, 420), weekdays(420)
    ended = (prices["symbol"] != "S2") & (prices["session"] > days[200])
    young = (prices["symbol"] == "S2") & (prices["session"] < days[300])
    root = project(tmp_path / "ended", prices[~ended & ~young])
    play(root, names=("ingest",))
    contest = find_first_contest(night(root))
    assert contest is not None
    assert contest.sessions == 120
    whole = project(tmp_path / "whole", prices[~ended])
    play(whole, names=("ingest",))
    assert find_first_contest(night(whole)) is None


def test_who_takes_no_part_has_no_history(tmp_path: Path) -> None:
    """A peg of 420 sessions and one that is no member any more leave a contest to stocks of 120 sessions."""
    prices, days = market(4, 420), weekdays(420)
    old = prices["symbol"].isin(["S0", "S1"])
    prices.loc[prices["symbol"] == "S0", ["open", "high", "low", "close"]] = 3.75
    root = project(tmp_path / "toy", prices[old | (prices["session"] >= days[300])])
    with (root / "morrow.toml").open("a", encoding="utf-8") as file:
        file.write('[universes.toy.membership]\nkind = "csv"\npath = "members.csv"\n')
    (root / "members.csv").write_text(
        f"symbol,from,to,kind,successor,terminal\nS0,2020-01-01,,,,\nS1,2020-01-01,{days[300]:%Y-%m-%d},,,\n"
        "S2,2020-01-01,,,,\nS3,2020-01-01,,,,\n"
    )
    play(root, names=("ingest",))
    contest = find_first_contest(night(root))
    assert contest is not None
    assert contest.sessions == 120
    assert contest.session > days[-1].date()
