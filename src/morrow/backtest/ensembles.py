"""An ensemble out of fold, from what its members' jobs left: nothing is trained or answered a second time."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from morrow import atomic, fitted_model, forecast
from morrow.backtest.jobs import Job, Result, result
from morrow.backtest.weights import fit_weights
from morrow.config import EnsembleRecipe
from morrow.errors import NightError
from morrow.fitted_model import FittedModel
from morrow.panel import Panel

FEWEST = 2


def add_members(jobs: Sequence[Job], members: Callable[[str], Sequence[str]]) -> list[Job]:
    """The jobs, each ensemble's with those of its members.

    Args:
        jobs: a recipe each.
        members: names of an ensemble's members, as :meth:`morrow.config.Config.members` has them.
    """
    by_name = {job.name: job for job in jobs}
    return [replace(job, members=tuple(by_name[name] for name in members(job.name))) for job in jobs]


def combine_members(
    job: Job, recipe: EnsembleRecipe, panel: Panel, rows: NDArray[np.int64], calibrating: int
) -> tuple[FittedModel, NDArray[np.float32]]:
    """The members as one model, and its answers before calibration in units of volatility.

    Args:
        job: an ensemble's, with its members' jobs.
        recipe: its recipe.
        panel: that all of them read.
        rows: (R,) that all of them answered, those of the calibrate sessions first.
        calibrating: how many those are.

    Returns:
        the model, and (R, H, Q) in units of the panel's ``root``.

    Raises:
        NightError: fewer than two members have finished.
    """
    present = [result(each) for each in job.members if each.folder.exists()]
    if reason := too_few(job):
        raise NightError(f"recipe {job.name}: {reason}")
    answers = [_answers(each, rows) for each in present]
    weights = np.full(len(present), 1 / len(present))
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
    return compose(present, weights.tolist(), document), quantiles


def compose(present: Sequence[Result], weights: Sequence[float], document: dict[str, Any]) -> FittedModel:
    """Members as one model; their own calibration is left behind, because the mean has one of its own."""
    plain = [
        replace(each, document={**each.document, "calibration": None})
        for each in (member.model for member in present)
    ]
    return fitted_model.compose(plain, weights, document)


def forget_if_outdated(job: Job) -> None:
    """Remove what a finished ensemble left if it lacks a member, which is about to be tried again."""
    if job.members and job.folder.exists() and result(job).missing:
        atomic.remove_folder(job.folder)


def too_few(job: Job) -> str | None:
    """Why an ensemble cannot be put together from the members that have finished; None where it can."""
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
