"""Estimate a job's peak memory before it starts, and measure the memory available."""

from pathlib import Path

import numpy as np
import psutil

from morrow.backtest.jobs import Job
from morrow.backtest.weights import MOST_ROWS
from morrow.config import NetworkRecipe

PROCESS = 0.5e9  # bytes: an interpreter with torch, pandas and scikit-learn
KEPT_FREE = 0.1  # share of free memory reserved for the rest of the machine
_GATES = {"rnn": 1, "gru": 3, "lstm": 4}
_CONTROL_GROUPS = (
    ("memory.max", "memory.current"),
    ("memory/memory.limit_in_bytes", "memory/memory.usage_in_bytes"),
)


def available(groups: Path = Path("/sys/fs/cgroup")) -> float:
    """Bytes available to jobs: free memory of the machine or its control group, less a reserve."""
    free = float(psutil.virtual_memory().available)
    for most, used in _CONTROL_GROUPS:
        try:
            free = min(free, float((groups / most).read_text()) - float((groups / used).read_text()))
        except (OSError, ValueError):  # no such control group, or no limit ("max")
            continue
    return max(free, 0.0) * (1 - KEPT_FREE)


def estimate(job: Job) -> float:
    """Peak memory of a job in bytes, excluding the memory-mapped panel, which the system can reclaim.

    Counts the process, float copies of the scaled panel and, for a network, the activations that one
    gradient step keeps for a batch of chunks: inputs, gates and states of every layer, and the head's
    outputs with their gradients.
    """
    rows, inputs = _shape(job.panel)
    horizon, levels = int(job.settings["forecast"]["horizon"]), len(job.levels)
    copies = 4.0 * rows * (3 * inputs + 8 * horizon)
    recipe = job.recipe
    if job.members:  # sum of forecasts, one member's, and the rows for the weights
        answer = 4.0 * horizon * levels
        return PROCESS + copies + answer * (5 * rows + 3 * len(job.members) * min(rows, MOST_ROWS))
    if not isinstance(recipe, NetworkRecipe):
        return PROCESS + 2 * copies
    if recipe.target == "regressed":  # the regression's inputs on the fit rows, and its products
        copies += 4.0 * rows * (7 * (inputs + 2) + 8 * horizon)
    positions = recipe.batch * (recipe.stride + int(job.settings["forecast"]["window"]))
    layer = recipe.width * (3 * _GATES[recipe.kind] + 8)
    step = 4.0 * positions * (2 * inputs + recipe.layers * layer + 6 * horizon * (levels + 1))
    weights = (
        4.0 * recipe.layers * _GATES[recipe.kind] * recipe.width * (recipe.width + max(inputs, recipe.width))
    )
    return PROCESS + copies + step + 6 * weights


def _shape(panel: Path) -> tuple[int, int]:
    """Number of rows and features of a saved panel; (0, 0) if unreadable, which the job itself reports."""
    try:
        rows, inputs = np.load(panel / "features.npy", mmap_mode="r", allow_pickle=False).shape
    except (OSError, ValueError):
        return 0, 0
    return int(rows), int(inputs)
