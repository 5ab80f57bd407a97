"""A real backtest of cheap recipes on a shipped universe: losses and bounds by date, of every pair."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.contest.round_robin import meet_all
from benchmarks.skill.universe import ingest_universe, open_config
from morrow.config import Config
from morrow.errors import NightError
from morrow.panel import Panel
from morrow.steps import STEPS, play
from morrow.steps.retrain.train import parts_of, read_results
from morrow.steps.retrain.work_folder import PANEL

Array = NDArray[np.float64]

SHARE = 0.13  # of the sessions in each part: the most that leaves enough to fit on
ZERO_SHOT = {f"zero-shot-{kind}": {"kind": kind} for kind in ("rnn", "lstm", "gru")}
RECIPES = ("regression", *ZERO_SHOT, "ewma", "gjr-garch-t", "garch-t", "fhs", "har")


@dataclass(frozen=True)
class RealLosses:
    """Losses of a universe's select and test sessions.

    Attributes:
        names: (R,) recipes.
        losses: (T, R) mean of each date.
        bounds: (T, R, R) the most by which the second recipe's can exceed the first one's.
        horizon: sessions ahead of the longest forecast.
        averaged: (T,) mean loss of the forecast whose quantiles are the mean of all recipes'.
        baselines: (R,) whether a recipe is a baseline.
        parameters: (R,) number of fitted values.
    """

    names: tuple[str, ...]
    losses: Array
    bounds: Array
    horizon: int
    averaged: Array
    baselines: NDArray[np.bool_]
    parameters: NDArray[np.int64]


def measure_losses(universe: str, folder: Path) -> RealLosses:
    """Run the backtest of a shipped universe, unless the folder has it, and let every pair meet.

    Raises:
        MorrowError: as the steps.
    """
    file = folder / f"{universe}-losses.npz"
    if not file.exists():
        np.savez(file, allow_pickle=False, **_measure(universe, folder))
    with np.load(file, allow_pickle=False) as kept:
        arrays = {name: kept[name] for name in kept.files}
    return RealLosses(
        **arrays | {"names": tuple(map(str, arrays["names"])), "horizon": int(arrays["horizon"])}
    )


def _open(folder: Path) -> Config:
    config = open_config(None, folder)
    base = config.recipes["zero-shot"]
    recipes = {
        **config.recipes,
        **{name: base.model_copy(update=kind) for name, kind in _kinds(config).items()},
    }
    time = config.time.model_copy(update={"share": SHARE, "maximum": 10_000})
    training = config.training.model_copy(update={"recipes": RECIPES})
    return config.model_copy(update={"recipes": recipes, "time": time, "training": training})


def _kinds(config: Config) -> Mapping[str, Mapping[str, object]]:
    """The shipped networks as they are, one of each kind, in the sizes of their weights."""
    return {
        name: {**kind, **{size: getattr(config.recipes[kind["kind"]], size) for size in ("layers", "width")}}
        for name, kind in ZERO_SHOT.items()
    }


def _measure(universe: str, folder: Path) -> dict[str, Any]:
    """Train the recipes as a night does; returns the arguments of :class:`RealLosses`."""
    setting = ingest_universe(_open(folder), universe, folder)
    night = replace(setting.night(None), forced=True)
    results, _ = play(night, [step for step in STEPS if step.name in ("plan", "train")])
    trained = results["train"]
    if trained is None or trained.failed:
        failed = ", ".join(name for name, _ in trained.failed) if trained else "every recipe"
        raise NightError(f"{universe}: {failed} could not be trained")
    panel = Panel.load(trained.folder / PANEL)
    finished = read_results(night, trained, panel)
    losses, bounds, averaged = meet_all(panel, parts_of(night, panel), finished, night.config.forecast.levels)
    return {
        "names": [each.name for each in finished],
        "losses": losses,
        "bounds": bounds,
        "horizon": panel.horizon,
        "averaged": averaged,
        "baselines": [each.baseline for each in finished],
        "parameters": [each.parameters for each in finished],
    }
