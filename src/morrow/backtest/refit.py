"""Refit the winning recipe on all sessions through the cutoff, to forecast the next sessions."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import torch
from threadpoolctl import threadpool_limits

from morrow import fitted_model, training
from morrow.backtest.jobs import REGRESSION, Result
from morrow.backtest.mixture_fit import REFERENCE_RECIPE
from morrow.child_processes import map_in_processes
from morrow.config import Recipe
from morrow.fitted_model import WEIGHT, FittedModel
from morrow.panel import Panel

CARRIED = ("residuals",)  # entries of the out-of-fold model that require stop sessions


def refit(
    panel: Panel,
    result: Result,
    settings: Mapping[str, Any],
    seed: int,
    *,
    processes: int = 1,
    known: Mapping[str, FittedModel] = MappingProxyType({}),
) -> FittedModel:
    """Refit a recipe on every session of a panel, for the number of steps chosen out of fold.

    Calibration starts from its out-of-fold state at the panel's last session. A network recipe keeps its
    weight beside the regression, which is refitted too; networks of weight zero are left out. Each member of
    an ensemble is refitted for its own number of steps, and the members are combined with the out-of-fold
    weights. Members that failed out of fold are left out.

    Args:
        panel: all sessions through the cutoff.
        result: the recipe's out-of-fold result on the same panel.
        settings: settings to store in the fitted model, including the ``forecast`` section.
        seed: the seed for all random draws.
        processes: how many members of an ensemble are refitted at once; with more than one, each process
            loads the job's saved panel. For a single recipe, how many symbols are fitted at once.
        known: members that are already refitted, by name.

    Raises:
        HistoryError, NightError: as in :func:`morrow.training.fit`, or a process died.
    """
    judged = result.model
    calibration = {"calibration": result.calibration, "direction": judged.document.get("direction")}
    if not result.members:
        task = replace(_task(panel, judged, result.recipe, settings, seed), processes=processes)
        (task,) = _add_reference(panel, [task])
        model = _fit(panel, task)
        return replace(model, document={**model.document, **calibration})
    members = zip(fitted_model.members(judged), result.members.items(), strict=True)
    tasks = [
        _task(panel, member, recipe, settings, seed)
        for member, (name, recipe) in members
        if name not in known
    ]
    made = dict(known) | {
        model.document["name"]: model
        for model in _fit_models(panel, result.panel, _add_reference(panel, tasks), processes)
    }
    models = [_strip_calibration(made[name]) for name in result.members]
    own = {name: judged.document[name] for name in ("name", "recipe", "missing")}
    shared = {name: models[0].document[name] for name in ("features", "symbols", "range", "seed")}
    document = {**settings, **shared, **own, **calibration}
    return fitted_model.compose(models, judged.document["weights"], document)


def _strip_calibration(member: FittedModel) -> FittedModel:
    """A member without its own calibration and direction shrinkage: the ensemble is calibrated as a whole."""
    document = {name: value for name, value in member.document.items() if name != "direction"}
    return replace(member, document=document | {"calibration": None})


def _task(
    panel: Panel, judged: FittedModel, recipe: Recipe, settings: Mapping[str, Any], seed: int
) -> training.FitTask:
    last = len(panel.sessions) - 1
    return training.FitTask(
        name=judged.document["name"],
        recipe=recipe,
        fit=(0, last + 1),
        stop=None,
        through=last,
        seed=seed,
        levels=tuple(settings["forecast"]["levels"]),
        window=int(settings["forecast"]["window"]),
        courses=training.courses(judged.document),
        document={**settings, **{name: judged.document[name] for name in CARRIED if name in judged.document}},
        last=judged,
    )


def _add_reference(panel: Panel, tasks: Sequence[training.FitTask]) -> list[training.FitTask]:
    """Fit the regression once, if any of the tasks' models is mixed with it, and hand it to these."""
    first = next((task for task in tasks if _weight(task) is not None), None)
    if first is None:
        return list(tasks)
    settings = {name: value for name, value in first.document.items() if name not in CARRIED}
    task = replace(first, name=REGRESSION, recipe=REFERENCE_RECIPE, courses=(), last=None, document=settings)
    reference = _fit(panel, task)
    return [task if _weight(task) is None else replace(task, reference=reference) for task in tasks]


def _weight(task: training.FitTask) -> float | None:
    """The weight of a task's networks out of fold; None for a model that answers alone."""
    judged = task.last
    return None if judged is None or WEIGHT not in judged.document else float(judged.document[WEIGHT])


def _fit(panel: Panel, task: training.FitTask) -> FittedModel:
    """Fit a model; networks of weight zero are left out of a mixture."""
    torch.set_num_threads(1)
    with threadpool_limits(limits=1):
        weight = _weight(task)
        if weight is None or task.reference is None:
            return training.fit(panel, task).fitted
        if weight:
            return fitted_model.mix_with_reference(training.fit(panel, task).fitted, task.reference, weight)
        own = {"name": task.name, "recipe": task.recipe.model_dump(mode="json")}
        document = {**task.reference.document, **task.document, **own}
        return fitted_model.mix_with_reference(FittedModel(document, {}), task.reference, weight)


def _fit_models(
    panel: Panel, saved: Path, tasks: Sequence[training.FitTask], processes: int
) -> Iterator[FittedModel]:
    """Fit the tasks and yield their models in order."""
    if processes == 1 or len(tasks) < 2:
        yield from (_fit(panel, task) for task in tasks)
        return
    size, purpose = min(processes, len(tasks)), "refitted an ensemble's members"
    yield from map_in_processes(_fit_saved, [saved] * len(tasks), tasks, processes=size, purpose=purpose)


def _fit_saved(saved: Path, task: training.FitTask) -> FittedModel:
    return _fit(Panel.load(saved), task)
