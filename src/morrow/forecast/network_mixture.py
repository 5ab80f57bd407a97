"""The mixture that a network recipe answers: its reference's quantiles and its networks', by weight."""

import numpy as np
from numpy.typing import NDArray

from morrow import calibration, fitted_model
from morrow.baselines import Baseline
from morrow.config import NetworkRecipe
from morrow.errors import RegistryError
from morrow.fitted_model import FittedModel
from morrow.forecast import network_quantiles
from morrow.forecast.network_quantiles import Rows
from morrow.panel import Panel
from morrow.recipes import baselines

Answer = tuple[NDArray[np.float32], NDArray[np.float64]]


def weight_of(fitted: FittedModel) -> float:
    """The networks' weight beside their reference; 1 for a model without one, as of earlier versions."""
    return float(fitted.document.get(fitted_model.WEIGHT, 1.0))


def predict_mixture(fitted: FittedModel, recipe: NetworkRecipe, panel: Panel, rows: Rows) -> Answer:
    """Quantiles before calibration and their unit, the reference's volatility: (N, H, Q) and (N, H).

    Networks of weight zero are not evaluated. The direction head has no quantiles of its own, so its weight
    is that of its probabilities, and its quantiles are the reference's.
    """
    reference, weight = fitted_model.reference(fitted), weight_of(fitted)
    if reference is None:
        return predict_networks(fitted, recipe, panel, rows)
    start = predict_reference(reference, panel, rows)
    if not weight or recipe.head == "direction":
        return start
    return mix_answers(start, predict_networks(fitted, recipe, panel, rows), weight)


def predict_networks(fitted: FittedModel, recipe: NetworkRecipe, panel: Panel, rows: Rows) -> Answer:
    """Quantiles of the networks alone before calibration, and their unit: (N, H, Q) and (N, H).

    A recipe with the point head returns its value plus the quantiles of its residuals on the stop sessions.
    """
    residuals, scale = fitted.document.get("residuals"), network_quantiles.unit(fitted, panel, rows)
    quantiles = network_quantiles.quantiles(fitted, recipe, panel, rows)
    return quantiles if residuals is None else calibration.apply(quantiles, residuals), scale


def predict_reference(reference: FittedModel, panel: Panel, rows: Rows) -> Answer:
    """Quantiles of a reference before calibration, and their unit: (N, H, Q) and (N, H)."""
    options = reference.document["recipe"]
    section = baselines()[options["kind"]](**options)
    if not isinstance(section, Baseline):
        raise RegistryError(f'a reference of kind "{section.kind}" is no baseline; retrain its universe')
    return section.answer(reference, panel, rows)


def mix_answers(reference: Answer, networks: Answer, weight: float) -> Answer:
    """(1 − weight) times the reference's quantiles plus weight times the networks', in its unit.

    Both are (N, H, Q) and their unit (N, H). A mean of ordered quantiles is in order.
    """
    (start, unit), (own, scale) = reference, networks
    ratio = (scale / unit)[..., None]
    return ((1 - weight) * start + weight * ratio * own).astype(np.float32), unit
