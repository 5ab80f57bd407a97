"""GARCH(1,1) with Student t innovations, with or without the GJR asymmetry term: one fit per symbol.

Source: Bollerslev (1987), Review of Economics and Statistics 69(3); Glosten, Jagannathan & Runkle (1993),
Journal of Finance 48(5).
"""

from functools import partial
from typing import TYPE_CHECKING, Literal

import numpy as np

from morrow.baselines.base import (
    Answer,
    Array,
    Baseline,
    FitSettings,
    Parts,
    Rows,
    parameters_by_row,
    repeat_quantiles,
    series_spans,
    standardised_quantiles,
)
from morrow.baselines.likelihood import Family, fit_series, fit_symbols
from morrow.recipes import baseline

if TYPE_CHECKING:
    from morrow.fitted_model import FittedModel
    from morrow.panel import Panel

ROUNDING = 1e-6  # tolerance by which an optimum may exceed the bound of integrated variance


@baseline()
class GarchRecipe(Baseline):
    """GARCH(1,1) with Student t innovations, with or without GJR's term for falls; one model per symbol.

    The mean is zero, variances are filtered by session and steps ahead are analytic; the quantiles are those
    of the standardised returns of all symbols. A symbol whose fit fails has its EWMA volatility.
    """

    kind: Literal["gjr-garch-t", "garch-t"]

    def fit(self, panel: "Panel", rows: Rows, settings: FitSettings) -> Parts:
        """Fit each symbol, then pool the quantiles of standardised returns."""
        one = partial(fit_parameters, falls=self.kind == "gjr-garch-t")
        failures, parameters = fit_symbols(panel, rows, settings, one)
        scale = panel_scales(panel, rows, parameters[panel.symbol])
        quantiles = standardised_quantiles(panel, rows, scale, settings.levels)
        return failures, {"parameters": parameters, "quantiles": quantiles}

    def answer(self, model: "FittedModel", panel: "Panel", rows: Rows) -> Answer:
        """The same quantiles for every row, in units of its GARCH volatility."""
        own = parameters_by_row(model.arrays["parameters"], model, panel)
        quantiles = repeat_quantiles(model.arrays["quantiles"], len(rows))
        return quantiles, panel_scales(panel, rows, own)


def fit_parameters(returns: Array, start: Array | None = None, *, falls: bool = True) -> Array | None:
    """Parameters (omega, alpha, gamma, beta, nu, mean square) of one symbol's log returns (T,), or None.

    Args:
        returns: (T,) one-session log returns; unknown ones are left out.
        start: (6,) parameters of an earlier fit to start from.
        falls: whether to fit the GJR gamma; otherwise it is 0.

    Returns:
        None where :func:`morrow.baselines.likelihood.fit_series` finds no fit.
    """
    return fit_series(returns, GJR if falls else PLAIN, start)


def persistence(parameters: Array) -> float:
    """Expected share of a variance that persists to the next session."""
    _, alpha, gamma, beta = parameters[:4]
    return float(alpha + gamma / 2 + beta)


def variances(returns: Array, parameters: Array) -> Array:
    """Variance of the next session's log return at every bar: (T,) -> (T,).

    The variance starts at the mean square of the fit's returns and is updated by each return. For an
    unknown return, such as a series' first, its expected square is used.
    """
    from scipy.signal import lfilter  # noqa: PLC0415 (takes a second)

    omega, alpha, gamma, beta, _, mean = parameters
    known = np.isfinite(returns)
    news = omega + np.where(
        known, (alpha + gamma * (returns < 0)) * np.square(returns), (alpha + gamma / 2) * mean
    )
    ahead, _ = lfilter([1.0], [1.0, -beta], news, zi=[beta * mean])
    return np.asarray(ahead)


def volatility(returns: Array, parameters: Array, horizon: int) -> Array:
    """Volatility of the log return over the next 1..H sessions, at every bar: (T,) -> (T, H).

    Multi-step values sum the analytic expectations of :func:`variances`.
    """
    return np.sqrt(totals(variances(returns, parameters), parameters, horizon))


def totals(ahead: Array, parameters: Array, horizon: int) -> Array:
    """Expected variance over the next 1..H sessions, from the next session's variance: (T,) -> (T, H)."""
    power = persistence(parameters) ** np.arange(horizon)
    gained = np.concatenate([[0.0], np.cumsum(power)[:-1]]) * parameters[0]
    return np.asarray(np.cumsum(power * ahead[:, None] + gained, axis=1))


def scales(
    returns: Array,
    position: Rows,
    unit: Array,
    parameters: Array,
    horizon: int,
    rows: Rows | None = None,
) -> Array:
    """Volatility over the next 1..H sessions at rows of a panel: (N, H).

    Args:
        returns: (R,) one-session log returns, series after series.
        position: (R,) 0 at the start of a series.
        unit: (R,) EWMA volatility, used where a symbol has no fit.
        parameters: (R, 6) of each row's symbol, NaN without a fit; the same within a series.
        horizon: H.
        rows: (N,) rows; all of them by default. Only their series are filtered.
    """
    rows = np.arange(len(returns)) if rows is None else rows
    scale = unit[rows, None] * np.sqrt(np.arange(1, horizon + 1))
    for index, start, end in series_spans(position, rows):
        if np.isfinite(parameters[start]).all():
            filtered = volatility(returns[start:end], parameters[start], horizon)
            scale[index] = filtered[rows[index] - start]
    return scale


def panel_scales(panel: "Panel", rows: Rows, parameters: Array) -> Array:
    """:func:`scales` at rows (N,) of a panel, given the parameters (R, 6) of all its rows."""
    return scales(panel.returns, panel.position, panel.unit, parameters, panel.horizon, rows)


def _to_unit(parameters: Array, factor: float) -> Array:
    return np.asarray(parameters * np.array([factor**2, 1, 1, 1, 1]))


def _without_falls(parameters: Array, factor: float) -> Array:
    return np.delete(_to_unit(parameters, factor), 2)


def _lasts(parameters: Array) -> bool:
    return persistence(parameters) <= 1 + ROUNDING


GJR = Family(
    volatility="GARCH",
    shocks=1,
    to_unit=_to_unit,
    from_unit=lambda fitted, factor: _to_unit(fitted, 1 / factor),
    lasts=_lasts,
)
PLAIN = Family(
    volatility="GARCH",
    shocks=0,
    to_unit=_without_falls,
    from_unit=lambda fitted, factor: _to_unit(np.insert(fitted, 2, 0.0), 1 / factor),
    lasts=_lasts,
)
