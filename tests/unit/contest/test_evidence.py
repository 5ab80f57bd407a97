"""Evidence from night to night, and what it counts for where many recipes tried."""

import json
from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from morrow.contest.evidence import BACKTEST, Evidence, Pair, name_pair, share_budget


def meeting(gains: list[float], start: str = "2026-01-05") -> pd.DataFrame:
    """Sessions on which the champion loses 1 and the challenger as much less as given."""
    return pd.DataFrame(
        {
            "session": pd.bdate_range(start, periods=len(gains)),
            "champion": 1.0,
            "challenger": 1.0 - np.asarray(gains),
            "bound": 0.1,
        }
    )


def test_a_meeting_is_counted_and_its_effect_is_the_ratio_of_losses() -> None:
    """Effect, number and ends of the sessions are those of all meetings so far."""
    pair = Pair.begin(2, "2026-01-02", BACKTEST)
    assert pair.effect is None
    pair = pair.meet(meeting([0.02, 0.04]), 0.002, "2026-01-08").meet(
        meeting([0.0], "2026-01-09"), 0.002, "2026-01-09"
    )
    assert pair.effect == pytest.approx(0.02)
    assert (pair.sessions, pair.first, pair.last) == (3, "2026-01-05", "2026-01-09")
    assert pair.through == "2026-01-09"
    nothing = pair.meet(meeting([]), 0.002, "2026-01-12")
    assert (nothing.sessions, nothing.last, nothing.through) == (3, "2026-01-09", "2026-01-12")


def test_a_recipe_as_good_gathers_evidence_of_being_near_alone() -> None:
    """Equal losses are no evidence of better, and with a margin more and more of not inferior."""
    pair = Pair.begin(1, "", BACKTEST).meet(meeting([0.0] * 200), 0.005, "2026-12-31")
    assert pair.better.evidence() < 1
    assert pair.bets.evidence(idle=True, settled=False) == pytest.approx(1.0)
    assert pair.near.evidence() > 1_000


def test_evidence_survives_json() -> None:
    """What the ledger keeps reads back as it was; nothing reads as no evidence."""
    pair = Pair.begin(2, "2026-01-02", BACKTEST, trials=3).meet(meeting([0.02] * 9), 0.002, "2026-01-15")
    evidence = Evidence({name_pair("a", "b"): pair}, {"a": "2026-01-02"})
    again = Evidence.read(json.loads(json.dumps(evidence.document())))
    assert again.document() == evidence.document()
    assert list(again.against("a")) == ["b"]
    assert again.against("b") == {}
    assert Evidence.read({}) == Evidence()


def test_a_pair_of_an_older_ledger_begins_anew_and_stays_seen() -> None:
    """A document whose pairs hold bets alone is read without them, and no recipe counts as new again."""
    old = {"better": {"logs": [], "open": [], "bounds": [], "losses": []}, "through": "2026-01-08"}
    evidence = Evidence.read({"pairs": {name_pair("a", "b"): old}, "seen": {"b": "2026-01-02"}})
    assert evidence == Evidence({}, {"b": "2026-01-02"})


def test_a_search_counts_as_more_recipes() -> None:
    """Tried options cost weight: 7 of them as much as 3 more recipes."""
    assert Pair.begin(1, "", BACKTEST).weight == 1.0
    assert Pair.begin(1, "", BACKTEST, trials=7).weight == pytest.approx(0.25)


def test_shared_budget_is_the_least_mean_over_all_sets() -> None:
    """The adjusted value is that of the slow search through every set of recipes that has it."""
    draw = np.random.default_rng(4)
    for _ in range(20):
        names = "abcdef"
        values = dict(zip(names, draw.lognormal(0, 2, 6), strict=True))
        weights = dict(zip(names, draw.uniform(0.2, 1, 6), strict=True))
        for name, adjusted in share_budget(values, weights).items():
            others = [other for other in names if other != name]
            sets = [(name, *some) for size in range(6) for some in combinations(others, size)]
            slow = min(
                sum(weights[one] * values[one] for one in each) / sum(weights[one] for one in each)
                for each in sets
            )
            assert adjusted == pytest.approx(slow)
