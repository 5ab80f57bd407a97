"""One recipe out of fold: trained on early parts of time, answered on later ones, kept in a folder."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from morrow import fitted_model, metrics, training
from morrow.config import EnsembleRecipe, NetworkRecipe, Recipe
from morrow.errors import HistoryError
from morrow.fitted_model import FittedModel
from morrow.panel import Panel, Parts

QUANTILES, LOSSES, HISTORY = "quantiles.npy", "losses.parquet", "history.json"
PROBABILITIES, RAW, ROWS = "probabilities.npy", "raw.npy", "rows.npy"


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
        members: the jobs of an ensemble's members, which run before it.
    """

    name: str
    recipe: Recipe
    panel: Path
    parts: Parts
    seed: int
    settings: Mapping[str, Any]
    folder: Path
    members: tuple["Job", ...] = ()

    @property
    def levels(self) -> tuple[float, ...]:
        """Quantile levels."""
        return tuple(self.settings["forecast"]["levels"])


@dataclass(frozen=True)
class Result:
    """What a finished job left in its folder.

    Attributes:
        name, recipe, folder: of the job.
        seconds: that it took, an ensemble without its members.
        history: a row an epoch.
        panel: folder of the panel that it read.
        members: the recipes that an ensemble is of, by name.
        missing: the members that it had to do without.
        calibration: how the model's calibration stands at the panel's last session.
    """

    name: str
    recipe: Recipe
    folder: Path
    seconds: float
    history: list[dict[str, float]]
    panel: Path
    members: Mapping[str, Recipe] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    calibration: Mapping[str, Any] | None = None

    @property
    def baseline(self) -> bool:
        """Whether its recipe is one of the simple forecasters, or an ensemble of such alone."""
        return all(kind(one) == "baseline" for one in self.members.values() or (self.recipe,))

    @property
    def can_win(self) -> bool:
        """Whether its recipe may be champion: the head direction forecasts no distribution of its own."""
        return not (isinstance(self.recipe, NetworkRecipe) and self.recipe.head == "direction")

    @property
    def model(self) -> FittedModel:
        """The out-of-fold model."""
        return fitted_model.load(self.folder)

    @property
    def quantiles(self) -> NDArray[np.float32]:
        """(N, H, Q) of the log return on the scored rows."""
        quantiles: NDArray[np.float32] = np.load(self.folder / QUANTILES, allow_pickle=False)
        return quantiles

    @property
    def raw(self) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Rows (R,) of the panel from the calibrate sessions on, and their answers before calibration.

        (R, H, Q), log return: the scored rows of the calibrate sessions, and the eligible ones from the
        session through which the model was trained to the last.
        """
        rows, raw = (np.load(self.folder / name, allow_pickle=False, mmap_mode="r") for name in (ROWS, RAW))
        return rows, raw

    @property
    def probabilities(self) -> NDArray[np.float32] | None:
        """(N, H, 3) of down, flat and up on the scored rows; None for a recipe without the head direction."""
        file = self.folder / PROBABILITIES
        return np.load(file, allow_pickle=False) if file.exists() else None

    @property
    def losses(self) -> pd.DataFrame:
        """symbol, session, step, part, loss."""
        return pd.read_parquet(self.folder / LOSSES)


def kind(recipe: Recipe) -> str:
    """A recipe's kind on the leaderboard: its cell, "ensemble" or "baseline"."""
    return recipe.kind if isinstance(recipe, NetworkRecipe | EnsembleRecipe) else "baseline"


def scored_rows(panel: Panel, part: tuple[int, int]) -> NDArray[np.int64]:
    """Rows (N,) of a part that every model is scored on: eligible, with the next session known."""
    inside = (panel.session >= part[0]) & (panel.session < part[1])
    return np.flatnonzero(inside & panel.eligible & np.isfinite(panel.target).any(axis=1))


def make_fit_task(job: Job) -> training.FitTask:
    """What the job's recipe is fitted on: a baseline, which stops nowhere early, also has the stop part."""
    network = isinstance(job.recipe, NetworkRecipe)
    horizon = int(job.settings["forecast"]["horizon"])
    return training.FitTask(
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


def refuse_empty(panel: Panel, parts: Parts) -> None:
    """Refuse a panel of which nothing can be judged.

    Raises:
        HistoryError: on some part no symbol is eligible.
    """
    pegged = sorted({panel.symbols[code] for code in panel.symbol[panel.pegged]})
    for name in ("calibrate", "select", "test"):
        if not len(scored_rows(panel, getattr(parts, name))):
            raise HistoryError(
                f"no symbol is eligible on the {name} sessions: every one there is pegged "
                f"({', '.join(pegged[:5]) or 'none'}), or has less than a window and four parts of unbroken "
                "history; bring other symbols or more history"
            )


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


def result(job: Job) -> Result:
    """What a finished job left."""
    note = json.loads((job.folder / HISTORY).read_text(encoding="utf-8"))
    by_name = {each.name: each.recipe for each in job.members}
    return Result(
        name=job.name,
        recipe=job.recipe,
        folder=job.folder,
        seconds=note["seconds"],
        history=note["history"],
        panel=job.panel,
        members={name: by_name[name] for name in note.get("members", ())},
        missing=tuple(name for name in by_name if name not in note.get("members", ())),
        calibration=note["calibration"],
    )
