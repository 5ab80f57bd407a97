"""ARIMA and exponential smoothing as numbers: textbook cases of the filter, and what fitting needs."""

import sys

import numpy as np
import pytest

from morrow.baselines import statistical
from morrow.errors import ConfigError

PRICES = np.cumsum(np.random.default_rng(1).standard_normal(40)) * 0.01


def parameters(differences: int, mean: float, trend: float, ar: list[float], ma: list[float]) -> np.ndarray:
    """An ARIMA with shocks of 0.01."""
    found = np.zeros(statistical.WIDTH)
    found[:4] = differences, mean, 0.01, trend
    found[4 : 4 + len(ar)] = ar
    found[4 + statistical.ORDER :][: len(ma)] = ma
    return found


def test_a_walk_with_drift() -> None:
    """A random walk moves by its drift each step, and its deviation grows with the root of steps."""
    moves, deviation = statistical.forecast_moves(PRICES, parameters(1, 0.002, 0, [], []), 3)
    assert moves == pytest.approx(np.tile([0.002, 0.004, 0.006], (40, 1)))
    assert deviation == pytest.approx(0.01 * np.sqrt([1, 2, 3]))


def test_a_level_that_reverts() -> None:
    """An AR(1) of the level returns to its mean at its rate, and its deviation is the geometric sum."""
    moves, deviation = statistical.forecast_moves(PRICES, parameters(0, 0.5, 0, [0.8], []), 2)
    away = PRICES - 0.5
    assert moves == pytest.approx(np.stack([-0.2 * away, (0.64 - 1) * away], axis=1))
    assert deviation == pytest.approx(0.01 * np.sqrt([1, 1.64]))


def test_simple_smoothing_against_a_loop() -> None:
    """ARIMA(0,1,1) with alpha − 1 is simple smoothing: every step ahead lies at the level."""
    moves, deviation = statistical.forecast_moves(PRICES, parameters(1, 0, 0, [], [0.3 - 1]), 3)
    level = PRICES[0]
    for bar, price in enumerate(PRICES):
        level += 0.3 * (price - level)
        assert price + moves[bar] == pytest.approx(np.full(3, level))
    assert deviation == pytest.approx(0.01 * np.sqrt([1, 1 + 0.09, 1 + 0.18]))


def test_smoothing_with_a_trend_against_a_loop() -> None:
    """ARIMA(0,2,2) is Holt's smoothing from the trend that it starts with."""
    alpha, beta = 0.4, 0.1
    moves, _ = statistical.forecast_moves(
        PRICES, parameters(2, 0, 0.003, [], [alpha + beta - 2, 1 - alpha]), 3
    )
    level, trend = PRICES[0], 0.003
    for bar, price in enumerate(PRICES):
        if bar:
            error = price - level - trend
            level, trend = level + trend + alpha * error, trend + beta * error
        assert price + moves[bar] == pytest.approx(level + trend * np.arange(1, 4))


def test_fitting_without_the_extra_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where statsforecast is missing, the error names the recipe and the command that brings it."""
    monkeypatch.setitem(sys.modules, "statsforecast.models", None)
    with pytest.raises(ConfigError, match=r'kind "arima" needs statsforecast.*make setup-bench'):
        statistical.StatisticalRecipe(kind="arima").fit_series(PRICES)


@pytest.mark.parametrize(
    ("ar", "ma", "settles"),
    [([0.99], [-0.99], True), ([1.01], [], False), ([], [-1.01], False), ([0.5], [0.3, -2], False)],
)
def test_what_would_explode_is_no_fit(ar: list[float], ma: list[float], settles: bool) -> None:
    """A polynomial with a root beyond the circle would let an early shock grow with every session."""
    assert statistical.is_stable(parameters(1, 0, 0, ar, ma)) == settles
