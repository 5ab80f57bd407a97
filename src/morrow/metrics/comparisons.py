"""Compare two forecasters, and test a mean over dependent dates."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, stdtr

from morrow.errors import ShapeError
from morrow.metrics.distributions import Array


def skill(loss: float | None, reference: float | None) -> float | None:
    """1 − loss / reference, a fraction; None if either is unknown or the reference is zero."""
    return None if loss is None or not reference else 1 - loss / reference


def skill_geomean(loss: Array, reference: Array, symbol: NDArray[np.generic]) -> float | None:
    """1 − the geometric mean over symbols of the ratio of mean losses, a fraction.

    All symbols have equal weight, whatever their volatility and number of rows. None if no symbol has two
    positive losses.

    Args:
        loss: (N,).
        reference: (N,) on the same rows.
        symbol: (N,) names or numbers.
    """
    _, code = np.unique(symbol, return_inverse=True)
    own, other = np.bincount(code, weights=loss), np.bincount(code, weights=reference)
    usable = (own > 0) & (other > 0)
    return 1 - float(np.exp(np.log(own[usable] / other[usable]).mean())) if usable.any() else None


def loss_by_date(loss: Array, date: NDArray[np.int64]) -> Array:
    """Mean loss of each date: (N, ...) with NaN where unknown and (N,) dates -> (T,) in time order.

    All known symbols and steps of a date have equal weight. A date without a known loss is left out.
    """
    flat = loss.reshape(len(loss), -1)
    known = np.isfinite(flat)
    _, code = np.unique(date, return_inverse=True)
    total = np.bincount(code, weights=np.where(known, flat, 0.0).sum(axis=1))
    count = np.bincount(code, weights=known.sum(axis=1))
    return np.asarray(total[count > 0] / count[count > 0])


def diebold_mariano(loss_a_by_date: Array, loss_b_by_date: Array, lags: int) -> tuple[float, float]:
    """Test whether a has a lower loss than b: statistic and one-sided p; a small p favours a.

    The statistic is the mean difference a − b over its standard error with HAC variance (Bartlett). It is
    negative where a is better, and standard normal where both are equally good.

    Args:
        loss_a_by_date: (T,) in time order, averaged over symbols and steps (:func:`loss_by_date`).
        loss_b_by_date: (T,) for the same dates.
        lags: number of dates over which differences are correlated; see :func:`~morrow.metrics.lags`.

    Raises:
        ShapeError: the two differ in length.

    Source: Diebold & Mariano (1995), JBES 13(3), section 1.1; Newey & West (1987).
    """
    if loss_a_by_date.shape != loss_b_by_date.shape:
        raise ShapeError(
            f"Diebold-Mariano: losses of {loss_a_by_date.shape} and {loss_b_by_date.shape} dates; "
            "give both forecasters' losses on the same dates"
        )
    return mean_test(loss_a_by_date - loss_b_by_date, lags, upper=False)


def diebold_mariano_small_sample(
    loss_a_by_date: Array, loss_b_by_date: Array, lags: int, horizon: int
) -> tuple[float, float]:
    """:func:`diebold_mariano` with Harvey, Leybourne and Newbold's correction: statistic and one-sided p.

    The statistic is multiplied by √((T + 1 − 2h + h (h − 1) / T) / T) and compared with Student's t with
    T − 1 degrees of freedom. With horizon 1 and no lags it is the paired t test.

    Args:
        loss_a_by_date: (T,) in time order, averaged over symbols and steps (:func:`loss_by_date`).
        loss_b_by_date: (T,) for the same dates.
        lags: as in :func:`diebold_mariano`, at least ``horizon`` − 1.
        horizon: h, sessions ahead of the longest forecast.

    Raises:
        ShapeError: the two differ in length.

    Source: Harvey, Leybourne & Newbold (1997), International Journal of Forecasting 13(2), equation 9.
    """
    statistic, _ = diebold_mariano(loss_a_by_date, loss_b_by_date, lags)
    dates = len(loss_a_by_date)
    factor = (dates + 1 - 2 * horizon + horizon * (horizon - 1) / max(dates, 1)) / max(dates, 1)
    if not np.isfinite(statistic) or factor <= 0:
        return np.nan, np.nan
    corrected = statistic * float(np.sqrt(factor))
    return corrected, float(stdtr(dates - 1, corrected))


def largest_excess(quantiles: Array, reference: Array, levels: Array) -> Array:
    """The most by which a forecast's loss can exceed a reference's, whatever happens: (..., Q) -> (...).

    The pinball loss, averaged over levels, grows without bound in the outcome, but the difference of two
    forecasts' does not: as a function of the outcome it is linear between the quantiles of both and constant
    outside of them, so its largest value lies at one of them.

    Args:
        quantiles: (..., Q), non-decreasing along the last axis.
        reference: (..., Q), same unit.
        levels: (Q,), each in (0, 1).

    Returns:
        (...), same unit, never negative; zero where both say the same.
    """
    knots = np.concatenate([quantiles, reference], axis=-1)
    size = quantiles.shape[-1]
    order = np.argsort(knots, axis=-1, kind="stable")
    ordered = np.take_along_axis(knots, order, axis=-1)
    slope = np.cumsum(np.where(order < size, 1.0, -1.0), axis=-1)[..., :-1] / size
    first = ((1 - levels) * (quantiles - reference)).mean(axis=-1)  # an outcome below every quantile
    rises = np.cumsum(slope * np.diff(ordered, axis=-1), axis=-1)
    return np.asarray(np.maximum(first + np.maximum(rises.max(axis=-1), 0.0), 0.0))


def lags(horizon: int, dates: int) -> int:
    """Number of lags over which a daily mean of forecasts 1..horizon steps ahead counts as correlated.

    horizon − 1, because forecasts overlap by that much, plus ⌊4 (dates / 100)^(2/9)⌋, because a Bartlett
    kernel halves the correlations that it reaches and losses cluster.

    Source: Diebold & Mariano (1995), JBES 13(3) for the first; Newey & West (1994), Review of Economic
    Studies 61(4) for the second.
    """
    return horizon - 1 + int(4 * (dates / 100) ** (2 / 9))


def long_run_variance(values: Array, lags: int) -> Array:
    """HAC variance of a mean, times the number of dates: (T, K) in time order -> (K, K).

    Sums the autocovariances up to ``lags`` with Bartlett weights, without a small-sample correction.

    Source: Newey & West (1987), Econometrica 55(3).
    """
    return np.asarray(_sum_autocovariances(values, lags, lambda late, early: late.T @ early) / len(values))


def long_run_variances(values: Array, lags: int) -> Array:
    """Diagonal of :func:`long_run_variance`, without computing the rest: (T, K) -> (K,)."""
    return _sum_autocovariances(values, lags, lambda late, early: (late * early).sum(axis=0), len(values))


def _sum_autocovariances(
    values: Array, lags: int, product: Callable[[Array, Array], Array], divisor: int = 1
) -> Array:
    """Sum of autocovariances with Bartlett weights, each divided by ``divisor`` before it is added."""
    centered = values - values.mean(axis=0)
    total = product(centered, centered) / divisor
    for lag in range(1, min(lags, len(values) - 1) + 1):
        cross = product(centered[lag:], centered[:-lag])
        total = total + (1 - lag / (lags + 1)) * (cross + cross.T) / divisor
    return total


def mean_test(values: Array, lags: int, *, upper: bool) -> tuple[float, float]:
    """Test whether a mean over dates (T,) is above zero (``upper``) or below: statistic and one-sided p.

    Standard normal under a zero mean, with HAC variance. Both are NaN with fewer than two dates, or
    if the values are constant.
    """
    if len(values) < 2:
        return np.nan, np.nan
    variance = float(long_run_variance(values[:, None], lags)[0, 0])
    if variance <= 0:
        return np.nan, np.nan
    statistic = float(values.mean() / np.sqrt(variance / len(values)))
    return statistic, float(ndtr(-statistic if upper else statistic))
