"""The last step of a retraining: refit the winning recipe on all sessions, and register it if it passes."""

from collections.abc import Mapping
from typing import Any

from morrow.errors import NightError
from morrow.steps.champion import NOTE
from morrow.steps.context import Night
from morrow.steps.results import Champion, Gate, Judgement, Plan, Results, TrainingResult
from morrow.steps.retrain.decision_record import record_decision


def refit(night: Night, results: Results) -> Champion | None:
    """Refit the winning recipe on all sessions through the cutoff, register it, and give it the alias.

    The forecasts of the new version must pass their suite first; if they do not, the old champion
    stays, and without one the night fails.

    Returns:
        The registered champion; None only before the first promotion.

    Raises:
        NightError: there is no champion and the first one's forecasts fail their suite.
    """
    plan = results["plan"]
    runs: tuple[Gate, ...] = ()
    if plan.due:
        trained, judged = results["train"], results["judge"]
        if trained is None or judged is None:
            raise LookupError("nothing was trained and judged that could be refitted")
        runs = _conclude(night, plan, trained, judged)
    champion = night.registry.champion(night.universe)
    if champion is None:
        return None
    return Champion(champion.name, champion.version, champion.run_id, champion.trained_through, runs)


def _conclude(night: Night, plan: Plan, trained: TrainingResult, judged: Judgement) -> tuple[Gate, ...]:
    """Install the winner where the verdict says so, and note how the retraining ended."""
    verdict, run, fault = dict(judged.verdict), None, None
    if judged.refit:
        from morrow.steps.retrain.new_version import install  # noqa: PLC0415 (torch: a quiet night does without)

        with night.alone():
            run, fault = install(night, plan, trained, judged)
    if fault:
        if plan.champion is None:
            raise NightError(f"the first champion's forecasts fail their suite: {fault}")
        verdict |= {"promoted": False, "refreshed": False}
        verdict["reason"] += f"; but the new version's forecasts fail their suite ({fault}), so the old stays"
    if fault or not judged.refit:
        record_decision(night, plan, judged, fault=fault)
    document = {
        "leaderboard": [_without_tables(row) for row in judged.leaderboard],
        "verdict": verdict,
        "held": dict(trained.held),
    }
    night.registry.note(judged.run_id, NOTE, document)
    return () if run is None else (run,)


def _without_tables(row: Mapping[str, Any]) -> dict[str, Any]:
    """A leaderboard row's totals, without its measures by step, symbol, year and volatility."""
    return {name: value for name, value in row.items() if not isinstance(value, dict | list)}
