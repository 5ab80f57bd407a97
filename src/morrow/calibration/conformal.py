"""Split conformal calibration: shift each quantile so that it covers its nominal share of outcomes.

One shift per step and level, in units of volatility.
Source: Romano, Patterson & Candès (2019), Conformalized Quantile Regression.
"""

import numpy as np
from numpy.typing import NDArray


def fit(
    quantiles: NDArray[np.float32], actual: NDArray[np.float32], levels: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Fit the shifts (H, Q) to add to scaled quantiles.

    Args:
        quantiles: (R, H, Q) in units of volatility.
        actual: (R, H) in the same unit, NaN where unknown.
        levels: (Q,).
    """
    gap = actual[..., None].astype(np.float64) - quantiles  # (R, H, Q)
    shift = np.zeros(quantiles.shape[1:])
    for step in range(gap.shape[1]):
        known = np.isfinite(actual[:, step])
        if known.any():
            shift[step] = [
                np.quantile(gap[known, step, column], level) for column, level in enumerate(levels)
            ]
    return shift


def apply(quantiles: NDArray[np.float32], shift: NDArray[np.float64]) -> NDArray[np.float32]:
    """Shift quantiles and sort them again: (R, H, Q) -> (R, H, Q)."""
    return np.sort(quantiles + shift, axis=-1).astype(np.float32)
