"""Answer with a fitted simple forecaster, by the table of its recipe: scaled quantiles and their unit."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from morrow.baselines import boosted, egarch, ewma, fhs, garch, har, linear, statistical
from morrow.config import (
    BoostedRecipe,
    EgarchRecipe,
    EwmaRecipe,
    FhsRecipe,
    GarchRecipe,
    HarRecipe,
    LinearRecipe,
    Recipe,
    RegressionRecipe,
    StatisticalRecipe,
    UnconditionalRecipe,
)
from morrow.fitted_model import FittedModel
from morrow.forecast.ensemble import places, unit
from morrow.panel import Panel

Rows = NDArray[np.int64]
Answer = tuple[NDArray[np.float32], NDArray[np.float64]]


def answer(fitted: FittedModel, recipe: Recipe, panel: Panel, rows: Rows) -> Answer:
    """Quantiles before calibration, and the volatility that they are in units of: (N, H, Q) and (N, H)."""
    return _ANSWERS[type(recipe)](fitted, recipe, panel, rows)


def _ewma(fitted: FittedModel, _: EwmaRecipe, panel: Panel, rows: Rows) -> Answer:
    return ewma.answer(fitted.arrays["quantiles"], len(rows)), panel.compute_scale(rows)


def _unconditional(fitted: FittedModel, _: UnconditionalRecipe, panel: Panel, rows: Rows) -> Answer:
    table, root = (
        fitted.arrays["quantiles"][_code(fitted, panel)[panel.symbol[rows]]],
        panel.compute_scale(rows),
    )
    return (table / root[..., None]).astype(np.float32), root


def _boosted(fitted: FittedModel, _: BoostedRecipe, panel: Panel, rows: Rows) -> Answer:
    levels = np.asarray(fitted.document["forecast"]["levels"])
    return boosted.answer(fitted.arrays, panel.features[rows], levels), panel.compute_scale(rows)


def _linear(fitted: FittedModel, _: LinearRecipe, panel: Panel, rows: Rows) -> Answer:
    levels = np.asarray(fitted.document["forecast"]["levels"])
    return linear.answer(fitted.arrays, panel.features[rows], levels), panel.compute_scale(rows)


def _garch(fitted: FittedModel, _: GarchRecipe, panel: Panel, rows: Rows) -> Answer:
    return ewma.answer(fitted.arrays["quantiles"], len(rows)), _garch_scales(fitted, panel, rows)


def _egarch(fitted: FittedModel, _: EgarchRecipe, panel: Panel, rows: Rows) -> Answer:
    own, code = _by_row(fitted.arrays["parameters"], fitted, panel), _code(fitted, panel)[panel.symbol]
    growths = fitted.arrays["growths"]
    scale = egarch.scales(panel.returns, panel.position, panel.unit, own, growths, code, rows)
    return ewma.answer(fitted.arrays["quantiles"], len(rows)), scale


def _har(fitted: FittedModel, recipe: HarRecipe, panel: Panel, rows: Rows) -> Answer:
    form, ranges = fitted.document["form"], fitted.document["ranges"]
    variance = har.measured(panel.day_variance, panel.returns, ranges)
    relative, level = har.means(variance, panel.position, recipe.lags)
    scale = har.scales(fitted.arrays, relative[rows], level[rows], panel.unit[rows], form)
    return ewma.answer(fitted.arrays["quantiles"], len(rows)), scale


def _regression(fitted: FittedModel, _: RegressionRecipe, panel: Panel, rows: Rows) -> Answer:
    return ewma.answer(fitted.arrays["quantiles"], len(rows)), unit(fitted, panel, rows)


def _fhs(fitted: FittedModel, _: FhsRecipe, panel: Panel, rows: Rows) -> Answer:
    answers = ewma.answer(fitted.arrays["quantiles"], len(rows)).copy()
    code = _code(fitted, panel)[panel.symbol]
    for place, start, end in garch.spans(panel.position, rows):
        own = code[start]
        if own < len(fitted.arrays["parameters"]) and np.isfinite(fitted.arrays["parameters"][own]).all():
            parameters = fitted.arrays["parameters"][own]
            ahead = garch.variances(panel.returns[start:end], parameters)[rows[place] - start]
            answers[place] = fhs.between(fitted.arrays["tables"][own], np.log(ahead / parameters[5]))
    return answers, _garch_scales(fitted, panel, rows)


def _statistical(fitted: FittedModel, _: StatisticalRecipe, panel: Panel, rows: Rows) -> Answer:
    """Normal quantiles around the filtered mean; around the last price, as wide as EWMA, without a fit."""
    mean, deviation = np.zeros((len(rows), panel.horizon)), panel.compute_scale(rows)
    own = _by_row(fitted.arrays["parameters"], fitted, panel)
    for place, start, end in garch.spans(panel.position, rows):
        if np.isfinite(own[start]).all():
            prices = np.log(panel.adjusted[start:end])
            moves, deviation[place] = statistical.moves(prices, own[start], panel.horizon)
            mean[place] = moves[rows[place] - start]
    normal = ndtri(np.asarray(fitted.document["forecast"]["levels"]))
    root = panel.compute_scale(rows)
    return ((mean[..., None] + deviation[..., None] * normal) / root[..., None]).astype(np.float32), root


def _garch_scales(fitted: FittedModel, panel: Panel, rows: Rows) -> NDArray[np.float64]:
    own = _by_row(garch.completed(fitted.arrays["parameters"]), fitted, panel)
    return garch.scales(panel.returns, panel.position, panel.unit, own, panel.horizon, rows)


def _by_row(array: NDArray[np.float64], fitted: FittedModel, panel: Panel) -> NDArray[np.float64]:
    """An array of the model's symbols (N, K) at each row of the panel: (R, K), NaN for a stranger."""
    own: NDArray[np.float64] = np.vstack([array, np.full(array.shape[1], np.nan)])[_code(fitted, panel)]
    return own[panel.symbol]


def _code(fitted: FittedModel, panel: Panel) -> Rows:
    """Place of each of the panel's symbols among the model's (N,), one past its last for a stranger."""
    names = fitted.document["symbols"]
    return places(panel, names, len(names))


_ANSWERS: Mapping[type, Callable[[FittedModel, Any, Panel, Rows], Answer]] = {
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
