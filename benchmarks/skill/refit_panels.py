"""The panels of one refit: as known at its cutoff, and through the block that its models answer."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.skill.blocks import Block
from benchmarks.skill.due_forecasts import DueForecasts, collect_due_forecasts
from benchmarks.skill.universe import BenchmarkUniverse
from morrow import backtest
from morrow import panel as panels
from morrow.panel import Panel, Parts
from morrow.steps import learnable, retrain

PANEL, ANSWERED = "panel", "answered"


@dataclass(frozen=True)
class RefitPanels:
    """A refit's panels, kept in a folder for processes to map.

    Attributes:
        folder: of the refit.
        parts: of time, of the panel through the cutoff.
        block: folder of the panel through the block's last target.
        due: every forecast of the block.
    """

    folder: Path
    parts: Parts
    block: Path
    due: DueForecasts


def build_refit_panels(setting: BenchmarkUniverse, block: Block) -> RefitPanels:
    """Build or load a refit's panels.

    Raises:
        HistoryError: the history up to the cutoff is too short, or no symbol can be judged in it.
    """
    cutoff, last = setting.sessions[block.cutoffs[0]], setting.sessions[block.last]
    folder = setting.work / str(cutoff)
    night = setting.night(cutoff)
    if not (folder / PANEL).exists():
        prices = night.prices()
        _, held = learnable.check_panel(night, prices, cutoff.astype(object))
        folder.mkdir(parents=True, exist_ok=True)
        retrain.save_panel(retrain.build_panel(night, learnable.without(prices, held)), folder)
    panel = Panel.load(folder / PANEL)
    parts = retrain.parts_of(night, panel)
    backtest.refuse_empty(panel, parts)
    after = folder / f"{ANSWERED}-{last}"
    if not (after / PANEL).exists():
        after.mkdir(parents=True, exist_ok=True)
        retrain.save_panel(build_later_panel(setting, panel, panel.names, last), after)
    return RefitPanels(folder, parts, after / PANEL, _collect(setting, Panel.load(after / PANEL), block))


def build_later_panel(
    setting: BenchmarkUniverse, fitted_on: Panel, names: tuple[str, ...], day: np.datetime64
) -> Panel:
    """The panel as known at a later session than a refit's, as the nights until the next refit build it.

    Args:
        setting: the universe.
        fitted_on: the panel of the refit; symbols that its gate held are left out.
        names: the model's features.
        day: the last session.
    """
    night = setting.night(day)
    prices, members = night.known()
    then = setting.night(fitted_on.sessions[-1]).prices()["symbol"].unique()
    prices = learnable.without(prices, dict.fromkeys(set(then) - set(fitted_on.symbols), "held"))
    config, tick, axis = setting.config, night.options.tick, night.axis(prices)
    return panels.build(prices, axis, config.forecast, config.time, tick=tick, names=names, members=members)


def _collect(setting: BenchmarkUniverse, panel: Panel, block: Block) -> DueForecasts:
    config, options = setting.config, setting.config.universes[setting.universe]

    def outsiders(day: np.datetime64) -> Mapping[str, str]:
        if options.membership is None:
            return {}
        at = pd.Timestamp(day)
        return setting.night(day).members(at).outsiders(panel.symbols, at)

    return collect_due_forecasts(
        panel,
        setting.sessions[block.cutoffs],
        (config.forecast, config.time),
        outsiders,
        leave_gaps_out=options.gaps == "leave_out",
    )
