"""The third step: train every recipe out of fold."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from morrow import backtest, training
from morrow import panel as panels
from morrow.backtest import Job, Result
from morrow.errors import HistoryError
from morrow.panel import Panel, Parts
from morrow.steps.context import Night
from morrow.steps.results import Results, TrainingResult
from morrow.steps.retrain.causality import prove_causality
from morrow.steps.retrain.panel_gates import check_features, check_panel
from morrow.steps.retrain.work_folder import PANEL, save_panel


def train(night: Night, results: Results) -> TrainingResult:
    """Train every configured recipe on the early parts of time and score it on the later ones.

    Finished recipes of a killed night are not trained again.

    Raises:
        HistoryError: the history is too short for the window and the parts of time.
        NightError: no recipe succeeded, a feature sees the future, or a gate stops the night.
    """
    plan = results["plan"]
    folder = night.work(plan.identity)
    of_panel, held = check_panel(night, plan.cutoff)
    market = night.market.without(held)
    panel = market.panel()
    of_features = check_features(night, panel, plan.cutoff)
    folds = folds_of(night, panel)
    for parts in folds:
        backtest.refuse_empty(panel, parts)
    proof = prove_causality(night, market, panel.names)
    jobs = make_jobs(night, folder, panel)
    with night.alone():
        if not (folder / PANEL).exists():
            save_panel(panel, folder)
        trained = _train(night, plan.identity, folder, jobs, folds)
    return replace(
        trained,
        held=tuple(held.items()),
        gates=(of_panel, of_features),
        dropped=tuple(panel.dropped.items()),
        proof=proof,
    )


def _train(
    night: Night, identity: str, folder: Path, jobs: list[Job], folds: tuple[Parts, ...]
) -> TrainingResult:
    finished, failed = backtest.run_folds(
        jobs,
        folds,
        night.config.training.processes,
        lambda name, facts: night.tell("epoch", {"recipe": name, **facts}),
        judged=night.registry.night(night.universe, identity) is not None,
    )
    return TrainingResult(folder, tuple(result.name for result in finished), tuple(failed.items()))


def make_jobs(night: Night, folder: Path, panel: Panel) -> list[Job]:
    """One job per recipe, on the panel that is saved in a folder; results go into the same folder."""
    jobs = [
        Job(
            name=name,
            recipe=night.config.recipes[name],
            panel=folder / PANEL,
            parts=parts_of(night, panel),
            seed=night.config.training.seed,
            settings=training.settings(night.config, night.universe),
            folder=folder / "recipes" / name,
        )
        for name in night.config.training.recipes
    ]
    return backtest.link_jobs(jobs, night.config.members)


def parts_of(night: Night, panel: Panel) -> Parts:
    """The panel's parts of time that recipes are judged on, or a HistoryError that names the cutoff.

    With several folds the select part is that of all of them, and the others are those of the last.
    """
    return panels.join_folds(folds_of(night, panel))


def folds_of(night: Night, panel: Panel) -> tuple[Parts, ...]:
    """The parts of time of each fold, oldest first, or a HistoryError that names the cutoff."""
    try:
        return panels.split_folds(len(panel.sessions), night.config.forecast, night.config.time)
    except HistoryError as error:
        raise HistoryError(f"cutoff {panel.sessions[-1]}: {error}, or choose a later as_of") from None


def read_results(night: Night, trained: TrainingResult, panel: Panel) -> list[Result]:
    """What the training left of each recipe, out of fold."""
    return [
        backtest.result(job) for job in make_jobs(night, trained.folder, panel) if job.name in trained.recipes
    ]


def build_leaderboard(night: Night, trained: TrainingResult) -> list[dict[str, Any]]:
    """The leaderboard on the test sessions, in full, and on how many folds' select sessions it stands."""
    panel = Panel.load(trained.folder / PANEL)
    board = backtest.leaderboard(
        panel, parts_of(night, panel), read_results(night, trained, panel), night.config.forecast.levels
    )
    return [{**row, "folds": night.config.time.folds} for row in board]
