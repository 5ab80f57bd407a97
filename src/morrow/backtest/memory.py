"""How much memory a job takes, before it starts, and how much there is to be had."""

from pathlib import Path

import numpy as np
import psutil

from morrow.backtest.jobs import Job
from morrow.backtest.weights import MOST_ROWS
from morrow.config import NetworkRecipe

PROCESS = 0.5e9  # bytes: an interpreter with torch, pandas and scikit-learn
KEPT_FREE = 0.1  # share of what is free that is left to the rest of the machine
_GATES = {"rnn": 1, "gru": 3, "lstm": 4}
_CONTROL_GROUPS = (
    ("memory.max", "memory.current"),
    ("memory/memory.limit_in_bytes", "memory/memory.usage_in_bytes"),
)


def available(groups: Path = Path("/sys/fs/cgroup")) -> float:
    """Bytes that may be taken: what the machine or its control group has free, less a reserve."""
    free = float(psutil.virtual_memory().available)
    for most, used in _CONTROL_GROUPS:
        try:
            free = min(free, float((groups / most).read_text()) - float((groups / used).read_text()))
        except (OSError, ValueError):  # no such group, or one without a limit ("max")
            continue
    return max(free, 0.0) * (1 - KEPT_FREE)


def estimate(job: Job) -> float:
    """Bytes that a job takes at its peak, mapped panel not counted: the system can give that back.

    A process, float copies of the scaled panel, and for a network what one gradient step keeps of a batch
    of chunks: inputs, gates and states of every layer, and the head's outputs with their gradients.
    """
    rows, inputs = _shape(job.panel)
    horizon, levels = int(job.settings["forecast"]["horizon"]), len(job.levels)
    copies = 4.0 * rows * (3 * inputs + 8 * horizon)
    recipe = job.recipe
    if job.members:  # the sum of their answers, one of them, and the rows that weights are fitted on
        answer = 4.0 * horizon * levels
        return PROCESS + copies + answer * (5 * rows + 3 * len(job.members) * min(rows, MOST_ROWS))
    if not isinstance(recipe, NetworkRecipe):
        return PROCESS + 2 * copies
    if recipe.target == "regressed":  # what the regression reads of the fit rows, and its products
        copies += 4.0 * rows * (7 * (inputs + 2) + 8 * horizon)
    positions = recipe.batch * (recipe.stride + int(job.settings["forecast"]["window"]))
    layer = recipe.width * (3 * _GATES[recipe.kind] + 8)
    step = 4.0 * positions * (2 * inputs + recipe.layers * layer + 6 * horizon * (levels + 1))
    weights = (
        4.0 * recipe.layers * _GATES[recipe.kind] * recipe.width * (recipe.width + max(inputs, recipe.width))
    )
    return PROCESS + copies + step + 6 * weights


def _shape(panel: Path) -> tuple[int, int]:
    """Rows and features of a saved panel; nothing where it cannot be read, which the job itself will say."""
    try:
        rows, inputs = np.load(panel / "features.npy", mmap_mode="r", allow_pickle=False).shape
    except (OSError, ValueError):
        return 0, 0
    return int(rows), int(inputs)
