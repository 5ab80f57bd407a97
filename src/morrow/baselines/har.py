"""HAR: regress the variance of the coming sessions on its means over the last day, week and month.

There is one regression per step for all symbols, on variances relative to each symbol's own mean to date. So
a quiet currency and a volatile share pool their histories, and a new symbol needs no fit of its own.

Source: Corsi (2009), Journal of Financial Econometrics 7(2); pooled and relative to the long-run mean as in
Bollerslev, Hood, Huss & Pedersen (2018), Review of Financial Studies 31(7).
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from morrow.baselines.base import (
    Answer,
    Array,
    Baseline,
    FitSettings,
    Parts,
    Rows,
    repeat_quantiles,
    standardised_quantiles,
)
from morrow.errors import HistoryError
from morrow.recipes import baseline

if TYPE_CHECKING:
    from morrow.fitted_model import FittedModel
    from morrow.panel import Panel

Lag = Annotated[int, Field(ge=1, le=250)]

SETTLED = 22  # minimum sessions of a series for its own mean to be used
LEAST = 0.01  # floor as a share of the long-run variance: below it a logarithm is uninformative
COVERED = 0.9  # share of the fit rows whose range must be known for ranges to be used


@baseline()
class HarRecipe(Baseline):
    """Range volatility of the last day, week and month, one regression for all symbols.

    Variances of the coming sessions are relative to each symbol's own mean so far; they come from open, high
    and low where 90 % of the bars have them, else from squared returns.
    """

    kind: Literal["har"]
    lags: tuple[Lag, Lag, Lag] = Field((1, 5, 22), description="sessions of the three means")
    form: Literal["auto", "log", "root"] = Field(
        "auto", description="of the variances; auto is log with high and low, root of squared returns without"
    )
    ridge: float = Field(0.0, ge=0, description="penalty per row on squared coefficients; 0 for none")

    def fit(self, panel: "Panel", rows: Rows, settings: FitSettings) -> Parts:
        """Regress the variance of the coming sessions, then pool quantiles of the standardised returns."""
        ranges = bool(np.isfinite(panel.day_variance[rows]).mean() >= COVERED)
        form = self.form if self.form != "auto" else "log" if ranges else "root"
        variance = measured_variance(panel.day_variance, panel.returns, ranges)
        relative, level = trailing_means(variance, panel.position, self.lags)
        ahead = variance_ahead(variance, panel.series, panel.session, settings.through, panel.horizon)
        arrays = fit_regressions(relative[rows], ahead[rows] / level[rows, None], self, form)
        scale = scales(arrays, relative[rows], level[rows], panel.unit[rows], form)
        quantiles = standardised_quantiles(panel, rows, scale, settings.levels)
        return {"form": form, "ranges": ranges}, arrays | {"quantiles": quantiles}

    def answer(self, model: "FittedModel", panel: "Panel", rows: Rows) -> Answer:
        """The same quantiles for every row, in units of its regressed volatility."""
        variance = measured_variance(panel.day_variance, panel.returns, model.document["ranges"])
        relative, level = trailing_means(variance, panel.position, self.lags)
        form = model.document["form"]
        scale = scales(model.arrays, relative[rows], level[rows], panel.unit[rows], form)
        return repeat_quantiles(model.arrays["quantiles"], len(rows)), scale


def measured_variance(ranged: NDArray[np.floating], returns: Array, use_ranges: bool) -> Array:
    """Variance of each session (R,): from its range where available, otherwise its squared return."""
    squares = np.square(returns)
    return np.where(np.isfinite(ranged), ranged, squares) if use_ranges else squares


def trailing_means(variance: Array, position: Rows, lags: tuple[int, ...]) -> tuple[Array, Array]:
    """Means over the last sessions relative to the mean to date (R, K), and that mean (R,).

    NaN before ``SETTLED`` sessions of a series, and where the price has never moved. Sessions of unknown
    variance are left out of the means.
    """
    relative, level = np.empty((len(variance), len(lags))), np.empty(len(variance))
    starts = np.flatnonzero(position == 0)
    for start, end in zip(starts, [*starts[1:], len(variance)], strict=True):
        relative[start:end], level[start:end] = _means(variance[start:end], lags)
    return relative, level


def _means(variance: Array, lags: tuple[int, ...]) -> tuple[Array, Array]:
    """Means of one series; a running sum over several would round one symbol by another's magnitude."""
    known, position = np.isfinite(variance), np.arange(1, len(variance) + 1)
    total = np.concatenate([[0.0], np.cumsum(np.where(known, variance, 0.0))])
    count = np.concatenate([[0], np.cumsum(known)])

    def mean(sessions: Rows) -> Array:
        first = position - sessions
        return np.asarray((total[position] - total[first]) / np.maximum(count[position] - count[first], 1))

    level = mean(position)
    level[(position <= SETTLED) | (level <= 0)] = np.nan
    last = [np.maximum(mean(np.minimum(lag, position)), 0.0) / level for lag in lags]
    return np.stack(last, axis=1), level


def variance_ahead(variance: Array, series: Rows, session: Rows, through: int, horizon: int) -> Array:
    """Mean variance of the next 1..H bars: (R, H); NaN where any is unknown by session ``through``."""
    later = np.full((len(variance), horizon), np.nan)
    for step in range(1, horizon + 1):
        same = (series[step:] == series[:-step]) & (session[step:] <= through)
        later[: len(variance) - step, step - 1] = np.where(same, variance[step:], np.nan)
    return np.asarray(np.cumsum(later, axis=1) / np.arange(1, horizon + 1))


def fit_regressions(relative: Array, target: Array, recipe: HarRecipe, form: str) -> dict[str, NDArray[Any]]:
    """Fit the regression of each step.

    Args:
        relative: (N, K) from :func:`trailing_means`, NaN where unknown.
        target: (N, H) mean variance of the coming sessions divided by the same long-run mean.
        recipe: its penalty.
        form: transformation of the variances on both sides, "log" or "root".

    Returns:
        ``coefficients`` (H, 1 + K) with the intercept first; ``bounds`` (H, 2) of the transformed target
        on the fit rows, which bound every forecast; ``correction`` (H,), the ratio of mean variance
        to mean forecast, which corrects the bias of the transformation.

    Raises:
        HistoryError: a step has fewer rows than coefficients.

    Source of the bounds: Swanson & White (1997), International Journal of Forecasting 13(4); of the
    correction: Duan (1983), JASA 78(383).
    """
    from sklearn.linear_model import LinearRegression, Ridge  # noqa: PLC0415 (takes a second)

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

    Where the means are unknown, it is the EWMA volatility ``unit`` times the square root of the step.
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
