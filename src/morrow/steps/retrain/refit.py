"""The last step of a retraining: refit the winning recipe on all sessions, and register it if it passes."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from morrow.errors import NightError
from morrow.steps.champion import NOTE
from morrow.steps.context import Night
from morrow.steps.ledger_agreement import find_champion, find_later_decision
from morrow.steps.results import Champion, Gate, Judgement, Plan, Results, TrainingResult
from morrow.steps.retrain.decision_record import name_entry, record_decision
from morrow.store.ledger import read_entries


def refit(night: Night, results: Results) -> Champion | None:
    """Refit the winning recipe on all sessions through the cutoff, register it, and give it the alias.

    The forecasts of the new version must pass their suite first; if they do not, the old champion
    stays, and without one the night fails.

    Returns:
        The registered champion; None only before the first promotion.

    Raises:
        NightError: there is no champion, and the first one's forecasts fail their suite or a person has
            retired it.
    """
    plan = results["plan"]
    runs: tuple[Gate, ...] = ()
    if plan.due:
        trained, judged = results["train"], results["judge"]
        if trained is None or judged is None:
            raise LookupError("nothing was trained and judged that could be refitted")
        runs = _conclude(night, plan, trained, judged)
    champion = find_champion(night)
    if champion is None:
        return None
    return Champion(champion.name, champion.version, champion.run_id, champion.trained_through, runs)


def _conclude(night: Night, plan: Plan, trained: TrainingResult, judged: Judgement) -> tuple[Gate, ...]:
    """Install the winner where the verdict says so, and note how the retraining ended."""
    judged = _replace_lost_champion(plan, judged)
    expected = judged.refit
    judged = _respect_later_decision(night, plan, judged)
    verdict, run, fault = dict(judged.verdict), None, None
    if judged.refit:
        from morrow.steps.retrain.new_version import install  # noqa: PLC0415 (torch: a quiet night does without)

        with night.alone():
            run, fault = install(night, plan, trained, judged)
    if fault:
        rest = "the old stays" if plan.champion else "there is no champion"
        verdict |= {"promoted": False, "refreshed": False}
        verdict["reason"] += f"; but the new version's forecasts fail their suite ({fault}), so {rest}"
        _correct_verdict(night, plan, judged, verdict)
        if plan.champion is None:
            raise NightError(f"the first champion's forecasts fail their suite: {fault}")
    if fault or not judged.refit:
        recorded = record_decision(night, plan, judged, fault=fault)
        if recorded and expected and not fault:
            _correct_verdict(night, plan, judged, verdict)
    document = {
        "leaderboard": [_without_tables(row) for row in judged.leaderboard],
        "verdict": verdict,
        "held": dict(trained.held),
    }
    night.registry.note(judged.run_id, NOTE, document)
    return () if run is None else (run,)


def _correct_verdict(night: Night, plan: Plan, judged: Judgement, verdict: Mapping[str, Any]) -> None:
    from morrow.steps.retrain.verdict_correction import correct_verdict  # noqa: PLC0415 (torch, as above)

    correct_verdict(night, plan, judged, verdict)


def _without_tables(row: Mapping[str, Any]) -> dict[str, Any]:
    """A leaderboard row's totals, without its measures by step, symbol, year and volatility."""
    return {name: value for name, value in row.items() if not isinstance(value, dict | list)}


def _replace_lost_champion(plan: Plan, judged: Judgement) -> Judgement:
    """Refit the recipe that was to keep its old version, where that version was lost since."""
    if judged.refit or plan.champion is not None or judged.winner not in judged.runs:
        return judged
    reason = f"{judged.verdict['reason']}; but that version reigns no more, so it is refitted"
    return replace(judged, refit=True, verdict={**judged.verdict, "refreshed": True, "reason": reason})


def _respect_later_decision(night: Night, plan: Plan, judged: Judgement) -> Judgement:
    """Install nothing where a person, or another retraining, decided after this one was decided before.

    Raises:
        NightError: that leaves the universe without a champion.
    """
    entries = read_entries(night.store, night.universe)
    later = find_later_decision(night, f"{plan.cutoff} {name_entry(plan, entries)}")
    if later is None or not judged.refit:
        return judged
    words = f"on {later.as_of} {later.by} decided otherwise ({later.decision}: {later.reason})"
    if plan.champion is None:
        run = judged.runs[judged.winner]
        raise NightError(
            f"the same retraining was done before, and {words}; bring new data or change the recipes, or "
            f"use its version all the same: {night.command_line(f'promote {run} --because ...')}"
        )
    reason = f"{judged.verdict['reason']}; but {words}, so version and champion stay"
    verdict = {**judged.verdict, "promoted": False, "refreshed": False, "reason": reason}
    return replace(judged, refit=False, verdict=verdict)
