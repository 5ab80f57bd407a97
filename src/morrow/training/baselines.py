"""Fit the simple forecasters: what a panel gives each of them, by the table of its recipe."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from morrow.baselines import (
    boosted,
    egarch,
    ewma,
    fhs,
    garch,
    har,
    linear,
    statistical,
    unconditional,
)
from morrow.config import (
    BoostedRecipe,
    EgarchRecipe,
    EwmaRecipe,
    FhsRecipe,
    GarchRecipe,
    HarRecipe,
    LinearRecipe,
    RegressionRecipe,
    StatisticalRecipe,
    UnconditionalRecipe,
)
from morrow.features import Scaling
from morrow.panel import Panel
from morrow.training import regressed
from morrow.training.assignment import Assignment
from morrow.training.parameters import symbol_by_symbol

Rows = NDArray[np.int64]
Found = tuple[dict[str, Any], dict[str, NDArray[Any]]]  # what the document gains, and the arrays


def fit(panel: Panel, rows: Rows, task: Assignment) -> Found:
    """What a baseline adds to its document, and its arrays, fitted on (N,) rows of a panel."""
    return _FITS[type(task.recipe)](panel, rows, task, task.recipe)


def _ewma(panel: Panel, rows: Rows, task: Assignment, _: EwmaRecipe) -> Found:
    return {}, {"quantiles": ewma.fit(panel.scale_targets(rows), np.asarray(task.levels))}


def _unconditional(panel: Panel, rows: Rows, task: Assignment, _: UnconditionalRecipe) -> Found:
    levels = np.asarray(task.levels)
    table = unconditional.fit(panel.symbol[rows], len(panel.symbols), panel.target[rows], levels)
    return {}, {"quantiles": table}


def _boosted(panel: Panel, rows: Rows, task: Assignment, recipe: BoostedRecipe) -> Found:
    levels = np.asarray(task.levels)
    return {}, boosted.fit(panel.features[rows], panel.scale_targets(rows), levels, recipe, task.seed)


def _linear(panel: Panel, rows: Rows, task: Assignment, recipe: LinearRecipe) -> Found:
    levels = np.asarray(task.levels)
    return {}, linear.fit(panel.features[rows], panel.scale_targets(rows), levels, recipe, task.seed)


def _garch(panel: Panel, rows: Rows, task: Assignment, recipe: GarchRecipe) -> Found:
    extra, parameters = symbol_by_symbol(
        panel, rows, task, partial(garch.fit, falls=recipe.kind == "gjr-garch-t")
    )
    quantiles = _standardised(panel, rows, _garch_scales(panel, rows, parameters), task)
    return extra, {"parameters": parameters, "quantiles": quantiles}


def _egarch(panel: Panel, rows: Rows, task: Assignment, recipe: EgarchRecipe) -> Found:
    extra, parameters = symbol_by_symbol(panel, rows, task, egarch.fit)
    growths = np.full((len(parameters), len(egarch.GRID), panel.horizon), np.nan)
    for symbol in np.flatnonzero(np.isfinite(parameters).all(axis=1)):
        growths[symbol] = egarch.growth(parameters[symbol], panel.horizon, recipe.paths, task.seed)
    code = panel.symbol
    scale = egarch.scales(panel.returns, panel.position, panel.unit, parameters[code], growths, code, rows)
    quantiles = _standardised(panel, rows, scale, task)
    return extra, {"parameters": parameters, "growths": growths, "quantiles": quantiles}


def _har(panel: Panel, rows: Rows, task: Assignment, recipe: HarRecipe) -> Found:
    ranges = bool(np.isfinite(panel.day_variance[rows]).mean() >= har.COVERED)
    form = recipe.form if recipe.form != "auto" else "log" if ranges else "root"
    variance = har.measured(panel.day_variance, panel.returns, ranges)
    relative, level = har.means(variance, panel.position, recipe.lags)
    ahead = har.ahead(variance, panel.series, panel.session, task.through, panel.horizon)
    arrays = har.fit(relative[rows], ahead[rows] / level[rows, None], recipe, form)
    scale = har.scales(arrays, relative[rows], level[rows], panel.unit[rows], form)
    found = {"form": form, "ranges": ranges}
    return found, arrays | {"quantiles": _standardised(panel, rows, scale, task)}


def _regression(panel: Panel, rows: Rows, task: Assignment, _: RegressionRecipe) -> Found:
    scaling = Scaling.fit(panel.features[rows])
    read = scaling.apply(panel.features)
    arrays = regressed.fit(panel, rows, task, read)
    scale = regressed.scale(arrays, panel, read)[rows]
    found = {"scaling": scaling.document()}
    return found, arrays | {"quantiles": _standardised(panel, rows, scale, task)}


def _fhs(panel: Panel, rows: Rows, task: Assignment, recipe: FhsRecipe) -> Found:
    """Tables of the symbols with a fit; the others answer with the standardised quantiles of all."""
    extra, parameters = symbol_by_symbol(panel, rows, task, garch.fit)
    own = _residuals(panel, parameters, task.fit[1])
    pooled = np.concatenate([*own, []])
    levels = np.asarray(task.levels)
    tables = np.full((len(own), len(fhs.GRID), panel.horizon, len(levels)), np.nan, dtype=np.float32)
    for symbol in np.flatnonzero(np.isfinite(parameters).all(axis=1)):
        enough = recipe.residuals == "own" and len(own[symbol]) >= fhs.LEAST
        shocks = fhs.drawn(own[symbol] if enough else pooled, recipe.paths, panel.horizon, task.seed)
        tables[symbol] = fhs.table(parameters[symbol], shocks, levels, panel.horizon)
    quantiles = _standardised(panel, rows, _garch_scales(panel, rows, parameters), task)
    return extra, {"parameters": parameters, "tables": tables, "quantiles": quantiles}


def _residuals(panel: Panel, parameters: NDArray[np.float64], end: int) -> list[NDArray[np.float64]]:
    """Standardised residuals of each symbol's series before a session; none of a symbol without a fit."""
    found: list[list[NDArray[np.float64]]] = [[np.empty(0)] for _ in parameters]
    returns, inside = panel.returns, np.flatnonzero(panel.session < end)
    for _, first, last in garch.spans(panel.position, inside):
        symbol = panel.symbol[first]
        if np.isfinite(parameters[symbol]).all():
            found[symbol].append(fhs.residuals(returns[first:last], parameters[symbol]))
    return [np.concatenate(each) for each in found]


def _garch_scales(panel: Panel, rows: Rows, parameters: NDArray[np.float64]) -> NDArray[np.float64]:
    own = parameters[panel.symbol]
    return garch.scales(panel.returns, panel.position, panel.unit, own, panel.horizon, rows)


def _standardised(
    panel: Panel, rows: Rows, scale: NDArray[np.float64], task: Assignment
) -> NDArray[np.float32]:
    """Quantiles (H, Q) of the rows' returns in units of a forecast volatility (N, H), pooled over symbols.

    With it every model of volatility ends; :func:`morrow.baselines.ewma.answer` gives them back.
    """
    return ewma.fit((panel.target[rows] / scale).astype(np.float32), np.asarray(task.levels))


def _statistical(panel: Panel, rows: Rows, task: Assignment, recipe: StatisticalRecipe) -> Found:
    """Fit the last sessions of every symbol that the fit rows name; others answer with the EWMA unit."""
    parameters = np.full((len(panel.symbols), statistical.WIDTH), np.nan)
    inside = panel.session < task.fit[1]
    failed = []
    for symbol in np.unique(panel.symbol[rows]):
        own = np.flatnonzero((panel.symbol == symbol) & inside)
        last = own[panel.series[own] == panel.series[own[-1]]][-recipe.sessions :]
        found = statistical.fit(np.log(panel.adjusted[last]), recipe.kind)
        if found is None:
            failed.append(panel.symbols[symbol])
        else:
            parameters[symbol] = found
    return {"not_converged": failed}, {"parameters": parameters}


_FITS: Mapping[type, Callable[[Panel, Rows, Assignment, Any], Found]] = {
    EwmaRecipe: _ewma,
    UnconditionalRecipe: _unconditional,
    BoostedRecipe: _boosted,
    LinearRecipe: _linear,
    StatisticalRecipe: _statistical,
    GarchRecipe: _garch,
    EgarchRecipe: _egarch,
    HarRecipe: _har,
    RegressionRecipe: _regression,
    FhsRecipe: _fhs,
}
