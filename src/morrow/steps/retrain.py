"""The first steps of a retraining: train every recipe out of fold, and judge them."""

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from morrow import atomic
from morrow.errors import HistoryError
from morrow.steps import audit, learnable, members, verdicts
from morrow.steps.chosen import chosen
from morrow.steps.due import Plan, refuse_past
from morrow.steps.gates import Gate
from morrow.steps.night import Night, Results, code_version, package_versions, taken

if TYPE_CHECKING:
    import pandas as pd

    from morrow.backtest import Job, Result
    from morrow.contest import Refresh, Verdict
    from morrow.panel import Panel, Parts
    from morrow.registry import Registry, Runs

PANEL, LOG, VERDICT = "panel", "log", "verdict.json"
KEPT_S = 86_400
NOTE = "night"


@dataclass(frozen=True)
class Trained:
    """Which recipes were trained and scored out of fold, and which failed with the reason.

    Attributes:
        folder: of the work.
        recipes: that succeeded.
        failed: recipe and reason.
        held: symbols that the panel's gate holds, with the reason; nothing was learnt from them.
        gates: of the panel and of the features.
        dropped: the selected features that the bars cannot carry, with the reason.
        proof: that the features see no future.
    """

    folder: Path
    recipes: tuple[str, ...]
    failed: tuple[tuple[str, str], ...]
    held: tuple[tuple[str, str], ...] = ()
    gates: tuple[Gate, ...] = ()
    dropped: tuple[tuple[str, str], ...] = ()
    proof: audit.Proof | None = None


@dataclass(frozen=True)
class Judged:
    """The leaderboard and the verdict of a retraining, and where they are on record.

    Attributes:
        leaderboard: a row a recipe with its measures, lowest test pinball first.
        verdict: promoted, refreshed, challenger, champion_before, reason, judged_at.
        winner: the recipe to refit.
        refit: whether a new version shall be made.
        run_id: the night's run; ``runs`` has the recipes'.
    """

    leaderboard: tuple[Mapping[str, Any], ...]
    verdict: Mapping[str, Any]
    winner: str
    refit: bool
    run_id: str
    runs: Mapping[str, str]


def train(night: Night, results: Results) -> Trained | None:
    """Train every configured recipe on the early parts of time and score it on the later ones.

    Finished recipes of a killed night are not trained again.

    Raises:
        HistoryError: the history is too short for the window and the parts of time.
        NightError: no recipe succeeded, a feature sees the future, or a gate stops the night.
    """
    plan = taken(results, Plan)
    if not plan.due:
        return None
    from morrow import backtest  # noqa: PLC0415 (torch)

    folder = night.work(plan.identity)
    prices = night.prices()
    of_panel, held = learnable.check_panel(night, prices, plan.cutoff)
    learnt = learnable.without(prices, held)
    panel = build_panel(night, learnt)
    of_features = learnable.check_features(night, panel, plan.cutoff)
    backtest.refuse_empty(panel, parts_of(night, panel))
    proof = audit.prove(night, learnt, panel.names)
    jobs = _jobs(night, folder, panel)
    _forget_old(folder.parent, night.now)
    with night.alone():
        if not (folder / PANEL).exists():
            save_panel(panel, folder)
        trained = _train(night, plan.identity, folder, jobs)
    return replace(
        trained,
        held=tuple(held.items()),
        gates=(of_panel, of_features),
        dropped=tuple(panel.dropped.items()),
        proof=proof,
    )


def _train(night: Night, identity: str, folder: Path, jobs: "list[Job]") -> Trained:
    from morrow import backtest  # noqa: PLC0415

    finished, failed = backtest.run_all(
        jobs,
        night.config.training.processes,
        lambda name, facts: night.tell("epoch", {"recipe": name, **facts}),
        judged=night.registry().night(night.universe, identity) is not None,
    )
    return Trained(folder, tuple(result.name for result in finished), tuple(failed.items()))


def save_panel(panel: "Panel", folder: Path) -> None:
    """Keep the panel for the training processes."""
    with atomic.new_folder(folder / PANEL) as partial:
        panel.save(partial)


def build_panel(night: Night, prices: "pd.DataFrame | None" = None) -> "Panel":
    """The universe's panel as known at ``as_of``, of all bars or of the given ones."""
    from morrow import panel as panels  # noqa: PLC0415

    known, members = night.known()
    bars, config, tick = known if prices is None else prices, night.config, night.options.tick
    return panels.build(
        bars,
        night.axis(bars),
        config.forecast,
        config.time,
        tick=tick,
        select=chosen(config),
        members=members,
    )


def _forget_old(folder: Path, now: datetime) -> None:
    """Remove what retrainings of more than a day ago left; a younger one may still be at work."""
    for other in folder.glob("[!.]*"):
        if now.timestamp() - other.stat().st_mtime > KEPT_S:
            shutil.rmtree(other, ignore_errors=True)


def _jobs(night: Night, folder: Path, panel: "Panel") -> "list[Job]":
    from morrow import backtest, training  # noqa: PLC0415

    jobs = [
        backtest.Job(
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
    return backtest.joined(jobs, night.config.members)


def parts_of(night: Night, panel: "Panel") -> "Parts":
    """The panel's parts of time, or a HistoryError that names the cutoff."""
    from morrow import panel as panels  # noqa: PLC0415

    try:
        return panels.split_sessions(len(panel.sessions), night.config.forecast, night.config.time)
    except HistoryError as error:
        raise HistoryError(f"cutoff {panel.sessions[-1]}: {error}, or choose a later as_of") from None


def out_of_fold(night: Night, trained: Trained, panel: "Panel") -> "list[Result]":
    """What the training left of each recipe."""
    from morrow import backtest  # noqa: PLC0415

    return [
        backtest.result(job) for job in _jobs(night, trained.folder, panel) if job.name in trained.recipes
    ]


def board(night: Night, trained: Trained) -> list[dict[str, Any]]:
    """The leaderboard on the test sessions, in full."""
    from morrow import backtest  # noqa: PLC0415
    from morrow.panel import Panel  # noqa: PLC0415

    panel = Panel.load(trained.folder / PANEL)
    return backtest.leaderboard(
        panel, parts_of(night, panel), out_of_fold(night, trained, panel), night.config.forecast.levels
    )


def judge(night: Night, results: Results) -> Judged | None:
    """Hold the contest on the out-of-fold losses and log the night to MLflow, once for its identity.

    Raises:
        LeakError: the champion has already seen later sessions.
    """
    plan = taken(results, Plan)
    if not plan.due:
        return None
    registry = night.registry()
    if champion := registry.champion(night.universe):
        refuse_past(night, champion.trained_through, plan.cutoff)
    with night.alone():
        runs = registry.night(night.universe, plan.identity) or _hold(registry, night, plan, results)
    document = json.loads(registry.artifact(runs.night, VERDICT).read_text(encoding="utf-8"))
    return Judged(
        leaderboard=tuple({**row, "run_id": runs.recipes[row["name"]]} for row in document["leaderboard"]),
        verdict=document["verdict"],
        winner=document["winner"],
        refit=document["refit"],
        run_id=runs.night,
        runs=runs.recipes,
    )


def _hold(registry: "Registry", night: Night, plan: Plan, results: Results) -> "Runs":
    """Judge, and log what was judged."""
    from morrow.panel import Panel  # noqa: PLC0415
    from morrow.steps.record import log_night  # noqa: PLC0415

    trained = taken(results, Trained)
    panel = Panel.load(trained.folder / PANEL)
    finished = out_of_fold(night, trained, panel)
    table = board(night, trained)
    verdict, refresh = _contest(registry, night, plan, trained, finished)
    document = {
        "leaderboard": table,
        "verdict": verdicts.words(verdict, refresh, trained.failed, verdicts.remarks(finished), plan.cutoff),
        "winner": verdict.winner,
        "refit": verdict.promoted or refresh.passed,
    }
    tags = lineage(night, plan) | {"champion_before": verdict.champion_before or "", "winner": verdict.winner}
    folder = trained.folder / LOG
    return log_night(
        registry, night, plan, results, tags, panel, parts_of(night, panel), finished, document, folder
    )


def _contest(
    registry: "Registry", night: Night, plan: Plan, trained: Trained, finished: "list[Result]"
) -> "tuple[Verdict, Refresh]":
    from morrow import contest  # noqa: PLC0415

    failed = dict(trained.failed)
    if plan.champion in failed:
        reason = f"{plan.champion} stays: it could not be trained tonight, so nothing was weighed against it"
        verdict = contest.Verdict(plan.champion, False, None, plan.champion, reason)
        return verdict, contest.Refresh(False, failed[plan.champion])
    entries = [contest.Entry(each.name, each.baseline, each.losses, each.can_win) for each in finished]
    verdict = contest.judge(entries, plan.champion)
    if plan.reshaped:
        return verdict, contest.Refresh(True, "its old version answers another forecast than is configured")
    return verdict, _refresh(registry, night, plan.cutoff, verdict, finished)


def _refresh(
    registry: "Registry", night: Night, cutoff: date, verdict: "Verdict", finished: "list[Result]"
) -> "Refresh":
    """Compare the champion's recipe with itself at the retraining before, on the rows that both scored."""
    import pandas as pd  # noqa: PLC0415

    from morrow import contest  # noqa: PLC0415

    now = next(each.losses for each in finished if each.name == verdict.winner)
    before = registry.last_night(night.universe, before=cutoff, noted=NOTE)
    run_id = before.recipes.get(verdict.winner) if before else None
    if verdict.promoted or run_id is None:
        return contest.refresh(now, None)
    earlier = pd.read_parquet(registry.artifact(run_id, "losses.parquet"))
    names = night.known()[1].newest_names(earlier["symbol"], earlier["session"])
    return contest.refresh(now, earlier.assign(symbol=names))


def lineage(night: Night, plan: Plan) -> dict[str, str]:
    """What a run must say so that it can be traced and made again."""
    return {
        "data_version": plan.data_version,
        "membership": members.in_words(night),
        "code_version": code_version(),
        "seed": str(night.config.training.seed),
        "threads": "1",
        "cutoff": str(plan.cutoff),
        **package_versions(),
    }
