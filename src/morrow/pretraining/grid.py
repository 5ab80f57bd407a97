"""Steps and levels that the pretrained networks answer, and how any horizon and levels are read from them."""

import numpy as np
from numpy.typing import NDArray

STEPS = (1, 2, 3, 4, 5, 10, 20)  # sessions ahead
LEVELS = (0.005, 0.025, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.975, 0.995)
FREEDOM = 4.0  # degrees of freedom of the Student t on whose quantiles levels are interpolated


def step_weights(horizon: int) -> NDArray[np.float32]:
    """Weights (H, S) that read steps 1 to ``horizon`` from the grid's, linearly in the step."""
    return _interpolation(np.arange(1.0, horizon + 1), np.asarray(STEPS, dtype=float))


def level_weights(levels: NDArray[np.float64]) -> NDArray[np.float32]:
    """Weights (Q, L) that read quantiles at ``levels`` from the grid's, linearly in those of a Student t.

    Levels beyond the grid's ends are extrapolated in the same way, so quantiles stay in order.
    """
    from scipy.stats import t  # noqa: PLC0415 (takes a second)

    return _interpolation(t.ppf(np.asarray(levels), FREEDOM), t.ppf(np.asarray(LEVELS), FREEDOM))


def _interpolation(wanted: NDArray[np.float64], grid: NDArray[np.float64]) -> NDArray[np.float32]:
    """Weights (W, G) of piecewise linear interpolation, extrapolated at the ends."""
    left = np.clip(np.searchsorted(grid, wanted, side="right") - 1, 0, len(grid) - 2)
    share = (wanted - grid[left]) / (grid[left + 1] - grid[left])
    weights = np.zeros((len(wanted), len(grid)))
    rows = np.arange(len(wanted))
    weights[rows, left], weights[rows, left + 1] = 1 - share, share
    return weights.astype(np.float32)
