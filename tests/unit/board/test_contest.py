"""The contest's page: skills over the nights, rules in order, and the ledger with the newest first."""

from datetime import date
from typing import Any

import pytest

from morrow.board.contest import list_skills, make_contest
from tests.boards import make_entry, make_facts, make_report


def row(name: str, skill: float) -> dict[str, Any]:
    """A row of a leaderboard."""
    return {
        "name": name, "kind": "baseline", "pinball": 0.002, "pinball_select": 0.0021,
        "skill_vs_gjr_garch": skill, "skill_interval_vs_gjr_garch": 0.005, "coverage_80": 0.81,
    }  # fmt: skip


def test_a_leaderboard_that_two_nights_repeat_counts_once() -> None:
    """A night without a judgement repeats the last one's leaderboard, which is no second retraining."""
    verdict = {"judged_at": "2020-02-24"}
    board = [row("ewma", 0.01), row("har", -0.02)]
    reports = [make_report(day, verdict=verdict, leaderboard=board) for day in ("2020-02-24", "2020-02-25")]
    skills = list_skills(make_facts("AAA", reports=reports))
    assert skills.to_dict("list") == {
        "judged_at": ["2020-02-24"] * 2, "recipe": ["ewma", "har"], "skill": [0.01, -0.02],
    }  # fmt: skip


def test_figures_carry_their_intervals_and_rules_their_outcome() -> None:
    """A skill of 1 % with half an interval of 0.5 % reads so, and the champion is marked."""
    verdict = {
        "judged_at": "2020-02-24", "reason": "ewma stays",
        "rules": [{"rule": "evidence", "held": False, "about": "0.05 that it is better, 20 is needed"}],
    }  # fmt: skip
    facts = make_facts("AAA", leaderboard=[row("ewma", 0.01), row("har", -0.02)], verdict=verdict)
    values = make_contest(facts).values
    assert [each["skill"] for each in values["leaderboard"]] == ["1.00 ± 0.50", "−2.00 ± 0.50"]
    assert [each["champion"] for each in values["leaderboard"]] == [True, False]
    assert values["rules"][0]["held"] == "failed"
    assert values["skill"].traces[0]["x"] == pytest.approx([-2.0, 1.0])


def test_the_newest_decision_comes_first() -> None:
    """A change of champion names both, and a decision that keeps it names it once."""
    keep = make_entry(
        date(2020, 2, 25), decision="keep", champion_before="ewma", version_before="1", reason="it stays"
    )
    ledger = make_contest(make_facts("AAA", ledger=[make_entry(date(2020, 2, 20)), keep])).values["ledger"]
    assert [each["champion"] for each in ledger] == ["ewma v1", "none → ewma v1"]
