"""The models of volatility against arch, slow loops and textbook cases."""

import warnings
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as statsmodels
from arch.univariate import EGARCH, GARCH, StudentsT, ZeroMean
from numpy.typing import NDArray

from morrow import fitted_model, forecast
from morrow.baselines import egarch, fhs, garch, har, linear
from morrow.config import HarRecipe, LinearRecipe
from morrow.errors import HistoryError
from morrow.panel import Panel
from morrow.panel.ranges import day_variance
from tests.conftest import RECIPES, train

Array = NDArray[np.float64]
LEVELS = np.array([0.1, 0.5, 0.9])
PARAMETERS = np.array([2e-6, 0.03, 0.08, 0.9, 6.0, 2e-6 / 0.03])  # omega, alpha, gamma, beta, nu, mean square
LOGARITHMIC = np.array([-0.3, 0.15, -0.08, 0.966, 7.0, 1.5e-4])


@cache
def moves(sessions: int = 900) -> Array:
    """GJR-GARCH returns with Student t shocks."""
    draw = np.random.default_rng(1)
    omega, alpha, gamma, beta, nu, variance = PARAMETERS
    returns = np.empty(sessions)
    for step in range(sessions):
        returns[step] = np.sqrt(variance) * draw.standard_t(nu) * np.sqrt((nu - 2) / nu)
        variance = omega + (alpha + gamma * (returns[step] < 0)) * returns[step] ** 2 + beta * variance
    return returns


def reference(volatility: Any) -> Any:
    """What arch fits to the same returns."""
    model = ZeroMean(100 * moves(), rescale=False)
    model.volatility, model.distribution = volatility, StudentsT()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return model.fit(disp="off", show_warning=False)


# --- garch-t, and how fits start ---


def test_garch_without_falls_is_archs() -> None:
    """Without GJR's term gamma is 0, and parameters and analytic forecasts are arch's GARCH(1,1)."""
    found = garch.fit(moves(), falls=False)
    assert found is not None
    result = reference(GARCH(p=1, o=0, q=1))
    assert found[[0, 1, 3, 4]] == pytest.approx(result.params.to_numpy() / [1e4, 1, 1, 1])
    assert found[2] == 0
    ahead = result.forecast(horizon=5, method="analytic").variance.to_numpy()[-1] / 1e4
    assert garch.volatility(moves(), found, 5)[-1] == pytest.approx(np.sqrt(np.cumsum(ahead)), rel=1e-3)


@pytest.mark.parametrize("one", [garch.fit, egarch.fit])
def test_a_start_leads_to_the_same_optimum(one: Any) -> None:
    """From an earlier fit's parameters the likelihood ends where it ends from the optimiser's own."""
    cold = one(moves())
    warm = one(moves(), one(moves()[:700]))
    assert warm == pytest.approx(cold, rel=0.03, abs=3e-3)


def test_a_useless_start_falls_back() -> None:
    """A start far outside what is allowed, or unknown, gives a fit all the same."""
    cold = garch.fit(moves())
    for start in (np.array([-1.0, 9.0, 9.0, 9.0, 1.0, 1e-4]), np.full(6, np.nan)):
        assert garch.fit(moves(), start) == pytest.approx(cold, rel=0.05, abs=3e-3)


def test_integrated_variance_is_forecast() -> None:
    """Where news last for ever, each step ahead has the next session's variance and omega more a step."""
    parameters = np.array([1e-6, 0.05, 0.1, 0.9, 6.0, 1e-4])
    assert garch.persistence(parameters) == pytest.approx(1)
    totals = garch.totals(np.array([4e-4]), parameters, 3)[0]
    assert totals == pytest.approx([4e-4, 8.01e-4, 12.03e-4])


def test_tiny_returns_are_fitted() -> None:
    """A currency that hardly moves has the fit of one that moves, in its own unit."""
    found, usual = garch.fit(moves() * 1e-4), garch.fit(moves())
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


# --- egarch-t ---


def test_egarch_next_variance_is_archs() -> None:
    """For the parameters that arch fitted, the variance of the session after the last is arch's."""
    found = egarch.fit(moves())
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


# --- har ---


def test_day_variance_by_hand() -> None:
    """The move before the open squared, and half the squared range less 0.386 of the squared body."""
    bars = pd.DataFrame(
        {
            "series": [0, 0, 0, 1],
            "open": np.exp([0.0, 0.1, 0.0, 0.0]),
            "high": np.exp([0.2, 0.4, 0.3, 0.2]),
            "low": np.exp([0.0, 0.0, np.nan, 0.0]),
            "close": np.exp([0.1, 0.3, 0.1, 0.1]),
            "floor": 0.01,
        }
    )
    found = day_variance(bars)
    assert found[1] == pytest.approx(0 + 0.5 * 0.16 - (2 * np.log(2) - 1) * 0.04)
    assert np.isnan(found[[0, 2, 3]]).all()


def test_har_means_against_a_loop() -> None:
    """Means over the last day, week and month of a series, known ones alone, over the mean so far."""
    draw = np.random.default_rng(2)
    variance, position = draw.exponential(size=70), np.concatenate([np.arange(40), np.arange(30)])
    variance[[0, 12, 40, 55]] = np.nan
    relative, level = har.means(variance, position, (1, 5, 22))
    for row in range(70):
        start = 0 if row < 40 else 40
        if position[row] < 22:
            assert np.isnan(level[row])
            continue
        assert level[row] == pytest.approx(np.nanmean(variance[start : row + 1]))
        for column, lag in enumerate((5, 22), start=1):
            expected = np.nanmean(variance[max(row + 1 - lag, start) : row + 1]) / level[row]
            assert relative[row, column] == pytest.approx(expected)


def test_har_looks_ahead_no_farther_than_it_may() -> None:
    """The target is the mean of the next bars of the same series, unknown past the last session allowed."""
    found = har.ahead(np.arange(6.0), np.array([0, 0, 0, 0, 1, 1]), np.array([0, 1, 2, 3, 0, 1]), 2, 2)
    expected = [[1, 1.5], [2, np.nan], [np.nan, np.nan], [np.nan, np.nan], [5, np.nan], [np.nan, np.nan]]
    assert found == pytest.approx(np.array(expected), nan_ok=True)


@pytest.mark.parametrize("form", ["log", "root"])
def test_har_regression_is_least_squares(form: str) -> None:
    """Coefficients are those of the normal equations, and the corrected forecasts have the targets' mean."""
    draw = np.random.default_rng(3)
    relative = draw.exponential(size=(400, 3)) + 0.1
    target = (relative @ [0.3, 0.4, 0.2] * draw.exponential(size=400))[:, None] + 0.02
    target[:9] = np.nan
    arrays = har.fit(relative, target, HarRecipe(kind="har"), form)
    change = np.log if form == "log" else np.sqrt
    inputs = np.column_stack([np.ones(391), change(relative[9:])])
    expected = np.linalg.lstsq(inputs, change(target[9:, 0]), rcond=None)[0]
    assert arrays["coefficients"][0] == pytest.approx(expected)
    level = np.full(400, 4.0)
    scale = har.scales(arrays, relative, level, np.full(400, 0.1), form)
    assert np.square(scale[9:, 0]).mean() == pytest.approx(4 * target[9:, 0].mean())
    relative[0], level[1] = np.nan, np.nan
    assert har.scales(arrays, relative, level, np.full(400, 0.1), form)[:2, 0].tolist() == [0.1, 0.1]


def test_har_needs_rows() -> None:
    """A regression on fewer rows than coefficients is an error."""
    with pytest.raises(HistoryError, match="bring more history"):
        har.fit(np.ones((4, 3)), np.ones((4, 1)), HarRecipe(kind="har"), "log")


# --- fhs ---


def test_fhs_against_brute_force() -> None:
    """Quantiles at a place of the grid are those of paths gone one by one with the same shocks."""
    draw = np.random.default_rng(4)
    shocks, place = draw.standard_t(5, (400, 3)), 20
    omega, alpha, gamma, beta, _, mean = PARAMETERS
    start = mean * np.exp(fhs.GRID[place])
    sums = np.empty((400, 3))
    for path, row in enumerate(shocks):
        variance, total = start, 0.0
        for step, shock in enumerate(row):
            move = np.sqrt(variance) * shock
            total += move
            sums[path, step] = total
            variance = omega + (alpha + gamma * (move < 0)) * move**2 + beta * variance
    scale = np.sqrt(garch.totals(np.array([start]), PARAMETERS, 3)[0])
    found = fhs.table(PARAMETERS, shocks, LEVELS, 3)
    assert found[place] == pytest.approx(np.quantile(sums, LEVELS, axis=0).T / scale[:, None], rel=1e-5)
    assert fhs.between(found, fhs.GRID[[place]])[0] == pytest.approx(found[place], rel=1e-5)
    middle = fhs.between(found, fhs.GRID[[place]] + 0.125)[0]
    assert middle == pytest.approx((found[place] + found[place + 1]) / 2, rel=1e-5)
    assert fhs.between(found, np.array([-99.0, 99.0])) == pytest.approx(found[[0, -1]])


def test_fhs_residuals_are_archs() -> None:
    """Standardised residuals are arch's for the same parameters, once the first variance is forgotten."""
    found = garch.fit(moves())
    assert found is not None
    shocks = fhs.residuals(np.concatenate([[np.nan], moves()]), found)
    assert len(shocks) == 900
    assert shocks[300:] == pytest.approx(reference(GARCH(p=1, o=1, q=1)).std_resid[300:], rel=1e-3)


# --- linear ---


def test_linear_quantiles_are_statsmodels() -> None:
    """Without a penalty and with every row, the three regressions are those of statsmodels."""
    draw = np.random.default_rng(6)
    features = draw.standard_normal((300, 2)).astype(np.float32)
    scaled = (features[:, :1] + draw.standard_normal((300, 1)) * np.exp(0.3 * features[:, 1:])).astype(
        np.float32
    )
    arrays = linear.fit(features, scaled, LEVELS, LinearRecipe(kind="linear", rows=300, l1=0), 1)
    answer = linear.answer(arrays, features, LEVELS)
    scaling = (features - arrays["center"]) / arrays["spread"]
    inputs = statsmodels.add_constant(np.clip(scaling, arrays["low"], arrays["high"]))
    for column, level in enumerate(LEVELS):
        model = statsmodels.QuantReg(scaled[:, 0].astype(np.float64), inputs).fit(q=level, max_iter=5000)
        assert np.median(np.abs(answer[:, 0, column] - inputs @ model.params)) < 2e-3


# --- through training and back from a folder ---

NEW = ("garch-t", "egarch-t", "har", "regression", "fhs", "linear")


@pytest.mark.parametrize("name", [name for name in NEW if name in RECIPES])
def test_a_saved_baseline_answers_alike(panel: Panel, tmp_path: Path, name: str) -> None:
    """What was written to a folder answers what was fitted: finite quantiles in order, in a known unit."""
    model = train(panel, name).fitted
    fitted_model.save(model, tmp_path)
    rows = np.flatnonzero(panel.session >= 400)
    quantiles, scale = forecast.scaled(model, panel, rows)
    again, unit = forecast.scaled(fitted_model.load(tmp_path), panel, rows)
    assert again.tolist() == quantiles.tolist()
    assert unit.tolist() == scale.tolist()
    assert (np.diff(quantiles, axis=-1) >= 0).all()
    assert (scale > 0).all()
    assert np.isfinite(quantiles).all()


def test_har_means_are_a_symbols_own() -> None:
    """A wild bar of the symbol before, a billion times as large, moves no bit of the next one's means."""
    variance = np.concatenate([np.full(300, 1e-2), np.linspace(1e-7, 2e-7, 300)])
    position = np.tile(np.arange(300), 2)
    wild = variance.copy()
    wild[299] = 1e4
    lags = (1, 5, 22)
    pairs = zip(har.means(variance, position, lags), har.means(wild, position, lags), strict=True)
    for one, other in pairs:
        np.testing.assert_array_equal(one[300:], other[300:])
