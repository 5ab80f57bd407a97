"""The state of a volatility model as an input: GJR-GARCH whose parameters are chosen anew every year.

Every candidate of a small grid is filtered through the whole series at once; at each yearly checkpoint the
one with the highest Gaussian likelihood so far serves until the next. So nothing is known of a bar that is
not behind it, and no optimiser can fail. The group is off unless a configuration selects it.
"""

from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter

from morrow.features.block import Array, Block
from morrow.features.declared import ENDLESS, declaring
from morrow.features.windows import lagged

feature = declaring("models", "block")

YEAR = 250  # bars between checkpoints, and before the first model
NEWS = (0.02, 0.05, 0.10)
FALLS = (0.0, 0.06, 0.12)
PERSISTENCE = (0.95, 0.98, 0.995)
GRID = tuple(product(NEWS, FALLS, PERSISTENCE))
SOURCE = "Glosten, Jagannathan & Runkle (1993), Journal of Finance 48(5)"


def _ahead(block: Block) -> tuple[Array, Array, Array]:
    """Of the model in force: next variance, its mean level and persistence, (S, T) each."""
    key = "garch"
    if (key, 0) not in block._known:  # noqa: SLF001 (three results of one computation)
        for place, found in enumerate(_filtered(block.returns)):
            block.once((key, place), lambda found=found: found)  # type: ignore[misc]  # bound at once
    nothing = lambda: np.empty(0)  # noqa: E731 (every result is known by now)
    return block.once((key, 0), nothing), block.once((key, 1), nothing), block.once((key, 2), nothing)


def _filtered(returns: Array) -> tuple[Array, Array, Array]:
    known = np.isfinite(returns)
    squares = np.where(known, np.square(returns), 0.0)
    count = np.maximum(np.cumsum(known, axis=-1), 1)
    mean = np.maximum(np.cumsum(squares, axis=-1) / count, 1e-16)  # of all that is behind
    best = np.full(returns.shape, -np.inf)
    ahead, persistence = np.full(returns.shape, np.nan), np.full(returns.shape, np.nan)
    length = returns.shape[-1]
    for news, falls, total in GRID:
        variance = _variance(returns, squares, mean, news, falls, total)
        likelihood = _in_force(_likelihood(squares, known, variance), length)
        better = likelihood > best
        best[better] = likelihood[better]
        ahead[better] = variance[better]
        persistence[better] = total
    unready = np.arange(length) < YEAR
    ahead[..., unready] = np.nan
    return ahead, mean, persistence


def _variance(returns: Array, squares: Array, mean: Array, news: float, falls: float, total: float) -> Array:
    """Variance of the session after each bar, reverting to the mean of what is behind: (S, T)."""
    keep = total - news - falls / 2
    shock = (1 - total) * mean + (news + falls * (returns < 0)) * squares
    begin = keep * mean[..., :1]
    result, _ = lfilter([1.0], [1.0, -keep], shock, axis=-1, zi=begin)
    return np.asarray(result)


def _likelihood(squares: Array, known: NDArray[np.bool_], variance: Array) -> Array:
    """Gaussian log likelihood of all bars so far, but for a constant: (S, T)."""
    before = np.maximum(lagged(variance, 1), 1e-16)
    terms = -0.5 * (np.log(before) + squares / before)
    return np.cumsum(np.where(known & np.isfinite(before), terms, 0.0), axis=-1)


def _in_force(likelihood: Array, length: int) -> Array:
    """The likelihood at the last checkpoint at or before each bar: (S, T)."""
    checkpoint = np.maximum(np.arange(length) // YEAR * YEAR, 0)
    return np.asarray(likelihood[..., checkpoint])


@feature(
    warm_up=YEAR,
    reach=ENDLESS,
    unit="log of a ratio to the unit",
    source=SOURCE,
    why="GJR-GARCH's volatility of the next session: falls count more, and it comes back to its mean.",
)
def garch_1(block: Block) -> Array:
    """Log of the next session's volatility over the unit: (S, T)."""
    ahead, _, _ = _ahead(block)
    return block.log_ratio(ahead)


@feature(
    warm_up=YEAR,
    reach=ENDLESS,
    unit="log of a ratio to the unit",
    source=SOURCE,
    why="GJR-GARCH's volatility of the next five sessions: how far it will have come back.",
)
def garch_5(block: Block) -> Array:
    """Log of the volatility of the mean of the next five variances over the unit: (S, T)."""
    ahead, mean, persistence = _ahead(block)
    weight = (1 - persistence**5) / (5 * (1 - persistence))
    return block.log_ratio(mean + weight * (ahead - mean))


@feature(
    warm_up=YEAR,
    reach=ENDLESS,
    unit="log of a ratio",
    source=SOURCE,
    why="The model's next variance against its long-run mean: which way volatility is bound.",
)
def garch_reversion(block: Block) -> Array:
    """Log of the next volatility over that of all sessions so far: (S, T)."""
    ahead, mean, _ = _ahead(block)
    return np.asarray(0.5 * np.log(np.maximum(ahead, block.least_square) / mean))
