"""Bets: single stakes by hand, looks that add up, and how rarely luck wins."""

import json

import numpy as np
import pytest

from morrow.contest.betting import SHARES, Wealth

LOOSE = {"idle": True, "settled": False}


def wealth_after(gains: list[float], bounds: list[float], losses: list[float], horizon: int) -> Wealth:
    """Wealth after bets on these cutoffs."""
    arrays = (np.asarray(each, dtype=np.float64) for each in (gains, bounds, losses))
    return Wealth.begin(horizon).bet(*arrays)


def test_the_first_bet_waits_until_a_loss_is_known() -> None:
    """With horizon 2 the third cutoff is the first that knows a loss; its stake is the share by the bound."""
    still = wealth_after([0.1, 0.1], [0.2, 0.2], [1.0, 1.0], 2)
    assert still.evidence(**LOOSE) == 1.0
    # Bounds of 0.2 each: a scale of half their mean, 0.1, so a stake of 1 / 0.2 and a return of 0.1 / 0.2.
    third = still.bet(np.array([0.1]), np.array([0.2]), np.array([1.0]))
    assert np.exp(third.logs[0]) == pytest.approx(1 + SHARES * 0.5)
    assert third.evidence(**LOOSE) == pytest.approx((1 + (1 + SHARES * 0.5).mean()) / 2)


def test_stakes_stop_growing_below_half_the_mean_bound_and_below_the_floor() -> None:
    """A small bound counts as half the mean bound, and no bound at all as a hundredth of a loss."""
    small = wealth_after([0.0, 0.0, 0.01], [0.4, 0.4, 0.01], [1.0, 1.0, 1.0], 1)
    assert np.exp(small.logs[0]) == pytest.approx(1 + SHARES * 0.01 / (0.5 * 0.81 / 3))
    same = wealth_after([0.0, 0.002], [0.0, 0.0], [1.0, 1.0], 1)
    assert np.exp(same.logs[0]) == pytest.approx(1 + SHARES * 0.2)


def test_the_worst_outcome_never_ruins() -> None:
    """A gain of minus the bound at every cutoff loses exactly the share staked, again and again."""
    worst = wealth_after([-0.2] * 5, [0.2] * 5, [1.0] * 5, 1)
    assert np.exp(worst.logs[0]) == pytest.approx((1 - SHARES) ** 4)


def test_looks_add_up() -> None:
    """Bets in three looks are the bets of one, and survive JSON in between."""
    draw = np.random.default_rng(3)
    gains, bounds = draw.normal(0, 0.05, 40), draw.uniform(0.2, 0.4, 40)
    losses = draw.uniform(0.9, 1.1, 40)
    whole = Wealth.begin(5).bet(gains, bounds, losses)
    parts = Wealth.begin(5)
    for look in (slice(0, 7), slice(7, 9), slice(9, 40)):
        parts = parts.bet(gains[look], bounds[look], losses[look])
        parts = Wealth.read(json.loads(json.dumps(parts.document())))
    assert parts.logs == pytest.approx(whole.logs, abs=1e-6)
    assert (parts.bets, parts.known, len(parts.open)) == (40, 35, 5)


def test_open_bets_count_as_lost() -> None:
    """Every bettor with an open bet counts as if it lost it, but for the one that was paid at this look."""
    one = wealth_after([0.1] * 4, [0.2] * 4, [1.0] * 4, 2)
    logs = np.exp(one.logs)
    assert one.evidence(**LOOSE) == pytest.approx(logs.mean())
    assert one.evidence(idle=False, settled=False) == pytest.approx((logs * (1 - SHARES)).mean())
    paid = np.stack([logs[0] * (1 - SHARES), logs[1]])
    assert one.evidence(idle=False, settled=True) == pytest.approx(paid.mean())


@pytest.mark.parametrize("horizon", [1, 5])
def test_luck_seldom_wins(horizon: int) -> None:
    """Of fair games with overlapping outcomes, watched at every cutoff, at most a twentieth ever reach 20."""
    draw, games, length = np.random.default_rng(17), 300, 200
    wins = 0
    for _ in range(games):
        shocks = draw.choice([-1.0, 1.0], length + horizon) * draw.uniform(0.2, 1.0, length + horizon)
        gains = np.convolve(shocks, np.ones(horizon) / horizon, "valid")[1 : length + 1] * 0.1
        wealth = Wealth.begin(horizon)
        for gain in gains:
            wealth = wealth.bet(np.array([gain]), np.array([0.1]), np.array([1.0]))
            if wealth.evidence(idle=False, settled=True) >= 20:
                wins += 1
                break
    assert wins / games <= 0.05


def test_skill_wins() -> None:
    """A gain that is small against its noise, and lasts, becomes evidence without limit."""
    draw = np.random.default_rng(8)
    gains = draw.normal(0.03, 0.1, 600).clip(-0.2)
    sure = wealth_after(list(gains), [0.2] * 600, [1.0] * 600, 5)
    assert sure.evidence(idle=False, settled=True) > 100
