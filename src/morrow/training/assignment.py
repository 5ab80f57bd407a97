"""What is asked of a training, and what it gives."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from morrow.config import Recipe
from morrow.fitted import Fitted
from morrow.panel import Panel

Progress = Callable[[dict[str, float]], None]


@dataclass(frozen=True)
class Assignment:
    """What to fit and on which sessions.

    Attributes:
        name, recipe: the recipe and its name.
        fit: half-open range of session numbers for gradients and scalers.
        stop: the same for early stopping; None when ``steps`` says how long to train.
        steps: gradient steps of each network of the recipe, as stop sessions chose them before.
        through: last session number whose close is used in any way.
        seed: of everything drawn at random.
        document: what the fitted model must carry besides (settings of the panel).
    """

    name: str
    recipe: Recipe
    fit: tuple[int, int]
    stop: tuple[int, int] | None
    through: int
    seed: int
    levels: tuple[float, ...]
    window: int
    steps: tuple[int, ...] = ()
    document: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Trained:
    """A fitted model, its history by epoch and the seconds it took."""

    fitted: Fitted
    history: list[dict[str, float]]
    seconds: float


def fit_rows(panel: Panel, sessions: tuple[int, int]) -> NDArray[np.int64]:
    """Rows (N,) inside the sessions whose features are known and whose symbol is not pegged."""
    inside = (panel.session >= sessions[0]) & (panel.session < sessions[1])
    return np.flatnonzero(inside & panel.ready & np.isfinite(panel.target[:, 0]))
