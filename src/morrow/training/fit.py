"""Fit one recipe, network or baseline, to a panel. This module does not score the result."""

from time import perf_counter
from typing import Any

from morrow import features
from morrow import panel as panels
from morrow.baselines import Baseline
from morrow.config import Config, NetworkRecipe
from morrow.errors import HistoryError
from morrow.fitted_model import FittedModel
from morrow.panel import Panel
from morrow.training.recipe_networks import fit_networks
from morrow.training.training_request import FitResult, FitTask, Progress, fit_rows


def settings(config: Config, universe: str) -> dict[str, Any]:
    """Settings that a fitted model must store to rebuild its panel from prices alone."""
    module = config.features.module
    return {
        "universe": universe,
        "forecast": config.forecast.model_dump(mode="json"),
        "time": config.time.model_dump(mode="json"),
        "calendar": config.universes[universe].trading_calendar,
        "tick": config.universes[universe].tick,
        "features_module": features.identify_module(None if module is None else config.folder(module)),
    }


def fit(panel: Panel, task: FitTask, progress: Progress = lambda _: None) -> FitResult:
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
    history: list[dict[str, float]] = []
    if isinstance(task.recipe, NetworkRecipe):
        extra, arrays, history = fit_networks(panel, rows, task, task.recipe, progress)
    elif isinstance(task.recipe, Baseline):
        extra, arrays = task.recipe.fit(panel, rows, task.settings)
    else:
        raise TypeError(f'a recipe of kind "{task.recipe.kind}" is not fitted to a panel')
    document = {
        **task.document,
        **extra,
        "name": task.name,
        "recipe": task.recipe.model_dump(mode="json"),
        "features": list(panel.names),
        "symbols": list(panel.symbols),
        "range": panels.measure_range(panel, rows),
        "seed": task.seed,
        "trained_through": str(panel.sessions[task.through]),
        "calibration": None,
    }
    return FitResult(FittedModel(document, arrays), history, perf_counter() - began)
