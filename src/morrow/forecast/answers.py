"""Quantiles and probabilities from a fitted model of any kind, never inside its training period."""

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter

from morrow.baselines import Baseline
from morrow.baselines.volatility_range import replace_runaways
from morrow.config import EnsembleRecipe, NetworkRecipe, Recipe
from morrow.errors import LeakError
from morrow.fitted_model import FittedModel, members
from morrow.forecast import adaptive_calibration, network_mixture, network_quantiles, quantile_mean
from morrow.panel import Panel

RECIPE: TypeAdapter[Recipe] = TypeAdapter(Recipe)


def predict(fitted: FittedModel, panel: Panel, rows: NDArray[np.int64]) -> NDArray[np.float32]:
    """Quantiles of the log return from each row's cutoff: (N,) -> (N, H, Q), in order.

    Calibration resumes from the state in the model's document. It is updated by the model's own forecasts
    that had matured by each cutoff, which are recomputed from the panel.

    Raises:
        LeakError: a row's cutoff is before the last session that the model used.
    """
    every = adaptive_calibration.find_rows_to_answer(fitted, panel, rows)
    quantiles, scale = predict_scaled(fitted, panel, every)
    answers, _ = adaptive_calibration.adapt_quantiles(fitted, panel, every, quantiles, scale)
    return answers[np.searchsorted(every, rows)]


def predict_raw(fitted: FittedModel, panel: Panel, rows: NDArray[np.int64]) -> NDArray[np.float32]:
    """Uncalibrated quantiles of the log return, which ensembles average: (N,) -> (N, H, Q).

    Raises:
        LeakError: as :func:`predict`.
    """
    quantiles, scale = predict_scaled(fitted, panel, rows)
    return np.asarray(quantiles * scale[..., None], dtype=np.float32)


def predict_scaled(
    fitted: FittedModel, panel: Panel, rows: NDArray[np.int64]
) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    """Quantiles before calibration, and the unit they are in: (N, H, Q) and (N, H).

    A network recipe answers in units of its reference's volatility, or in its own if it has no reference. A
    baseline's volatility is replaced where it has left its range.

    Raises:
        LeakError: as :func:`predict`.
    """
    _refuse_seen(fitted, panel, rows)
    recipe = RECIPE.validate_python(fitted.document["recipe"])
    root = panel.compute_scale(rows)
    if isinstance(recipe, EnsembleRecipe):
        answers = (predict_raw(each, panel, rows) for each in members(fitted))
        return quantile_mean.average_quantiles(answers, fitted.document["weights"], root), root
    if isinstance(recipe, NetworkRecipe):
        return network_mixture.predict_mixture(fitted, recipe, panel, rows)
    if isinstance(recipe, Baseline):
        return predict_baseline(fitted, panel, rows)[:2]
    raise TypeError(f'a recipe of kind "{recipe.kind}" forecasts no distribution')


def predict_baseline(
    fitted: FittedModel, panel: Panel, rows: NDArray[np.int64]
) -> tuple[NDArray[np.float32], NDArray[np.float64], NDArray[np.bool_]]:
    """A baseline's quantiles before calibration, their unit, and where that is a replacement.

    The three are (N, H, Q), (N, H) and (N,): see
    :func:`morrow.baselines.volatility_range.replace_runaways`.

    Raises:
        LeakError: as :func:`predict`.
        TypeError: the model is no baseline's.
    """
    _refuse_seen(fitted, panel, rows)
    recipe = RECIPE.validate_python(fitted.document["recipe"])
    if not isinstance(recipe, Baseline):
        raise TypeError(f'a recipe of kind "{recipe.kind}" is no baseline')
    quantiles, scale = recipe.answer(fitted, panel, rows)
    scale, runaway = replace_runaways(panel, rows, scale)
    return quantiles, scale, runaway


def probabilities(fitted: FittedModel, panel: Panel, rows: NDArray[np.int64]) -> NDArray[np.float32] | None:
    """Probabilities of down, flat and up: (N,) -> (N, H, 3); None for a model without the direction head.

    They are mixed with the frequencies on the fit sessions by the model's weight.

    Raises:
        LeakError: as :func:`predict`.
    """
    _refuse_seen(fitted, panel, rows)
    recipe = RECIPE.validate_python(fitted.document["recipe"])
    if not isinstance(recipe, NetworkRecipe) or recipe.head != "direction":
        return None
    return network_quantiles.probabilities(fitted, recipe, panel, rows, network_mixture.weight_of(fitted))


def gradient_by_distance(
    fitted: FittedModel, panel: Panel, rows: NDArray[np.int64]
) -> NDArray[np.float64] | None:
    """Norm of the gradient of the output with respect to the features at each lag in sessions: (window,).

    None for a model that is not a network; each member of an ensemble has its own. Index 0 is the row's own
    session. The rate of decay distinguishes a plain RNN from an LSTM and a GRU.
    """
    recipe = RECIPE.validate_python(fitted.document["recipe"])
    if not isinstance(recipe, NetworkRecipe):
        return None
    return network_quantiles.gradient_by_distance(fitted, recipe, panel, rows)


def log_scores(fitted: FittedModel, panel: Panel, rows: NDArray[np.int64]) -> NDArray[np.float64] | None:
    """Negative log density of the actual log return: (N,) -> (N, H) nats, NaN where unknown.

    The density is an equal mixture of the networks' Student t densities before calibration, which shifts
    quantiles and leaves no density, and without the model's reference, which has none. None for a model
    without the student-t head: quantiles alone define no density.

    Raises:
        LeakError: as :func:`predict`.
    """
    _refuse_seen(fitted, panel, rows)
    recipe = RECIPE.validate_python(fitted.document["recipe"])
    if not isinstance(recipe, NetworkRecipe) or recipe.head != "student-t":
        return None
    scale = network_quantiles.unit(fitted, panel, rows)
    target = panel.target[rows].astype(np.float64) / scale
    return network_quantiles.log_scores(fitted, recipe, panel, rows, target) + np.log(scale)


def _refuse_seen(fitted: FittedModel, panel: Panel, rows: NDArray[np.int64]) -> None:
    cutoffs = panel.sessions[panel.session[rows]]
    if len(rows) and cutoffs.min() < fitted.trained_through:
        raise LeakError(
            f"model {fitted.document['name']} was trained through {fitted.trained_through} and cannot be "
            f"scored at {cutoffs.min()}; score it at that session or later"
        )
