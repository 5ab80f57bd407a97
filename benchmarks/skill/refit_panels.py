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
from morrow.membership import Membership
from morrow.panel import Panel, Parts
from morrow.steps import market as markets
from morrow.steps.retrain import panel_gates, train, work_folder

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
        _, held = panel_gates.check_panel(night, cutoff.astype(object))
        folder.mkdir(parents=True, exist_ok=True)
        work_folder.save_panel(night.market.without(held).panel(), folder)
    panel = Panel.load(folder / PANEL)
    parts = train.folds_of(night, panel)[-1]
    backtest.refuse_empty(panel, parts)
    after = folder / f"{ANSWERED}-{last}"
    if not (after / PANEL).exists():
        after.mkdir(parents=True, exist_ok=True)
        work_folder.save_panel(build_later_panel(setting, panel, panel.names, last), after)
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
    then = setting.night(fitted_on.sessions[-1]).market.bars["symbol"].unique()
    market = setting.night(day).market.without(set(then) - set(fitted_on.symbols))
    return market.panel(names)


def _members(setting: BenchmarkUniverse, day: pd.Timestamp) -> Membership:
    store = setting.night(None).store
    return markets.read_members(setting.config, setting.universe, store, day.date())


def _collect(setting: BenchmarkUniverse, panel: Panel, block: Block) -> DueForecasts:
    config, options = setting.config, setting.config.universes[setting.universe]

    def outsiders(day: np.datetime64) -> Mapping[str, str]:
        if options.membership is None:
            return {}
        at = pd.Timestamp(day)
        return _members(setting, at).outsiders(panel.symbols, at)

    return collect_due_forecasts(
        panel,
        setting.sessions[block.cutoffs],
        config.forecast,
        outsiders,
        leave_gaps_out=options.gaps == "leave_out",
    )
