"""The fans of a symbol: one a cutoff, with the factor of its own share basis and the closes that came."""

from dataclasses import replace

import pandas as pd

from morrow.board.fans import count_fans, list_fans
from morrow.board.symbols import join_scores
from tests.boards import NOW, SESSIONS, make_facts


def test_a_fan_a_cutoff_with_what_came() -> None:
    """Three cutoffs give three fans; the oldest is known, the newest is ahead."""
    facts = make_facts("AAA")
    fans = list_fans(facts, facts.bars, join_scores(facts))
    assert len(fans) == 3
    assert fans[0].realised == (100.0 + SESSIONS - 2, 100.0 + SESSIONS - 1)
    assert fans[1].realised == (100.0 + SESSIONS - 1, None)
    assert fans[2].realised == (None, None)
    assert fans[2].quantiles[0][3] == 139.0


def test_the_factor_is_that_of_the_cutoff() -> None:
    """A split after the cutoff does not move the basis of the fan before it."""
    facts = make_facts("AAA")
    bars = facts.bars.assign(split_factor=1.0)
    bars.loc[bars["session"] == bars["session"].max(), "split_factor"] = 2.0
    fans = list_fans(facts, bars, join_scores(facts))
    assert [fan.factor for fan in fans] == [1.0, 1.0, 2.0]


def test_of_two_versions_at_one_cutoff_the_later_is_drawn() -> None:
    """The order of the rows in the table does not matter, and a symbol has one fan a cutoff."""
    facts = make_facts("AAA")
    later = pd.Timestamp(NOW) + pd.Timedelta(hours=1)
    again = facts.forecasts.assign(model_version="2", created_at=later)
    both = replace(facts, forecasts=pd.concat([again, facts.forecasts]))
    fans = list_fans(facts, facts.bars, join_scores(both))
    assert [fan.model for fan in fans] == ["version 2"] * 3


def test_a_longer_horizon_carries_fewer_cutoffs() -> None:
    """The rows of a page stay the same, down to five cutoffs."""
    assert (count_fans(5), count_fans(20), count_fans(1), count_fans(50)) == (18, 5, 90, 5)
