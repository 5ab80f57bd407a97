"""Every branch of the verdict, by numbers chosen by hand."""

from dataclasses import replace

import pytest

from morrow.config import Contest
from morrow.contest import Contestant, Verdict, judge
from morrow.errors import ShapeError

SETTINGS = Contest()
PROVEN = {"evidence": 25.0, "near": 30.0, "effect": 0.01, "sessions": 300, "first": "2025-01-02"}


def contestant(name: str, select: float, test: float = 0.002, **facts: object) -> Contestant:
    """A contestant; names of baselines are known."""
    baseline = name in ("ewma", "boosted", "regression")
    one = Contestant(name, baseline, 100, select, test, coverage=0.8)
    return replace(one, **facts)  # type: ignore[arg-type]


def decide(*contestants: Contestant, champion: str | None = None, **changes: float) -> Verdict:
    """The verdict under the default settings, with changes."""
    return judge(contestants, champion, SETTINGS.model_copy(update=changes))


def failed(verdict: Verdict) -> list[str]:
    """Names of the rules that failed."""
    return [rule.rule for rule in verdict.rules if not rule.held]


def test_the_first_champion_is_the_simplest_that_cannot_be_told_apart() -> None:
    """A lower loss inside the noise and the effect crowns nobody: of the set the simplest reigns, by name."""
    verdict = decide(
        contestant("lstm", 0.0018970, parameters=9_000),
        contestant("gru", 0.0018985, parameters=8_000, confidence=0.6),
        contestant("regression", 0.0019, parameters=90, confidence=0.11),
        contestant("ewma", 0.0019001, parameters=9, confidence=0.1),
    )
    assert (verdict.winner, verdict.promoted, verdict.champion_before) == ("regression", True, None)
    assert verdict.reason == (
        "regression becomes champion: there was no champion, and it is the simplest within 0.2 % of the "
        "lowest upper bound, with 19.000 bp on the select sessions; it cannot be told apart from lstm, gru"
    )
    assert [rule.held for rule in verdict.rules] == [True, True, True, False, True, True, True]


def test_nobody_is_crowned_who_is_not_sound() -> None:
    """Crossing quantiles or a far coverage bar a recipe on the first night too, unless all are so."""
    broken = contestant("lstm", 0.0010, invalid=1)
    off = contestant("ewma", 0.0011, coverage=0.6)
    verdict = decide(broken, off, contestant("gru", 0.0020))
    assert verdict.winner == "gru"
    assert failed(verdict) == ["valid forecasts", "coverage"]
    assert decide(broken, off).winner == "lstm"


def test_a_baseline_that_may_not_reign_stands_in_nobodys_way() -> None:
    """A proven challenger is measured against the best baseline of sound coverage."""
    ground = (contestant("lstm", 0.0020), contestant("gru", 0.0019, **PROVEN))
    good, off = contestant("ewma", 0.0018), contestant("ewma", 0.0018, coverage=0.6)
    assert not decide(*ground, good, champion="lstm").promoted
    assert decide(*ground, off, champion="lstm").winner == "gru"


def test_what_a_short_sample_cannot_prove_does_not_crown_the_worse() -> None:
    """EWMA is simplest and in the set, but 1 % above the lowest; the regression, 0.1 % above it, reigns."""
    verdict = decide(
        contestant("lstm", 0.002000, parameters=9_000),
        contestant("regression", 0.002002, parameters=90, confidence=0.7),
        contestant("ewma", 0.002020, parameters=9, confidence=0.7),
    )
    assert verdict.winner == "regression"
    assert verdict.reason.endswith("it cannot be told apart from lstm, ewma")
    assert failed(verdict) == ["near the lowest bound"]
    everybody = decide(
        contestant("lstm", 0.002000, parameters=9_000),
        contestant("ewma", 0.002020, parameters=9, confidence=0.7),
        effect=1.5,
    )
    assert everybody.winner == "ewma"
    alone = decide(contestant("lstm", 0.002000), contestant("ewma", 0.002020, parameters=9, confidence=0.7))
    assert alone.winner == "lstm"
    assert "20.000 bp on the select sessions, ahead of ewma with 20.200 bp; it cannot be told" in alone.reason


def test_a_lucky_recipe_that_stands_apart_is_not_crowned() -> None:
    """The lowest mean with an error of 0.6 % yields to one 0.5 % above it that the sample is sure of."""
    lucky = contestant("boosted", 0.001990, parameters=50, error=0.000012)
    sure = contestant("regression", 0.002000, parameters=90, error=0.000001, confidence=0.5)
    verdict = decide(lucky, sure, contestant("lstm", 0.002003, error=0.000001, confidence=0.5))
    assert lucky.upper_bound(0.05) == pytest.approx(0.002009738, abs=1e-9)  # 1.644854 errors above the mean
    assert sure.upper_bound(0.05) == pytest.approx(0.002001645, abs=1e-9)
    assert verdict.winner == "regression"
    assert failed(verdict) == ["near the lowest bound"]
    assert verdict.rules[3].about == (
        "boosted's pinball is at most 20.097 bp with 95% confidence, 0.40 % above the lowest such bound; "
        "up to 0.2 % simplicity decides"
    )
    proven = replace(lucky, error=0.000001)
    assert decide(proven, sure).winner == "boosted"


def test_a_sound_recipe_reigns_where_only_an_unsound_one_is_in_the_confidence_set() -> None:
    """The best by far covers half of what it should; the next one, which is sound, is crowned."""
    best = contestant("lstm", 0.0019, coverage=0.4)
    verdict = decide(best, contestant("ewma", 0.0020, confidence=0.001))
    assert (verdict.winner, verdict.promoted) == ("ewma", True)


def test_the_first_champion_is_the_best_where_it_can_be_told_apart() -> None:
    """Alone in the confidence set, the recipe of the lowest loss reigns however complex it is."""
    verdict = decide(contestant("lstm", 0.0019), contestant("ewma", 0.0020, confidence=0.02))
    assert (verdict.winner, verdict.promoted, verdict.challenger) == ("lstm", True, "ewma")
    assert verdict.reason == (
        "lstm becomes champion: there was no champion, and its pinball has the lowest upper bound, 19.000 bp "
        "on the select sessions, ahead of ewma with 20.000 bp"
    )


def test_of_equals_the_simplest_wins_and_then_the_first_name() -> None:
    """Baselines are before networks, fewer parameters before more, and names decide what is left."""
    assert decide(contestant("lstm", 0.002), contestant("gru", 0.002)).winner == "gru"
    small = contestant("lstm", 0.002, parameters=90)
    assert decide(small, contestant("gru", 0.002, parameters=900)).winner == "lstm"
    assert decide(small, contestant("ewma", 0.002, parameters=5_000)).winner == "ewma"


def test_alone_on_the_first_night() -> None:
    """A single recipe becomes champion, with nobody to be ahead of."""
    verdict = decide(contestant("lstm", 0.0019))
    assert (verdict.winner, verdict.promoted, verdict.challenger) == ("lstm", True, None)
    assert "ahead" not in verdict.reason


def test_a_retired_champion_leaves_a_first_night() -> None:
    """When the champion's recipe is no longer trained, the contest is a first night that says so."""
    verdict = decide(contestant("lstm", 0.0019), contestant("ewma", 0.002, confidence=0.0), champion="tuned")
    assert (verdict.winner, verdict.promoted, verdict.champion_before) == ("lstm", True, "tuned")
    assert "the champion tuned is no longer a recipe" in verdict.reason


def test_an_expired_champion_leaves_a_first_night() -> None:
    """A champion that was not refitted for more sessions than allowed is not protected, and may win again."""
    two = contestant("lstm", 0.0019), contestant("ewma", 0.001901)
    kept = judge(two, "lstm", SETTINGS, age_sessions=250)
    assert (kept.winner, kept.promoted, kept.expired) == ("lstm", False, False)
    verdict = judge(two, "lstm", SETTINGS, age_sessions=251)
    assert (verdict.winner, verdict.promoted, verdict.expired) == ("ewma", True, True)
    assert "the champion lstm has expired, 251 sessions after it was last refitted" in verdict.reason


def test_a_lower_loss_alone_changes_nothing() -> None:
    """Without evidence the champion stays, however much lower another's loss is."""
    verdict = decide(
        contestant("lstm", 0.0020),
        contestant("gru", 0.0010, **{**PROVEN, "evidence": 19.9, "near": 0.5}),
        champion="lstm",
    )
    assert (verdict.winner, verdict.promoted, verdict.challenger) == ("lstm", False, "gru")
    assert verdict.reason == (
        "lstm stays: gru comes nearest and does not take over "
        "(evidence: 19.9 that it is better, 20 is needed)"
    )


def test_a_challenger_takes_over() -> None:
    """With evidence, effect and every other rule, it wins, and the verdict lists them all."""
    verdict = decide(contestant("lstm", 0.0020), contestant("gru", 0.0019, **PROVEN), champion="lstm")
    assert (verdict.winner, verdict.promoted, verdict.challenger) == ("gru", True, "gru")
    assert verdict.reason == (
        "gru takes over from lstm: 1.00% lower pinball, evidence 25 that it is better on 300 sessions since "
        "2025-01-02"
    )
    assert [rule.rule for rule in verdict.rules] == [
        "evidence", "minimum effect", "best baseline", "test sessions", "coverage", "valid forecasts",
        "audit",
    ]  # fmt: skip
    assert failed(verdict) == []


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"evidence": 19.0}, "evidence"),
        ({"effect": 0.0019}, "minimum effect"),
        ({"effect": None}, "minimum effect"),
        ({"select": 0.00196}, "best baseline"),
        ({"test": 0.0021}, "test sessions"),
        ({"coverage": 0.86}, "coverage"),
        ({"coverage": 0.74}, "coverage"),
        ({"invalid": 1}, "valid forecasts"),
        ({"audited": False}, "audit"),
    ],
)
def test_each_rule_alone_keeps_a_challenger_out(change: dict[str, object], rule: str) -> None:
    """A challenger that fails one rule does not take over, and the verdict names that rule."""
    rival = replace(contestant("gru", 0.0019, **PROVEN), **change)  # type: ignore[arg-type]
    verdict = decide(
        contestant("lstm", 0.0020, parameters=50), rival, contestant("ewma", 0.00195), champion="lstm"
    )
    assert (verdict.winner, verdict.promoted) == ("lstm", False)
    assert failed(verdict) == [rule]


def test_other_settings_decide_otherwise() -> None:
    """Limits are settings: a smaller effect, a larger level and a wider coverage each let it in."""
    weak = contestant("gru", 0.0019, **{**PROVEN, "effect": 0.001, "near": 0.0})
    champion = contestant("lstm", 0.0020)
    assert not decide(champion, weak, champion="lstm").promoted
    assert decide(champion, weak, champion="lstm", effect=0.1).promoted
    late = contestant("gru", 0.0019, **{**PROVEN, "evidence": 11.0, "near": 0.0})
    assert decide(champion, late, champion="lstm", level=0.1).promoted
    wide = contestant("gru", 0.0019, **{**PROVEN, "coverage": 0.87})
    assert decide(champion, wide, champion="lstm", coverage=10).promoted


def test_a_simpler_recipe_takes_over_if_it_is_not_inferior() -> None:
    """Evidence that it is not worse is enough for a simpler recipe, and not for one as complex."""
    near = {**PROVEN, "evidence": 0.5, "effect": 0.0}
    simple = contestant("gru", 0.0020, parameters=50, **near)
    verdict = decide(contestant("lstm", 0.0020), simple, champion="lstm")
    assert (verdict.winner, verdict.promoted) == ("gru", True)
    assert verdict.reason == ("gru takes over from lstm: it is simpler and not inferior, evidence 30")
    assert not decide(contestant("lstm", 0.002), replace(simple, parameters=100), champion="lstm").promoted
    unproven = replace(simple, near=19.0)
    assert not decide(contestant("lstm", 0.002), unproven, champion="lstm").promoted
    worse = replace(simple, test=0.00201)
    assert not decide(contestant("lstm", 0.002), worse, champion="lstm").promoted


def test_a_degraded_champion_falls_to_a_baseline_without_a_minimum_effect() -> None:
    """A network that is proven worse than a baseline does not reign, by however little it is worse."""
    little = {**PROVEN, "effect": 0.0001, "near": 0.0}
    verdict = decide(contestant("lstm", 0.0020), contestant("ewma", 0.00199, **little), champion="lstm")
    assert (verdict.winner, verdict.rules[0].rule) == ("ewma", "champion degraded")
    other = decide(contestant("boosted", 0.0020), contestant("ewma", 0.00199, **little), champion="boosted")
    assert not other.promoted


def test_of_several_that_may_the_lowest_loss_takes_over() -> None:
    """Two challengers keep every rule: the one with the lower loss on the select sessions wins."""
    verdict = decide(
        contestant("lstm", 0.0020),
        contestant("gru", 0.0019, **PROVEN),
        contestant("rnn", 0.0018, **{**PROVEN, "evidence": 21.0}),
        champion="lstm",
    )
    assert verdict.winner == "rnn"


def test_what_answers_as_another_is_no_candidate() -> None:
    """A network that answers as the regression cannot win, challenge or stay, and the verdict names it."""
    echo = contestant("lstm", 0.0018, answers_as="boosted", **PROVEN)
    verdict = decide(echo, contestant("boosted", 0.0018), contestant("ewma", 0.0020, confidence=0.0))
    assert (verdict.winner, verdict.challenger) == ("boosted", "ewma")
    assert verdict.reason.endswith("; not compared, because they answer as another recipe: lstm as boosted")
    kept = decide(echo, contestant("boosted", 0.0018), contestant("ewma", 0.0020), champion="boosted")
    assert (kept.winner, kept.challenger) == ("boosted", "ewma")
    missing = decide(echo, contestant("ewma", 0.0020))
    assert missing.reason.endswith(
        "lstm as boosted (to let that one compete, add boosted to training.recipes)"
    )
    gone = decide(echo, contestant("boosted", 0.0018), champion="lstm")
    assert (gone.winner, gone.promoted, gone.champion_before) == ("boosted", True, "lstm")
    assert "the champion lstm answers as boosted now" in gone.reason


def test_only_what_can_win_counts_as_the_original_of_an_echo() -> None:
    """A recipe that cannot be champion does not make the advice superfluous."""
    echo = contestant("lstm", 0.0018, answers_as="boosted")
    sign = contestant("sign", 0.0018, can_win=False)
    assert "to let that one compete" in decide(echo, contestant("ewma", 0.0020), sign).reason


def test_alone_what_answers_as_another_may_win() -> None:
    """Where nothing else is trained, networks that answer as the regression are its only row."""
    echoes = [contestant(name, 0.002, answers_as="regression") for name in ("lstm", "gru")]
    verdict = decide(*echoes)
    assert verdict.winner == "gru"
    assert "not compared" not in verdict.reason
    assert decide(*echoes, champion="lstm").winner == "lstm"


def test_a_champion_alone_stays() -> None:
    """With no other recipe there is nobody to challenge."""
    verdict = decide(contestant("lstm", 0.0020), champion="lstm")
    assert verdict == Verdict("lstm", False, None, "lstm", "lstm stays: no other recipe was trained")


def test_order_changes_nothing() -> None:
    """Contestants may come in any order."""
    three = [contestant("lstm", 0.0019), contestant("ewma", 0.0020), contestant("gru", 0.0018, **PROVEN)]
    assert decide(*three, champion="lstm") == decide(*three[::-1], champion="lstm")


def test_a_direction_recipe_is_scored_and_never_wins() -> None:
    """A recipe that cannot be champion is left out of the weighing, by name, however low its loss."""
    sign = contestant("sign", 0.0001, can_win=False, **PROVEN)
    verdict = decide(sign, contestant("lstm", 0.0019), contestant("ewma", 0.0020, confidence=0.0))
    assert (verdict.winner, verdict.challenger) == ("lstm", "ewma")
    assert verdict.reason.endswith("not compared, because the head direction cannot be champion: sign")
    later = decide(sign, contestant("lstm", 0.0019), contestant("ewma", 0.0020), champion="lstm")
    assert (later.winner, later.promoted, later.challenger) == ("lstm", False, "ewma")
    with pytest.raises(ShapeError, match="only sign could be trained"):
        decide(sign)
