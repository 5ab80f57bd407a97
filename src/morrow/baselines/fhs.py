"""Filtered historical simulation: paths of a GJR-GARCH whose shocks are its own standardised residuals.

A path's sum hangs on the row by the variance of its next session alone, so the quantiles are simulated
once a symbol, on a grid of that variance, and a row is answered between two places of the grid.

Source: Barone-Adesi, Giannopoulos & Vosper (1999), Journal of Futures Markets 19(5).
"""

import numpy as np
from numpy.typing import NDArray

from morrow.baselines import garch

Array = NDArray[np.float64]

GRID = np.linspace(-8.0, 8.0, 65)  # log of the next session's variance over the returns' mean square
LEAST = 250  # residuals of a symbol before its own are drawn


def residuals(returns: Array, parameters: Array) -> Array:
    """Returns of one series over the volatility that was forecast for them: (T,) -> (T − 1,), known ones.

    Args:
        returns: (T,) log returns, the first of a series unknown.
        parameters: (6,) of its GJR-GARCH.
    """
    shocks = returns[1:] / np.sqrt(garch.variances(returns, parameters)[:-1])
    return np.asarray(shocks[np.isfinite(shocks)])


def table(parameters: Array, shocks: Array, levels: Array, horizon: int) -> NDArray[np.float32]:
    """Quantiles of path sums at every place of the grid, in units of the analytic volatility: (G, H, Q).

    Args:
        parameters: (6,) of a symbol's GJR-GARCH.
        shocks: (paths, H) standardised residuals, drawn at random; shared by all places.
        levels: (Q,).
        horizon: H.
    """
    omega, alpha, gamma, beta, _, mean = parameters
    start = mean * np.exp(GRID)
    scale = np.sqrt(garch.totals(start, parameters, horizon))  # (G, H)
    variance = np.repeat(start[:, None], len(shocks), axis=1)  # (G, paths)
    total = np.zeros_like(variance)
    found = np.empty((len(GRID), horizon, len(levels)), dtype=np.float32)
    for step in range(horizon):
        move = np.sqrt(variance) * shocks[:, step]
        total += move
        found[:, step] = (np.quantile(total, levels, axis=1) / scale[:, step]).T
        variance = omega + (alpha + gamma * (move < 0)) * np.square(move) + beta * variance
    return found


def drawn(shocks: Array, paths: int, horizon: int, seed: int) -> Array:
    """Shocks of every path and step, drawn with replacement: (S,) -> (paths, H)."""
    return np.asarray(np.random.default_rng(seed).choice(shocks, (paths, horizon)))


def between(tables: NDArray[np.float32], ahead: Array) -> NDArray[np.float32]:
    """Scaled quantiles at rows of one symbol: (G, H, Q) and (N,) -> (N, H, Q).

    Args:
        tables: as :func:`table` gives them.
        ahead: log of each row's next variance over the mean square; beyond the grid, its end serves.
    """
    place = np.clip((ahead - GRID[0]) / (GRID[1] - GRID[0]), 0, len(GRID) - 1)
    low = np.minimum(place.astype(np.int64), len(GRID) - 2)
    share = (place - low)[:, None, None].astype(np.float32)
    return np.asarray(tables[low] * (1 - share) + tables[low + 1] * share)
