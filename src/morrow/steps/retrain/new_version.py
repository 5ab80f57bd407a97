"""A new version of the champion: refitted, checked by its forecasts, registered and promoted."""

import pandas as pd

from morrow import atomic, backtest, fitted_model, forecast, training
from morrow.fitted_model import FittedModel
from morrow.frames import PRICE_FIELDS
from morrow.panel import Panel
from morrow.steps import gate_pages
from morrow.steps.context import Night
from morrow.steps.deliver.forecast_gate import add_lineage, check_forecasts
from morrow.steps.ledger_agreement import DECISION_LOCK, follow_ledger
from morrow.steps.lineage import lineage_tags
from morrow.steps.results import Gate, Judgement, Plan, TrainingResult
from morrow.steps.retrain import model_card, run_pages
from morrow.steps.retrain.decision_record import record_decision
from morrow.steps.retrain.train import read_results
from morrow.steps.retrain.work_folder import PANEL

REFIT = "refit"
INPUT = ["symbol", "session", *PRICE_FIELDS]


def install(night: Night, plan: Plan, trained: TrainingResult, judged: Judgement) -> tuple[Gate, str | None]:
    """Refit the winner, check its forecasts, and if they pass register and promote it.

    Returns:
        The run of the gate, and what is wrong with the forecasts; None if they pass.
    """
    panel = Panel.load(trained.folder / PANEL)
    model = _refit(night, trained, judged.winner, panel)
    frame, who = forecast.table(
        model,
        panel,
        stale=plan.stale,
        observed=night.market.sessions,
        calendar=night.options.trading_calendar,
        leave_gaps_out=night.options.gaps == "leave_out",
    )
    rows = add_lineage(night, frame, "0", judged.runs[judged.winner], plan.data_version)
    run, fault = check_forecasts(night, rows, who.symbol_count * panel.horizon, "refit", plan.cutoff)
    gate_pages.attach(night, run, judged.run_id)
    if fault:
        return run, fault
    version = _register(night, plan, trained, judged, panel, model, frame)
    with night.alone(DECISION_LOCK):
        record_decision(night, plan, judged, version=version)
        follow_ledger(night)
    return run, None


def _refit(night: Night, trained: TrainingResult, winner: str, panel: Panel) -> FittedModel:
    """The winner fitted on everything through the cutoff, or what an earlier try left of it."""
    folder = trained.folder / REFIT
    if not folder.exists():
        result = next(each for each in read_results(night, trained, panel) if each.name == winner)
        settings, options = training.settings(night.config, night.universe), night.config.training
        model = backtest.refit(panel, result, settings, options.seed, processes=options.processes)
        with atomic.new_folder(folder) as partial:
            fitted_model.save(model, partial)
    return fitted_model.load(folder)


def _register(
    night: Night,
    plan: Plan,
    trained: TrainingResult,
    judged: Judgement,
    panel: Panel,
    model: FittedModel,
    frame: pd.DataFrame,
) -> str:
    """Register the model with its lineage, its scores and its card; ``frame`` is what it forecasts."""
    bars, through = night.market.bars, model.document["trained_through"]
    options = night.config.recipes[judged.winner].model_dump(mode="json", exclude_defaults=True)
    first = bars[bars["symbol"] == frame["symbol"].iloc[0]]
    return night.registry.register(
        night.universe,
        trained.folder / REFIT,
        judged.runs[judged.winner],
        tags={
            **lineage_tags(night, plan),
            "recipe": judged.winner,
            "trained_through": through,
            "verdict": run_pages.name_outcome(judged.verdict),
            **model_card.select_scores(model_card.find_row(judged)),
        },
        card=model_card.write_card(night, plan, judged, panel, options, through),
        input_example=first[INPUT].tail(2 * (night.config.forecast.window + 4 * night.config.time.minimum)),
        output_example=frame.drop(columns=["basis", "last_close"]).head(3),
    )
