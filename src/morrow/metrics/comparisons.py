"""One forecaster against another."""

import numpy as np
from numpy.typing import NDArray

from morrow.errors import ShapeError
from morrow.metrics.dependence import mean_test
from morrow.metrics.quantiles import Array


def skill(loss: float | None, reference: float | None) -> float | None:
    """1 − loss / reference, a fraction; None where either is unknown or the reference is zero."""
    return None if loss is None or not reference else 1 - loss / reference


def skill_geomean(loss: Array, reference: Array, symbol: NDArray[np.generic]) -> float | None:
    """1 − the geometric mean over symbols of the ratio of mean losses, a fraction.

    Symbols of any volatility and number of rows weigh alike. None where no symbol has two positive losses.

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
    """Losses averaged by date: (N, ...) with NaN where not known, (N,) dates -> (T,) in order of time.

    Every symbol and step known at a date weighs alike, and so does every date afterwards. A date without
    a known loss is left out.
    """
    flat = loss.reshape(len(loss), -1)
    known = np.isfinite(flat)
    _, code = np.unique(date, return_inverse=True)
    total = np.bincount(code, weights=np.where(known, flat, 0.0).sum(axis=1))
    count = np.bincount(code, weights=known.sum(axis=1))
    return np.asarray(total[count > 0] / count[count > 0])


def diebold_mariano(loss_a_by_date: Array, loss_b_by_date: Array, lags: int) -> tuple[float, float]:
    """Whether a loses less than b: statistic and one-sided p; a small p speaks for a.

    The statistic is the mean difference a − b over its standard error with HAC variance (Bartlett), so
    that it is negative where a is better, and standard normal where they are equally good.

    Args:
        loss_a_by_date: (T,) in order of time, averaged over symbols and steps (:func:`loss_by_date`).
        loss_b_by_date: (T,) of the same dates.
        lags: dates over which differences are correlated; :func:`~morrow.metrics.lags` has a rule.

    Raises:
        ShapeError: the two are not of one length.

    Source: Diebold & Mariano (1995), JBES 13(3), section 1.1; Newey & West (1987).
    """
    if loss_a_by_date.shape != loss_b_by_date.shape:
        raise ShapeError(
            f"Diebold-Mariano: losses of {loss_a_by_date.shape} and {loss_b_by_date.shape} dates; "
            "give both forecasters' losses on the same dates"
        )
    return mean_test(loss_a_by_date - loss_b_by_date, lags, upper=False)
