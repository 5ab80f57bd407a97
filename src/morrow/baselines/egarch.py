"""EGARCH(1,1,1) with Student t innovations: one fit per symbol; widths of later steps are simulated.

The next log variance is ``omega + alpha (|e| - sqrt(2/pi)) + gamma e + beta log variance`` with ``e`` the
standardised return. The width of the multi-session return distribution depends on a row only through its
next variance, so it is simulated once per symbol, on a grid of that variance.

Source: Nelson (1991), Econometrica 59(2).
"""

from typing import TYPE_CHECKING, Literal

import numpy as np
from pydantic import Field

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
    symbol_codes,
)
from morrow.baselines.likelihood import Family, fit_series, fit_symbols
from morrow.recipes import baseline

if TYPE_CHECKING:
    from morrow.fitted_model import FittedModel
    from morrow.panel import Panel

USUAL = np.sqrt(2 / np.pi)
GRID = np.linspace(-8.0, 8.0, 33)
LARGEST = 10.0  # bound on a shock's news, in standard deviations: a larger one would dominate all later days
FARTHEST = 30.0  # largest distance of a log variance from that of the mean square


@baseline()
class EgarchRecipe(Baseline):
    """EGARCH(1,1,1) with Student t innovations, one model per symbol; later steps' widths are simulated.

    The quantiles are those of the standardised returns of all symbols, as of `garch-t`.
    """

    kind: Literal["egarch-t"]
    paths: int = Field(2_000, ge=100, le=100_000, description="simulated for each symbol, seeded")

    def fit(self, panel: "Panel", rows: Rows, settings: FitSettings) -> Parts:
        """Fit each symbol, simulate its widths, then pool quantiles of the standardised returns."""
        failures, parameters = fit_symbols(panel, rows, settings, fit_parameters)
        growths = np.full((len(parameters), len(GRID), panel.horizon), np.nan)
        for symbol in np.flatnonzero(np.isfinite(parameters).all(axis=1)):
            growths[symbol] = growth(parameters[symbol], panel.horizon, self.paths, settings.seed)
        code = panel.symbol
        scale = scales(panel.returns, panel.position, panel.unit, parameters[code], growths, code, rows)
        quantiles = standardised_quantiles(panel, rows, scale, settings.levels)
        return failures, {"parameters": parameters, "growths": growths, "quantiles": quantiles}

    def answer(self, model: "FittedModel", panel: "Panel", rows: Rows) -> Answer:
        """The same quantiles for every row, in units of its EGARCH volatility."""
        own = parameters_by_row(model.arrays["parameters"], model, panel)
        growths, code = model.arrays["growths"], symbol_codes(model, panel)[panel.symbol]
        scale = scales(panel.returns, panel.position, panel.unit, own, growths, code, rows)
        return repeat_quantiles(model.arrays["quantiles"], len(rows)), scale


def fit_parameters(returns: Array, start: Array | None = None) -> Array | None:
    """Parameters (omega, alpha, gamma, beta, nu, mean square) of one symbol's log returns (T,), or None.

    See :func:`morrow.baselines.likelihood.fit_series`; ``start`` holds an earlier fit's parameters.
    """
    return fit_series(returns, EXPONENTIAL, start)


def log_variances(returns: Array, parameters: Array) -> Array:
    """Log variance of the next session's return at every bar, for S parallel series: (S, T) -> (S, T).

    Args:
        returns: log returns; after an unknown one, such as a series' first, the variance is its expectation.
        parameters: (S, 6).
    """
    omega, alpha, gamma, beta, _, square = parameters.T
    mean = np.log(square)
    ahead = np.empty_like(returns)
    state = mean
    for bar, move in enumerate(returns.T):
        news = np.where(np.isfinite(move), _news(move * np.exp(-state / 2), alpha, gamma), 0.0)
        state = np.clip(omega + news + beta * state, mean - FARTHEST, mean + FARTHEST)
        ahead[:, bar] = state
    return ahead


def growth(parameters: Array, horizon: int, paths: int, seed: int) -> Array:
    """Simulate the width of the return over the next 1..H sessions relative to the next session's: (G, H).

    Widths are of the middle 80 % of a path's sum: with Student t shocks the expected variance of later
    steps may be infinite, but these widths are finite.

    Args:
        parameters: (6,).
        horizon: H.
        paths: number simulated at each point of ``GRID``, which holds the next session's log variance minus
            that of the mean square; all points share the same shocks.
        seed: of the shocks.
    """
    omega, alpha, gamma, beta, nu, square = parameters
    mean = np.log(square)
    shocks = np.random.default_rng(seed).standard_t(nu, (horizon, paths)) * np.sqrt((nu - 2) / nu)
    state = np.repeat(mean + GRID[:, None], paths, axis=1)
    total, widths = np.zeros_like(state), np.empty((len(GRID), horizon))
    for step, shock in enumerate(shocks):
        total += np.exp(state / 2) * shock
        low, high = np.quantile(total, (0.1, 0.9), axis=1)
        widths[:, step] = high - low
        state = np.clip(omega + _news(shock, alpha, gamma) + beta * state, mean - FARTHEST, mean + FARTHEST)
    return np.asarray(widths / widths[:, :1])


def _news(shock: Array, alpha: Array, gamma: Array) -> Array:
    """A standardised return's bounded effect on log variance, as in Muler & Yohai (2008), JSPI 138(10)."""
    bounded = np.clip(shock, -LARGEST, LARGEST)
    return np.asarray(alpha * (np.abs(bounded) - USUAL) + gamma * bounded)


def scales(
    returns: Array,
    position: Rows,
    unit: Array,
    parameters: Array,
    growths: Array,
    code: Rows,
    rows: Rows,
) -> Array:
    """Volatility over the next 1..H sessions at rows of a panel: (N, H).

    Args:
        returns: (R,) one-session log returns, series after series.
        position: (R,) 0 at the start of a series.
        unit: (R,) EWMA volatility, used where a symbol has no fit.
        parameters: (R, 6) of each row's symbol, NaN without a fit; the same within a series.
        growths: (S, G, H) of each symbol, from :func:`growth`.
        code: (R,) index of each row's symbol among the growths; unused without a fit.
        rows: (N,) rows.
    """
    horizon = growths.shape[2]
    scale = unit[rows, None] * np.sqrt(np.arange(1, horizon + 1))
    series = [each for each in series_spans(position, rows) if np.isfinite(parameters[each[1]]).all()]
    if not series:
        return scale
    side_by_side = np.full((len(series), max(end - start for _, start, end in series)), np.nan)
    for row, (_, start, end) in zip(side_by_side, series, strict=True):
        row[: end - start] = returns[start:end]
    ahead = log_variances(side_by_side, parameters[[start for _, start, _ in series]])
    for row, (index, start, _) in zip(ahead, series, strict=True):
        state = row[rows[index] - start]
        away = state - np.log(parameters[start, 5])
        wider = [np.interp(away, GRID, column) for column in growths[code[start]].T]
        scale[index] = np.exp(state / 2)[:, None] * np.stack(wider, axis=1)
    return scale


def _change_unit(parameters: Array, factor: float) -> Array:
    """Parameters for returns scaled by a factor: log variance shifts by twice the log of the factor."""
    moved = parameters.copy()
    moved[0] += (1 - parameters[3]) * 2 * np.log(factor)
    return moved


EXPONENTIAL = Family(
    volatility="EGARCH",
    shocks=1,
    to_unit=_change_unit,
    from_unit=lambda fitted, factor: _change_unit(fitted, 1 / factor),
    lasts=lambda fitted: abs(fitted[3]) <= 1 and fitted[4] > 2,
)
