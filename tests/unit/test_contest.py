"""Every branch of the contest, by losses small enough to add up by hand."""

from dataclasses import replace

import pandas as pd
import pytest

from morrow import contest
from morrow.contest import Entry, Verdict
from morrow.errors import ShapeError

DAYS = pd.to_datetime(["2026-01-05", "2026-01-06"])


def losses(select: float, test: float, wobble: float = 0.0001) -> pd.DataFrame:
    """Two rows a part whose mean losses are the two given, in rows that differ."""
    return pd.DataFrame(
        {
            "symbol": ["A", "B"] * 2,
            "session": [DAYS[0], DAYS[0], DAYS[1], DAYS[1]],
            "step": [1, 2, 1, 2],
            "part": ["select", "select", "test", "test"],
            "loss": [select - wobble, select + wobble, test - wobble, test + wobble],
        }
    )


def entry(name: str, select: float, test: float = 0.002) -> Entry:
    """An entry; names of baselines are known."""
    return Entry(name, name in ("ewma", "boosted"), losses(select, test))


def judge(*entries: Entry, champion: str | None = None) -> Verdict:
    """Hold the contest."""
    return contest.judge(list(entries), champion)


def test_first_night_takes_the_lowest() -> None:
    """Without a champion the lowest loss on the select sessions wins, whatever the test sessions say."""
    verdict = judge(entry("lstm", 0.0019, 0.5), entry("ewma", 0.0020), entry("gru", 0.0021))
    assert (verdict.winner, verdict.promoted, verdict.challenger) == ("lstm", True, "ewma")
    assert verdict.champion_before is None
    assert verdict.reason == (
        "lstm becomes champion: there was no champion, and its pinball on the select sessions is the lowest, "
        "19.000 bp, ahead of ewma with 20.000 bp"
    )


def test_a_baseline_may_win() -> None:
    """A baseline with the lowest loss becomes champion."""
    assert judge(entry("lstm", 0.0021), entry("ewma", 0.0020)).winner == "ewma"


def test_a_tie_goes_to_the_first_name() -> None:
    """Equal losses are decided by name, so that the night is the same every time."""
    assert judge(entry("lstm", 0.002), entry("gru", 0.002)).winner == "gru"


def test_alone_on_the_first_night() -> None:
    """A single recipe becomes champion, with nobody to be ahead of."""
    verdict = judge(entry("lstm", 0.0019))
    assert (verdict.winner, verdict.promoted, verdict.challenger) == ("lstm", True, None)
    assert "ahead" not in verdict.reason


def test_a_champion_that_is_no_longer_a_recipe() -> None:
    """When the champion's recipe is no longer trained, the contest is a first night that says so."""
    verdict = judge(entry("lstm", 0.0019), entry("ewma", 0.0020), champion="tuned")
    assert (verdict.winner, verdict.promoted, verdict.champion_before) == ("lstm", True, "tuned")
    assert "the champion tuned is no longer a recipe" in verdict.reason


def test_the_champion_stays_when_nobody_is_better() -> None:
    """The best rival must beat the champion on the select sessions; as good is not better."""
    for rival in (0.0019, 0.0020):
        verdict = judge(entry("lstm", 0.0019), entry("gru", rival, 0.0001), champion="lstm")
        assert (verdict.winner, verdict.promoted, verdict.challenger) == ("lstm", False, "gru")
        assert verdict.reason.startswith("lstm stays: gru is not better")
        assert verdict.champion_before == "lstm"


def test_a_challenger_takes_over() -> None:
    """Better than the champion and than the best baseline, and not worse on the test sessions: it wins."""
    verdict = judge(
        entry("lstm", 0.0020, 0.0020), entry("gru", 0.0018, 0.0020), entry("ewma", 0.0019), champion="lstm"
    )
    assert (verdict.winner, verdict.promoted, verdict.challenger) == ("gru", True, "gru")
    assert verdict.champion_before == "lstm"
    assert verdict.reason == (
        "gru takes over from lstm: 18.000 bp against 20.000 bp on the select sessions, "
        "and not worse on the test sessions"
    )


def test_a_challenger_must_beat_the_best_baseline() -> None:
    """Of a network and a baseline that are equally better than the champion, the baseline takes over."""
    verdict = judge(entry("lstm", 0.0020), entry("a-net", 0.0019), entry("ewma", 0.0019), champion="lstm")
    assert (verdict.winner, verdict.promoted, verdict.challenger) == ("ewma", True, "ewma")


@pytest.mark.parametrize("gap", [0.0, 0.9e-6, -0.9e-6])
def test_of_equals_the_simplest_wins(gap: float) -> None:
    """Within a millionth, a baseline is before a network, and fewer parameters before more of them."""
    large, small = (
        replace(entry(name, 0.002 * (1 + gap * share)), parameters=count)
        for name, count, share in (("a-large", 900, 0.0), ("small", 90, 1.0))
    )
    baseline = replace(entry("ewma", 0.002), parameters=5_000)
    assert judge(large, small).winner == "small"
    assert judge(large, small, baseline).winner == "ewma"
    assert judge(large, small, champion="small").winner == "small"
    over = judge(large, small, champion="a-large")
    assert (over.winner, over.promoted) == ("small", True)
    assert over.reason.startswith("small takes over from a-large: it is simpler and as good, 20.000 bp")


def test_a_difference_of_more_than_a_millionth_counts() -> None:
    """Two millionths lower is lower, however many parameters it took."""
    large, small = replace(entry("large", 0.002 * (1 - 2e-6)), parameters=900), entry("small", 0.002)
    assert judge(large, small).winner == "large"
    assert judge(large, small, champion="small").winner == "large"
    assert judge(large, small, champion="large").winner == "large"


def test_what_answers_as_another_is_no_candidate() -> None:
    """A network that answers as the regression cannot win, challenge or stay, and the verdict names it."""
    echo = replace(entry("lstm", 0.0018), answers_as="boosted")
    verdict = judge(echo, entry("boosted", 0.0018), entry("ewma", 0.0020))
    assert (verdict.winner, verdict.challenger) == ("boosted", "ewma")
    assert verdict.reason.endswith("; not compared, because they answer as another recipe: lstm as boosted")
    kept = judge(echo, entry("boosted", 0.0018), entry("ewma", 0.0020), champion="boosted")
    assert (kept.winner, kept.challenger) == ("boosted", "ewma")
    missing = judge(echo, entry("ewma", 0.0020))
    assert missing.winner == "ewma"
    assert missing.reason.endswith(
        "lstm as boosted (to let that one compete, add boosted to training.recipes)"
    )
    barred = judge(echo, replace(entry("falls", 0.0018), can_win=False), entry("ewma", 0.0020))
    assert barred.reason.endswith("(to let that one compete, add boosted to training.recipes)")
    gone = judge(echo, entry("boosted", 0.0018), entry("ewma", 0.0020), champion="lstm")
    assert (gone.winner, gone.promoted, gone.champion_before) == ("boosted", True, "lstm")
    assert "the champion lstm answers as boosted now" in gone.reason


def test_alone_what_answers_as_another_may_win() -> None:
    """Where nothing else is trained, networks that answer as the regression are its only row."""
    echoes = [replace(entry(name, 0.002), answers_as="regression") for name in ("lstm", "gru")]
    verdict = judge(*echoes)
    assert verdict.winner == "gru"
    assert "not compared" not in verdict.reason
    assert judge(*echoes, champion="lstm").winner == "lstm"


def test_a_baseline_may_challenge() -> None:
    """A baseline need not beat itself to take over."""
    verdict = judge(entry("lstm", 0.0020), entry("ewma", 0.0019), entry("gru", 0.0021), champion="lstm")
    assert (verdict.winner, verdict.promoted) == ("ewma", True)


def test_a_baseline_champion_is_beaten_as_champion() -> None:
    """A champion that is itself the only baseline is weighed once, as champion."""
    verdict = judge(entry("lstm", 0.0019), entry("ewma", 0.0020), champion="ewma")
    assert (verdict.winner, verdict.promoted) == ("lstm", True)


def test_the_test_sessions_may_veto() -> None:
    """Better on the select sessions and worse on the test sessions: the champion stays."""
    verdict = judge(entry("lstm", 0.0020, 0.0020), entry("gru", 0.0019, 0.0021), champion="lstm")
    assert (verdict.winner, verdict.promoted) == ("lstm", False)
    assert "worse on the test sessions, 21.000 bp against 20.000 bp" in verdict.reason


def test_a_champion_alone_stays() -> None:
    """With no other recipe there is nobody to challenge."""
    verdict = judge(entry("lstm", 0.0020), champion="lstm")
    assert verdict == Verdict("lstm", False, None, "lstm", "lstm stays: no other recipe was trained")


def test_order_of_entries_and_rows_changes_nothing() -> None:
    """Entries and their rows may come in any order."""
    one, two = entry("lstm", 0.0019), entry("ewma", 0.0020)
    turned = Entry("lstm", False, one.losses.iloc[::-1])
    assert judge(two, turned) == judge(one, two)


def test_nothing_to_judge() -> None:
    """A contest without entries is refused, with what to configure."""
    with pytest.raises(ShapeError, match=r"training\.recipes"):
        judge()


@pytest.mark.parametrize(
    "odd",
    [
        losses(0.001, 0.001).iloc[:-1],
        losses(0.001, 0.001).assign(symbol=["A", "B", "A", "C"]),
        losses(0.001, 0.001).assign(session=[DAYS[0], DAYS[0], DAYS[1], DAYS[0]]),
        losses(0.001, 0.001).assign(step=[1, 2, 1, 3]),
        losses(0.001, 0.001).assign(part=["select", "select", "test", "select"]),
    ],
    ids=["fewer", "symbol", "session", "step", "part"],
)
def test_all_must_be_scored_on_the_same_rows(odd: pd.DataFrame) -> None:
    """A recipe scored on other rows, even one, is refused by name."""
    with pytest.raises(ShapeError, match="gru was scored on"):
        judge(entry("lstm", 0.002), Entry("gru", False, odd))


@pytest.mark.parametrize("champion", [None, "lstm"])
@pytest.mark.parametrize("part", ["select", "test"])
def test_a_lost_loss_is_no_advantage(part: str, champion: str | None) -> None:
    """A recipe with a loss that is not a number is never weighed on the rows that remain."""
    odd = losses(0.001, 0.001)
    odd.loc[odd["part"] == part, "loss"] = [float("nan"), 0.0001]
    entries = [Entry("gru", False, odd), entry("lstm", 0.002)]
    if part == "test" and champion is None:  # the test sessions are only reported then
        assert contest.judge(entries, champion).winner == "gru"
    else:
        with pytest.raises(ShapeError, match="gru"):
            contest.judge(entries, champion)


def test_an_empty_part_is_refused() -> None:
    """Nobody wins on select sessions without a row."""
    with pytest.raises(ShapeError, match="select"):
        judge(Entry("lstm", False, losses(0.001, 0.001).iloc[2:]))


def test_a_refresh_that_lost_a_loss_does_not_pass() -> None:
    """A refitted champion with a loss that is not a number keeps the old version in place."""
    now = losses(0.9, 0.9)
    now.loc[0, "loss"] = float("nan")
    assert not contest.refresh(now, losses(1.0, 1.0)).passed


def before_and_now(ratio: float) -> contest.Refresh:
    """A refresh whose loss went from 1 to the ratio."""
    return contest.refresh(losses(ratio, ratio, 0.0), losses(1.0, 1.0, 0.0))


@pytest.mark.parametrize(("ratio", "passed"), [(0.5, True), (1.0, True), (1.005, True), (1.00501, False)])
def test_refresh_allows_half_a_per_cent(ratio: float, passed: bool) -> None:
    """The refitted champion may be worse by half a per cent out of fold, and by no more."""
    verdict = before_and_now(ratio)
    assert verdict.passed is passed
    assert "on the 4 rows that both retrainings scored" in verdict.reason


def test_refresh_compares_the_rows_that_both_scored() -> None:
    """Rows that only one retraining scored weigh nothing, even where they changed part."""
    now, before = losses(1.0, 5.0, 0.0), losses(1.0, 9.0, 0.0)
    before.loc[before["part"] == "test", "session"] = DAYS[0] - pd.Timedelta(days=30)
    before["part"] = "test"
    verdict = contest.refresh(now, before)
    assert verdict.passed
    assert verdict.reason == "+0.00% out of fold on the 2 rows that both retrainings scored"


def test_refresh_without_anything_to_compare() -> None:
    """With no earlier losses, or none on the same rows, a refresh passes and says why."""
    now = losses(1.0, 1.0)
    assert contest.refresh(now, None).passed
    assert contest.refresh(now, now.iloc[:0]).passed
    apart = contest.refresh(now, now.assign(step=9))
    assert apart.passed
    assert "no row was scored at both" in apart.reason


def test_a_direction_recipe_is_scored_and_never_wins() -> None:
    """A recipe that cannot be champion is left out of the weighing, by name, however low its loss."""
    sign = Entry("sign", False, losses(0.0001, 0.0001), can_win=False)
    verdict = judge(sign, entry("lstm", 0.0019), entry("ewma", 0.0020))
    assert (verdict.winner, verdict.challenger) == ("lstm", "ewma")
    assert verdict.reason.endswith("not compared, because the head direction cannot be champion: sign")
    later = judge(sign, entry("lstm", 0.0019), entry("ewma", 0.0020), champion="lstm")
    assert (later.winner, later.promoted, later.challenger) == ("lstm", False, "ewma")
    with pytest.raises(ShapeError, match="only sign could be trained"):
        judge(sign)
