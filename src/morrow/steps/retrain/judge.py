"""The fourth step: judge the recipes by their out-of-fold losses, and log the night to MLflow."""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import pandas as pd

from morrow import contest, training
from morrow.backtest import Result
from morrow.contest import Refresh, Verdict
from morrow.panel import Panel
from morrow.registry import Runs
from morrow.steps.champion import NOTE, refuse_past
from morrow.steps.context import Night
from morrow.steps.ledger_agreement import find_champion
from morrow.steps.lineage import lineage_tags
from morrow.steps.results import Judgement, Plan, Results
from morrow.steps.retrain.contest_record import NightContest, describe_contest, has_expired, keep_champion
from morrow.steps.retrain.live_forecasts import LiveRecord, document_record, read_live_record
from morrow.steps.retrain.record import BOARD, log_night, spans
from morrow.steps.retrain.train import build_leaderboard, parts_of, read_results
from morrow.steps.retrain.work_folder import PANEL

LOG = "log"


def judge(night: Night, results: Results) -> Judgement:
    """Hold the contest on the out-of-fold losses and log the night to MLflow, once for its identity.

    Raises:
        LeakError: the champion has already seen later sessions.
    """
    plan = results["plan"]
    if champion := find_champion(night):
        refuse_past(night, champion.trained_through, plan.cutoff)
    with night.alone():
        runs = night.registry.night(night.universe, plan.identity) or _judge(night, plan, results)
    document = json.loads(night.registry.artifact(runs.night, BOARD).read_text(encoding="utf-8"))
    return Judgement(
        leaderboard=tuple({**row, "run_id": runs.recipes[row["name"]]} for row in document["leaderboard"]),
        verdict=document["verdict"],
        winner=document["winner"],
        refit=document["refit"],
        run_id=runs.night,
        runs=runs.recipes,
        ledger=document.get("ledger", {}),
    )


def _judge(night: Night, plan: Plan, results: Results) -> Runs:
    """Judge, and log what was judged."""
    trained = results["train"]
    if trained is None:
        raise LookupError("nothing was trained that could be judged")
    panel = Panel.load(trained.folder / PANEL)
    finished = read_results(night, trained, panel)
    board, parts = build_leaderboard(night, trained), parts_of(night, panel)
    failed = dict(trained.failed)
    if plan.champion in failed and not has_expired(night, panel):
        held, (verdict, refresh) = None, keep_champion(plan, failed[plan.champion])
    else:
        held = NightContest(night, plan, trained, panel, parts, finished, board).hold()
        verdict, refresh = held.verdict, _refresh(night, plan, held.verdict, finished)
    live = _compare_with_live(night, plan, finished, board)
    document = {
        "leaderboard": board,
        "verdict": {
            **_verdict_document(verdict, refresh, trained.failed, finished, plan.cutoff),
            **({"live": document_record(live)} if plan.champion else {}),
        },
        "winner": verdict.winner,
        "refit": verdict.promoted or refresh.passed,
        "ledger": {"windows": spans(panel, parts), **describe_contest(held)},
    }
    tags = lineage_tags(night, plan) | {
        "champion_before": verdict.champion_before or "",
        "winner": verdict.winner,
        **({"live": live.window} if live else {}),
    }
    folder = trained.folder / LOG
    return log_night(night, plan, results, tags, panel, parts, finished, document, folder)


def _compare_with_live(
    night: Night, plan: Plan, finished: Sequence[Result], board: Sequence[dict[str, Any]]
) -> LiveRecord | None:
    """The champion's live record, which is added to its row of the leaderboard."""
    own = next((each for each in finished if each.name == plan.champion), None)
    record = read_live_record(night, own.name, own.losses) if own else None
    for row in board:
        if record is not None and row["name"] == plan.champion:
            row.update(record.measures)
    return record


def _refresh(night: Night, plan: Plan, verdict: Verdict, finished: list[Result]) -> Refresh:
    if plan.reshaped:
        return Refresh(True, "its old version answers another forecast than is configured")
    return _compare_with_itself(night, plan.cutoff, verdict, finished)


def _compare_with_itself(night: Night, cutoff: date, verdict: Verdict, finished: list[Result]) -> Refresh:
    """Compare the champion's recipe with itself at the retraining before, on the rows that both scored."""
    now = next(each.losses for each in finished if each.name == verdict.winner)
    before = night.registry.last_night(night.universe, before=cutoff, noted=NOTE)
    run_id = before.recipes.get(verdict.winner) if before else None
    if verdict.promoted or run_id is None:
        return contest.refresh(now, None)
    earlier = pd.read_parquet(night.registry.artifact(run_id, "losses.parquet"))
    names = night.market.members.newest_names(earlier["symbol"], earlier["session"])
    return contest.refresh(now, earlier.assign(symbol=names))


def _verdict_document(
    verdict: Verdict,
    refresh: Refresh,
    failed: Sequence[tuple[str, str]],
    finished: Sequence[Result],
    cutoff: date,
) -> Mapping[str, Any]:
    """The verdict as JSON-ready values; its reason says what a person should know of the trainings."""
    reason = verdict.reason
    if not verdict.promoted:
        outcome = "is refreshed" if refresh.passed else "keeps its old version"
        reason += f"; it {outcome}: {refresh.reason}"
    if failed:
        reason += "; failed: " + ", ".join(f"{name} ({why})" for name, why in failed)
    if remarks := _training_remarks(finished):
        reason += "; of the trainings: " + ", ".join(f"{name} ({what})" for name, what in remarks)
    return {
        "promoted": verdict.promoted,
        "refreshed": not verdict.promoted and refresh.passed,
        "challenger": verdict.challenger,
        "champion_before": verdict.champion_before,
        "reason": reason,
        "judged_at": str(cutoff),
        "rules": [vars(rule) for rule in verdict.rules],
        "expired": verdict.expired,
    }


def _training_remarks(finished: Sequence[Result]) -> list[tuple[str, str]]:
    """Remarks on trainings that had problems, by recipe."""
    remarks = ((each.name, training.remark(training.courses(each.model.document))) for each in finished)
    return [(name, remark) for name, remark in remarks if remark]
