"""The MLflow record of a retraining: metrics, models and charts of every recipe."""

import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from morrow import backtest, charts, forecast
from morrow.backtest import Result
from morrow.config import Time
from morrow.frames import PRICES
from morrow.panel import Panel, Parts
from morrow.registry import Overview, RecipeRun, Runs
from morrow.steps.context import Night
from morrow.steps.gate_pages import copy_pages
from morrow.steps.results import Plan, Results
from morrow.steps.retrain import importance_chart, recipe_files, run_options, run_pages
from morrow.steps.retrain.reproduction_record import write_record

VERDICT, BOARD = "verdict.json", "leaderboard.json"
MEASURES, OPTIONS = "measures.csv", "recipe.json"
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
    trained = results["train"]
    if trained:
        write_record(night, plan, trained, panel, folder / "night")
    failed = trained.failed if trained else ()
    runs = _recipe_runs(night, plan, panel, parts, finished, failed, document, folder)
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


def _recipe_runs(
    night: Night,
    plan: Plan,
    panel: Panel,
    parts: Parts,
    finished: Sequence[Result],
    failed: Sequence[tuple[str, str]],
    document: Mapping[str, Any],
    folder: Path,
) -> list[RecipeRun]:
    """Write the files of every child run; the runs are in the leaderboard's order, those that failed last."""
    table, windows = document["leaderboard"], spans(panel, parts)
    by_name = {each.name: each for each in finished}
    lost = {name: night.config.recipes[name] for name, _ in failed}
    options = run_options.select_options({each.name: each.recipe for each in finished} | lost)
    runs = []
    for row in table:
        result, place = by_name[row["name"]], folder / row["name"]
        recipe_files.write_model_files(night, panel, parts, result, place)
        backtest.in_parts(row).to_csv(place / MEASURES, index=False)
        recipe_files.plot_errors_by_step(night, panel, parts, row, table, place)
        runs.append(_recipe_run(plan, row, document, result, options[result.name], windows, place))
    return runs + [_failed_run(night, name, why, options[name], folder / name) for name, why in failed]


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
