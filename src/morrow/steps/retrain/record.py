"""The MLflow record of a retraining: metrics, models and charts of every recipe."""

import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from morrow import backtest, charts, forecast, metrics
from morrow.backtest import Result
from morrow.fitted_model import DOCUMENT, WEIGHTS
from morrow.panel import Panel, Parts
from morrow.registry import RecipeRun, Runs
from morrow.steps.context import Night
from morrow.steps.gate_pages import copy_pages
from morrow.steps.results import Plan, Results
from morrow.steps.retrain import importance_chart

VERDICT = "verdict.json"
MEASURES = "measures.csv"
LOSSES = ("pinball", "pinball_select", "networks_pinball", "networks_pinball_select")
FAN_PAST = 60  # sessions plotted before the cutoff
GRADIENT_ROWS = 64  # rows whose gradients are averaged


def log_night(
    night: Night,
    plan: Plan,
    results: Results,
    tags: Mapping[str, str],
    panel: Panel,
    parts: Parts,
    finished: Sequence[Result],
    document: Mapping[str, Any],
    folder: Path,
) -> Runs:
    """Log a parent run with the judgement document, and one child run per recipe."""
    table = document["leaderboard"]
    shutil.rmtree(folder, ignore_errors=True)
    _overview(night, plan, table, tags["winner"], folder / "night")
    _gradients(night, plan, panel, parts, finished, folder / "night")
    importance_chart.draw(night, plan, panel, parts, finished, table, tags["winner"], folder / "night")
    (folder / "night" / VERDICT).write_text(json.dumps(document, indent=1), encoding="utf-8")
    copy_pages(night, results, plan.cutoff, folder / "night" / "gates")
    by_name = {each.name: each for each in finished}
    runs = []
    for row in table:
        result, place = by_name[row["name"]], folder / row["name"]
        _files(night, panel, parts, result, place)
        backtest.in_parts(row).to_csv(place / MEASURES, index=False)
        _by_step(night, panel, parts, row, table, place)
        options = result.recipe.model_dump(mode="json")
        runs.append(
            RecipeRun(result.name, row["kind"], options, _numbers(row), _epochs(result.history), place)
        )
    return night.registry.log_night(
        night.universe,
        plan.identity,
        plan.cutoff,
        tags=tags,
        params=_settings(night, panel, parts),
        artifacts=folder / "night",
        recipes=runs,
    )


def _overview(night: Night, plan: Plan, table: Sequence[Mapping[str, Any]], winner: str, place: Path) -> None:
    """Plot the leaderboard of the whole run."""
    place.mkdir(parents=True)
    names = [row["name"] for row in table]
    charts.comparison(
        place / "comparison.png",
        names,
        [row["pinball"] for row in table],
        reference="ewma" if "ewma" in names else None,
        winner=winner,
        title=f"{night.universe}: recipes on the test sessions, cutoff {plan.cutoff}",
    )


def _gradients(
    night: Night, plan: Plan, panel: Panel, parts: Parts, finished: Sequence[Result], place: Path
) -> None:
    """Plot how far back each network's gradient reaches, at the last test sessions."""
    rows = backtest.scored_rows(panel, parts.test)[-GRADIENT_ROWS:]
    norms_by_recipe = {each.name: forecast.gradient_by_distance(each.model, panel, rows) for each in finished}
    curves = {name: norms for name, norms in norms_by_recipe.items() if norms is not None}
    if curves:
        title = f"{night.universe}: gradients back in time, cutoff {plan.cutoff}"
        charts.gradients(place / "gradients.png", curves, title)


def _settings(night: Night, panel: Panel, parts: Parts) -> dict[str, Any]:
    """Parameters shared by all recipes, with the first and last session of each part of time."""
    return night.config.forecast.model_dump(mode="json") | spans(panel, parts)


def spans(panel: Panel, parts: Parts) -> dict[str, str]:
    """First and last session of each part of time, as ``2012-01-03..2012-06-29``."""
    return {
        name: f"{panel.sessions[low]}..{panel.sessions[high - 1]}"
        for name, (low, high) in vars(parts).items()
    }


def _numbers(row: Mapping[str, Any]) -> dict[str, float]:
    """Totals of a leaderboard row, and the pinball loss of each step."""
    totals = {name: float(value) for name, value in row.items() if isinstance(value, int | float)}
    steps = {f"pinball_step_{step}": part["pinball"] for step, part in enumerate(row["by_step"], start=1)}
    # MLflow's pages round to two decimals, which would show a return's loss as zero.
    totals |= {f"{name}_bp": totals[name] * 10_000 for name in LOSSES if name in totals}
    return totals | {name: value for name, value in steps.items() if value is not None}


def _epochs(history: Sequence[Mapping[str, float]]) -> list[dict[str, float]]:
    """Number the metrics by network; otherwise MLflow would plot several networks as one line.

    System metrics are not numbered: all networks run on one machine.
    """
    return [
        {"epoch": each["epoch"]}
        | {
            name if name.startswith("system/") else f"{name}_{int(each['network']) + 1}": value
            for name, value in each.items()
            if name not in ("epoch", "network")
        }
        for each in history
    ]


def _files(night: Night, panel: Panel, parts: Parts, result: Result, place: Path) -> None:
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
    _one_symbol(night, panel, rows, quantiles, place, title)


def _by_step(
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
    charts.fan(
        place / "fan.png",
        symbol,
        panel.adjusted[first : row + 1] * basis,
        panel.sessions[panel.session[first : row + 1]],
        panel.close[row] * np.exp(quantiles[own[at]]),
        levels,
        panel.sessions[ahead],
        panel.close[row] * np.exp(target[at]),
        currency,
        title,
    )
