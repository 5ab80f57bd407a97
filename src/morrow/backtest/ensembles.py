"""Build an out-of-fold ensemble from its members' saved results, without retraining or new predictions."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from morrow import atomic, fitted_model, forecast
from morrow.backtest.jobs import REGRESSION, Job, Result, result
from morrow.backtest.weights import fit_weights
from morrow.baselines.regression import RegressionRecipe
from morrow.config import EnsembleRecipe, NetworkRecipe
from morrow.errors import NightError
from morrow.fitted_model import FittedModel
from morrow.panel import Panel

FEWEST = 2


def link_jobs(jobs: Sequence[Job], members: Callable[[str], Sequence[str]]) -> list[Job]:
    """Attach to each ensemble's job the jobs of its members, and to each network's that of its reference.

    Args:
        jobs: one per recipe, on one panel.
        members: returns the names of an ensemble's members, as :meth:`morrow.config.Config.members` does.
    """
    reference = next((job.folder for job in jobs if isinstance(job.recipe, RegressionRecipe)), None)
    jobs = [
        replace(job, reference=reference) if isinstance(job.recipe, NetworkRecipe) else job for job in jobs
    ]
    by_name = {job.name: job for job in jobs}
    return [replace(job, members=tuple(by_name[name] for name in members(job.name))) for job in jobs]


def combine_members(
    job: Job, recipe: EnsembleRecipe, panel: Panel, rows: NDArray[np.int64], calibrating: int
) -> tuple[FittedModel, NDArray[np.float32], dict[str, Any]]:
    """Combine the members into one model and return its uncalibrated forecasts in units of volatility.

    Members that answer as one model count as one, which is the first of them that is a baseline.

    Args:
        job: the ensemble's job, with its members' jobs.
        recipe: the ensemble's recipe.
        panel: the panel that all members read.
        rows: (R,) rows that all members forecast; rows of the calibrate sessions come first.
        calibrating: number of rows in the calibrate sessions.

    Returns:
        The model, forecasts (R, H, Q) in units of the panel's ``root``, and what the ensemble's note says.

    Raises:
        NightError: fewer than two members have finished.
    """
    present = [result(each) for each in job.members if each.folder.exists()]
    if reason := too_few(job):
        raise NightError(f"recipe {job.name}: {reason}")
    distinct = find_distinct(present)
    answers = [_answers(each, rows) for each in distinct]
    weights = np.full(len(distinct), 1 / len(distinct))
    if recipe.weights == "calibrate":
        known = panel.target[rows[:calibrating]]
        weights = fit_weights([each[:calibrating] for each in answers], known, np.asarray(job.levels))
    missing = [each.name for each in job.members if not each.folder.exists()]
    document = {
        **job.settings,
        "name": job.name,
        "recipe": recipe.model_dump(mode="json"),
        "features": list(panel.names),
        "symbols": list(panel.symbols),
        "seed": job.seed,
        "calibration": None,
        "missing": missing,
    }
    quantiles = forecast.average_quantiles(answers, weights.tolist(), panel.compute_scale(rows))
    note = {
        "present": [each.name for each in present],
        "members": [each.name for each in distinct],
        "answers_as": REGRESSION if [_identity(each) for each in distinct] == [REGRESSION] else None,
    }
    return compose(distinct, weights.tolist(), document), quantiles, note


def find_distinct(members: Sequence[Result]) -> list[Result]:
    """The members whose answers differ, in order: of those that answer as one model, a baseline if any."""
    distinct: dict[str, Result] = {}
    for each in sorted(members, key=lambda each: not each.baseline):
        distinct.setdefault(_identity(each), each)
    return [each for each in members if distinct[_identity(each)] is each]


def _identity(member: Result) -> str:
    """The model as which a recipe answers: its own name, or "regression"."""
    return REGRESSION if isinstance(member.recipe, RegressionRecipe) else member.answers_as or member.name


def compose(present: Sequence[Result], weights: Sequence[float], document: dict[str, Any]) -> FittedModel:
    """Combine members without their own calibration into one model; the ensemble is calibrated as a whole."""
    plain = [
        replace(each, document={**each.document, "calibration": None})
        for each in (member.model for member in present)
    ]
    return fitted_model.compose(plain, weights, document)


def forget_if_outdated(job: Job) -> None:
    """Remove a finished ensemble's results if a member was missing, because that member will be retried."""
    if job.members and job.folder.exists() and result(job).missing:
        atomic.remove_folder(job.folder)


def too_few(job: Job) -> str | None:
    """The reason an ensemble cannot be built from its finished members; None if it can."""
    present = [each.name for each in job.members if each.folder.exists()]
    if len(present) >= FEWEST:
        return None
    lost = ", ".join(each.name for each in job.members if each.name not in present)
    return f"it needs two members or more and has {', '.join(present) or 'none'}, without {lost}"


def _answers(member: Result, rows: NDArray[np.int64]) -> NDArray[np.float32]:
    own, raw = member.raw
    if not np.array_equal(own, rows):
        raise NightError(
            f"{member.name} answered {len(own):,} rows and {len(rows):,} others are asked; remove its folder "
            f'"{member.folder}" and run again'
        )
    return raw
