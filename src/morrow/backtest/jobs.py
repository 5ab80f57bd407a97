"""One recipe out of fold: trained on early parts of time, answered on later ones, kept in a folder."""

import json
import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from morrow import calibration, fitted, forecast, metrics, training
from morrow.config import NetworkRecipe, Recipe
from morrow.errors import HistoryError, NightError
from morrow.fitted import Fitted
from morrow.panel import Panel, Parts

QUANTILES, LOSSES, HISTORY = "quantiles.npy", "losses.parquet", "history.json"
PROBABILITIES = "probabilities.npy"


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
    def baseline(self) -> bool:
        """Whether its recipe is one of the simple forecasters."""
        return kind(self.recipe) == "baseline"

    @property
    def can_win(self) -> bool:
        """Whether its recipe may be champion: the head direction forecasts no distribution of its own."""
        return not (isinstance(self.recipe, NetworkRecipe) and self.recipe.head == "direction")

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
    def probabilities(self) -> NDArray[np.float32] | None:
        """(N, H, 3) of down, flat and up on the scored rows; None for a recipe without the head direction."""
        file = self.folder / PROBABILITIES
        return np.load(file, allow_pickle=False) if file.exists() else None

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
        probabilities = forecast.probabilities(model, panel, rows)
    table = losses(panel, job.parts, rows, quantiles, job.levels)
    lost = probabilities is not None and not np.isfinite(probabilities).all()
    if lost or not np.isfinite(table["loss"]).all():
        raise NightError(f"recipe {job.name}: its forecasts are not all finite, so they cannot be judged")
    half = job.folder.with_name(f"{job.folder.name}.{os.getpid()}.partial")
    shutil.rmtree(half, ignore_errors=True)
    half.mkdir(parents=True)
    fitted.save(model, half)
    np.save(half / QUANTILES, quantiles, allow_pickle=False)
    if probabilities is not None:
        np.save(half / PROBABILITIES, probabilities, allow_pickle=False)
    table.to_parquet(half / LOSSES, index=False)
    note = {"seconds": trained.seconds, "history": trained.history}
    (half / HISTORY).write_text(json.dumps(note), encoding="utf-8")
    if job.folder.exists():  # another process was quicker, with the same result
        shutil.rmtree(half)
    else:
        half.rename(job.folder)


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


def calibrated(model: Fitted, panel: Panel, parts: Parts) -> Fitted:
    """The model with its shifts fitted on the calibrate sessions, which it has then used."""
    levels = np.asarray(model.document["forecast"]["levels"])
    rows = scored_rows(panel, parts.calibrate)
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


def result(job: Job) -> Result:
    """What a finished job left."""
    note = json.loads((job.folder / HISTORY).read_text(encoding="utf-8"))
    return Result(job.name, job.recipe, job.folder, note["seconds"], note["history"])
