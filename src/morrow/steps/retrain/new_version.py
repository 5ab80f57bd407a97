"""A new version of the champion: refitted, checked by its forecasts, registered and promoted."""

from morrow import atomic, backtest, fitted_model, forecast, training
from morrow.frames import PRICE_FIELDS
from morrow.panel import Panel
from morrow.steps import gate_pages
from morrow.steps.context import Night
from morrow.steps.deliver.forecast_gate import add_lineage, check_forecasts
from morrow.steps.ledger_agreement import DECISION_LOCK, follow_ledger
from morrow.steps.lineage import lineage_tags
from morrow.steps.results import Gate, Judgement, Plan, TrainingResult
from morrow.steps.retrain import model_card
from morrow.steps.retrain.decision_record import record_decision
from morrow.steps.retrain.train import PANEL, read_results

REFIT = "refit"
INPUT = ["symbol", "session", *PRICE_FIELDS]


def install(night: Night, plan: Plan, trained: TrainingResult, judged: Judgement) -> tuple[Gate, str | None]:
    """Refit the winner, check its forecasts, and if they pass register and promote it.

    Returns:
        The run of the gate, and what is wrong with the forecasts; None if they pass.
    """
    panel = Panel.load(trained.folder / PANEL)
    folder = trained.folder / REFIT
    if not folder.exists():
        result = next(each for each in read_results(night, trained, panel) if each.name == judged.winner)
        settings, options = training.settings(night.config, night.universe), night.config.training
        model = backtest.refit(panel, result, settings, options.seed, processes=options.processes)
        with atomic.new_folder(folder) as partial:
            fitted_model.save(model, partial)
    model, bars = fitted_model.load(folder), night.market.bars
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
    first = bars[bars["symbol"] == frame["symbol"].iloc[0]]
    version = night.registry.register(
        night.universe,
        folder,
        judged.runs[judged.winner],
        tags={
            **lineage_tags(night, plan),
            "recipe": judged.winner,
            "trained_through": model.document["trained_through"],
            "verdict": "promoted" if judged.verdict["promoted"] else "refreshed",
            **model_card.select_scores(model_card.find_row(judged)),
        },
        card=model_card.write_card(
            night,
            plan,
            judged,
            panel,
            night.config.recipes[judged.winner].model_dump(mode="json", exclude_defaults=True),
            model.document["trained_through"],
        ),
        input_example=first[INPUT].tail(2 * (night.config.forecast.window + 4 * night.config.time.minimum)),
        output_example=frame.drop(columns="basis").head(3),
    )
    with night.alone(DECISION_LOCK):
        record_decision(night, plan, judged, version=version)
        follow_ledger(night)
    return run, None
