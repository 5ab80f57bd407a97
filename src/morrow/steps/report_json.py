"""The night's report for programs: one JSON-ready object per universe."""

from collections.abc import Mapping, Sequence
from typing import Any

from morrow.steps.alarms import age_in_days, find_alarms
from morrow.steps.champion import read_last_note
from morrow.steps.context import Night
from morrow.steps.delivery_results import ExportResult
from morrow.steps.intake.holds import Hold, describe_holds, find_holds, word_reason
from morrow.steps.intake.level_changes import describe_action
from morrow.steps.lineage import describe_membership
from morrow.steps.results import (
    FirstContest,
    ForecastResult,
    IngestResult,
    Judgement,
    Plan,
    Results,
    TrainingResult,
    list_gates,
)

ROW = (
    "name", "kind", "run_id", "pinball", "pinball_select", "skill_vs_ewma", "rel_mse", "rel_mae", "mase",
    "directional_accuracy", "coverage_80", "coverage_95", "brier", "log_loss", "rows", "train_s",
    "skill_geomean_vs_ewma", "skill_vs_gjr_garch", "skill_geomean_vs_gjr_garch", "dm_p_vs_gjr_garch",
    "coverage_90", "width_80", "interval_score_80", "worst_coverage_gap", "pit_p", "log_score",
    "brier_up", "brier_up_base", "log_loss_up", "balanced_accuracy", "pesaran_timmermann_p", "ic", "rank_ic",
    "weight", "answers_as", "networks_pinball", "networks_pinball_select", "skill_vs_regression",
    "networks_skill_vs_regression", "skill_geomean_vs_regression", "dm_p_vs_regression", "parameters",
    "runaway", "folds",
)  # fmt: skip


def report(night: Night, results: Results, seconds: Mapping[str, float]) -> dict[str, Any]:
    """Report on a night as one JSON-ready object.

    A part whose step was not taken is None. On a night without judgement leaderboard and verdict are those
    of the last one, with ``promoted`` and ``refreshed`` false.
    """
    plan, forecast = results.get("plan"), results.get("forecast")
    champion, exported, scores = results.get("refit"), results.get("export"), results.get("monitor")
    holds = find_holds(night)
    board, verdict = _judgement(night, plan, results.get("judge"))
    return {
        "universe": night.universe,
        "alarms": [vars(alarm) for alarm in find_alarms(night, results)],
        "as_of": str(night.as_of or (plan.cutoff if plan else "")) or None,
        "cutoff": str(plan.cutoff) if plan else None,
        "stale": plan.stale if plan else None,
        **describe_holds(night, holds),
        "age_days": age_in_days(night) if plan else None,
        "after_cutoff": [{"symbol": name, "last_bar": str(last)} for name, last in plan.later_bars]
        if plan
        else None,
        "calendar": _calendar(night, plan, forecast),
        "retrained": {"due": plan.due, "why": plan.why} if plan else None,
        "first_contest": describe_first_contest(plan.first_contest) if plan and plan.first_contest else None,
        "membership": describe_membership(night),
        "ingest": _ingest(night, results.get("ingest"), plan, forecast, holds),
        "features": _features(results.get("train")),
        "gates": [vars(gate) for gate in list_gates(results)],
        "leaderboard": [{name: row.get(name) for name in ROW} for row in board],
        "verdict": verdict,
        "champion": _without_gates(champion) if champion else None,
        "forecast": _forecast(forecast, holds) if forecast else None,
        "export": _export(exported) if exported else None,
        "scores": vars(scores) if scores else None,
        "cleaned": vars(cleaned) if (cleaned := results.get("clean")) else None,
        "seconds": {name: round(value, 3) for name, value in seconds.items()},
    }


def _export(exported: ExportResult) -> dict[str, Any]:
    return {
        "path": exported.path,
        "rows": exported.rows,
        "sha256": exported.sha256,
        "new": exported.written,
        "revision": exported.revision,
        "targets": [vars(one) for one in exported.targets],
    }


def _ingest(
    night: Night,
    ingested: IngestResult | None,
    plan: Plan | None,
    forecast: ForecastResult | None,
    holds: Sequence[Hold],
) -> dict[str, Any] | None:
    known = {"left_out": _left_out(forecast, holds), "completeness": _completeness(plan)}
    if ingested is None:
        return known if forecast else None
    inferred = [describe_action(night, action) for action in ingested.inferred]
    return {**_without_gates(ingested), "notes": list(ingested.notes), "inferred": inferred, **known}


def _calendar(night: Night, plan: Plan | None, forecast: ForecastResult | None) -> dict[str, Any] | None:
    """The calendar's end if targets lie beyond it, and advice where bars and calendar disagree."""
    if plan is None:
        return None
    end = forecast.calendar_end if forecast else None
    advice = list(plan.calendar_advice)
    return {"name": night.options.calendar, "end": str(end) if end else None, "advice": advice}


def _left_out(forecast: ForecastResult | None, holds: Sequence[Hold]) -> list[dict[str, Any]]:
    return [
        {
            "symbol": one.symbol,
            "reason": word_reason(one.symbol, one.reason, holds),
            "last_bar": str(one.last_bar) if one.last_bar else None,
        }
        for one in (forecast.left_out if forecast else ())
    ]


def _features(trained: TrainingResult | None) -> dict[str, Any] | None:
    """What the bars cannot carry of the selection, and the audit; None on a night that trained nothing."""
    if trained is None:
        return None
    dropped = [{"feature": name, "reason": why} for name, why in trained.dropped]
    proof = trained.proof
    audit = {**vars(proof), "cutoffs": list(proof.cutoffs)} if proof else None
    return {"dropped": dropped, "audit": audit}


def _forecast(forecast: ForecastResult, holds: Sequence[Hold]) -> dict[str, Any]:
    fallback = [
        {
            "symbol": one.symbol,
            "flags": ",".join(one.flags),
            "reason": word_reason(one.symbol, one.reason, holds),
        }
        for one in forecast.fallback
    ]
    pegged = [one.symbol for one in forecast.fallback if "pegged" in one.flags]
    return {
        "model": forecast.model,
        "version": forecast.version,
        "zero_shot": forecast.is_zero_shot,
        "rows": forecast.rows,
        "new": forecast.fresh,
        "pegged": pegged,
        "fallback": fallback,
    }


def describe_first_contest(contest: FirstContest) -> dict[str, Any]:
    """What a contest still waits for, JSON-ready: sessions, needed, session and the reason in words."""
    return {**vars(contest), "session": str(contest.session), "reason": contest.reason}


def _without_gates(step: object) -> dict[str, Any]:
    return {name: value for name, value in vars(step).items() if name != "gates"}


def _judgement(
    night: Night, plan: Plan | None, judged: Judgement | None
) -> tuple[Sequence[Mapping[str, Any]], Mapping[str, Any] | None]:
    if plan is None:
        return [], None
    run_id, document = read_last_note(night)
    if judged is not None:
        # The refit may have had the last word.
        own = document if run_id == judged.run_id else None
        return judged.leaderboard, own["verdict"] if own else judged.verdict
    if document is None:
        return [], None
    return document["leaderboard"], {**document["verdict"], "promoted": False, "refreshed": False}


def _completeness(plan: Plan | None) -> dict[str, Any] | None:
    if plan is None or plan.completeness is None:
        return None
    completeness = plan.completeness
    return {
        "expected": completeness.expected,
        "present": completeness.present,
        "missing": completeness.missing,
        "gaps": completeness.gaps,
        "longest": [
            {"symbol": gap.symbol, "first": str(gap.first), "last": str(gap.last), "sessions": gap.sessions}
            for gap in completeness.longest
        ],
    }
