"""The volatility regression, and networks whose targets are in units of it."""

from dataclasses import replace

import numpy as np
import pytest

from morrow import training
from morrow.baselines import regression
from morrow.config import NetworkRecipe
from morrow.features import Scaling
from morrow.forecast import network_quantiles
from morrow.panel import Panel
from tests.conftest import FORECAST, PARTS, RECIPES, SETTINGS, TINY, train


def sample(rows: int, log: np.ndarray, seed: int = 3) -> tuple[np.ndarray, np.ndarray]:
    """Inputs (R, F) and Student t returns (R, 2) whose log volatility is linear in them."""
    draw = np.random.default_rng(seed)
    inputs = draw.normal(size=(rows, len(log))).astype(np.float32)
    standard = draw.standard_t(5, (rows, 2)) * np.exp(inputs @ log + 0.1)[:, None]
    return inputs, standard.astype(np.float32)


def test_planted_coefficients_are_found() -> None:
    """On 20,000 rows of the likelihood's own density the coefficients come back within five errors."""
    planted = np.array([0.3, -0.2, 0.0])
    inputs, standard = sample(20_000, planted)
    found = regression.fit_coefficients(inputs, standard)
    assert found["coefficients"] == pytest.approx(np.repeat(planted[:, None], 2, axis=1), abs=0.04)
    assert found["intercept"] == pytest.approx([0.1, 0.1], abs=0.04)


def test_a_short_history_hardly_moves_the_coefficients() -> None:
    """With thirty rows the prior outweighs them."""
    inputs, standard = sample(30, np.array([0.3, -0.2, 0.0]))
    assert np.abs(regression.fit_coefficients(inputs, standard)["coefficients"]).max() < 0.05


def test_unknown_returns_count_for_nothing() -> None:
    """Rows of which no step is known change no coefficient but through the prior's share."""
    inputs, standard = sample(2_000, np.array([0.3, -0.2]))
    more = np.concatenate([inputs, np.full((50, 2), 9.0, dtype=np.float32)])
    unknown = np.concatenate([standard, np.full((50, 2), np.nan, dtype=np.float32)])
    alone, both = regression.fit_coefficients(inputs, standard), regression.fit_coefficients(more, unknown)
    assert both["coefficients"] == pytest.approx(alone["coefficients"], abs=1e-3)


def test_the_volatility_is_multiplied_within_bounds() -> None:
    """However far the features lie, the volatility moves by a factor of e^1.5 at most."""
    arrays = {"coefficients": np.ones((1, 2), np.float32), "intercept": np.zeros(2, np.float32)}
    answer = regression.multiplier(arrays, np.array([[0.0], [100.0], [-100.0]], dtype=np.float32))
    assert answer == pytest.approx(np.array([[1, 1], [np.exp(1.5)] * 2, [np.exp(-1.5)] * 2]), rel=1e-5)


def test_another_forecast_of_the_volatility_is_read_as_logs_of_ratios() -> None:
    """The inputs gain the logs at the first and last step, and 0 where either volatility is unknown."""
    features = np.zeros((2, 1), dtype=np.float32)
    ahead = np.array([[2.0, 9.0, 3.0], [np.nan, 1.0, 1.0]])
    found = regression.regression_inputs(features, ahead, np.ones((2, 3)))
    assert found[:, :3] == pytest.approx(np.array([[0, np.log(2), np.log(3)], [0, 0, 0]]), rel=1e-6)


def test_what_lies_beyond_the_knots_is_read_apart() -> None:
    """Features 2, 0.5 and -1 are 1.3, 0 and 0 above the upper knot, and 0, 0 and 0.3 below the lower."""
    features = np.array([[2.0], [0.5], [-1.0]], dtype=np.float32)
    found = regression.regression_inputs(features, np.ones((3, 1)), np.ones((3, 1)))
    assert found[:, [0, 3, 6]] == pytest.approx(np.array([[2, 1.3, 0], [0.5, 0, 0], [-1, 0, 0.3]]), abs=1e-6)


def chosen(**options: object) -> NetworkRecipe:
    """A tiny recipe with a regressed target."""
    return NetworkRecipe(**({**TINY, "kind": "gru", "target": "regressed"} | options))


def test_training_and_forecasting_take_the_same_volatility(panel: Panel) -> None:
    """What a fitted model answers in units of is what its targets were divided by."""
    model = train(panel, "x", recipe=chosen()).fitted
    rows = np.flatnonzero((panel.session > 320) & panel.eligible)
    own = {name: value for name, value in model.arrays.items() if name.startswith("regression.")}
    features = Scaling.restore(model.document["scaling"]).apply(panel.features)
    assert network_quantiles.unit(model, panel, rows) == pytest.approx(
        regression.panel_volatility(own, panel, features)[rows], rel=1e-5
    )


def test_the_regression_reads_nothing_after_the_fit_sessions(panel: Panel) -> None:
    """Other prices after them move neither its GARCH nor its coefficients."""
    task = training.FitTask(
        "x",
        chosen(),
        PARTS.fit,
        PARTS.stop,
        300,
        7,
        FORECAST.levels,
        FORECAST.window,
        document=dict(SETTINGS),
    )
    later = panel.session >= PARTS.fit[1] + panel.horizon
    moved = replace(
        panel,
        adjusted=np.where(later, panel.adjusted * 3, panel.adjusted),
        features=np.where(later[:, None], panel.features + 1, panel.features),
        target=np.where(later[:, None], panel.target * 2, panel.target),
    )
    first, second = (training.fit(each, task).fitted for each in (panel, moved))
    for name in ("regression.garch", "regression.coefficients", "regression.intercept"):
        np.testing.assert_array_equal(first.arrays[name], second.arrays[name])


def test_a_reference_is_the_unit_of_a_regressed_target(panel: Panel) -> None:
    """A task that brings the regression of its sessions fits the same networks as one that fits it anew."""
    task = training.FitTask(
        "x",
        chosen(),
        PARTS.fit,
        PARTS.stop,
        300,
        7,
        FORECAST.levels,
        FORECAST.window,
        document=dict(SETTINGS),
    )
    alone = training.fit(panel, replace(task, recipe=RECIPES["regression"], stop=None)).fitted
    first, second = (training.fit(panel, each).fitted for each in (task, replace(task, reference=alone)))
    assert first.arrays.keys() == second.arrays.keys()
    assert all(first.arrays[name].tobytes() == second.arrays[name].tobytes() for name in first.arrays)
