"""The state of a GJR-GARCH model whose parameters are chosen every year from a grid.

Every candidate in the grid is filtered through the whole series at once. At each yearly checkpoint the one
with the highest Gaussian likelihood so far is selected until the next checkpoint. A value therefore depends
only on its bar and earlier ones, and no optimiser can fail. The group is off unless a configuration selects
it.
"""

from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter

from morrow.features.bars import Array, Block
from morrow.features.declaration import make_decorator
from morrow.features.windows import lag_values

feature = make_decorator("models", "block")

YEAR = 250  # bars between checkpoints, and before the first model
NEWS = (0.02, 0.05, 0.10)
FALLS = (0.0, 0.06, 0.12)
PERSISTENCE = (0.95, 0.98, 0.995)
GRID = tuple(product(NEWS, FALLS, PERSISTENCE))
SOURCE = "Glosten, Jagannathan & Runkle (1993), Journal of Finance 48(5)"


def _model(block: Block) -> tuple[Array, Array, Array]:
    """Next variance, mean level and persistence of the chosen model, (S, T) each."""
    ahead, mean, persistence = block.compute_once("garch", lambda: _choose_model(block.returns))
    return ahead, mean, persistence


def _choose_model(returns: Array) -> Array:
    """(3, S, T): next variance, mean level and persistence."""
    known = np.isfinite(returns)
    squares = np.where(known, np.square(returns), 0.0)
    count = np.maximum(np.cumsum(known, axis=-1), 1)
    mean = np.maximum(np.cumsum(squares, axis=-1) / count, 1e-16)  # over all bars so far
    best = np.full(returns.shape, -np.inf)
    ahead, persistence = np.full(returns.shape, np.nan), np.full(returns.shape, np.nan)
    for news, falls, total in GRID:
        variance = _filter_variance(returns, squares, mean, news, falls, total)
        likelihood = _at_checkpoints(_likelihood(squares, known, variance))
        better = likelihood > best
        best[better] = likelihood[better]
        ahead[better] = variance[better]
        persistence[better] = total
    ahead[..., :YEAR] = np.nan
    return np.stack([ahead, mean, persistence])


def _filter_variance(
    returns: Array, squares: Array, mean: Array, news: float, falls: float, total: float
) -> Array:
    """Variance of the session after each bar, reverting to the mean of all bars so far: (S, T)."""
    keep = total - news - falls / 2
    shock = (1 - total) * mean + (news + falls * (returns < 0)) * squares
    begin = keep * mean[..., :1]
    result, _ = lfilter([1.0], [1.0, -keep], shock, axis=-1, zi=begin)
    return np.asarray(result)


def _likelihood(squares: Array, known: NDArray[np.bool_], variance: Array) -> Array:
    """Gaussian log likelihood of all bars so far, up to a constant: (S, T)."""
    before = np.maximum(lag_values(variance, 1), 1e-16)
    terms = -0.5 * (np.log(before) + squares / before)
    return np.cumsum(np.where(known & np.isfinite(before), terms, 0.0), axis=-1)


def _at_checkpoints(likelihood: Array) -> Array:
    """The likelihood at the last checkpoint at or before each bar: (S, T)."""
    return np.asarray(likelihood[..., np.arange(likelihood.shape[-1]) // YEAR * YEAR])


@feature(
    warm_up=YEAR,
    unit="log of a ratio to the unit",
    source=SOURCE,
    why="GJR-GARCH's volatility of the next session: falls count more, and it reverts to its mean.",
)
def garch_1(block: Block) -> Array:
    """Log of the next session's volatility over the unit: (S, T)."""
    ahead, _, _ = _model(block)
    return block.log_ratio(ahead)


@feature(
    warm_up=YEAR,
    unit="log of a ratio to the unit",
    source=SOURCE,
    why="GJR-GARCH's volatility of the next five sessions: how far it will have reverted.",
)
def garch_5(block: Block) -> Array:
    """Log of the volatility of the mean of the next five variances over the unit: (S, T)."""
    ahead, mean, persistence = _model(block)
    weight = (1 - persistence**5) / (5 * (1 - persistence))
    return block.log_ratio(mean + weight * (ahead - mean))


@feature(
    warm_up=YEAR,
    unit="log of a ratio",
    source=SOURCE,
    why="The model's next variance against its long-run mean: whether volatility is to rise or fall.",
)
def garch_reversion(block: Block) -> Array:
    """Log of the next volatility over that of all sessions so far: (S, T)."""
    ahead, mean, _ = _model(block)
    return np.asarray(0.5 * np.log(np.maximum(ahead, block.least_square) / mean))
