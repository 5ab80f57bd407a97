"""GARCH(1,1) with Student t innovations against arch and a slow loop."""

import warnings
from typing import Any

import numpy as np
import pytest
from arch.univariate import GARCH, StudentsT, ZeroMean
from numpy.typing import NDArray

from morrow.baselines import egarch, garch
from tests.returns import PARAMETERS, clustered, moves, reference

Array = NDArray[np.float64]


@pytest.mark.parametrize("horizon", [1, 5])
def test_garch_recursion_against_a_loop(horizon: int) -> None:
    """The filtered variance is the recursion, step by step, and steps ahead are its expectation."""
    returns = clustered(60)
    returns[0] = np.nan
    omega, alpha, gamma, beta, _, mean = PARAMETERS
    variance = mean
    found = garch.volatility(returns, PARAMETERS, horizon)
    for bar, move in enumerate(returns):
        news = (alpha + gamma / 2) * mean if np.isnan(move) else (alpha + gamma * (move < 0)) * move**2
        variance = omega + news + beta * variance
        total, ahead = 0.0, variance
        for step in range(horizon):
            total += ahead
            assert found[bar, step] == pytest.approx(np.sqrt(total))
            ahead = omega + (alpha + gamma / 2 + beta) * ahead


def test_garch_forecast_is_archs() -> None:
    """For the parameters that arch fitted, the volatility at the last bar is arch's analytic forecast."""
    returns = clustered(900, seed=2)
    parameters = garch.fit_parameters(returns)
    assert parameters is not None
    model = ZeroMean(100 * returns, rescale=False)
    model.volatility, model.distribution = GARCH(p=1, o=1, q=1), StudentsT()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fitted = model.fit(disp="off", show_warning=False)
    assert parameters[:5] == pytest.approx(fitted.params.to_numpy() / [1e4, 1, 1, 1, 1])
    assert parameters[5] == pytest.approx(np.square(returns).mean())
    ahead = fitted.forecast(horizon=5, method="analytic").variance.to_numpy()[-1] / 1e4
    ours = garch.volatility(returns, parameters, 5)[-1]
    assert ours == pytest.approx(np.sqrt(np.cumsum(ahead)), rel=1e-3)


def test_garch_finds_what_was_planted() -> None:
    """On a long simulated series the fitted persistence and long-run volatility are near the true ones."""
    parameters = garch.fit_parameters(clustered(4000, seed=3))
    assert parameters is not None
    omega, _, gamma, *_ = parameters
    persistence = garch.persistence(parameters)
    assert persistence == pytest.approx(0.97, abs=0.03)
    assert np.sqrt(omega / (1 - persistence)) == pytest.approx(np.sqrt(2e-6 / 0.03), rel=0.3)
    assert gamma > 0


@pytest.mark.parametrize(
    "returns",
    [clustered(249), np.zeros(400), np.full(400, 0.01), np.full(400, np.nan), np.empty(0)],
    ids=["short", "zero", "constant", "unknown", "none"],
)
def test_garch_gives_up(returns: Array) -> None:
    """Too few returns, or returns that do not vary, have no fit."""
    assert garch.fit_parameters(returns) is None


def test_garch_ignores_unknown_returns() -> None:
    """Unknown returns among enough known ones change nothing."""
    returns = clustered(300, seed=4)
    holes = np.insert(returns, [0, 100], np.nan)
    found, expected = garch.fit_parameters(holes), garch.fit_parameters(returns)
    assert found is not None
    assert expected is not None
    assert found == pytest.approx(expected)


def test_garch_scales_fall_back_to_the_unit() -> None:
    """A symbol without a fit has the EWMA unit times the root of steps; one with a fit its own filter."""
    returns = np.concatenate([[np.nan], clustered(9), [np.nan], clustered(4)])
    position = np.concatenate([np.arange(10), np.arange(5)])
    parameters = np.full((15, 6), np.nan)
    parameters[10:] = PARAMETERS
    scale = garch.scales(returns, position, np.full(15, 0.02), parameters, 3)
    assert scale[:10] == pytest.approx(np.tile(0.02 * np.sqrt([1, 2, 3]), (10, 1)))
    assert scale[10:] == pytest.approx(garch.volatility(returns[10:], PARAMETERS, 3))


def test_garch_without_falls_is_archs() -> None:
    """Without GJR's term gamma is 0, and parameters and analytic forecasts are arch's GARCH(1,1)."""
    found = garch.fit_parameters(moves(), falls=False)
    assert found is not None
    result = reference(GARCH(p=1, o=0, q=1))
    assert found[[0, 1, 3, 4]] == pytest.approx(result.params.to_numpy() / [1e4, 1, 1, 1])
    assert found[2] == 0
    ahead = result.forecast(horizon=5, method="analytic").variance.to_numpy()[-1] / 1e4
    assert garch.volatility(moves(), found, 5)[-1] == pytest.approx(np.sqrt(np.cumsum(ahead)), rel=1e-3)


@pytest.mark.parametrize("one", [garch.fit_parameters, egarch.fit_parameters])
def test_a_start_leads_to_the_same_optimum(one: Any) -> None:
    """From an earlier fit's parameters the likelihood ends where it ends from the optimiser's own."""
    cold = one(moves())
    warm = one(moves(), one(moves()[:700]))
    assert warm == pytest.approx(cold, rel=0.03, abs=3e-3)


def test_a_useless_start_falls_back() -> None:
    """A start far outside what is allowed, or unknown, gives a fit all the same."""
    cold = garch.fit_parameters(moves())
    for start in (np.array([-1.0, 9.0, 9.0, 9.0, 1.0, 1e-4]), np.full(6, np.nan)):
        assert garch.fit_parameters(moves(), start) == pytest.approx(cold, rel=0.05, abs=3e-3)


def test_integrated_variance_is_forecast() -> None:
    """Where news last for ever, each step ahead has the next session's variance and omega more a step."""
    parameters = np.array([1e-6, 0.05, 0.1, 0.9, 6.0, 1e-4])
    assert garch.persistence(parameters) == pytest.approx(1)
    totals = garch.totals(np.array([4e-4]), parameters, 3)[0]
    assert totals == pytest.approx([4e-4, 8.01e-4, 12.03e-4])


def test_tiny_returns_are_fitted() -> None:
    """A currency that hardly moves has the fit of one that moves, in its own unit."""
    found, usual = garch.fit_parameters(moves() * 1e-4), garch.fit_parameters(moves())
    assert found is not None
    assert usual is not None
    assert garch.volatility(moves() * 1e-4, found, 3)[-1] == pytest.approx(
        garch.volatility(moves(), usual, 3)[-1] * 1e-4, rel=0.05
    )


def test_asked_rows_alone_are_answered_alike() -> None:
    """Scales of some rows, in any order, are those rows of all scales."""
    returns = np.concatenate([[np.nan], moves()[:30], [np.nan], moves()[:20]])
    position = np.concatenate([np.arange(31), np.arange(21)])
    parameters = np.tile(PARAMETERS, (52, 1))
    parameters[31:] = np.nan
    given = (returns, position, np.full(52, 0.01), parameters, 4)
    asked = np.array([50, 3, 30, 31, 7, 3])
    assert garch.scales(*given, asked).tolist() == garch.scales(*given)[asked].tolist()
    assert garch.scales(*given, np.array([], dtype=np.int64)).shape == (0, 4)
