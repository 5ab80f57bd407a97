"""Filtered historical simulation: paths of a GJR-GARCH whose shocks are its own standardised residuals.

A path's sum depends on the row only through its next session's variance. So quantiles are simulated once per
symbol, on a grid of that variance, and each row interpolates between two points of the grid.

Source: Barone-Adesi, Giannopoulos & Vosper (1999), Journal of Futures Markets 19(5).
"""

from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from morrow.baselines import garch
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
from morrow.baselines.likelihood import fit_symbols
from morrow.recipes import baseline

if TYPE_CHECKING:
    from morrow.fitted_model import FittedModel
    from morrow.panel import Panel

GRID = np.linspace(-8.0, 8.0, 65)  # log of the next session's variance over the returns' mean square
LEAST = 250  # minimum residuals of a symbol for drawing from its own


@baseline()
class FhsRecipe(Baseline):
    """Filtered historical simulation: paths of GJR-GARCH-t's standardised residuals, one model per symbol."""

    kind: Literal["fhs"]
    paths: int = Field(2_000, ge=100, le=100_000, description="drawn for each symbol, seeded")
    residuals: Literal["own", "pooled"] = Field(
        "own", description="drawn from a symbol's own, or from those of all symbols"
    )

    def fit(self, panel: "Panel", rows: Rows, settings: FitSettings) -> Parts:
        """Simulate tables for symbols with a fit; the others use pooled standardised quantiles."""
        failures, parameters = fit_symbols(panel, rows, settings, garch.fit_parameters)
        own = _residuals_by_symbol(panel, parameters, settings.end)
        pooled = np.concatenate([*own, []])
        levels = settings.levels
        tables = np.full((len(own), len(GRID), panel.horizon, len(levels)), np.nan, dtype=np.float32)
        for symbol in np.flatnonzero(np.isfinite(parameters).all(axis=1)):
            enough = self.residuals == "own" and len(own[symbol]) >= LEAST
            source = own[symbol] if enough else pooled
            shocks = draw_shocks(source, self.paths, panel.horizon, settings.seed)
            tables[symbol] = simulate_quantiles(parameters[symbol], shocks, levels, panel.horizon)
        scale = garch.panel_scales(panel, rows, parameters[panel.symbol])
        quantiles = standardised_quantiles(panel, rows, scale, levels)
        return failures, {"parameters": parameters, "tables": tables, "quantiles": quantiles}

    def answer(self, model: "FittedModel", panel: "Panel", rows: Rows) -> Answer:
        """Quantiles specific to each row, in units of its GARCH volatility."""
        quantiles = repeat_quantiles(model.arrays["quantiles"], len(rows)).copy()
        parameters, code = model.arrays["parameters"], symbol_codes(model, panel)[panel.symbol]
        for index, start, end in series_spans(panel.position, rows):
            symbol = code[start]
            if symbol < len(parameters) and np.isfinite(parameters[symbol]).all():
                ahead = garch.variances(panel.returns[start:end], parameters[symbol])[rows[index] - start]
                log = np.log(ahead / parameters[symbol][5])
                quantiles[index] = interpolate(model.arrays["tables"][symbol], log)
        own = parameters_by_row(parameters, model, panel)
        return quantiles, garch.panel_scales(panel, rows, own)


def standardised_residuals(returns: Array, parameters: Array) -> Array:
    """Known returns of one series divided by their forecast volatility: (T,) -> (T − 1,).

    Args:
        returns: (T,) log returns; the first of a series is unknown.
        parameters: (6,) of its GJR-GARCH.
    """
    shocks = returns[1:] / np.sqrt(garch.variances(returns, parameters)[:-1])
    return np.asarray(shocks[np.isfinite(shocks)])


def simulate_quantiles(parameters: Array, shocks: Array, levels: Array, horizon: int) -> NDArray[np.float32]:
    """Quantiles of path sums at every point of the grid, in units of the analytic volatility: (G, H, Q).

    Args:
        parameters: (6,) of a symbol's GJR-GARCH.
        shocks: (paths, H) standardised residuals, drawn at random; shared by all points.
        levels: (Q,).
        horizon: H.
    """
    omega, alpha, gamma, beta, _, mean = parameters
    start = mean * np.exp(GRID)
    scale = np.sqrt(garch.totals(start, parameters, horizon))  # (G, H)
    variance = np.repeat(start[:, None], len(shocks), axis=1)  # (G, paths)
    total = np.zeros_like(variance)
    quantiles = np.empty((len(GRID), horizon, len(levels)), dtype=np.float32)
    for step in range(horizon):
        move = np.sqrt(variance) * shocks[:, step]
        total += move
        quantiles[:, step] = (np.quantile(total, levels, axis=1) / scale[:, step]).T
        variance = omega + (alpha + gamma * (move < 0)) * np.square(move) + beta * variance
    return quantiles


def draw_shocks(shocks: Array, paths: int, horizon: int, seed: int) -> Array:
    """Draw shocks for every path and step with replacement: (S,) -> (paths, H)."""
    return np.asarray(np.random.default_rng(seed).choice(shocks, (paths, horizon)))


def interpolate(tables: NDArray[np.float32], ahead: Array) -> NDArray[np.float32]:
    """Scaled quantiles at rows of one symbol: (G, H, Q) and (N,) -> (N, H, Q).

    Args:
        tables: from :func:`simulate_quantiles`.
        ahead: log of each row's next variance over the mean square, clipped to the grid.
    """
    position = np.clip((ahead - GRID[0]) / (GRID[1] - GRID[0]), 0, len(GRID) - 1)
    low = np.minimum(position.astype(np.int64), len(GRID) - 2)
    share = (position - low)[:, None, None].astype(np.float32)
    return np.asarray(tables[low] * (1 - share) + tables[low + 1] * share)


def _residuals_by_symbol(panel: "Panel", parameters: Array, end: int) -> list[Array]:
    """Standardised residuals of each symbol's series before a session; empty for a symbol without a fit."""
    residuals: list[list[Array]] = [[np.empty(0)] for _ in parameters]
    returns, inside = panel.returns, np.flatnonzero(panel.session < end)
    for _, first, last in series_spans(panel.position, inside):
        symbol = panel.symbol[first]
        if np.isfinite(parameters[symbol]).all():
            residuals[symbol].append(standardised_residuals(returns[first:last], parameters[symbol]))
    return [np.concatenate(each) for each in residuals]
