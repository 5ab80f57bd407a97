"""HAR: the variance of the coming sessions from its means over the last day, week and month.

One regression a step for all symbols, on variances relative to each symbol's own mean so far, so that a
quiet currency and a wild share lend each other history, and a new symbol needs no fit of its own.

Source: Corsi (2009), Journal of Financial Econometrics 7(2); pooled and relative to the long-run mean as
Bollerslev, Hood, Huss & Pedersen (2018), Review of Financial Studies 31(7).
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LinearRegression, Ridge

from morrow.config import HarRecipe
from morrow.errors import HistoryError

Array = NDArray[np.float64]
Rows = NDArray[np.int64]

SETTLED = 22  # sessions of a series before its own mean is believed
LEAST = 0.01  # of the long-run variance: below it a logarithm says nothing
COVERED = 0.9  # share of the fit rows whose range must be known for ranges to be used


def measured(ranged: NDArray[np.floating], returns: Array, use_ranges: bool) -> Array:
    """Variance seen on each session (R,): of its range where there is one, else its squared return."""
    squares = np.square(returns)
    return np.where(np.isfinite(ranged), ranged, squares) if use_ranges else squares


def means(variance: Array, position: Rows, lags: tuple[int, ...]) -> tuple[Array, Array]:
    """Means over the last sessions, relative to the mean so far: (R, K), and that mean (R,).

    NaN before ``SETTLED`` sessions of a series, and where nothing ever moved. Sessions whose variance is
    not known are left out of the means.
    """
    relative, level = np.empty((len(variance), len(lags))), np.empty(len(variance))
    starts = np.flatnonzero(position == 0)
    for start, end in zip(starts, [*starts[1:], len(variance)], strict=True):
        relative[start:end], level[start:end] = _means(variance[start:end], lags)
    return relative, level


def _means(variance: Array, lags: tuple[int, ...]) -> tuple[Array, Array]:
    """:func:`means` of one series: a sum over several would round one symbol's means by another's size."""
    known, place = np.isfinite(variance), np.arange(1, len(variance) + 1)
    total = np.concatenate([[0.0], np.cumsum(np.where(known, variance, 0.0))])
    count = np.concatenate([[0], np.cumsum(known)])

    def mean(sessions: Rows) -> Array:
        first = place - sessions
        return np.asarray((total[place] - total[first]) / np.maximum(count[place] - count[first], 1))

    level = mean(place)
    level[(place <= SETTLED) | (level <= 0)] = np.nan
    last = [np.maximum(mean(np.minimum(lag, place)), 0.0) / level for lag in lags]
    return np.stack(last, axis=1), level


def ahead(variance: Array, series: Rows, session: Rows, through: int, horizon: int) -> Array:
    """Mean variance of the next 1..H bars: (R, H); NaN where one is not known by session ``through``."""
    later = np.full((len(variance), horizon), np.nan)
    for step in range(1, horizon + 1):
        same = (series[step:] == series[:-step]) & (session[step:] <= through)
        later[: len(variance) - step, step - 1] = np.where(same, variance[step:], np.nan)
    return np.asarray(np.cumsum(later, axis=1) / np.arange(1, horizon + 1))


def fit(relative: Array, target: Array, recipe: HarRecipe, form: str) -> dict[str, NDArray[Any]]:
    """Regressions of each step.

    Args:
        relative: (N, K) as :func:`means` gives them, NaN where unknown.
        target: (N, H) mean variance of the coming sessions over the same long-run mean.
        recipe: its penalty.
        form: "log" or "root" of the variances on both sides.

    Returns:
        ``coefficients`` (H, 1 + K) with the intercept first; ``bounds`` (H, 2) of the transformed target
        on the fit rows, beyond which no forecast goes; ``correction`` (H,), the ratio of mean variance
        to mean forecast, by which the transformation's bias is taken back.

    Raises:
        HistoryError: a step has fewer rows than coefficients.

    Source of the bounds: Swanson & White (1997), International Journal of Forecasting 13(4); of the
    correction: Duan (1983), JASA 78(383).
    """
    inputs, wanted = _transformed(relative, form), _transformed(target, form)
    coefficients, bounds, correction = [], [], []
    for step in range(target.shape[1]):
        known = np.isfinite(inputs).all(axis=1) & np.isfinite(wanted[:, step])
        if known.sum() <= inputs.shape[1] + 1:
            raise HistoryError("too few sessions with a known variance to regress on; bring more history")
        model = Ridge(alpha=recipe.ridge * known.sum()) if recipe.ridge else LinearRegression()
        model.fit(inputs[known], wanted[known, step])
        coefficients.append([model.intercept_, *model.coef_])
        bounds.append([wanted[known, step].min(), wanted[known, step].max()])
        raw = _back(np.clip(model.predict(inputs[known]), *bounds[-1]), form)
        correction.append(target[known, step].mean() / raw.mean())
    return {
        "coefficients": np.array(coefficients),
        "bounds": np.array(bounds),
        "correction": np.array(correction),
    }


def scales(
    arrays: Mapping[str, NDArray[Any]], relative: Array, level: Array, unit: Array, form: str
) -> Array:
    """Volatility of the log return over the next 1..H sessions: (N, K) and (N,) -> (N, H).

    Where the means are not known, the EWMA volatility ``unit`` times the root of steps.
    """
    coefficients = arrays["coefficients"]
    steps = np.arange(1, len(coefficients) + 1)
    linear = coefficients[:, 0] + _transformed(relative, form) @ coefficients[:, 1:].T  # (N, H)
    mean = _back(np.clip(linear, *arrays["bounds"].T), form) * arrays["correction"] * level[:, None]
    scale = np.sqrt(mean * steps)
    return np.where(np.isfinite(scale) & (scale > 0), scale, unit[:, None] * np.sqrt(steps))


def _transformed(ratio: Array, form: str) -> Array:
    return np.log(np.maximum(ratio, LEAST)) if form == "log" else np.sqrt(ratio)


def _back(values: Array, form: str) -> Array:
    return np.exp(values) if form == "log" else np.square(values)
