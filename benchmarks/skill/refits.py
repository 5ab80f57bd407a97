"""Refits recipes through a cutoff and forecasts every eligible row of a block, each in its own process."""

from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from morrow import atomic, backtest, fitted_model, forecast
from morrow.backtest import Job
from morrow.errors import MorrowError
from morrow.fitted_model import FittedModel
from morrow.panel import Panel

ANSWERS = "answers.npy"


@dataclass(frozen=True)
class Task:
    """A refit to make and rows to answer with it.

    Attributes:
        job: finished out of fold; its panel ends at the cutoff.
        block: folder of the panel that holds the rows.
        rows: (E,) of it.
        folder: for the model and the answers; its existence says that they are complete.
        members: folders of the refits of an ensemble's members, by name; they are answered before it.
    """

    job: Job
    block: Path
    rows: NDArray[np.int64]
    folder: Path
    members: Mapping[str, Path] = field(default_factory=dict)


def answer_all(tasks: Mapping[str, Task], processes: int) -> dict[str, str]:
    """Refit and answer side by side, one thread each; the recipes that failed come back with the reason.

    Ensembles come after all others, because they are put together from them.
    """
    plain = {name: task for name, task in tasks.items() if not task.members}
    others = {name: task for name, task in tasks.items() if task.members}
    return _answer_all(plain, processes) | _answer_all(others, processes)


def _answer_all(tasks: Mapping[str, Task], processes: int) -> dict[str, str]:
    waiting = {name: task for name, task in tasks.items() if not task.folder.exists()}
    failed: dict[str, str] = {}
    if processes == 1 or len(waiting) < 2:
        for name, task in waiting.items():
            try:
                answer(task)
            except Exception as error:  # noqa: BLE001 (one recipe's fault must not cost the walk)
                failed[name] = _reason(error)
        return failed
    with ProcessPoolExecutor(min(processes, len(waiting)), mp_context=get_context("spawn")) as pool:
        futures = {pool.submit(answer, task): name for name, task in waiting.items()}
        for done in as_completed(futures):
            if (fault := done.exception()) is not None:
                failed[futures[done]] = _reason(fault)
    return failed


def answer(task: Task) -> None:
    """Refit and answer one recipe; all or nothing is kept.

    Raises:
        LeakError: the model has used a close after the first cutoff.
    """
    torch.set_num_threads(1)
    with threadpool_limits(limits=1):
        model = _refit_recipe(task)
        quantiles = forecast.predict(model, Panel.load(task.block), task.rows)
    with atomic.new_folder(task.folder) as folder:
        fitted_model.save(model, folder)
        np.save(folder / ANSWERS, quantiles, allow_pickle=False)


def _refit_recipe(task: Task) -> FittedModel:
    """The recipe on every session of its panel; an ensemble from its members' refits where they are there."""
    job = task.job
    result = backtest.result(job)
    known = {
        name: fitted_model.load(task.members[name]) for name in result.members if task.members[name].exists()
    }
    return backtest.refit(Panel.load(job.panel), result, job.settings, job.seed, known=known)


def load_answers(folder: Path) -> NDArray[np.float32]:
    """What a finished task answered: (E, H, Q) log returns."""
    quantiles: NDArray[np.float32] = np.load(folder / ANSWERS, allow_pickle=False)
    return quantiles


def _reason(error: BaseException) -> str:
    return str(error) if isinstance(error, MorrowError) else f"{type(error).__name__}: {error}"
