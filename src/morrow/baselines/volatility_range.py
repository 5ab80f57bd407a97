"""The range in which a forecast volatility is used; a row outside of it gets its EWMA volatility."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from morrow.panel import Panel

Array = NDArray[np.float64]
Rows = NDArray[np.int64]

FARTHEST = 10.0  # factor above the larger, or below the smaller, of EWMA volatility and root mean square


def replace_runaways(panel: "Panel", rows: Rows, scale: Array) -> tuple[Array, NDArray[np.bool_]]:
    """Replace forecast volatilities that have left their range by EWMA volatilities.

    Args:
        panel: with returns and EWMA volatilities.
        rows: (N,) rows.
        scale: (N, H) volatility that a model forecasts there, log return.

    Returns:
        (N, H) volatilities, and (N,) which rows were replaced, at every step: those where some step's
        volatility is not finite, or is more than ten times above, or less than a tenth of, both the EWMA
        volatility and the root mean square of the series' returns so far. Rows without an EWMA volatility
        are left as they are.
    """
    root = panel.compute_scale(rows)
    runaway = _leaves(scale, root, root) & np.isfinite(root[:, 0])
    suspects = np.flatnonzero(runaway)
    if not len(suspects):
        return scale, runaway
    usual = _root_mean_squares(panel, rows[suspects])[:, None] * np.sqrt(np.arange(1, panel.horizon + 1))
    low, high = np.fmin(root[suspects], usual), np.fmax(root[suspects], usual)
    runaway[suspects] = _leaves(scale[suspects], low, high)
    return np.where(runaway[:, None], root, scale), runaway


def _leaves(scale: Array, low: Array, high: Array) -> NDArray[np.bool_]:
    """(N,) whether a volatility (N, H) is, at some step, not finite or far from ``low`` to ``high``."""
    near = (scale * FARTHEST >= low) & (scale <= high * FARTHEST)
    return np.asarray(~near.all(axis=1))


def _root_mean_squares(panel: "Panel", rows: Rows) -> Array:
    """(N,) root mean square of the known returns of each row's series so far; NaN without one."""
    result = np.full(len(rows), np.nan)
    for place, row in enumerate(rows):
        past = panel.returns[row - panel.position[row] : row + 1]
        known = past[np.isfinite(past)]
        if len(known):
            result[place] = np.sqrt(np.mean(np.square(known)))
    return result
