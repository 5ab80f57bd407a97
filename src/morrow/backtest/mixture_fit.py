"""Mix a network recipe's networks with the regression, by a weight fitted on the calibrate sessions."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from morrow import fitted_model, training
from morrow.backtest.jobs import REGRESSION, Job, make_fit_task
from morrow.backtest.stacking_weight import fit_weight, measure_mixtures, measure_probability_mixtures
from morrow.baselines.regression import RegressionRecipe
from morrow.config import NetworkRecipe
from morrow.fitted_model import FittedModel
from morrow.forecast import network_mixture, network_quantiles
from morrow.forecast.network_mixture import Answer
from morrow.heads.direction import classify_moves, flat_band
from morrow.panel import Panel

REFERENCE_RECIPE = RegressionRecipe(kind=REGRESSION)
# The weight of pretrained networks before any evidence from the universe, to which theirs shrinks: on the
# first halves of the histories that were tried any weight from a quarter to a half improves the regression.
# Where there is nothing to learn it stays; tests/integration/test_learning.py bounds what that costs.
PRIOR_WEIGHT_PRETRAINED = 0.3


@dataclass(frozen=True)
class Mixture:
    """A network recipe's model with its reference and weight, and what both answer at the same rows.

    Attributes:
        model: the networks, the reference and the weight.
        answer: quantiles of the mixture before calibration and their unit, (R, H, Q) and (R, H).
        networks: the same of the networks alone; None for the direction head, which has no quantiles.
    """

    model: FittedModel
    answer: Answer
    networks: Answer | None


def fit_reference(job: Job, panel: Panel) -> FittedModel:
    """The regression that stands on the leaderboard: that of its finished job, or else fitted here."""
    if job.reference is not None and job.reference.exists():
        return fitted_model.load(job.reference)
    task = make_fit_task(replace(job, name=REGRESSION, recipe=REFERENCE_RECIPE))
    return training.fit(panel, task).fitted


def mix_networks(
    model: FittedModel,
    reference: FittedModel,
    panel: Panel,
    rows: NDArray[np.int64],
    known: NDArray[np.float64],
) -> Mixture:
    """Fit the weight of a recipe's networks beside their reference, and answer with both.

    Args:
        model: the networks, trained and stopped on earlier sessions than the rows.
        reference: the regression fitted on these earlier sessions.
        panel: the panel.
        rows: (R,) panel rows; those of the calibrate sessions come first.
        known: (E, H) log returns of the first E rows, those of the calibrate sessions; NaN where unknown, or
            where the model does not forecast.
    """
    recipe = NetworkRecipe(**model.document["recipe"])
    early, horizon = rows[: len(known)], panel.horizon
    start = network_mixture.predict_reference(reference, panel, rows)
    session = panel.session[early]
    if recipe.head == "direction":
        shares, likely = (
            network_quantiles.probabilities(model, recipe, panel, early, weight) for weight in (0.0, 1.0)
        )
        happened = _classes(recipe, panel, early, known)
        losses = measure_probability_mixtures(shares, likely, happened, session)
        weight = fit_weight(losses, horizon, recipe.proof)
        return Mixture(fitted_model.mix_with_reference(model, reference, weight), start, None)
    networks = network_mixture.predict_networks(model, recipe, panel, rows)
    first = slice(len(early))
    unit = start[1][first]
    losses = measure_mixtures(
        start[0][first],
        network_mixture.mix_answers(start, networks, 1.0)[0][first],
        known / unit,
        session,
        np.asarray(model.document["forecast"]["levels"]),
    )
    prior = PRIOR_WEIGHT_PRETRAINED if recipe.start == "pretrained" else 0.0
    weight = fit_weight(losses, horizon, recipe.proof, prior)
    answer = network_mixture.mix_answers(start, networks, weight) if weight else start
    return Mixture(fitted_model.mix_with_reference(model, reference, weight), answer, networks)


def _classes(
    recipe: NetworkRecipe, panel: Panel, rows: NDArray[np.int64], known: NDArray[np.float64]
) -> NDArray[np.float32]:
    """Whether the known returns (E, H) went down, stayed flat or went up: 0, 1, 2, NaN where unknown."""
    standard = (known / panel.compute_scale(rows)).astype(np.float32)
    return classify_moves(standard, flat_band(recipe))
