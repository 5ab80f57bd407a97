"""Tests of a mean over dates that are not independent of one another."""

import numpy as np
from scipy.special import ndtr

from morrow.metrics.quantiles import Array


def lags(horizon: int, dates: int) -> int:
    """How many lags of a daily mean of forecasts 1..horizon steps ahead are taken as correlated.

    horizon − 1, since forecasts overlap by so much, plus ⌊4 (dates / 100)^(2/9)⌋, since a Bartlett kernel
    halves what it reaches and losses cluster.

    Source: Diebold & Mariano (1995), JBES 13(3) for the first; Newey & West (1994), Review of Economic
    Studies 61(4) for the second.
    """
    return horizon - 1 + int(4 * (dates / 100) ** (2 / 9))


def long_run_variance(values: Array, lags: int) -> Array:
    """HAC variance of a mean, times the number of dates: (T, K) in order of time -> (K, K).

    Autocovariances up to ``lags`` with Bartlett weights, without correction for small samples.

    Source: Newey & West (1987), Econometrica 55(3).
    """
    apart = values - values.mean(axis=0)
    total = apart.T @ apart
    for lag in range(1, min(lags, len(values) - 1) + 1):
        cross = apart[lag:].T @ apart[:-lag]
        total += (1 - lag / (lags + 1)) * (cross + cross.T)
    return np.asarray(total / len(values))


def mean_test(values: Array, lags: int, *, upper: bool) -> tuple[float, float]:
    """Whether a mean over dates (T,) is above zero (``upper``) or below: statistic and one-sided p.

    Standard normal under a mean of zero, with HAC variance. Both are NaN with fewer than two dates, or
    where nothing varies.
    """
    if len(values) < 2:
        return np.nan, np.nan
    variance = float(long_run_variance(values[:, None], lags)[0, 0])
    if variance <= 0:
        return np.nan, np.nan
    statistic = float(values.mean() / np.sqrt(variance / len(values)))
    return statistic, float(ndtr(-statistic if upper else statistic))
