"""The last step of a retraining: refit the winner on everything, and register what passes its suite."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from morrow import atomic
from morrow.errors import NightError
from morrow.frames import PRICE_FIELDS
from morrow.steps import gates
from morrow.steps.deliver import check, delivered
from morrow.steps.due import Plan
from morrow.steps.gates import Gate
from morrow.steps.night import Night, Results, taken
from morrow.steps.retrain import NOTE, PANEL, Judged, Trained, lineage, out_of_fold

if TYPE_CHECKING:
    from morrow.fitted_model import FittedModel

REFIT = "refit"
INPUT = ["symbol", "session", *PRICE_FIELDS]


@dataclass(frozen=True)
class Champion:
    """The version that forecasts from now on."""

    name: str
    version: str
    run_id: str
    trained_through: str
    gates: tuple[Gate, ...] = ()


def refit(night: Night, results: Results) -> Champion | None:
    """Refit the winner on everything through the cutoff, register it, and give it the alias.

    The forecasts of the new version must pass their suite first; if they do not, the old champion
    stays, and without one the night fails.

    Returns:
        The champion as the registry has it; None only before the first promotion.

    Raises:
        NightError: there is no champion and the first one's forecasts fail their suite.
    """
    registry = night.registry()
    plan = taken(results, Plan)
    runs: list[Gate] = []
    if plan.due:
        judged = taken(results, Judged)
        verdict = dict(judged.verdict)
        with night.alone():
            fault = _install(night, plan, judged, taken(results, Trained), runs) if judged.refit else None
        if fault:
            if plan.champion is None:
                raise NightError(f"the first champion's forecasts fail their suite: {fault}")
            verdict |= {"promoted": False, "refreshed": False}
            verdict["reason"] += (
                f"; but the new version's forecasts fail their suite ({fault}), so the old stays"
            )
        document = {
            "leaderboard": [dict(row) for row in judged.leaderboard],
            "verdict": verdict,
            "held": dict(taken(results, Trained).held),
        }
        registry.note(judged.run_id, NOTE, document)
    champion = registry.champion(night.universe)
    if champion is None:
        return None
    return Champion(champion.name, champion.version, champion.run_id, champion.trained_through, tuple(runs))


def _install(night: Night, plan: Plan, judged: Judged, trained: Trained, runs: list[Gate]) -> str | None:
    """Refit, check, register and promote; return the fault if the forecasts do not pass.

    The run of the gate is added to ``runs``.
    """
    from morrow import backtest, fitted_model, forecast, training  # noqa: PLC0415 (torch)
    from morrow.panel import Panel  # noqa: PLC0415

    panel = Panel.load(trained.folder / PANEL)
    folder = trained.folder / REFIT
    if not folder.exists():
        result = next(each for each in out_of_fold(night, trained, panel) if each.name == judged.winner)
        settings, options = training.settings(night.config, night.universe), night.config.training
        made = backtest.refit(panel, result, settings, options.seed, processes=options.processes)
        _save(made, folder)
    model = fitted_model.load(folder)
    prices = night.prices()
    frame, who = forecast.table(
        model,
        panel,
        stale=plan.stale,
        observed=night.axis(prices),
        leave_gaps_out=night.options.gaps == "leave_out",
    )
    whole = delivered(night, frame, "0", judged.runs[judged.winner], plan.data_version)
    run, fault = check(night, whole, who.symbol_count * panel.horizon, "refit", plan.cutoff)
    runs.append(run)
    gates.attach(night, run, judged.run_id)
    if fault:
        return fault
    registry = night.registry()
    tags = {
        **lineage(night, plan),
        "recipe": judged.winner,
        "trained_through": model.document["trained_through"],
    }
    first = prices[prices["symbol"] == frame["symbol"].iloc[0]]
    version = registry.register(
        night.universe,
        folder,
        judged.runs[judged.winner],
        tags=tags,
        input_example=first[INPUT].tail(2 * (night.config.forecast.window + 4 * night.config.time.minimum)),
        output_example=frame.drop(columns="basis").head(3),
    )
    registry.promote(night.universe, version)
    return None


def _save(model: "FittedModel", folder: Path) -> None:
    from morrow import fitted_model  # noqa: PLC0415

    with atomic.new_folder(folder) as partial:
        fitted_model.save(model, partial)
