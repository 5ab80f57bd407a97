"""How time and memory grow with the universe, and what a second process is worth."""

import shutil
import tempfile
from pathlib import Path
from time import perf_counter
from typing import Any

from benchmarks.training import data
from morrow import backtest, training
from morrow import panel as panels
from morrow.panel import Panel
from morrow.training import fit_rows
from morrow.training.dataset import gather
from morrow.training.loop import Loop
from morrow.training.recipe_networks import select_device
from morrow.training.training_request import Course


def epoch(symbols: int, length: int) -> dict[str, float]:
    """Seconds of one pass over the fit sessions, as many gradient steps as it takes, and of its stop loss.

    An epoch of our loop is a fixed number of steps, whatever the universe; this is the older meaning.
    """
    setting = data.synthetic(symbols, length)
    recipe = data.recipe("lstm", width=16, layers=1)
    task = setting.task(recipe)
    rows = fit_rows(setting.panel, task.fit)
    dataset, shares = gather(setting.panel, rows, task, recipe, select_device(task.name, recipe))
    loop = Loop(dataset, shares[0], recipe, task.levels, (data.SEED, 0), 0, Course("", 0))
    steps = max(1, round(len(rows) / (recipe.batch * recipe.stride)))
    loop.loss(loop.batches.next())
    began = perf_counter()
    for step in range(steps):
        loop.stepper.step(loop.loss(loop.batches.next()), step)
    loop.stop_loss()
    return {"seconds": perf_counter() - began, "steps": float(steps)}


def bare_memory() -> dict[str, float]:
    """Peak memory of an interpreter with torch and the engine imported, and nothing done."""
    return {"peak_bytes": data.peak_bytes()}


def large_panel(folder: str) -> dict[str, float]:
    """Build and save the large panel, for the process that is measured to map."""
    setting = data.synthetic(500)
    setting.panel.save(Path(folder))
    return {"panel_bytes": float(setting.panel.features.nbytes), "features": float(len(setting.panel.names))}


def memory(folder: str) -> dict[str, float]:
    """Peak memory of a training on the large panel, mapped from disk as a night maps it."""
    mapped = Panel.load(Path(folder))
    setting = data.Setting(mapped, panels.split_sessions(len(mapped.sessions), data.FORECAST, data.TIME))
    recipe = data.recipe("lstm", epochs=2, patience=2)
    training.fit(setting.panel, setting.task(recipe))
    return {"peak_bytes": data.peak_bytes()}


def parallel() -> dict[str, float]:
    """Seconds of two equal recipes one after the other, and at once; every one in a process of its own."""
    setting = data.currencies()
    root = Path(tempfile.mkdtemp())
    try:
        setting.panel.save(root / "panel")
        began = perf_counter()
        for place in range(2):
            backtest.run_all([_job(setting, root, f"alone-{place}")], 2)
        alone = perf_counter() - began
        began = perf_counter()
        backtest.run_all([_job(setting, root, f"beside-{place}") for place in range(2)], 2)
        return {"alone_s": alone, "beside_s": perf_counter() - began}
    finally:
        shutil.rmtree(root, ignore_errors=True)


def _job(setting: data.Setting, root: Path, name: str) -> backtest.Job:
    settings: dict[str, Any] = {
        "universe": "ecb-fx",
        "forecast": data.FORECAST.model_dump(mode="json"),
        "time": data.TIME.model_dump(mode="json"),
        "calendar": "ECB",
        "tick": None,
    }
    recipe = data.recipe("lstm", epochs=12, patience=12)
    return backtest.Job(name, recipe, root / "panel", setting.parts, data.SEED, settings, root / name)
