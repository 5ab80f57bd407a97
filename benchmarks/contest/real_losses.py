"""A real backtest of cheap recipes on a shipped universe: losses and bounds by date, of every pair."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmarks.skill.universe import ingest_universe, open_config
from morrow import backtest
from morrow.config import Config
from morrow.errors import NightError
from morrow.panel import Panel
from morrow.steps import STEPS, play
from morrow.steps.retrain.train import PANEL, parts_of, read_results

Array = NDArray[np.float64]

SHARE = 0.13  # of the sessions in each part: the most that leaves enough to fit on
BEGINNING = "0001-01-01"
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
    """

    names: tuple[str, ...]
    losses: Array
    bounds: Array
    horizon: int


def measure_losses(universe: str, folder: Path) -> RealLosses:
    """Run the backtest of a shipped universe, unless the folder has it, and let every pair meet.

    Raises:
        MorrowError: as the steps.
    """
    file = folder / f"{universe}.npz"
    if not file.exists():
        names, losses, bounds, horizon = _meet_all(universe, folder)
        np.savez(file, names=names, losses=losses, bounds=bounds, horizon=horizon, allow_pickle=False)
    with np.load(file, allow_pickle=False) as kept:
        return RealLosses(
            tuple(map(str, kept["names"])), kept["losses"], kept["bounds"], int(kept["horizon"])
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


def _meet_all(universe: str, folder: Path) -> tuple[list[str], Array, Array, int]:
    setting = ingest_universe(_open(folder), universe, folder)
    night = replace(setting.night(None), forced=True)
    results, _ = play(night, [step for step in STEPS if step.name in ("plan", "train")])
    trained = results["train"]
    if trained is None or trained.failed:
        failed = ", ".join(name for name, _ in trained.failed) if trained else "every recipe"
        raise NightError(f"{universe}: {failed} could not be trained")
    panel = Panel.load(trained.folder / PANEL)
    finished, levels = read_results(night, trained, panel), night.config.forecast.levels
    parts = parts_of(night, panel)
    losses, bounds = pd.DataFrame(), {}
    for i, one in enumerate(finished):
        for j, other in enumerate(finished):
            if i != j:
                frame = backtest.meet(panel, parts, one, other, levels, BEGINNING)
                losses[one.name] = frame["champion"].to_numpy()
                bounds[i, j] = frame["bound"].to_numpy()
    size = len(finished)
    table = np.zeros((len(losses), size, size))
    for (i, j), bound in bounds.items():
        table[:, i, j] = bound
    names = [each.name for each in finished]
    return names, losses[names].to_numpy(), table, panel.horizon
