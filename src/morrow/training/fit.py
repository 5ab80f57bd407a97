"""Fit one recipe to a panel. What comes out is data; how good it is, others judge."""

from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from morrow.baselines import boosted, ewma, garch, unconditional
from morrow.config import BoostedRecipe, Config, EwmaRecipe, GarchRecipe, NetworkRecipe
from morrow.errors import HistoryError
from morrow.fitted import Fitted
from morrow.panel import Panel
from morrow.training.assignment import Assignment, Progress, Trained, fit_rows
from morrow.training.recurrent import fit_networks


def settings(config: Config, universe: str) -> dict[str, Any]:
    """What a fitted model must carry to rebuild its panel from prices alone."""
    return {
        "universe": universe,
        "forecast": config.forecast.model_dump(mode="json"),
        "time": config.time.model_dump(mode="json"),
        "calendar": config.universes[universe].calendar,
        "tick": config.universes[universe].tick,
    }


def fit(panel: Panel, task: Assignment, progress: Progress = lambda _: None) -> Trained:
    """Fit a recipe.

    Raises:
        HistoryError: the fit sessions hold no row to learn from.
        NightError: the loss became NaN or infinite.
    """
    began = perf_counter()
    rows = fit_rows(panel, task.fit)
    if not len(rows):
        raise HistoryError(
            f"recipe {task.name}: no bar of the fit sessions has all its features and a target; "
            "bring more history or lower time.minimum"
        )
    if isinstance(task.recipe, NetworkRecipe):
        extra, arrays, history = fit_networks(panel, rows, task, task.recipe, progress)
    else:
        extra, arrays = _baseline(panel, rows, task)
        history = []
    document = {
        **task.document,
        **extra,
        "name": task.name,
        "recipe": task.recipe.model_dump(mode="json"),
        "features": list(panel.names),
        "symbols": list(panel.symbols),
        "seed": task.seed,
        "trained_through": str(panel.sessions[task.through]),
        "calibration": None,
    }
    return Trained(Fitted(document, arrays), history, perf_counter() - began)


def _baseline(
    panel: Panel, rows: NDArray[np.int64], task: Assignment
) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    levels, recipe = np.asarray(task.levels), task.recipe
    scaled = panel.scaled[rows]
    if isinstance(recipe, EwmaRecipe):
        return {}, {"quantiles": ewma.fit(scaled, levels)}
    if isinstance(recipe, BoostedRecipe):
        return {}, boosted.fit(panel.features[rows], scaled, levels, recipe, task.seed)
    if isinstance(recipe, GarchRecipe):
        return _garch(panel, rows, task.fit[1], levels)
    table = unconditional.fit(panel.symbol[rows], len(panel.symbols), panel.target[rows], levels)
    return {}, {"quantiles": table}


def _garch(
    panel: Panel, rows: NDArray[np.int64], end: int, levels: NDArray[np.float64]
) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Fit every symbol that the fit rows name; one whose fit fails answers with the EWMA unit."""
    returns = panel.returns
    parameters = np.full((len(panel.symbols), 4), np.nan)
    failed = []
    for symbol in np.unique(panel.symbol[rows]):
        own = returns[(panel.symbol == symbol) & (panel.session < end)]
        found = garch.fit(own)
        if found is None:
            failed.append(panel.symbols[symbol])
        else:
            parameters[symbol] = found
    scale = garch.scales(returns, panel.position, panel.unit, parameters[panel.symbol], panel.horizon)
    standard = (panel.target / scale)[rows]
    return {"not_converged": failed}, {
        "parameters": parameters,
        "quantiles": ewma.fit(standard.astype(np.float32), levels),
    }
