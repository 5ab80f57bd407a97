"""The files of a recipe's run: its model and losses, and plots of its forecasts and errors."""

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from morrow import backtest, charts, metrics
from morrow.backtest import Result
from morrow.fitted_model import DOCUMENT, WEIGHTS
from morrow.panel import Panel, Parts
from morrow.steps.context import Night

FAN_PAST = 60  # sessions plotted before the cutoff


def write_model_files(night: Night, panel: Panel, parts: Parts, result: Result, place: Path) -> None:
    """Write the recipe's model, losses and plots to a folder to be logged."""
    place.mkdir()
    for name in (DOCUMENT, WEIGHTS, backtest.LOSSES):
        shutil.copyfile(result.folder / name, place / name)
    levels = np.asarray(night.config.forecast.levels)
    rows = backtest.scored_rows(panel, parts.test)
    quantiles = result.quantiles[-len(rows) :].astype(np.float64)
    actual = panel.target[rows].astype(np.float64)
    title = f"{night.universe} {result.name}"
    known = np.isfinite(actual)
    below = [
        (actual[known[:, step], step, None] <= quantiles[known[:, step], step]).mean(axis=0)
        for step in range(panel.horizon)
        if known[:, step].any()
    ]
    charts.reliability(place / "reliability.png", levels, np.asarray(below), title)
    bins = [
        metrics.pit_bins(quantiles[known[:, step], step], actual[known[:, step], step], levels).mean(axis=0)
        for step in range(panel.horizon)
        if known[:, step].any()
    ]
    charts.pit(place / "pit.png", levels, np.asarray(bins), title)
    if result.history:
        charts.loss_curve(place / "loss.png", result.history, title)
        (place / "loss.html").write_text(charts.draw_losses(result.history, title), "utf-8")
    _one_symbol(night, panel, rows, quantiles, place, title)


def plot_errors_by_step(
    night: Night,
    panel: Panel,
    parts: Parts,
    row: Mapping[str, Any],
    table: Sequence[Mapping[str, Any]],
    place: Path,
) -> None:
    """Plot the recipe's error by step, beside EWMA's loss and the last price's absolute error."""
    rows = backtest.scored_rows(panel, parts.test)
    actual = panel.target[rows].astype(np.float64)
    naive_errors = np.abs(panel.close[rows, None] * np.expm1(actual))
    outcome_counts = np.isfinite(naive_errors).sum(axis=0)
    naive = np.divide(
        np.nansum(naive_errors, axis=0),
        outcome_counts,
        out=np.full(len(outcome_counts), np.nan),
        where=outcome_counts > 0,
    )
    rows_to_draw = [each for each in table if each["name"] == "ewma" and each is not row] + [row]
    charts.error_by_step(
        place / "steps.png",
        {each["name"]: _measure(each, "pinball") for each in rows_to_draw},
        {"last price": naive, row["name"]: _measure(row, "mae")},
        night.options.currency,
        f"{night.universe} {row['name']}: error by step on the test sessions",
    )


def _measure(row: Mapping[str, Any], name: str) -> np.ndarray:
    """A leaderboard row's metric by step (H,), NaN where it could not be computed."""
    return np.array([step[name] for step in row["by_step"]], dtype=np.float64)  # None becomes NaN


def _one_symbol(
    night: Night, panel: Panel, rows: np.ndarray, quantiles: np.ndarray, place: Path, title: str
) -> None:
    """Plot the first symbol: its last fan with a known outcome, and one-step forecasts throughout."""
    currency, levels = night.options.currency, np.asarray(night.config.forecast.levels)
    own = np.flatnonzero((panel.symbol[rows] == panel.symbol[rows[0]]) & np.isfinite(panel.target[rows, 0]))
    chosen, symbol = rows[own], panel.symbols[panel.symbol[rows[0]]]
    close, target = panel.close[chosen], panel.target[chosen].astype(np.float64)
    charts.true_against_predicted(
        place / "predicted.png",
        symbol,
        panel.sessions[panel.session[chosen] + 1],
        close * np.exp(target[:, 0]),
        close * np.exp(metrics.median(quantiles[own, 0], levels)),
        close,
        currency,
        title,
    )
    whole = np.flatnonzero(np.isfinite(target).all(axis=1))
    at = int(whole[-1]) if len(whole) else len(chosen) - 1
    row = int(chosen[at])
    first = max(row - FAN_PAST + 1, row - int(panel.position[row]))
    basis = panel.close[row] / panel.adjusted[row]
    ahead = np.minimum(panel.session[row] + np.arange(1, panel.horizon + 1), len(panel.sessions) - 1)
    past = panel.adjusted[first : row + 1] * basis, panel.sessions[panel.session[first : row + 1]]
    ahead_quantiles, days = panel.close[row] * np.exp(quantiles[own[at]]), panel.sessions[ahead]
    realised = panel.close[row] * np.exp(target[at])
    charts.fan(
        place / "fan.png", symbol, *past, ahead_quantiles, levels, days, realised, currency, title
    )  # fmt: skip
    page = charts.draw_fan(symbol, *past, ahead_quantiles, levels, days, currency, title)
    (place / "fan.html").write_text(page, "utf-8")
