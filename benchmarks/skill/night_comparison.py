"""Compares a block's forecasts with those of the night, made from a panel that ends at the cutoff."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmarks.skill.due_forecasts import DueForecasts
from benchmarks.skill.refit_panels import build_later_panel
from benchmarks.skill.universe import BenchmarkUniverse
from morrow import forecast
from morrow.fitted_model import FittedModel
from morrow.frames import quantile_column
from morrow.panel import Panel

TOLERANCE = 1e-3  # of the symbol's volatility


def count_differences(
    setting: BenchmarkUniverse,
    model: FittedModel,
    fitted_on: Panel,
    due: DueForecasts,
    quantiles: NDArray[np.float32],
    day: np.datetime64,
) -> tuple[int, int]:
    """Forecast one session as the night does, and compare.

    Args:
        setting: the universe.
        model: that answered.
        fitted_on: the panel that it was fitted on.
        due: N forecasts of the block.
        quantiles: (N, H, Q) that are scored.
        day: the cutoff to look at.

    Returns:
        how many forecasts (symbol, step) of that session differ or are on one side alone, and how many
        there are.
    """
    panel = build_later_panel(setting, fitted_on, tuple(model.document["features"]), day)
    observed = setting.night(day).market.sessions
    gaps = setting.config.universes[setting.universe].gaps == "leave_out"
    table, _ = forecast.table(model, panel, stale=False, observed=observed, leave_gaps_out=gaps)
    levels, horizon = setting.config.forecast.levels, panel.horizon
    mine = np.flatnonzero(due.session == day)
    columns = [quantile_column(level) for level in levels]
    prices = due.close[mine, None, None] * np.exp(quantiles[mine].astype(np.float64))
    ours = pd.DataFrame(prices.reshape(-1, len(levels)), columns=columns).assign(
        symbol=np.repeat(due.symbol[mine], horizon),
        step=np.tile(np.arange(1, horizon + 1), len(mine)),
        unit=np.repeat(due.unit[mine], horizon),
    )
    both = ours.merge(table, on=["symbol", "step"], how="outer", suffixes=("", "_night"))
    theirs = both[[f"{column}_night" for column in columns]].to_numpy()
    distance = np.abs(np.log(both[columns].to_numpy() / theirs)).max(axis=1)
    close = distance <= TOLERANCE * both["unit"].fillna(1.0).to_numpy()
    return int((~close).sum()), len(both)
