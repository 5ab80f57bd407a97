"""The time to a given stop loss: our chunks against one loss a window, each training on its own."""

from time import perf_counter
from typing import Any

from benchmarks.training import data
from morrow.config import NetworkRecipe
from morrow.training import STEPS_AN_EPOCH, fit_rows
from morrow.training.dataset import gather
from morrow.training.loop import Loop
from morrow.training.recipe_networks import select_device
from morrow.training.training_request import Course

WINDOW = 60
BATCHES, RATES = (256, 1024), (1e-3, 3e-3)
RESTRAINT = {"dropout": 0.3, "average": 0.99}  # of both sides, as in the shipped recipes
Trace = list[tuple[float, float]]


def chunks(rate: float, seed: int) -> dict[str, Any]:
    """Our loop at a given rate: (seconds of training, stop loss) by epoch."""
    return _trace(data.recipe("lstm", rate=rate, patience=12, epochs=100, **RESTRAINT), seed)


def windows(batch: int, rate: float, seed: int, budget_s: float) -> dict[str, Any]:
    """One loss at the end of each window of 60: the same network, drawn windows, a given batch and rate."""
    options = {
        "supervision": "last",
        "stride": 64,
        "window": WINDOW,
        "batch": batch,
        "rate": rate,
    } | RESTRAINT
    recipe = data.recipe("lstm", **options, epochs=10_000, patience=10_000, budget_s=budget_s)
    return _trace(recipe, seed)


def _trace(recipe: NetworkRecipe, seed: int) -> dict[str, Any]:
    setting = data.currencies()
    task = setting.task(recipe, seed)
    rows = fit_rows(setting.panel, task.fit)
    dataset, shares = gather(setting.panel, rows, task, recipe, select_device(task.name, recipe))
    loop = Loop(dataset, shares[0], recipe, task.levels, (seed, 0), 0, Course("", 0))
    start = loop.stop_loss()
    if recipe.budget_s:
        loop.deadline = perf_counter() + recipe.budget_s
    loop.run(lambda _: None)
    spent, trace = 0.0, []
    for epoch in loop.epochs:
        spent += STEPS_AN_EPOCH * recipe.batch * loop.batches.chunk / epoch["positions_per_s"]
        trace.append((spent, epoch["stop_loss"]))
    return {"start": start, "trace": trace}


def best(result: dict[str, Any]) -> float:
    """Lowest stop loss of a training."""
    return float(min(loss for _, loss in result["trace"]))


def seconds_to(result: dict[str, Any], loss: float) -> float | None:
    """Seconds of training after which the stop loss was first this low; None if it never was."""
    return next((seconds for seconds, reached in result["trace"] if reached <= loss), None)
