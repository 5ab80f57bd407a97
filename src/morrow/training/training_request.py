"""The request for one training run, and its result."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from morrow.baselines import FitSettings
from morrow.config import Recipe
from morrow.fitted_model import FittedModel
from morrow.panel import Panel

Progress = Callable[[dict[str, float]], None]


@dataclass(frozen=True)
class Course:
    """The record of one network's training, which can be repeated on other sessions.

    Attributes:
        symbol: the network's symbol; empty for all symbols.
        steps: number of gradient steps to the selected weights.
        restarts: number of restarts, each at half the previous learning rate.
        cuts: gradient steps at which a plateau halved the learning rate.
        ended: why training ended: "patience", "epochs" or "budget".
        seen: the non-finite value that caused each restart, as text.
    """

    symbol: str
    steps: int
    restarts: int = 0
    cuts: tuple[int, ...] = ()
    ended: str = "epochs"
    seen: tuple[str, ...] = ()


def courses(document: Mapping[str, Any]) -> tuple[Course, ...]:
    """The courses of a fitted model's networks; empty for a baseline."""
    return tuple(
        Course(**{**each, "cuts": tuple(each["cuts"]), "seen": tuple(each["seen"])})
        for each in document.get("courses", ())
    )


def remark(walked: Sequence[Course]) -> str:
    """A summary of unusual training runs for the user; empty if there were none."""
    counts = {
        "stopped by the time budget": sum(course.ended == "budget" for course in walked),
        "begun again at half the rate": sum(course.restarts > 0 for course in walked),
    }
    return ", ".join(f"{count} of {len(walked)} {what}" for what, count in counts.items() if count)


def document_course(course: Course) -> dict[str, Any]:
    """Convert a course to JSON-ready values."""
    return {
        name: list(value) if isinstance(value, tuple) else value for name, value in asdict(course).items()
    }


@dataclass(frozen=True)
class FitTask:
    """What to fit and on which sessions.

    Attributes:
        name, recipe: the recipe and its name.
        fit: half-open range of session numbers for gradients and scalers.
        stop: half-open range for early stopping; None if ``courses`` set the number of steps.
        courses: one per network of the recipe, from an earlier fit with stop sessions.
        through: number of the last session with a close that is used in any way.
        seed: the seed for all random draws.
        window: sessions that a network reads before it forecasts, unless its recipe overrides it.
        document: additional entries to store in the fitted model (settings of the panel).
        last: an earlier fit of the same recipe; its parameters may initialize a likelihood fit.
        processes: number of processes available to a recipe with one fit per symbol.
        reference: the regression fitted on the same sessions, whose volatility a regressed target takes for
            its unit; None to fit one.
    """

    name: str
    recipe: Recipe
    fit: tuple[int, int]
    stop: tuple[int, int] | None
    through: int
    seed: int
    levels: tuple[float, ...]
    window: int
    courses: tuple[Course, ...] = ()
    document: dict[str, Any] = field(default_factory=dict)
    last: FittedModel | None = None
    processes: int = 1
    reference: FittedModel | None = None

    @property
    def settings(self) -> FitSettings:
        """The task's settings for fitting a baseline."""
        levels = np.asarray(self.levels)
        return FitSettings(self.fit[1], self.through, self.seed, levels, self.last, self.processes)


@dataclass(frozen=True)
class FitResult:
    """A fitted model, its history by epoch, and the fit time in seconds."""

    fitted: FittedModel
    history: list[dict[str, float]]
    seconds: float


def fit_rows(panel: Panel, sessions: tuple[int, int]) -> NDArray[np.int64]:
    """Rows (N,) in the session range with known features and a known next return, and no pegged symbol."""
    inside = (panel.session >= sessions[0]) & (panel.session < sessions[1])
    return np.flatnonzero(inside & panel.ready & np.isfinite(panel.target[:, 0]))
