"""Losses of forecast distributions, central intervals, and quantities implied by quantiles."""

import math

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

from morrow.errors import ShapeError

Array = NDArray[np.float64]


def pinball(quantiles: Array, actual: Array, levels: Array) -> Array:
    """Quantile loss of each forecast quantile against the outcome.

    Args:
        quantiles: (..., Q), any unit, non-decreasing along the last axis.
        actual: (...), same unit.
        levels: (Q,), each in (0, 1).

    Returns:
        (..., Q), same unit, never negative; its mean over a dense grid of levels is half the CRPS.

    Raises:
        ShapeError: ``quantiles`` does not end in ``len(levels)``.

    Source: Koenker & Bassett (1978), Econometrica 46(1).
    """
    if quantiles.shape != (*actual.shape, len(levels)):
        raise ShapeError(
            f"quantiles have shape {quantiles.shape}; {actual.shape} outcomes and {len(levels)} levels "
            f"need {(*actual.shape, len(levels))}"
        )
    error = actual[..., None] - quantiles
    return np.maximum(levels * error, (levels - 1) * error)


def crps(quantiles: Array, actual: Array, levels: Array) -> Array:
    """Continuous ranked probability score: twice the trapezoid integral of pinball over the levels.

    Args and errors as :func:`pinball`. Returns (...), same unit.

    Source: Gneiting & Ranjan (2011), JBES 29(3), equation 13 with a uniform weight.
    """
    return np.asarray(2 * np.trapezoid(pinball(quantiles, actual, levels), levels, axis=-1))


def log_score_t(location: Array, scale: Array, freedom: Array, actual: Array) -> Array:
    """Negative log density of a Student t at the outcome: (...), nats, lower is better.

    Args:
        location: (...) in the unit of ``actual``.
        scale: (...) same unit, positive; a change of unit shifts the score by the log of the units' ratio.
        freedom: (...) degrees of freedom, positive.
        actual: (...).

    Source: Good (1952), JRSS B 14(1) for the score.
    """
    half = (freedom + 1) / 2
    constant = gammaln(freedom / 2) - gammaln(half) + 0.5 * np.log(math.pi * freedom)
    square = ((actual - location) / scale) ** 2
    return np.asarray(constant + np.log(scale) + half * np.log1p(square / freedom))


def interval(quantiles: Array, levels: Array, share: float) -> tuple[Array, Array] | None:
    """Ends of the central interval of the given probability: (..., Q) -> (...) and (...).

    None if the levels do not contain both ends.
    """
    low, high = _position(levels, (1 - share) / 2), _position(levels, (1 + share) / 2)
    return None if low is None or high is None else (quantiles[..., low], quantiles[..., high])


def inside(quantiles: Array, actual: Array, levels: Array, share: float) -> Array | None:
    """Whether each outcome lies in the central interval of the given probability, (...) of 0 or 1.

    The interval's ends count as inside. None if the levels do not contain both.
    """
    ends = interval(quantiles, levels, share)
    return None if ends is None else ((ends[0] <= actual) & (actual <= ends[1])).astype(np.float64)


def width(quantiles: Array, levels: Array, share: float) -> Array | None:
    """Width of the central interval of the given probability, (...) in the quantiles' unit.

    None if the levels do not contain both ends.
    """
    ends = interval(quantiles, levels, share)
    return None if ends is None else ends[1] - ends[0]


def interval_score(quantiles: Array, actual: Array, levels: Array, share: float) -> Array | None:
    """Winkler's score of the central interval of the given probability, (...) in the quantiles' unit.

    The interval's width, plus 2 / (1 − share) times the distance of an outcome outside it; lower is better.
    None if the levels do not contain both ends.

    Source: Winkler (1972), JASA 67; Gneiting & Raftery (2007), JASA 102, equation 43.
    """
    ends = interval(quantiles, levels, share)
    if ends is None:
        return None
    low, high = ends
    outside = np.maximum(low - actual, 0) + np.maximum(actual - high, 0)
    return np.asarray(high - low + 2 / (1 - share) * outside)


def median(quantiles: Array, levels: Array) -> Array:
    """The column at level 0.5: (..., Q) -> (...)."""
    middle: Array = quantiles[..., int(np.argmin(np.abs(levels - 0.5)))]
    return middle


def growth(quantiles: Array, levels: Array) -> Array:
    """Expected price over last price, from quantiles of the log return: (..., Q) -> (...).

    The quantile function is taken as linear in price between levels and flat beyond the outermost.
    """
    price = np.exp(quantiles)
    middle = np.trapezoid(price, levels, axis=-1)
    return np.asarray(middle + price[..., 0] * levels[0] + price[..., -1] * (1 - levels[-1]))


def probability_down(quantiles: Array, levels: Array) -> Array:
    """Probability of a negative return, linear between levels: (N, Q) -> (N,).

    Beyond the outermost levels it equals the outermost level; a jump at zero is split evenly.
    """
    below = (quantiles < 0).sum(axis=-1)
    upto = (quantiles <= 0).sum(axis=-1)
    return (_level_at_zero(quantiles, levels, below) + _level_at_zero(quantiles, levels, upto)) / 2


def _level_at_zero(quantiles: Array, levels: Array, count: NDArray[np.int64]) -> Array:
    """Level at which the quantile function crosses zero, given the number of quantiles before it."""
    right = np.clip(count, 1, len(levels) - 1)
    rows = np.arange(len(quantiles))
    low, high = quantiles[rows, right - 1], quantiles[rows, right]
    span = np.where(high > low, high - low, 1.0)
    share = np.clip(np.where(high > low, -low / span, count > right), 0.0, 1.0)
    return levels[right - 1] + share * (levels[right] - levels[right - 1])


def _position(levels: Array, level: float) -> int | None:
    positions = np.flatnonzero(np.abs(levels - level) < 1e-9)
    return int(positions[0]) if len(positions) else None
