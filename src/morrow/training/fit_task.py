"""What is asked of a training, and what it gives."""

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
    """How the training of one network went, so that it can be gone again on other sessions.

    Attributes:
        symbol: the symbol that the network is for; empty for all of them.
        steps: gradient steps to the weights that were kept.
        restarts: how often it began again, each time with half the learning rate.
        cuts: gradient steps at which a plateau halved the learning rate.
        ended: "patience", "epochs" or "budget".
        seen: what was not finite before each restart.
    """

    symbol: str
    steps: int
    restarts: int = 0
    cuts: tuple[int, ...] = ()
    ended: str = "epochs"
    seen: tuple[str, ...] = ()


def courses(document: Mapping[str, Any]) -> tuple[Course, ...]:
    """The courses of a fitted model's networks; none for a baseline."""
    return tuple(
        Course(**{**each, "cuts": tuple(each["cuts"]), "seen": tuple(each["seen"])})
        for each in document.get("courses", ())
    )


def remark(walked: Sequence[Course]) -> str:
    """What a person should know of a recipe's trainings, in words; nothing where there is nothing to say."""
    counts = {
        "stopped by the time budget": sum(course.ended == "budget" for course in walked),
        "begun again at half the rate": sum(course.restarts > 0 for course in walked),
        "left at the untrained start": sum(course.steps == 0 for course in walked),
    }
    return ", ".join(f"{count} of {len(walked)} {what}" for what, count in counts.items() if count)


def document_course(course: Course) -> dict[str, Any]:
    """A course as JSON-ready values."""
    return {
        name: list(value) if isinstance(value, tuple) else value for name, value in asdict(course).items()
    }


@dataclass(frozen=True)
class FitTask:
    """What to fit and on which sessions.

    Attributes:
        name, recipe: the recipe and its name.
        fit: half-open range of session numbers for gradients and scalers.
        stop: the same for early stopping; None when ``courses`` say how long to train.
        courses: of each network of the recipe, as stop sessions chose them before.
        through: last session number whose close is used in any way.
        seed: of everything drawn at random.
        window: sessions a network reads before it answers, unless its recipe names another.
        document: what the fitted model must carry besides (settings of the panel).
        last: a model of the same recipe fitted before, from whose parameters a likelihood may start.
        processes: that a recipe with one fit per symbol may use.
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

    @property
    def settings(self) -> FitSettings:
        """What a baseline's fit needs of it."""
        levels = np.asarray(self.levels)
        return FitSettings(self.fit[1], self.through, self.seed, levels, self.last, self.processes)


@dataclass(frozen=True)
class FitResult:
    """A fitted model, its history by epoch and the seconds it took."""

    fitted: FittedModel
    history: list[dict[str, float]]
    seconds: float


def fit_rows(panel: Panel, sessions: tuple[int, int]) -> NDArray[np.int64]:
    """Rows (N,) inside the sessions whose features are known and whose symbol is not pegged."""
    inside = (panel.session >= sessions[0]) & (panel.session < sessions[1])
    return np.flatnonzero(inside & panel.ready & np.isfinite(panel.target[:, 0]))
