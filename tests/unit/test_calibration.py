import numpy as np
import pytest

from morrow import calibration

LEVELS = np.array([0.1, 0.5, 0.9])
DRAW = np.random.default_rng(2)


def test_shifts_by_hand() -> None:
    """A shift is the level's quantile of what the forecast missed by, step by step."""
    actual = np.arange(11, dtype=np.float32)[:, None] * np.array([1, 10], dtype=np.float32)
    shift = calibration.fit(np.zeros((11, 2, 3), dtype=np.float32), actual, LEVELS)
    assert shift == pytest.approx(np.array([[1, 5, 9], [10, 50, 90]]))


def test_shifted_quantiles_cover_their_share() -> None:
    """On the sessions it was fitted on, a calibrated quantile has its share of outcomes below it."""
    actual = DRAW.standard_normal((1000, 2)).astype(np.float32)
    forecast = np.broadcast_to(np.array([-0.3, 0.4, 0.5], dtype=np.float32), (1000, 2, 3))
    shifted = calibration.apply(forecast, calibration.fit(forecast, actual, LEVELS))
    assert (actual[..., None] <= shifted).mean(axis=0) == pytest.approx(np.tile(LEVELS, (2, 1)), abs=2e-3)


def test_a_right_forecast_is_hardly_moved() -> None:
    """Quantiles that already cover their share are moved by next to nothing."""
    actual = DRAW.standard_normal((20_000, 1)).astype(np.float32)
    right = np.broadcast_to(np.array([-1.28155, 0.0, 1.28155], dtype=np.float32), (20_000, 1, 3))
    assert np.abs(calibration.fit(right, actual, LEVELS)).max() < 0.05


def test_unknown_outcomes_do_not_count() -> None:
    """Rows without an outcome change no shift, and a step without any outcome is not moved."""
    forecast, actual = np.zeros((8, 2, 3), dtype=np.float32), np.ones((8, 2), dtype=np.float32)
    actual[4:] = np.nan
    actual[:, 1] = np.nan
    assert calibration.fit(forecast, actual, LEVELS).tolist() == [[1, 1, 1], [0, 0, 0]]


def test_no_row_moves_nothing() -> None:
    """Without any row to learn from there is no shift."""
    empty = np.empty((0, 2, 3), dtype=np.float32)
    assert not calibration.fit(empty, np.empty((0, 2), dtype=np.float32), LEVELS).any()


def test_shifted_quantiles_are_put_back_in_order() -> None:
    """Where shifts would make quantiles cross, they are sorted; the input is left as it was."""
    quantiles = np.array([[[0.0, 1.0, 2.0]]], dtype=np.float32)
    shifted = calibration.apply(quantiles, np.array([[5.0, 0.0, 0.0]]))
    assert shifted.tolist() == [[[1.0, 2.0, 5.0]]]
    assert shifted.dtype == np.float32
    assert quantiles.tolist() == [[[0.0, 1.0, 2.0]]]
