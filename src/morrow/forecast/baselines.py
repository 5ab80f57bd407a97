"""Answer with a fitted simple forecaster, by the table of its recipe: scaled quantiles and their unit."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from morrow.baselines import boosted, ewma, garch
from morrow.config import BoostedRecipe, EwmaRecipe, GarchRecipe, Recipe, UnconditionalRecipe
from morrow.fitted import Fitted
from morrow.forecast.ensemble import places
from morrow.panel import Panel

Rows = NDArray[np.int64]
Answer = tuple[NDArray[np.float32], NDArray[np.float64]]


def answer(fitted: Fitted, recipe: Recipe, panel: Panel, rows: Rows) -> Answer:
    """Quantiles before calibration, and the volatility that they are in units of: (N, H, Q) and (N, H)."""
    return _ANSWERS[type(recipe)](fitted, recipe, panel, rows)


def _ewma(fitted: Fitted, _: EwmaRecipe, panel: Panel, rows: Rows) -> Answer:
    return ewma.answer(fitted.arrays["quantiles"], len(rows)), panel.root[rows]


def _unconditional(fitted: Fitted, _: UnconditionalRecipe, panel: Panel, rows: Rows) -> Answer:
    table, root = fitted.arrays["quantiles"][_code(fitted, panel)[panel.symbol[rows]]], panel.root[rows]
    return (table / root[..., None]).astype(np.float32), root


def _boosted(fitted: Fitted, _: BoostedRecipe, panel: Panel, rows: Rows) -> Answer:
    levels = np.asarray(fitted.document["forecast"]["levels"])
    return boosted.answer(fitted.arrays, panel.features[rows], levels), panel.root[rows]


def _garch(fitted: Fitted, _: GarchRecipe, panel: Panel, rows: Rows) -> Answer:
    parameters = np.vstack([fitted.arrays["parameters"], np.full(4, np.nan)])[_code(fitted, panel)]
    scale = garch.scales(panel.returns, panel.position, panel.unit, parameters[panel.symbol], panel.horizon)
    return ewma.answer(fitted.arrays["quantiles"], len(rows)), scale[rows]


def _code(fitted: Fitted, panel: Panel) -> Rows:
    """Place of each of the panel's symbols among the model's (N,), one past its last for a stranger."""
    names = fitted.document["symbols"]
    return places(panel, names, len(names))


_ANSWERS: Mapping[type, Callable[[Fitted, Any, Panel, Rows], Answer]] = {
    EwmaRecipe: _ewma,
    UnconditionalRecipe: _unconditional,
    BoostedRecipe: _boosted,
    GarchRecipe: _garch,
}
