"""Pooled quantiles by hand: what the EWMA forecaster answers, and every model of volatility ends with."""

import numpy as np
import pytest

from morrow.baselines.base import empirical_quantiles, repeat_quantiles
from morrow.errors import HistoryError

LEVELS = np.array([0.1, 0.5, 0.9])


def test_ewma_quantiles_by_hand() -> None:
    """The quantiles of 0..10 are 1, 5 and 9, whatever is unknown beside them."""
    scaled = np.full((13, 2), np.nan, dtype=np.float32)
    scaled[:11, 0] = np.arange(11)
    scaled[2:, 1] = 10 * np.arange(11)
    found = empirical_quantiles(scaled, LEVELS)
    assert found == pytest.approx(np.array([[1, 5, 9], [10, 50, 90]]))
    assert repeat_quantiles(found, 4) == pytest.approx(np.tile(found, (4, 1, 1)))


def test_ewma_needs_a_return_for_every_step() -> None:
    """A step on which no return is known is an error, not a quantile of nothing."""
    scaled = np.ones((5, 2), dtype=np.float32)
    scaled[:, 1] = np.nan
    with pytest.raises(HistoryError, match="bring more history"):
        empirical_quantiles(scaled, LEVELS)
