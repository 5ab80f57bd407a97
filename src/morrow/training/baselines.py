"""Fit the simple forecasters: what a panel gives each of them, by the table of its recipe."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from morrow.baselines import boosted, ewma, garch, unconditional
from morrow.config import BoostedRecipe, EwmaRecipe, GarchRecipe, UnconditionalRecipe
from morrow.panel import Panel
from morrow.training.assignment import Assignment

Rows = NDArray[np.int64]
Found = tuple[dict[str, Any], dict[str, NDArray[Any]]]  # what the document gains, and the arrays


def fit(panel: Panel, rows: Rows, task: Assignment) -> Found:
    """What a baseline adds to its document, and its arrays, fitted on (N,) rows of a panel."""
    return _FITS[type(task.recipe)](panel, rows, task, task.recipe)


def _ewma(panel: Panel, rows: Rows, task: Assignment, _: EwmaRecipe) -> Found:
    return {}, {"quantiles": ewma.fit(panel.scaled[rows], np.asarray(task.levels))}


def _unconditional(panel: Panel, rows: Rows, task: Assignment, _: UnconditionalRecipe) -> Found:
    levels = np.asarray(task.levels)
    table = unconditional.fit(panel.symbol[rows], len(panel.symbols), panel.target[rows], levels)
    return {}, {"quantiles": table}


def _boosted(panel: Panel, rows: Rows, task: Assignment, recipe: BoostedRecipe) -> Found:
    levels = np.asarray(task.levels)
    return {}, boosted.fit(panel.features[rows], panel.scaled[rows], levels, recipe, task.seed)


def _garch(panel: Panel, rows: Rows, task: Assignment, _: GarchRecipe) -> Found:
    """Fit every symbol that the fit rows name; one whose fit fails answers with the EWMA unit."""
    returns = panel.returns
    parameters = np.full((len(panel.symbols), 4), np.nan)
    failed = []
    for symbol in np.unique(panel.symbol[rows]):
        own = returns[(panel.symbol == symbol) & (panel.session < task.fit[1])]
        found = garch.fit(own)
        if found is None:
            failed.append(panel.symbols[symbol])
        else:
            parameters[symbol] = found
    scale = garch.scales(returns, panel.position, panel.unit, parameters[panel.symbol], panel.horizon)
    return {"not_converged": failed}, {
        "parameters": parameters,
        "quantiles": _standardised(panel, rows, scale[rows], task),
    }


def _standardised(
    panel: Panel, rows: Rows, scale: NDArray[np.float64], task: Assignment
) -> NDArray[np.float32]:
    """Quantiles (H, Q) of the rows' returns in units of a forecast volatility (N, H), pooled over symbols."""
    return ewma.fit((panel.target[rows] / scale).astype(np.float32), np.asarray(task.levels))


_FITS: Mapping[type, Callable[[Panel, Rows, Assignment, Any], Found]] = {
    EwmaRecipe: _ewma,
    UnconditionalRecipe: _unconditional,
    BoostedRecipe: _boosted,
    GarchRecipe: _garch,
}
