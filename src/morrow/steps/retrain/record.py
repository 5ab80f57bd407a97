"""The MLflow record of a retraining: metrics, models and charts of every recipe."""

import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from morrow import backtest, charts, forecast, metrics
from morrow.backtest import Result
from morrow.config import Time
from morrow.fitted_model import DOCUMENT, WEIGHTS
from morrow.frames import PRICES
from morrow.panel import Panel, Parts
from morrow.registry import Overview, RecipeRun, Runs
from morrow.steps.context import Night
from morrow.steps.gate_pages import copy_pages
from morrow.steps.results import Plan, Results
from morrow.steps.retrain import importance_chart, run_options, run_pages
from morrow.steps.retrain.reproduction_record import write_record

VERDICT, BOARD = "verdict.json", "leaderboard.json"
MEASURES, OPTIONS = "measures.csv", "recipe.json"
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
    """Log a parent run with the judgement document, and one child run per recipe, failed ones included."""
    table, verdict = document["leaderboard"], document["verdict"]
    shutil.rmtree(folder, ignore_errors=True)
    _overview(night, plan, table, tags["winner"], folder / "night")
    _gradients(night, plan, panel, parts, finished, folder / "night")
    importance_chart.draw(night, plan, panel, finished, table, tags["winner"], folder / "night")
    copy_pages(night, results, plan.cutoff, folder / "night" / "gates")
    windows = spans(panel, parts)
    brief_board = run_pages.tabulate(table, tags["winner"], verdict)
    _write_judgement(document, brief_board, folder / "night")
    if trained := results["train"]:
        write_record(night, plan, trained, panel, folder / "night")
    by_name = {each.name: each for each in finished}
    failed = trained.failed if trained else ()
    recipes = {each.name: each.recipe for each in finished} | {
        name: night.config.recipes[name] for name, _ in failed
    }
    options = run_options.select_options(recipes)
    runs = []
    for row in table:
        result, place = by_name[row["name"]], folder / row["name"]
        _files(night, panel, parts, result, place)
        backtest.in_parts(row).to_csv(place / MEASURES, index=False)
        _by_step(night, panel, parts, row, table, place)
        runs.append(_recipe_run(plan, row, document, result, options[result.name], windows, place))
    runs += [_failed_run(night, name, why, options[name], folder / name) for name, why in failed]
    words = run_pages.describe_night(
        night.universe, str(plan.cutoff), verdict, brief_board, windows, night.config.time.folds
    )
    own = {"select": windows["select"], "test": windows["test"], "verdict": run_pages.name_outcome(verdict)}
    return night.registry.log_night(
        night.universe,
        plan.identity,
        plan.cutoff,
        tags={**tags, **own},
        params=night.config.forecast.model_dump(mode="json") | windows | describe_folds(night.config.time),
        artifacts=folder / "night",
        recipes=runs,
        overview=_sum_up(night, plan, panel, table, tags["winner"], len(failed), words),
    )


def _sum_up(
    night: Night,
    plan: Plan,
    panel: Panel,
    table: Sequence[Mapping[str, Any]],
    winner: str,
    failed: int,
    description: str,
) -> Overview:
    """What the night's own run shows: the winner's measures, counts, and the version of the prices."""
    # A champion whose recipe could not be trained tonight stays without a row.
    best = next((run_pages.collect_metrics(row) for row in table if row["name"] == winner), {})
    profile = {
        "symbols": len(panel.symbols), "sessions": len(panel.sessions), "bars": len(night.market.bars),
    }  # fmt: skip
    seconds = sum(row["train_s"] for row in table)
    return Overview(
        description=description,
        metrics=best | {"recipes": len(table), "failed": failed, "seconds": seconds, **profile},
        seconds=seconds,
        table=night.store.uri(PRICES),
        data_version=plan.data_version,
        profile=profile,
    )


def _write_judgement(document: Mapping[str, Any], brief_board: pd.DataFrame, place: Path) -> None:
    """Write the leaderboard in full, and leaderboard and verdict at a size that a person reads."""
    (place / BOARD).write_text(json.dumps(document), encoding="utf-8")
    brief = {name: value for name, value in document.items() if name not in ("leaderboard", "ledger")}
    (place / VERDICT).write_text(json.dumps(brief, indent=1), encoding="utf-8")
    write_brief_board(brief_board, place)


def write_brief_board(brief_board: pd.DataFrame, place: Path) -> None:
    """Write the leaderboard that a person reads, as CSV and as Markdown."""
    brief_board.to_csv(place / "leaderboard.csv", index=False)
    (place / "leaderboard.md").write_text(run_pages.write_markdown(brief_board) + "\n", encoding="utf-8")


def _recipe_run(
    plan: Plan,
    row: Mapping[str, Any],
    document: Mapping[str, Any],
    result: Result,
    options: Mapping[str, Any],
    windows: Mapping[str, str],
    place: Path,
) -> RecipeRun:
    """A recipe's run; its parameters are the options worth comparing, all of them are in a file."""
    outcome = run_pages.word_verdict(row, document["winner"], document["verdict"])
    (place / OPTIONS).write_text(json.dumps(result.recipe.model_dump(mode="json"), indent=1), "utf-8")
    return RecipeRun(
        name=result.name,
        kind=row["kind"],
        params=options,
        metrics=run_pages.collect_metrics(row),
        history=run_pages.number_epochs(result.history),
        folder=place,
        tags={"verdict": outcome},
        description=run_pages.describe_recipe(row, outcome, str(plan.cutoff), windows),
        seconds=row["train_s"],
    )


def _failed_run(night: Night, name: str, why: str, options: Mapping[str, Any], place: Path) -> RecipeRun:
    """The run of a recipe that could not be trained, with the reason."""
    place.mkdir()
    recipe = night.config.recipes[name]
    (place / OPTIONS).write_text(json.dumps(recipe.model_dump(mode="json"), indent=1), "utf-8")
    return RecipeRun(
        name=name,
        kind=backtest.kind(recipe),
        params=options,
        metrics={},
        history=(),
        folder=place,
        tags={"verdict": run_pages.FAILED},
        description=f"`{name}` could not be trained: {why}\n",
        failure=why,
    )


def describe_folds(time: Time) -> dict[str, object]:
    """How the walk over the select sessions was made: number of folds, their training, their refits."""
    return {"folds": time.folds, "fold_training": "expanding", "fold_refit": "every fold"}


def spans(panel: Panel, parts: Parts) -> dict[str, str]:
    """First and last session of each part of time, as ``2012-01-03..2012-06-29``."""
    return {
        name: f"{panel.sessions[low]}..{panel.sessions[high - 1]}"
        for name, (low, high) in vars(parts).items()
    }


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
        (place / "loss.html").write_text(charts.draw_losses(result.history, title), "utf-8")
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
    past = panel.adjusted[first : row + 1] * basis, panel.sessions[panel.session[first : row + 1]]
    ahead_quantiles, days = panel.close[row] * np.exp(quantiles[own[at]]), panel.sessions[ahead]
    realised = panel.close[row] * np.exp(target[at])
    charts.fan(
        place / "fan.png", symbol, *past, ahead_quantiles, levels, days, realised, currency, title
    )  # fmt: skip
    page = charts.draw_fan(symbol, *past, ahead_quantiles, levels, days, currency, title)
    (place / "fan.html").write_text(page, "utf-8")
