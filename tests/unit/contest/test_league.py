"""Contests in a row: who meets whom on which sessions, and what is carried forward."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
import pytest

from morrow.config import Contest
from morrow.contest import Contestation, Entry, Evidence, Look, hold_contest, what_if

DAYS = pd.bdate_range("2024-01-01", periods=700)
SELECT, TEST = slice(100, 300), slice(303, 500)
HORIZON = 3
SETTINGS = Contest()


def entry(name: str, level: float, parameters: int = 10, *, baseline: bool = False) -> Entry:
    """A recipe whose losses are a level with a weekly rhythm of its own."""
    sessions = [*DAYS[SELECT], *DAYS[TEST]]
    wave = 1 + 0.02 * np.sin(np.arange(len(sessions)) * (1 + len(name)))
    parts = ["select"] * 200 + ["test"] * 197
    losses = pd.DataFrame(
        {"symbol": "A", "session": sessions, "step": 1, "part": parts, "loss": level * wave}
    )
    return Entry(name, baseline, losses, parameters=parameters, identity=f"id-{name}")


@dataclass
class Season:
    """Asks for meetings are kept: champion, challenger, and the session after which."""

    levels: Mapping[str, float]
    asked: list[tuple[str, str, str | None]] = field(default_factory=list)

    def meet(self, champion: str, challenger: str, after: str | None, through: str) -> pd.DataFrame:
        """Losses at their levels, with a bound of a tenth of a loss."""
        self.asked.append((champion, challenger, after))
        days = DAYS[SELECT] if after is None else DAYS[(after < DAYS) & (through >= DAYS)]
        wave = 0.01 * np.sin(np.arange(len(days)))
        return pd.DataFrame(
            {
                "session": days,
                "champion": self.levels[champion] * (1 + wave),
                "challenger": self.levels[challenger] * (1 - wave),
                "bound": 0.1,
            }
        )

    def hold(self, champion: str | None, evidence: Evidence, today: int, *entries: Entry) -> Contestation:
        """A contest on the night of a session."""
        through = f"{DAYS[today - HORIZON]:%Y-%m-%d}"
        look = Look(
            HORIZON, f"{DAYS[today]:%Y-%m-%d}", through, lambda a, b, after: self.meet(a, b, after, through)
        )
        return hold_contest(entries, champion, evidence, look, SETTINGS)


def test_a_recipe_first_seen_begins_with_its_backtest_once() -> None:
    """The select sessions count at the first meeting; later looks ask only for what came since."""
    season = Season({"ewma": 1.0, "lstm": 0.97})
    two = entry("ewma", 1.0, baseline=True), entry("lstm", 0.97)
    first = season.hold("ewma", Evidence(), 499, *two)
    assert season.asked == [("ewma", "lstm", None)]
    lstm = next(each for each in first.contestants if each.name == "lstm")
    assert (lstm.sessions, lstm.began) == (200, "its backtest")
    assert lstm.first == f"{DAYS[100]:%Y-%m-%d}"
    second = season.hold("ewma", first.evidence, 509, *two)
    assert season.asked[1:] == [("ewma", "lstm", f"{DAYS[499]:%Y-%m-%d}")]
    assert next(each for each in second.contestants if each.name == "lstm").sessions == 207


def test_a_better_recipe_takes_over_and_the_others_begin_anew_against_it() -> None:
    """The new champion's pairs begin with later sessions, since everybody has been seen."""
    season = Season({"ewma": 1.0, "lstm": 0.97, "gru": 1.0})
    three = entry("ewma", 1.0, 1, baseline=True), entry("lstm", 0.97), entry("gru", 1.0)
    held = season.hold("ewma", Evidence(), 499, *three)
    assert (held.verdict.winner, held.verdict.promoted) == ("lstm", True)
    pairs = held.evidence.against("id-lstm")
    assert {name: (pair.sessions, pair.began) for name, pair in pairs.items()} == {
        "id-ewma": (0, "later sessions"),
        "id-gru": (0, "later sessions"),
    }
    season.asked.clear()
    later = season.hold("lstm", held.evidence, 509, *three)
    assert later.verdict.winner == "lstm"
    assert season.asked == [("lstm", other, f"{DAYS[496]:%Y-%m-%d}") for other in ("ewma", "gru")]


def test_a_refit_and_another_name_start_no_new_test() -> None:
    """The identity of a recipe is its hash: under another name it goes on where it was."""
    season = Season({"ewma": 1.0, "lstm": 1.0, "renamed": 1.0})
    ewma, lstm = entry("ewma", 1.0, baseline=True), entry("lstm", 1.0)
    first = season.hold("ewma", Evidence(), 499, ewma, lstm)
    again = Entry("renamed", False, lstm.losses, parameters=10, identity="id-lstm")
    second = season.hold("ewma", first.evidence, 504, ewma, again)
    assert season.asked[-1] == ("ewma", "renamed", f"{DAYS[499]:%Y-%m-%d}")
    assert list(second.evidence.pairs) == ["id-ewma|id-lstm"]


def test_the_first_night_crowns_and_opens_the_evidence_against_the_champion() -> None:
    """Everybody meets the recipe that was crowned tonight, on the select sessions."""
    season = Season({"ewma": 1.0, "lstm": 1.0})
    held = season.hold(None, Evidence(), 499, entry("lstm", 1.0), entry("ewma", 1.0, baseline=True))
    assert held.verdict.winner == "ewma"
    assert "cannot be told apart from lstm" in held.verdict.reason
    assert season.asked == [("ewma", "lstm", None)]
    assert set(held.evidence.seen) == {"id-ewma", "id-lstm"}


def test_the_same_look_twice_decides_the_same() -> None:
    """From the same evidence the same night gives the same verdict and hands on the same evidence."""
    season = Season({"ewma": 1.0, "lstm": 0.99})
    two = entry("ewma", 1.0, baseline=True), entry("lstm", 0.99)
    before = season.hold("ewma", Evidence(), 499, *two).evidence
    one, other = (season.hold("ewma", before, 509, *two) for _ in range(2))
    assert one.verdict == other.verdict
    assert one.evidence.document() == other.evidence.document()
    unchanged = season.hold("ewma", one.evidence, 509, *two)
    assert unchanged.evidence.document() == one.evidence.document()


def test_recipes_that_left_still_count_in_the_budget() -> None:
    """Taking losers out of the configuration makes nobody else's evidence stronger."""
    names = [f"n{number}" for number in range(6)]
    season = Season({"ewma": 1.0, "lstm": 0.995} | dict.fromkeys(names, 1.02))
    two = entry("ewma", 1.0, 1, baseline=True), entry("lstm", 0.995)
    many = [entry(name, 1.02) for name in names]
    first = season.hold("ewma", Evidence(), 499, *two, *many)
    lone = season.hold("ewma", first.evidence, 499, *two)

    def shown(held: Contestation) -> float | None:
        return next(each.evidence for each in held.contestants if each.name == "lstm")

    assert shown(lone) == shown(first)
    assert shown(season.hold("ewma", Evidence(), 499, *two)) != shown(first)


def test_a_tuned_recipe_carries_its_trials_into_the_budget() -> None:
    """What a search tried before it chose a recipe is on record with its pair, and weighs it down."""
    season = Season({"ewma": 1.0, "lstm": 0.97, "gru": 1.02})
    three = entry("ewma", 1.0, 1, baseline=True), entry("lstm", 0.97), entry("gru", 1.02)
    tuned = replace(three[1], trials=7)
    plain = season.hold("ewma", Evidence(), 499, *three)
    searched = season.hold("ewma", Evidence(), 499, three[0], tuned, three[2])
    pair = searched.evidence.against("id-ewma")["id-lstm"]
    assert (pair.trials, pair.weight) == (7, 0.25)

    def shown(held: Contestation) -> float:
        return next(each.evidence or 0.0 for each in held.contestants if each.name == "lstm")

    # With gru's next to nothing, the mean of both is a half of lstm's by equal weights, and a fifth by these.
    assert shown(searched) / shown(plain) == pytest.approx(0.2 / 0.5, rel=1e-3)


def test_a_recipe_that_was_taken_back_brings_new_sessions() -> None:
    """Without its old evidence against the restored champion it starts with sessions after that night."""
    season = Season({"ewma": 1.0, "lstm": 0.97})
    two = entry("ewma", 1.0, 1, baseline=True), entry("lstm", 0.97)
    promoted = season.hold("ewma", Evidence(), 499, *two)
    assert promoted.verdict.winner == "lstm"
    undone = season.hold("ewma", promoted.evidence, 509, *two)
    assert undone.verdict.winner == "lstm"
    again = season.hold("ewma", promoted.evidence.without("id-ewma"), 509, *two)
    assert again.verdict.winner == "ewma"
    pair = again.evidence.against("id-ewma")["id-lstm"]
    assert (pair.sessions, pair.began, pair.through) == (0, "later sessions", f"{DAYS[506]:%Y-%m-%d}")


def test_what_if_decides_from_what_the_ledger_keeps() -> None:
    """The stored figures give the night's own verdict under its settings, and others under others."""
    season = Season({"ewma": 1.0, "lstm": 0.97})
    held = season.hold("ewma", Evidence(), 499, entry("ewma", 1.0, 1, baseline=True), entry("lstm", 0.97))
    kept = [each.document() for each in held.contestants]
    assert what_if(kept, "ewma", SETTINGS) == held.verdict
    strict = what_if(kept, "ewma", SETTINGS.model_copy(update={"effect": 5.0}))
    assert not strict.promoted
    assert "minimum effect" in strict.reason
