"""The weight of networks beside the regression: by hand, on noise, on gains, and towards a prior."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from morrow import metrics
from morrow.backtest.stacking_weight import GRID, fit_weight, measure_mixtures, measure_probability_mixtures
from tests.conftest import FORECAST

Array = NDArray[np.float64]
LEVELS = np.array(FORECAST.levels)
NORMAL = stats.norm.ppf(LEVELS)


def parabola(best: float, dates: int = 200, noise: float = 0.0, seed: int = 1) -> Array:
    """Losses by date of every weight, lowest on average at ``best``; the noise grows with the weight."""
    draw = np.random.default_rng(seed).standard_normal(dates)
    return np.square(GRID - best)[:, None] + noise * GRID[:, None] * (draw - draw.mean())


def test_without_noise_the_weight_is_the_best_one() -> None:
    """A gain that every date shows alike has no statistic, and counts in full without a demand."""
    assert fit_weight(parabola(0.4), 1, proof=0.0) == pytest.approx(0.4)
    assert fit_weight(parabola(0.4, noise=1e-6), 1, proof=1.0) == pytest.approx(0.4, abs=1e-6)


def test_the_shrinkage_by_hand() -> None:
    """Beside a gain of t standard errors the best weight is multiplied by 1 − (proof / t)²."""
    losses = parabola(0.5, noise=2.0)
    gain, _ = metrics.mean_test(losses[0] - losses[20], metrics.lags(3, 200), upper=True)
    assert 4 < gain < 6
    for proof in (0.5, 1.0, 3.0):
        assert fit_weight(losses, 3, proof) == pytest.approx(0.5 * (1 - (proof / gain) ** 2))
    assert fit_weight(losses, 3, proof=gain * 1.001) == 0.0


def test_evidence_moves_the_weight_away_from_its_prior_in_either_direction() -> None:
    """Without evidence the prior stays; with much of it, the best weight is reached from above and below."""
    for prior in (0.2, 0.5, 0.8):
        assert fit_weight(parabola(0.5, noise=50.0), 1, 1.0, prior) == pytest.approx(prior)
        assert fit_weight(parabola(0.5, noise=1e-4), 1, 1.0, prior) == pytest.approx(0.5, abs=1e-4)
    assert fit_weight(np.empty((len(GRID), 0)), 1, 1.0, 0.5) == pytest.approx(0.5)


def market(dates: int, error: float, network: float, seed: int) -> tuple[Array, ...]:
    """A calibrate part of 5 symbols and 3 steps in units of the reference's volatility.

    The reference misjudges the log volatility by a slow ``error``, the networks by a slow ``network`` of
    their own, in standard deviations.
    """
    draw = np.random.default_rng(seed)
    slow = stats.norm.rvs(size=(2, dates + 20, 5), random_state=draw).cumsum(axis=1)
    slow = (slow[:, 20:] - slow[:, :-20]) / np.sqrt(20)  # (2, dates, 5)
    returns = draw.standard_normal((dates + 3, 5)) / np.sqrt(3)
    actual = np.stack([sum(returns[lag : lag + dates] for lag in range(3))] * 3, axis=-1)  # overlapping
    ends = [
        np.exp(size * each)[..., None, None] * NORMAL
        for size, each in zip((error, network), slow, strict=True)
    ]
    shape = (dates * 5, 3, len(LEVELS))
    start, own = (np.broadcast_to(end, (dates, 5, 3, len(LEVELS))).reshape(shape) for end in ends)
    return start, own, actual.reshape(-1, 3), np.repeat(np.arange(dates), 5)


def weights(dates: int, error: float, network: float, draws: int = 20) -> Array:
    """Weights of such networks in several draws, with the default proof."""
    losses = (measure_mixtures(*market(dates, error, network, seed), LEVELS) for seed in range(draws))
    return np.array([fit_weight(each, 3, 1.0) for each in losses])


def test_networks_that_add_noise_weigh_nothing() -> None:
    """Of networks that are the truth and noise, beside the truth, nearly all weigh nothing."""
    found = weights(150, 0.0, 0.2)
    assert (found == 0).mean() >= 0.9
    assert found.max() < 0.15


def test_networks_that_know_more_weigh_much() -> None:
    """Networks that are right beside a reference that is not weigh nearly everything, the more so in time."""
    short, long = weights(150, 0.3, 0.0, 10), weights(600, 0.3, 0.0, 10)
    assert short.mean() < long.mean()
    assert long.min() > 0.8


def test_two_that_are_equally_wrong_share() -> None:
    """Of two with errors of the same size, apart from each other, each weighs about a half."""
    assert weights(1500, 0.3, 0.3, 4) == pytest.approx(np.full(4, 0.5), abs=0.12)


def test_mixtures_by_hand() -> None:
    """Two dates, one of them with an unknown step: the mean over symbols and known steps of each date."""
    start, own = (np.broadcast_to(value, (3, 2, 3)) for value in (0.0, 2.0))
    actual, session = np.array([[1.0, 4.0], [3.0, np.nan], [0.0, 0.0]]), np.array([7, 7, 9])
    losses = measure_mixtures(start, own, actual, session, np.array([0.25, 0.5, 0.75]))
    assert losses.shape == (len(GRID), 2)
    assert losses[0] == pytest.approx([0.5 * (1 + 4 + 3) / 3, 0])
    assert losses[-1] == pytest.approx([0.5 * (1 + 2 + 1) / 3, 1])
    assert losses[20] == pytest.approx([0.5 * (0 + 3 + 2) / 3, 0.5])


def test_probabilities_are_weighed_by_their_log_loss() -> None:
    """Certain and right beside even odds: the loss falls from log 3 to zero, and the weight is one."""
    even, sure = np.full((4, 1, 3), 1 / 3), np.tile([[0.0, 1.0, 0.0]], (4, 1, 1))
    happened = np.array([[1.0], [1.0], [np.nan], [1.0]])
    losses = measure_probability_mixtures(even, sure, happened, np.array([0, 1, 2, 3]))
    assert losses[0] == pytest.approx(np.full(3, np.log(3)))
    assert losses[-1] == pytest.approx(np.zeros(3), abs=1e-9)
    assert fit_weight(losses, 1, 0.0) == 1.0
