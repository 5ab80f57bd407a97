"""Run recipes on several walk-forward folds, and join each recipe's forecasts into one result."""

import json
import shutil
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from morrow import atomic
from morrow.backtest import ensembles, jobs
from morrow.backtest.jobs import Job, Result, scored_rows
from morrow.backtest.processes import Progress, run_all
from morrow.fitted_model import DOCUMENT, WEIGHTS
from morrow.panel import Panel, Parts

FOLDS = "folds"  # folder beside the joined results, with one folder per fold


def run_folds(
    recipes: Sequence[Job],
    folds: Sequence[Parts],
    processes: int,
    progress: Progress = lambda *_: None,
    *,
    judged: bool = False,
) -> tuple[list[Result], dict[str, str]]:
    """Run every recipe on every fold, oldest first, and join its forecasts on all select sessions.

    Every fold trains, stops, scales, calibrates and weighs anew on the sessions before its own. A recipe that
    fails in one fold has failed. The joined result has the last fold's model, calibration and test sessions.

    Args:
        recipes: a linked job per recipe for the joined results, with the joined parts.
        folds: parts of each fold, oldest first.
        processes: as in :func:`morrow.backtest.run_all`.
        progress: as there.
        judged: as there.

    Raises:
        NightError: no recipe succeeded in a fold.
    """
    if len(folds) == 1:
        return run_all(recipes, processes, progress, judged=judged)
    if not judged:
        for job in recipes:
            ensembles.forget_if_outdated(job)
    by_fold: list[dict[str, Job]] = []
    failed: dict[str, str] = {}
    for number, parts in enumerate(folds, start=1):
        own = [_place(job, number, parts) for job in recipes]
        _, lost = run_all(own, processes, progress, judged=judged)
        failed |= {name: f"{why} (fold {number} of {len(folds)})" for name, why in lost.items()}
        by_fold.append({job.name: job for job in own})
    finished = [job for job in recipes if job.name not in failed]
    for job in finished:
        if not job.folder.exists():
            join_results(job, [each[job.name] for each in by_fold])
    return [jobs.result(job) for job in finished], failed


def join_results(joined: Job, folds: Sequence[Job]) -> None:
    """Write the joined result of a recipe's folds, whole or not at all."""
    panel, last = Panel.load(joined.panel), folds[-1]
    rows = np.concatenate([scored_rows(panel, joined.parts.select), scored_rows(panel, joined.parts.test)])
    quantiles = _join_arrays(panel, joined.parts, folds, jobs.QUANTILES)
    notes = [json.loads((job.folder / jobs.HISTORY).read_text(encoding="utf-8")) for job in folds]
    with atomic.new_folder(joined.folder) as folder:
        for name in (DOCUMENT, WEIGHTS, jobs.RAW, jobs.ROWS):
            shutil.copyfile(last.folder / name, folder / name)
        np.save(folder / jobs.QUANTILES, quantiles, allow_pickle=False)
        if all((job.folder / jobs.PROBABILITIES).exists() for job in folds):
            likely = _join_arrays(panel, joined.parts, folds, jobs.PROBABILITIES)
            np.save(folder / jobs.PROBABILITIES, likely, allow_pickle=False)
        table = jobs.losses(panel, joined.parts, rows, quantiles, joined.levels)
        table.to_parquet(folder / jobs.LOSSES, index=False)
        note = _join_notes(panel, folds, notes)
        (folder / jobs.HISTORY).write_text(json.dumps(note), encoding="utf-8")


def _place(job: Job, number: int, parts: Parts) -> Job:
    """A recipe's job on one fold, with those of its members and its reference on the same fold."""
    above = job.folder.parent.parent / FOLDS / str(number)
    return replace(
        job,
        parts=parts,
        folder=above / job.name,
        members=tuple(_place(each, number, parts) for each in job.members),
        reference=None if job.reference is None else above / job.reference.name,
    )


def _join_arrays(panel: Panel, parts: Parts, folds: Sequence[Job], file: str) -> NDArray[Any]:
    """Forecasts on the joined select sessions, each from its own fold, then those on the last fold's test."""
    wanted = scored_rows(panel, parts.select)
    joined: NDArray[Any] | None = None
    values = np.empty(0)
    for job in folds:
        values = np.load(job.folder / file, allow_pickle=False)
        own = scored_rows(panel, job.parts.select)
        if joined is None:
            joined = np.empty((len(wanted), *values.shape[1:]), values.dtype)
        joined[np.searchsorted(wanted, own)] = values[: len(own)]
    tested = len(scored_rows(panel, folds[-1].parts.test))
    return np.concatenate([values[:0] if joined is None else joined, values[len(values) - tested :]])


def _join_notes(panel: Panel, folds: Sequence[Job], notes: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The last fold's note, with seconds, present members and select loss of networks over all folds."""
    note = {**notes[-1], "seconds": sum(each["seconds"] for each in notes)}
    if "present" in note:
        note["present"] = [name for name in note["present"] if all(name in each["present"] for each in notes)]
    if note["networks"]:
        weights = [len(scored_rows(panel, job.parts.select)) for job in folds]
        select = np.average([each["networks"]["pinball_select"] for each in notes], weights=weights)
        note["networks"] = {**note["networks"], "pinball_select": float(select)}
    return note
