"""The benchmark of the contest: leagues of known quality, and what becomes of them."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmarks.contest.__main__ import measure
from benchmarks.contest.leagues import draw_leagues, improve, join_leagues, make_pool
from benchmarks.contest.real_losses import RealLosses
from benchmarks.contest.replay import decide_champions, find_looks, replay
from benchmarks.contest.round_robin import find_largest_excesses, meet_all
from benchmarks.contest.season import NEVER, Season
from morrow import backtest
from morrow.backtest import Job
from morrow.config import Contest
from morrow.contest import Entry, Evidence, Look, hold_contest
from morrow.metrics import largest_excess
from morrow.panel import Panel
from tests.conftest import FORECAST, PARTS, RECIPES, SETTINGS

HORIZON, PART, WEEKS = 5, 60, 20
LENGTH = 2 * (PART + HORIZON) + 5 * WEEKS


@pytest.fixture
def real() -> RealLosses:
    """Three recipes that differ by a few per cent of a common daily loss, within their bounds."""
    draw = np.random.default_rng(9)
    level = draw.gamma(9.0, 1 / 9, 400)
    losses = level[:, None] * (1 + draw.normal([0.0, 0.01, 0.03], 0.015, (400, 3)))
    bounds = np.maximum(np.abs(losses[:, :, None] - losses[:, None, :]), 0.06)
    return RealLosses(
        names=("one", "other", "third"),
        losses=losses,
        bounds=bounds,
        horizon=HORIZON,
        averaged=losses.mean(axis=1),
        baselines=np.array([True, False, False]),
        parameters=np.array([1, 20, 30]),
    )


@pytest.fixture
def changing(real: RealLosses) -> RealLosses:
    """The same, but the last recipe is a sixth better than the others from the 150th session on."""
    losses = real.losses.copy()
    losses[150:, 2] *= 0.8
    bounds = np.maximum(np.abs(losses[:, :, None] - losses[:, None, :]), 0.06)
    return replace(real, losses=losses, bounds=bounds)


def test_challengers_are_no_better_and_keep_their_bounds(real: RealLosses) -> None:
    """Shifted differences have a mean of zero, or the effect, and never fall below minus their bound."""
    draw = np.random.default_rng(1)
    pool = make_pool(real, 0, 6, draw)
    assert pool.gains.shape == (400, 6)
    assert pool.gains.mean(axis=0) == pytest.approx(0, abs=1e-12)
    assert (pool.gains >= -pool.bounds - 1e-12).all()
    better = improve(pool, [2], 0.01)
    expected = np.where(np.arange(6) == 2, 0.01 * pool.champion.mean(), 0.0)
    assert better.gains.mean(axis=0) == pytest.approx(expected, abs=1e-12)
    assert (better.gains >= -better.bounds - 1e-12).all()


def test_leagues_draw_whole_blocks_of_dates(real: RealLosses) -> None:
    """Champion and challengers of a league come from the same dates, in blocks in their order."""
    draw = np.random.default_rng(2)
    pool = make_pool(real, 0, 2, draw)
    leagues = draw_leagues(pool, 3, 60, draw)
    assert leagues.gains.shape == (60, 3, 2)
    for league in range(3):
        dates = [int(np.flatnonzero(pool.champion == loss)[0]) for loss in leagues.champion[:, league]]
        assert np.array_equal(pool.gains[dates], leagues.gains[:, league])
        steps = np.diff(dates) % 400
        assert (np.delete(steps, [24, 49]) == 1).all()


def test_skill_is_promoted_and_luck_is_not(real: RealLosses) -> None:
    """One recipe 6 % better takes over in most leagues, nobody does among equals, and bare means do."""
    draw = np.random.default_rng(3)
    pool = make_pool(real, 0, 4, draw)
    luck = Season(draw_leagues(pool, 40, LENGTH, draw), HORIZON, PART, WEEKS, Contest())
    assert (luck.play()[:, 0] != NEVER).mean() <= 0.05
    assert luck.play_bare().mean() > 0.5
    skill = Season(draw_leagues(improve(pool, [1], 0.06), 40, LENGTH, draw), HORIZON, PART, WEEKS, Contest())
    played = skill.play()
    assert (played[:, 1] == 1).mean() > 0.7
    assert set(played[:, 1]) <= {1, NEVER}
    assert (skill.play(exact=True)[:, 1] == 1).mean() > 0.7


def test_the_line_has_every_figure(real: RealLosses) -> None:
    """Rates are shares, and what is not measured is null."""
    figures = measure([real], 3, 5)
    assert figures["leagues"] == 3
    assert figures["looks"] == 53
    for name in ("false_promotion_rate", "naive_false_promotion_rate", "power_1pct_500"):
        assert 0 <= figures[name] <= 1
    assert figures["false_promotion_rate_by_universe"] == [figures["false_promotion_rate"]]
    assert 0 <= figures["false_promotion_rate_by_bets"] <= 1
    assert len(figures["false_promotion_rate_long_blocks"]) == 1
    assert figures["power_by_effect"]["2.0% 500"]["far"] is None
    power = figures["power_by_effect"]["1.0% 500"]
    assert figures["power_1pct_500_all_pairs"] == power["all"] == power["near"]
    assert figures["policy_vs_first_recipe"] == figures["replays"][0]["vs_first_recipe"]


def test_joined_leagues_play_as_each_does_alone(real: RealLosses) -> None:
    """The season of several groups of leagues side by side is that of each group, in their order."""
    draw, part = np.random.default_rng(4), 170  # from which evidence counts at the first look
    pool = improve(make_pool(real, 0, 4, draw), [1], 0.008)
    groups = [draw_leagues(pool, size, LENGTH + 2 * (part - PART), draw) for size in (5, 9)]
    alone = [Season(each, HORIZON, part, WEEKS, Contest()) for each in groups]
    together = Season(join_leagues(groups), HORIZON, part, WEEKS, Contest())
    assert np.array_equal(together.play(), np.concatenate([each.play() for each in alone]))
    assert np.array_equal(together.play_bare(), np.concatenate([each.play_bare() for each in alone]))
    assert len(np.unique(together.play()[:, 0])) > 1


def test_one_pass_finds_the_bounds_of_both_directions() -> None:
    """They are those of the contest's own measure, also where quantiles coincide."""
    draw = np.random.default_rng(6)
    one, other = (np.sort(draw.normal(size=(200, 5)).round(1), axis=-1) for _ in range(2))
    levels = np.array([0.1, 0.3, 0.5, 0.7, 0.9])
    there, back = find_largest_excesses(one, other, levels)
    assert np.array_equal(there, largest_excess(other, one, levels))
    assert np.array_equal(back, largest_excess(one, other, levels))


def test_every_pair_meets_as_in_a_night(panel: Panel, tmp_path: Path) -> None:
    """Losses and bounds are those of the night's meetings; averaged with itself, a forecast stays."""
    panel.save(tmp_path / "panel")
    results = []
    for name in ("ewma", "unconditional"):
        job = Job(name, RECIPES[name], tmp_path / "panel", PARTS, 7, dict(SETTINGS), tmp_path / name)
        backtest.run(job)
        results.append(backtest.result(job))
    losses, bounds, averaged = meet_all(panel, PARTS, results, FORECAST.levels)
    for one, other in ((0, 1), (1, 0)):
        pair = results[one], results[other]
        frame = backtest.meet(panel, PARTS, *pair, FORECAST.levels, "0001-01-01")
        assert np.array_equal(losses[:, one], frame["champion"])
        assert np.array_equal(bounds[:, one, other], frame["bound"])
    assert (averaged < losses.max(axis=1)).all()
    alone = meet_all(panel, PARTS, [results[0]] * 2, FORECAST.levels)
    assert np.array_equal(alone[2], losses[:, 0])


def test_a_replay_crowns_whom_the_nights_contest_crowns(changing: RealLosses) -> None:
    """The champion after each look is that of the contest held week by week on one row a date."""
    champions = decide_champions(changing, PART, Contest())
    held = _hold_contests(changing, PART, Contest())
    assert [changing.names[each] for each in champions] == held
    assert len(set(held)) == 2


def test_a_replay_sees_no_outcome_of_its_future(changing: RealLosses) -> None:
    """What comes after a look's known cutoffs changes no champion up to that look."""
    looks, champions = find_looks(changing, PART), decide_champions(changing, PART, Contest())
    number = next(place for place, each in enumerate(champions) if each != champions[0]) - 1
    losses = changing.losses.copy()
    losses[looks[number] - HORIZON + 1 :, [0, 2]] = losses[looks[number] - HORIZON + 1 :, [2, 0]] * 3
    other = decide_champions(replace(changing, losses=losses), PART, Contest())
    assert other[: number + 1] == champions[: number + 1]
    assert other != champions


def test_policies_are_scored_on_the_weeks_after_each_look(real: RealLosses) -> None:
    """Of losses in fixed proportion every ratio is known: the champion's share over the policy's."""
    level = real.losses[:, :1]
    losses, bounds = level * [1.0, 0.8, 2.0], np.full((400, 3, 3), 3.0)
    plain = replace(real, losses=losses, bounds=bounds, averaged=1.6 * level[:, 0])
    played = replay(plain, PART, Contest())
    assert set(played.champions) == {"other"}
    assert played.ratios == pytest.approx({"first_recipe": 1.0, "best_mean": 1.0, "equal_weights": 0.5})


def _hold_contests(real: RealLosses, part: int, settings: Contest) -> list[str]:
    """The champion after each look, by the contest that a night holds."""
    days = pd.bdate_range("2020-01-01", periods=len(real.losses))
    champion, evidence, champions = None, Evidence(), []

    def give_entry(number: int, windows: dict[str, range]) -> Entry:
        frames = [
            pd.DataFrame(
                {
                    "symbol": "A",
                    "session": days[window],
                    "step": 1,
                    "part": name,
                    "loss": real.losses[window, number],
                }
            )
            for name, window in windows.items()
        ]
        parameters, baseline = int(real.parameters[number]), bool(real.baselines[number])
        return Entry(real.names[number], baseline, pd.concat(frames), parameters=parameters)

    for today in find_looks(real, part):
        through = today - real.horizon
        test = range(through - part + 1, through + 1)
        select = range(test.start - real.horizon - part, test.start - real.horizon)

        def meet(one: str, other: str, after: str | None, through=through, select=select) -> pd.DataFrame:  # type: ignore[no-untyped-def]
            chosen = list(select) if after is None else np.flatnonzero(days[: through + 1] > after).tolist()
            i, j = real.names.index(one), real.names.index(other)
            return pd.DataFrame(
                {
                    "session": days[chosen],
                    "champion": real.losses[chosen, i],
                    "challenger": real.losses[chosen, j],
                    "bound": real.bounds[chosen, i, j],
                }
            )

        look = Look(real.horizon, str(days[today].date()), str(days[through].date()), meet)
        entries = [give_entry(number, {"select": select, "test": test}) for number in range(len(real.names))]
        held = hold_contest(entries, champion, evidence, look, settings)
        champion, evidence = held.verdict.winner, held.evidence
        champions.append(champion)
    return champions
