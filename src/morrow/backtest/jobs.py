"""Jobs and results: one recipe, trained on the earlier parts, scored on the later ones, saved in a folder."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from morrow import fitted_model, metrics, training
from morrow.config import EnsembleRecipe, NetworkRecipe, Recipe, identity
from morrow.errors import HistoryError
from morrow.fitted_model import FittedModel
from morrow.panel import Panel, Parts

QUANTILES, LOSSES, HISTORY = "quantiles.npy", "losses.parquet", "history.json"
PROBABILITIES, RAW, ROWS = "probabilities.npy", "raw.npy", "rows.npy"
REGRESSION = "regression"  # the kind of baseline that is every network's reference


@dataclass(frozen=True)
class Job:
    """One recipe to train and score, in a separate process.

    Attributes:
        name, recipe: the recipe and its name.
        panel: folder of the saved panel.
        parts: the parts of the data.
        seed: the seed for all random draws.
        settings: settings to store in the fitted model, including the ``forecast`` section.
        folder: output folder; it exists only if the results are complete.
        members: the jobs of an ensemble's members, which run before it.
        reference: folder of the regression's job on the same panel, which holds the reference of networks
            once it is finished; None if they fit it themselves.
    """

    name: str
    recipe: Recipe
    panel: Path
    parts: Parts
    seed: int
    settings: Mapping[str, Any]
    folder: Path
    members: tuple["Job", ...] = ()
    reference: Path | None = None

    @property
    def levels(self) -> tuple[float, ...]:
        """Quantile levels."""
        return tuple(self.settings["forecast"]["levels"])


@dataclass(frozen=True)
class Result:
    """The saved results of a finished job.

    Attributes:
        name, recipe, folder: as in the job.
        seconds: run time; an ensemble's excludes its members.
        history: one row per epoch.
        panel: folder of the panel that the job read.
        members: the recipes of an ensemble's distinct members, by name.
        configured: the recipes of all members that an ensemble is configured with.
        missing: names of the members that were not available.
        calibration: the model's calibration state at the panel's last session.
        answers_as: "regression" if the recipe's quantiles are those of the regression, though it is another:
            networks of weight zero, or an ensemble of such alone; else None.
        weight: of a recipe's networks beside the regression; None without networks.
        parameters: number of fitted values.
        networks: pinball (test sessions) and pinball_select of the networks alone, calibrated by themselves.
        runaway: cutoffs after the calibrate sessions at which the model's volatility had left its range and
            the EWMA's took its place.
    """

    name: str
    recipe: Recipe
    folder: Path
    seconds: float
    history: list[dict[str, float]]
    panel: Path
    members: Mapping[str, Recipe] = field(default_factory=dict)
    configured: tuple[Recipe, ...] = ()
    missing: tuple[str, ...] = ()
    calibration: Mapping[str, Any] | None = None
    answers_as: str | None = None
    weight: float | None = None
    parameters: int = 0
    networks: Mapping[str, float] = field(default_factory=dict)
    runaway: int = 0

    @property
    def baseline(self) -> bool:
        """Whether the recipe is a baseline, or an ensemble of baselines only."""
        return all(kind(one) == "baseline" for one in self.members.values() or (self.recipe,))

    @property
    def can_win(self) -> bool:
        """Whether the recipe may be champion; the direction head may not, as it forecasts no distribution."""
        return not (isinstance(self.recipe, NetworkRecipe) and self.recipe.head == "direction")

    @property
    def entry(self) -> dict[str, Any]:
        """The arguments of the recipe's :class:`morrow.contest.Entry`."""
        names = ("name", "baseline", "losses", "can_win", "answers_as", "parameters", "identity")
        trials = getattr(self.recipe, "trials", 0)
        return {name: getattr(self, name) for name in names} | {"trials": trials, "invalid": self.invalid}

    @property
    def identity(self) -> str:
        """Hash of what is configured: the recipe's options, its members', and the forecast that is asked for.

        A refit, a longer history and another name have the same one, and so has an ensemble of which a
        member failed or answers as another. Options at their defaults are left out: a new one changes none.
        """
        forecast = fitted_model.load(self.folder).document["forecast"]
        return identity(
            {
                "recipe": self.recipe.model_dump(mode="json", exclude_defaults=True, exclude={"members"}),
                "kind": self.recipe.kind,
                "members": sorted(
                    json.dumps(each.model_dump(mode="json", exclude_defaults=True), sort_keys=True)
                    for each in self.configured
                ),
                "forecast": {name: forecast[name] for name in ("horizon", "levels")},
            }
        )

    @property
    def invalid(self) -> int:
        """Number of scored forecasts that are not finite or whose quantiles cross."""
        quantiles = self.quantiles
        sound = np.isfinite(quantiles).all(axis=-1) & (np.diff(quantiles, axis=-1) >= 0).all(axis=-1)
        return int((~sound).sum())

    @property
    def model(self) -> FittedModel:
        """The out-of-fold model."""
        return fitted_model.load(self.folder)

    @property
    def quantiles(self) -> NDArray[np.float32]:
        """Log-return quantiles (N, H, Q) on the scored rows."""
        quantiles: NDArray[np.float32] = np.load(self.folder / QUANTILES, allow_pickle=False)
        return quantiles

    @property
    def raw(self) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Panel rows (R,) from the calibrate sessions onward, and their uncalibrated forecasts (R, H, Q).

        Forecasts are log returns. The rows are the scored rows of the calibrate sessions, then the eligible
        rows from the session through which the model was trained to the last session.
        """
        rows, raw = (np.load(self.folder / name, allow_pickle=False, mmap_mode="r") for name in (ROWS, RAW))
        return rows, raw

    @property
    def probabilities(self) -> NDArray[np.float32] | None:
        """P(down, flat, up), (N, H, 3), on the scored rows; None for a recipe without the direction head."""
        file = self.folder / PROBABILITIES
        return np.load(file, allow_pickle=False) if file.exists() else None

    @property
    def losses(self) -> pd.DataFrame:
        """Losses by row and step; columns symbol, session, step, part, loss."""
        return pd.read_parquet(self.folder / LOSSES)


def kind(recipe: Recipe) -> str:
    """The recipe's kind on the leaderboard: its cell type, "ensemble" or "baseline"."""
    return recipe.kind if isinstance(recipe, NetworkRecipe | EnsembleRecipe) else "baseline"


def scored_rows(panel: Panel, part: tuple[int, int]) -> NDArray[np.int64]:
    """Rows (N,) of a part on which every model is scored: eligible rows with at least one known target."""
    inside = (panel.session >= part[0]) & (panel.session < part[1])
    return np.flatnonzero(inside & panel.eligible & np.isfinite(panel.target).any(axis=1))


def make_fit_task(job: Job) -> training.FitTask:
    """Build the job's fit task; a baseline has no early stopping, so it is also fitted on the stop part."""
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
    """Check that every scored part of the panel has eligible rows.

    Raises:
        HistoryError: no symbol is eligible on one of the parts.
    """
    pegged = sorted({panel.symbols[code] for code in panel.symbol[panel.pegged]})
    for name in ("calibrate", "select", "test"):
        if not len(scored_rows(panel, getattr(parts, name))):
            raise HistoryError(
                f"no symbol is eligible on the {name} sessions: every one there is pegged "
                f"({', '.join(pegged[:5]) or 'none'}), or too young for a window of known features; "
                "bring other symbols or more history"
            )


def losses(
    panel: Panel,
    parts: Parts,
    rows: NDArray[np.int64],
    quantiles: NDArray[np.float32],
    levels: Sequence[float],
) -> pd.DataFrame:
    """Pinball loss of the log return, averaged over levels, for every scored row and known step.

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
    """Load the result of a finished job."""
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
        configured=tuple(by_name.values()),
        missing=tuple(name for name in by_name if name not in note.get("present", ())),
        calibration=note["calibration"],
        answers_as=note.get("answers_as"),
        weight=note.get("weight"),
        parameters=note.get("parameters", 0),
        networks=note.get("networks", {}),
        runaway=note.get("runaway", 0),
    )
