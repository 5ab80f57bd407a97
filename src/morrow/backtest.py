"""Train recipes on the early parts of time, side by side, and score them out of fold on the later ones."""

import json
import multiprocessing
import shutil
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from functools import partial
from multiprocessing.queues import SimpleQueue
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from morrow import calibration, fitted, forecast, metrics, training
from morrow.config import GarchRecipe, NetworkRecipe, Recipe
from morrow.errors import HistoryError, MorrowError, NightError
from morrow.fitted import Fitted
from morrow.panel import Panel, Parts

QUANTILES, LOSSES, HISTORY = "quantiles.npy", "losses.parquet", "history.json"
Progress = Callable[[str, Mapping[str, float]], None]


@dataclass(frozen=True)
class Job:
    """One recipe to train and score, in a process of its own.

    Attributes:
        name, recipe: the recipe and its name.
        panel: folder of the saved panel.
        parts: the parts of time.
        seed: of everything drawn at random.
        settings: what the fitted model must carry, with its ``forecast`` section.
        folder: where the results go; its existence says that they are complete.
    """

    name: str
    recipe: Recipe
    panel: Path
    parts: Parts
    seed: int
    settings: Mapping[str, Any]
    folder: Path

    @property
    def levels(self) -> tuple[float, ...]:
        """Quantile levels."""
        return tuple(self.settings["forecast"]["levels"])


@dataclass(frozen=True)
class Result:
    """What a finished job left in its folder."""

    name: str
    recipe: Recipe
    folder: Path
    seconds: float
    history: list[dict[str, float]]

    @property
    def fitted(self) -> Fitted:
        """The out-of-fold model."""
        return fitted.load(self.folder)

    @property
    def quantiles(self) -> NDArray[np.float32]:
        """(N, H, Q) of the log return on the scored rows."""
        quantiles: NDArray[np.float32] = np.load(self.folder / QUANTILES, allow_pickle=False)
        return quantiles

    @property
    def losses(self) -> pd.DataFrame:
        """symbol, session, step, part, loss."""
        return pd.read_parquet(self.folder / LOSSES)


def kind(recipe: Recipe) -> str:
    """A recipe's kind on the leaderboard: its cell, or "baseline"."""
    return recipe.kind if isinstance(recipe, NetworkRecipe) else "baseline"


def scored_rows(panel: Panel, part: tuple[int, int]) -> NDArray[np.int64]:
    """Rows (N,) of a part that every model is scored on: eligible, with the next session known."""
    inside = (panel.session >= part[0]) & (panel.session < part[1])
    return np.flatnonzero(inside & panel.eligible & np.isfinite(panel.target).any(axis=1))


def assignment(job: Job) -> training.Assignment:
    """What the job's recipe is fitted on: a baseline, which stops nowhere early, also has the stop part."""
    network = isinstance(job.recipe, NetworkRecipe)
    horizon = int(job.settings["forecast"]["horizon"])
    return training.Assignment(
        name=job.name,
        recipe=job.recipe,
        fit=job.parts.fit if network else (0, job.parts.stop[1]),
        stop=job.parts.stop if network else None,
        through=job.parts.stop[1] - 1 + horizon,
        seed=job.seed,
        levels=job.levels,
        window=int(job.settings["forecast"]["window"]),
        document=dict(job.settings),
    )


def run(job: Job, progress: training.Progress = lambda _: None) -> None:
    """Train on fit and stop, calibrate on calibrate, answer on select and test; all or nothing is kept."""
    torch.set_num_threads(1)
    with threadpool_limits(limits=1):
        panel = Panel.load(job.panel)
        trained = training.fit(panel, assignment(job), progress)
        model = calibrated(trained.fitted, panel, job.parts)
        rows = np.concatenate([scored_rows(panel, job.parts.select), scored_rows(panel, job.parts.test)])
        quantiles = forecast.predict(model, panel, rows)
    half = job.folder.with_name(job.folder.name + ".partial")
    shutil.rmtree(half, ignore_errors=True)
    half.mkdir(parents=True)
    fitted.save(model, half)
    np.save(half / QUANTILES, quantiles, allow_pickle=False)
    losses(panel, job.parts, rows, quantiles, job.levels).to_parquet(half / LOSSES, index=False)
    note = {"seconds": trained.seconds, "history": trained.history}
    (half / HISTORY).write_text(json.dumps(note), encoding="utf-8")
    half.rename(job.folder)


def calibrated(model: Fitted, panel: Panel, parts: Parts) -> Fitted:
    """The model with its shifts fitted on the calibrate sessions, which it has then used."""
    levels = np.asarray(model.document["forecast"]["levels"])
    rows = scored_rows(panel, parts.calibrate)
    for name in ("calibrate", "select", "test"):
        if not len(scored_rows(panel, getattr(parts, name))):
            raise HistoryError(
                f"no symbol is eligible on the {name} sessions; every one there is pegged, or has less than "
                "a window and four parts of unbroken history"
            )
    quantiles, scale = forecast.scaled(model, panel, rows)
    shift = calibration.fit(quantiles, (panel.target[rows] / scale).astype(np.float32), levels)
    through = panel.sessions[parts.calibrate[1] - 1 + panel.horizon]
    extra = {"calibration": shift.tolist(), "trained_through": str(through)}
    return replace(model, document={**model.document, **extra})


def losses(
    panel: Panel,
    parts: Parts,
    rows: NDArray[np.int64],
    quantiles: NDArray[np.float32],
    levels: Sequence[float],
) -> pd.DataFrame:
    """Pinball of the log return, mean over levels, of every scored row and known step.

    Returns symbol, session (the cutoff), step, part ("select" or "test"), loss.
    """
    actual = panel.target[rows].astype(np.float64)
    row, step = np.nonzero(np.isfinite(actual))
    chosen = rows[row]
    loss = metrics.pinball(quantiles[row, step].astype(np.float64), actual[row, step], np.asarray(levels))
    return pd.DataFrame(
        {
            "symbol": np.asarray(panel.symbols)[panel.symbol[chosen]],
            "session": panel.sessions[panel.session[chosen]].astype("datetime64[us]"),
            "step": step + 1,
            "part": np.where(panel.session[chosen] >= parts.test[0], "test", "select"),
            "loss": loss.mean(axis=-1),
        }
    )


_queue: "SimpleQueue[tuple[str, dict[str, float]] | None]"


def _connect(queue: "SimpleQueue[tuple[str, dict[str, float]] | None]") -> None:
    global _queue  # noqa: PLW0603 (how a pool hands a queue to its processes)
    _queue = queue


def _work(job: Job) -> str:
    run(job, lambda epoch: _queue.put((job.name, epoch)))
    return job.name


def run_all(
    jobs: Sequence[Job], processes: int, progress: Progress = lambda *_: None
) -> tuple[list[Result], dict[str, str]]:
    """Run the jobs that are not finished, longest first, in processes of one thread.

    Returns:
        results in the jobs' order, and the recipes that failed with the reason.

    Raises:
        NightError: no recipe succeeded, or a process died.
    """
    waiting = sorted((job for job in jobs if not job.folder.exists()), key=_cost, reverse=True)
    failed: dict[str, str] = {}
    if waiting and processes == 1:
        failed = _here(waiting, progress)
    elif waiting:
        failed = _in_processes(waiting, processes, progress)
    results = [result(job) for job in jobs if job.name not in failed]
    if not results:
        raise NightError("every recipe failed: " + "; ".join(f"{k}: {v}" for k, v in failed.items()))
    return results, failed


def _here(waiting: Sequence[Job], progress: Progress) -> dict[str, str]:
    failed: dict[str, str] = {}
    for job in waiting:
        try:
            run(job, partial(progress, job.name))
        except MorrowError as error:
            failed[job.name] = str(error)
    return failed


def _in_processes(waiting: Sequence[Job], processes: int, progress: Progress) -> dict[str, str]:
    context = multiprocessing.get_context("spawn")
    queue: SimpleQueue[tuple[str, dict[str, float]] | None] = context.SimpleQueue()
    listener = threading.Thread(target=_listen, args=(queue, progress), daemon=True)
    listener.start()
    try:
        return _pooled(waiting, processes, queue)
    finally:
        queue.put(None)
        listener.join()


def _pooled(
    waiting: Sequence[Job], processes: int, queue: "SimpleQueue[tuple[str, dict[str, float]] | None]"
) -> dict[str, str]:
    failed: dict[str, str] = {}
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(
        min(processes, len(waiting)), mp_context=context, initializer=_connect, initargs=(queue,)
    ) as pool:
        futures = {pool.submit(_work, job): job for job in waiting}
        for future in as_completed(futures):
            try:
                future.result()
            except MorrowError as error:
                failed[futures[future].name] = str(error)
            except BrokenProcessPool:
                raise NightError(
                    f"a training process died while recipe {futures[future].name} was waiting or running "
                    "(killed, or out of memory); run again: finished recipes are kept"
                ) from None
    return failed


def _listen(queue: "SimpleQueue[tuple[str, dict[str, float]] | None]", progress: Progress) -> None:
    while (message := queue.get()) is not None:
        try:
            progress(*message)
        except Exception:  # noqa: BLE001 (a broken terminal must not hold up the training)
            progress = _silent


def _silent(_name: str, _epoch: Mapping[str, float]) -> None:
    """Tell nobody."""


def _cost(job: Job) -> int:
    """A rough order of how long recipes take."""
    if isinstance(job.recipe, NetworkRecipe):
        return (
            job.recipe.networks
            * job.recipe.layers
            * job.recipe.width
            * {"gru": 4, "lstm": 3, "rnn": 2}[job.recipe.kind]
        )
    return 1 if isinstance(job.recipe, GarchRecipe) else 0


def result(job: Job) -> Result:
    """What a finished job left."""
    note = json.loads((job.folder / HISTORY).read_text(encoding="utf-8"))
    return Result(job.name, job.recipe, job.folder, note["seconds"], note["history"])


def outcomes(panel: Panel, part: tuple[int, int], before: int) -> metrics.Outcomes:
    """What the models are scored against on one part; MASE is scaled on sessions before ``before``."""
    rows = scored_rows(panel, part)
    change = np.abs(np.diff(panel.adjusted, prepend=np.nan))
    usable = (panel.position > 0) & (panel.session < before)
    count = np.bincount(panel.symbol[usable], minlength=len(panel.symbols))
    total = np.bincount(panel.symbol[usable], weights=change[usable], minlength=len(panel.symbols))
    scale = np.divide(total, count, out=np.full(len(total), np.nan), where=(count > 0) & (total > 0))
    basis = panel.close[rows] / panel.adjusted[rows]
    return metrics.Outcomes(
        symbol=np.asarray(panel.symbols)[panel.symbol[rows]],
        close=panel.close[rows],
        scale=scale[panel.symbol[rows]] * basis,
        actual=panel.target[rows].astype(np.float64),
    )


def leaderboard(
    panel: Panel, parts: Parts, results: Sequence[Result], levels: Sequence[float]
) -> list[dict[str, Any]]:
    """A row a recipe, lowest pinball on the test sessions first.

    Every figure is on the test sessions but ``pinball_select``; ``by_step`` and ``by_symbol`` hold the
    same measures in parts.
    """
    facts = outcomes(panel, parts.test, parts.select[0])
    selected = len(scored_rows(panel, parts.select))
    table: list[dict[str, Any]] = []
    for result in results:
        quantiles = result.quantiles[selected:].astype(np.float64)
        found = metrics.evaluate(quantiles, facts, levels)
        loss = result.losses
        table.append(
            {
                "name": result.name,
                "kind": kind(result.recipe),
                **found,
                "pinball_select": float(loss.loc[loss["part"] == "select", "loss"].mean()),
                "train_s": result.seconds,
            }
        )
    reference = next((row["pinball"] for row in table if row["name"] == "ewma"), None)
    for row in table:
        row["skill_vs_ewma"] = metrics.skill(row["pinball"], reference)
    return sorted(table, key=lambda row: (row["pinball"], row["name"]))
