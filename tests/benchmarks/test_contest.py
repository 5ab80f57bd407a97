"""The benchmark of the contest: leagues of known quality, and what becomes of them."""

import numpy as np
import pytest

from benchmarks.contest.__main__ import measure
from benchmarks.contest.leagues import draw_leagues, improve, make_pool
from benchmarks.contest.real_losses import RealLosses
from benchmarks.contest.season import NEVER, Season
from morrow.config import Contest

HORIZON, PART, WEEKS = 5, 60, 20
LENGTH = 2 * (PART + HORIZON) + 5 * WEEKS


@pytest.fixture
def real() -> RealLosses:
    """Three recipes that differ by a few per cent of a common daily loss, within their bounds."""
    draw = np.random.default_rng(9)
    level = draw.gamma(9.0, 1 / 9, 400)
    losses = level[:, None] * (1 + draw.normal([0.0, 0.01, 0.03], 0.015, (400, 3)))
    bounds = np.maximum(np.abs(losses[:, :, None] - losses[:, None, :]), 0.06)
    return RealLosses(("one", "other", "third"), losses, bounds, HORIZON)


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


def test_the_line_has_every_figure(real: RealLosses) -> None:
    """Rates are shares, and what is not measured is null."""
    figures = measure([real], 3, 5)
    assert figures["leagues"] == 3
    assert figures["looks"] == 53
    for name in ("false_promotion_rate", "naive_false_promotion_rate", "power_1pct_500"):
        assert 0 <= figures[name] <= 1
    assert figures["power_by_effect"]["2.0% 500"]["far"] is None
    assert figures["policy_vs_first_recipe"] is None
