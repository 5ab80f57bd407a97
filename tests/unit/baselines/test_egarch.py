"""EGARCH against arch and a slow loop."""

import numpy as np
import pytest
from arch.univariate import EGARCH

from morrow.baselines import egarch
from tests.returns import moves, reference

LOGARITHMIC = np.array([-0.3, 0.15, -0.08, 0.966, 7.0, 1.5e-4])


def test_egarch_next_variance_is_archs() -> None:
    """For the parameters that arch fitted, the variance of the session after the last is arch's."""
    found = egarch.fit_parameters(moves())
    assert found is not None
    result = reference(EGARCH(p=1, o=1, q=1))
    assert found[1:5] == pytest.approx(result.params.to_numpy()[1:])
    ahead = result.forecast(horizon=1).variance.to_numpy()[-1, 0] / 1e4
    state = egarch.log_variances(moves()[None], found[None])[0, -1]
    assert np.exp(state) == pytest.approx(ahead, rel=1e-3)
    position = np.arange(len(moves()))
    scale = egarch.scales(
        moves(), position, np.full(900, 0.01), np.tile(found, (900, 1)),
        egarch.growth(found, 3, 200, 1)[None], np.zeros(900, dtype=np.int64), np.array([899]),
    )  # fmt: skip
    assert scale[0, 0] == pytest.approx(np.exp(state / 2))
    assert (np.diff(scale[0]) > 0).all()


def test_egarch_widths_against_a_loop() -> None:
    """The simulated width of two sessions is that of paths gone one by one with the same shocks."""
    omega, alpha, gamma, beta, nu, square = LOGARITHMIC
    place, paths = 10, 300
    first = np.log(square) + egarch.GRID[place]
    shocks = np.random.default_rng(5).standard_t(nu, (2, paths)) * np.sqrt((nu - 2) / nu)
    sums = []
    for one, two in shocks.T:
        news = np.clip(one, -10, 10)
        second = omega + alpha * (abs(news) - np.sqrt(2 / np.pi)) + gamma * news + beta * first
        sums.append((np.exp(first / 2) * one, np.exp(first / 2) * one + np.exp(second / 2) * two))
    low, high = np.quantile(np.array(sums), (0.1, 0.9), axis=0)
    expected = (high - low) / (high - low)[0]
    assert egarch.growth(LOGARITHMIC, 2, paths, 5)[place] == pytest.approx(expected)


def test_one_day_does_not_drown_an_egarch() -> None:
    """A move of a thousand deviations raises the log variance by what ten would."""
    returns = np.zeros((1, 3))
    returns[0, 1] = 50.0
    states = egarch.log_variances(returns, LOGARITHMIC[None])[0]
    omega, alpha, gamma, beta = LOGARITHMIC[:4]
    expected = omega + alpha * (10 - np.sqrt(2 / np.pi)) + gamma * 10 + beta * states[0]
    assert states[1] == pytest.approx(expected)
