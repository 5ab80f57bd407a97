"""Audit scalers: whether the numbers that scale inputs depend on sessions after the fit sessions."""

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

from morrow import tutorial
from morrow.audit.futures import REWRITTEN, Build, FuturePanels, draw_shocks, find_lag
from morrow.audit.result import SCALER, Leak
from morrow.config import Forecast, NetworkRecipe, TutorialRecipe
from morrow.panel import Panel, Parts
from morrow.pretraining import replace_features
from morrow.training import FitTask, fit_rows
from morrow.training.dataset import gather

Numbers = Mapping[str, NDArray[np.floating]]
Fit = Callable[[Panel], Numbers]
TOLERANCE = 1e-6


def audit_scaler(
    build: Build, prices: pd.DataFrame, fit: Fit, last: np.datetime64, seed: int = 0
) -> tuple[Leak, ...]:
    """Audit a fit on a panel's early sessions: rewrite the later sessions and fit again.

    Args:
        build: makes a panel from bars.
        prices: one universe's rows.
        fit: returns the numbers fitted on a panel, by name.
        last: last session that the fit may see.
        seed: seed of the futures.

    Returns:
        A leak for each name whose numbers change; its lag counts from ``last``.
    """
    axis = np.sort(prices["session"].unique()).astype("datetime64[D]")
    panels = FuturePanels(build, prices, build(prices), axis, seed)
    at = int(np.searchsorted(axis, last, side="right")) - 1
    usual = fit(panels.base)
    tried: dict[int, Numbers] = {}

    def find_changed_names(after: int) -> set[str]:
        if after not in tried:
            tried[after] = fit(panels.build_panel(REWRITTEN, after))
        return {each for each in usual if not _are_equal(usual[each], tried[after][each])}

    def furthest(what: str) -> int | None:
        return find_lag(lambda after: what in find_changed_names(after), at, at, len(axis))

    day = str(axis[at])
    first = find_changed_names(at)
    return tuple(Leak(SCALER, what, "", day, furthest(what)) for what in usual if what in first)


def make_training_fit(recipes: Mapping[str, NetworkRecipe], parts: Parts, forecast: Forecast) -> Fit:
    """Make a fit of the networks' inputs, units and initial heads on the fit sessions, as in training.

    Args:
        recipes: network recipes by name.
        parts: the parts of time.
        forecast: levels and window.

    Returns:
        A function from a panel to the scaled inputs of each feature on the fit sessions, the target's unit
        and the heads' initial values, each named with its recipe.
    """

    def fit(panel: Panel) -> Numbers:
        fitted: dict[str, NDArray[np.floating]] = {}
        for name, recipe in recipes.items():
            for what, numbers in _fit_recipe(panel, name, recipe, parts, forecast).items():
                fitted[f"of {name} on {what}"] = numbers
        return fitted

    return fit


def _fit_recipe(panel: Panel, name: str, recipe: NetworkRecipe, parts: Parts, forecast: Forecast) -> Numbers:
    rows = fit_rows(panel, parts.fit)
    if recipe.start == "pretrained":
        panel = replace_features(panel)
    through = parts.stop[0] - 1
    task = FitTask(name, recipe, parts.fit, None, through, 0, forecast.levels, forecast.window)
    dataset, shares = gather(panel, rows, task, recipe, torch.device("cpu"))
    read = (panel.session < parts.fit[1]) & (panel.reach >= 0)
    inputs = dataset.features.numpy()[read]
    fitted: dict[str, NDArray[np.floating]] = {each: inputs[:, k] for k, each in enumerate(panel.names)}
    if dataset.constant is not None:
        fitted["the target"] = dataset.constant
    fitted["the heads' start"] = np.concatenate([share.start.quantiles.ravel() for share in shares])
    return fitted


def audit_tutorial(
    closes: NDArray[np.float64],
    sessions: NDArray[np.datetime64],
    symbol: str,
    name: str,
    recipe: TutorialRecipe,
) -> tuple[Leak, ...]:
    """Audit a tutorial's scaling: rewrite the closes of the test part, then rescale the earlier ones.

    Args:
        closes: (T,) one symbol's closes, all positive.
        sessions: (T,) sessions of the closes.
        symbol: the symbol.
        name: name of the recipe.
        recipe: the recipe's options.

    Raises:
        HistoryError: the series is too short, or constant.
    """
    train, usual = tutorial.scale_closes(closes, recipe)

    def sees(after: int) -> bool:
        draw = np.random.default_rng(after)
        other = closes.copy()
        other[after + 1 :] *= draw_shocks(draw, len(other) - after - 1)
        return not _are_equal(usual.values[:train], tutorial.scale_closes(other, recipe)[1].values[:train])

    if not sees(train - 1):
        return ()
    ahead = find_lag(sees, train - 1, train - 1, len(closes))
    return (Leak(SCALER, f"of {name}", symbol, str(sessions[train - 1])[:10], ahead),)


def _are_equal(one: NDArray[np.floating], two: NDArray[np.floating]) -> bool:
    if one.shape != two.shape:
        return False
    near = np.isclose(one, two, rtol=TOLERANCE, atol=TOLERANCE, equal_nan=True)
    return bool(near.all())
