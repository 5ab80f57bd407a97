"""The test of the mean that may be repeated: its value, its sums, and how rarely luck wins."""

import json

import numpy as np
import pytest
from scipy import integrate, stats

from morrow.contest.mean_test import FLOOR, LEAST, MARGIN, PRIOR, WINDOW, MeanTest


def make_test(gains: np.ndarray, horizon: int = 5) -> MeanTest:
    """The test after these sessions of one challenger, whose champion loses one a day."""
    return MeanTest.begin(horizon).add(gains, np.ones(len(gains)))


def statistic(gains: np.ndarray) -> float:
    """Mean by its standard error from overlapping sums, each in a loop."""
    number, mean = len(gains) / WINDOW, WINDOW * gains.mean()
    sums = [gains[first : first + WINDOW].sum() for first in range(len(gains) - WINDOW + 1)]
    variance = MARGIN * np.mean([(one - mean) ** 2 for one in sums]) * number / (number - 1)
    return float(mean * np.sqrt(number / variance))


@pytest.mark.parametrize("shift", [-0.01, 0.0, 0.01, 0.03])
def test_evidence_is_the_bayes_factor_of_its_t(shift: float) -> None:
    """It is the non-central t density, averaged over a half-normal prior, by the central one."""
    gains = np.random.default_rng(5).normal(shift, 0.05, 407)
    number = len(gains) / WINDOW
    freedom, t = 1.5 * number - 1, statistic(gains)
    central = stats.t(freedom).pdf(t)

    def weigh(mean: float) -> float:
        prior = 2 * stats.norm(0, np.sqrt(PRIOR)).pdf(mean)
        return float(stats.nct(freedom, mean * np.sqrt(number)).pdf(t) / central * prior)

    factor, _ = integrate.quad(weigh, 0, 6, limit=200)
    assert float(make_test(gains).evidence()) == pytest.approx(factor, rel=1e-3)


def test_looks_add_up_and_survive_json() -> None:
    """Sessions in several looks, kept as JSON between them, are those of one look."""
    gains = np.random.default_rng(2).normal(0.01, 0.05, 333)
    parts = MeanTest.begin(5)
    for look in (slice(0, 3), slice(3, 19), slice(19, 20), slice(20, 200), slice(200, 333)):
        parts = parts.add(gains[look], np.ones(len(gains[look])))
        parts = MeanTest.read(json.loads(json.dumps(parts.document())))
    assert parts.count == 333
    assert float(parts.evidence()) == pytest.approx(float(make_test(gains).evidence()))


def test_nothing_counts_before_eight_windows() -> None:
    """However large the gain, a short sample is no evidence."""
    gains = np.random.default_rng(2).normal(0.5, 0.05, LEAST * WINDOW)
    assert make_test(gains[:-1]).evidence() == 1.0
    assert make_test(gains).evidence() > 100


def test_windows_hold_four_forecasts() -> None:
    """A longer horizon makes for longer windows, a short one for none below twenty sessions."""
    assert [MeanTest.begin(horizon).window for horizon in (1, 5, 10)] == [20, 20, 40]


def test_a_difference_without_noise_has_the_least_noise_that_counts() -> None:
    """Gains that are all the same are divided by a thousandth of the champion's loss, not by nothing."""
    gains, number = np.full(400, 0.0001), 20
    t = 0.0001 / FLOOR * np.sqrt(number / MARGIN)
    noisy = np.tile([0.5, 1.5], 200) * 0.0001
    assert float(make_test(gains).evidence()) == pytest.approx(float(make_test(noisy).evidence()), rel=0.01)
    assert float(make_test(gains).evidence()) < np.exp(t**2 / 2)
    assert make_test(np.zeros(400)).evidence() == pytest.approx(1 / np.sqrt(1 + number * PRIOR))


@pytest.mark.parametrize("shape", ["fat", "clustered", "skewed"])
def test_luck_seldom_wins(shape: str) -> None:
    """Of fair games with overlapping outcomes, watched every week for years, a twentieth at most reach 20."""
    draw, games, length, horizon = np.random.default_rng(23), 600, 900, 5
    size = (length + horizon - 1, games)
    shocks = {
        "fat": draw.standard_t(3, size),
        "clustered": draw.normal(size=size)
        * np.exp(np.repeat(draw.normal(0, 0.8, (23, games)), 40, axis=0))[: size[0]],
        "skewed": 1 - draw.exponential(size=size),
    }[shape]
    gains = sum(shocks[step : step + length] for step in range(horizon)) * 0.01
    test, highest = MeanTest.begin(horizon, (games,)), np.zeros(games)
    for first in range(0, length, 5):
        test = test.add(gains[first : first + 5], np.ones((5, games)))
        highest = np.maximum(highest, test.evidence())
    assert (highest >= 20).mean() <= 0.05


def test_skill_wins() -> None:
    """A gain of a third of the daily noise is found within two years, one below zero never counts."""
    draw = np.random.default_rng(8)
    assert make_test(draw.normal(0.03, 0.1, 500)).evidence() > 180
    assert make_test(draw.normal(-0.03, 0.1, 500)).evidence() < 0.1
