"""HAR against a slow loop and the normal equations."""

import numpy as np
import pandas as pd
import pytest

from morrow.baselines import har
from morrow.baselines.har import HarRecipe
from morrow.errors import HistoryError
from morrow.panel.bars import measure_day_variance


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
    found = measure_day_variance(bars)
    assert found[1] == pytest.approx(0 + 0.5 * 0.16 - (2 * np.log(2) - 1) * 0.04)
    assert np.isnan(found[[0, 2, 3]]).all()


def test_har_means_against_a_loop() -> None:
    """Means over the last day, week and month of a series, known ones alone, over the mean so far."""
    draw = np.random.default_rng(2)
    variance, position = draw.exponential(size=70), np.concatenate([np.arange(40), np.arange(30)])
    variance[[0, 12, 40, 55]] = np.nan
    relative, level = har.trailing_means(variance, position, (1, 5, 22))
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
    found = har.variance_ahead(
        np.arange(6.0), np.array([0, 0, 0, 0, 1, 1]), np.array([0, 1, 2, 3, 0, 1]), 2, 2
    )
    expected = [[1, 1.5], [2, np.nan], [np.nan, np.nan], [np.nan, np.nan], [5, np.nan], [np.nan, np.nan]]
    assert found == pytest.approx(np.array(expected), nan_ok=True)


@pytest.mark.parametrize("form", ["log", "root"])
def test_har_regression_is_least_squares(form: str) -> None:
    """Coefficients are those of the normal equations, and the corrected forecasts have the targets' mean."""
    draw = np.random.default_rng(3)
    relative = draw.exponential(size=(400, 3)) + 0.1
    target = (relative @ [0.3, 0.4, 0.2] * draw.exponential(size=400))[:, None] + 0.02
    target[:9] = np.nan
    arrays = har.fit_regressions(relative, target, HarRecipe(kind="har"), form)
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
        har.fit_regressions(np.ones((4, 3)), np.ones((4, 1)), HarRecipe(kind="har"), "log")


def test_har_means_are_a_symbols_own() -> None:
    """A wild bar of the symbol before, a billion times as large, moves no bit of the next one's means."""
    variance = np.concatenate([np.full(300, 1e-2), np.linspace(1e-7, 2e-7, 300)])
    position = np.tile(np.arange(300), 2)
    wild = variance.copy()
    wild[299] = 1e4
    lags = (1, 5, 22)
    pairs = zip(
        har.trailing_means(variance, position, lags), har.trailing_means(wild, position, lags), strict=True
    )
    for one, other in pairs:
        np.testing.assert_array_equal(one[300:], other[300:])
