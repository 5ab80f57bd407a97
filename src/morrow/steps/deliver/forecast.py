"""Forecast with the champion, or without one zero-shot, once per model version and data."""

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from morrow import atomic
from morrow.config import identity
from morrow.errors import NightError
from morrow.frames import forecasts_schema
from morrow.sessions import known_through
from morrow.steps import gate_pages
from morrow.steps.champion import read_last_note
from morrow.steps.context import Night
from morrow.steps.deliver.forecaster import Forecaster, choose_forecaster
from morrow.steps.intake.holds import find_holds, word_reason
from morrow.steps.market import KnownMarket
from morrow.steps.results import (
    FallbackForecast,
    ForecastResult,
    Gate,
    LeftOut,
    Plan,
    Results,
    TrainingResult,
)
from morrow.store import Condition

if TYPE_CHECKING:
    import pandas as pd


REMEMBERED = ".coverage.json"  # in the universe's work; the dot keeps it when old work is forgotten
Coverage = tuple[tuple[FallbackForecast, ...], tuple[LeftOut, ...]]


def forecast(night: Night, results: Results) -> ForecastResult:
    """Forecast every symbol that can be forecast at the cutoff, once per model version.

    Raises:
        RegistryError: there is no champion, or its files are not a model.
        ConfigError: the champion makes another forecast than the configured one.
        LeakError: the champion was trained on later sessions than the cutoff.
        HistoryError: no symbol can be forecast.
        NightError: the forecasts do not pass their suite.
    """
    plan = results["plan"]
    forecaster = choose_forecaster(night, plan)
    held = _held_symbols(night, results.get("train"))
    market = night.market.without(held)
    rows, run = _read_stored(night, plan, forecaster.version), None
    coverage = None if rows is None else _read_coverage(night, plan, forecaster.version, held)
    refused: dict[str, str] = {}
    of_panel = None
    if plan.is_zero_shot and coverage is None:  # no training has put the bars through their gate
        of_panel, refused = _check_panel(night, plan)
        market = market.without(refused)
    if rows is None:
        rows, run = _forecast(night, plan, forecaster, market)
        judged = results.get("judge")
        if judged is not None:
            gate_pages.attach(night, run, judged.run_id)
    if coverage is None:
        fallback, left_out = _find_coverage(night, forecaster, market)
        coverage = fallback, (*left_out, *(LeftOut(symbol, why) for symbol, why in refused.items()))
        _keep_coverage(night, plan, forecaster.version, held, coverage)
    fallback, left_out = coverage
    return ForecastResult(
        model=forecaster.name,
        version=forecaster.version,
        run_id=forecaster.run_id,
        rows=len(rows),
        calendar_end=_find_calendar_end(night, rows),
        fresh=run is not None,
        fallback=fallback,
        left_out=(*left_out, *(LeftOut(symbol, why) for symbol, why in held.items())),
        calibration=forecaster.calibration,
        gates=tuple(gate for gate in (of_panel, run) if gate is not None),
        is_zero_shot=forecaster.model is None,
    )


def forecast_key(plan: Plan, version: str) -> list[Condition]:
    """Conditions for the forecasts that a version made at the cutoff from what is known of it now."""
    return [
        ("cutoff", "=", plan.cutoff),
        ("model_version", "=", version),
        ("data_version", "=", plan.data_version),
    ]


def _held_symbols(night: Night, trained: TrainingResult | None) -> dict[str, str]:
    """The symbols that the panel's gate held at the last retraining: they wait for the next one."""
    if trained is not None:
        held: Mapping[str, str] = dict(trained.held)
    else:
        held = (read_last_note(night)[1] or {}).get("held", {})
    return _word_held(held)


def _check_panel(night: Night, plan: Plan) -> tuple[Gate, dict[str, str]]:
    """Put the stored bars through their gate: its run, and the symbols that it holds tonight."""
    from morrow.steps.retrain.panel_gates import check_panel  # noqa: PLC0415 (Great Expectations: seconds)

    run, held = check_panel(night, plan.cutoff)
    return run, _word_held(held)


def _word_held(held: Mapping[str, str]) -> dict[str, str]:
    return {symbol: f"held by the gate of the panel: {why}" for symbol, why in held.items()}


def _read_stored(night: Night, plan: Plan, version: str) -> "pd.DataFrame | None":
    """The stored rows of this version's forecast at the cutoff; None if it must be made (again).

    It must where a bar of that cutoff was corrected since, or where it has become stale since.
    """
    schema = forecasts_schema(night.config.forecast.levels)
    stored = night.store.read(schema, night.universe, where=forecast_key(plan, version))
    # One symbol's old price makes its own rows stale, old data make all of them so.
    if stored.empty or bool(stored["flags"].str.contains("stale").all()) != plan.stale:
        return None
    return stored


def _find_calendar_end(night: Night, rows: "pd.DataFrame") -> date | None:
    """Through which day the calendar knows its sessions, where a forecast's targets lie beyond it."""
    guessed = rows["flags"].str.contains("guessed").any()
    return known_through(night.options.trading_calendar) if guessed else None


def _forecast(
    night: Night, plan: Plan, forecaster: Forecaster, market: KnownMarket
) -> "tuple[pd.DataFrame, Gate]":
    """Forecast, check and store; return the rows and the gate that they passed."""
    from morrow.steps.deliver.forecast_gate import add_lineage, check_forecasts  # noqa: PLC0415 (Great Expectations)

    panel = forecaster.build_panel(market)
    frame, who = forecaster.tabulate(night, plan, market, panel)
    if holds := find_holds(night):
        reasons = zip(frame["symbol"], frame["reason"], strict=True)
        frame = frame.assign(reason=[word_reason(symbol, reason, holds) for symbol, reason in reasons])
    rows = add_lineage(night, frame, forecaster.version, forecaster.run_id, plan.data_version)
    run, fault = check_forecasts(night, rows, who.symbol_count * panel.horizon, "forecasts", plan.cutoff)
    if fault:
        raise NightError(
            f'forecasts of universe "{night.universe}" are withheld: {fault}{gate_pages.page_hint(run)}'
        )
    night.store.upsert(forecasts_schema(night.config.forecast.levels), rows)
    return rows, run


def _find_coverage(night: Night, forecaster: Forecaster, market: KnownMarket) -> Coverage:
    """Find the symbols that no champion forecasts at the cutoff, and those without any forecast."""
    panel = forecaster.build_panel(market)
    who = forecaster.assess(night, panel)
    fallback = tuple(
        FallbackForecast(panel.symbols[panel.symbol[one.row]], one.flags, one.reason) for one in who.fallback
    )
    left_out = tuple(LeftOut(name, why, who.last_bars.get(name)) for name, why in who.left_out.items())
    return fallback, left_out


def _coverage_file(night: Night) -> Path:
    return night.config.folder(night.config.paths.work) / night.universe / REMEMBERED


def _coverage_identity(plan: Plan, version: str, held: Mapping[str, str]) -> str:
    return identity({"night": plan.identity, "version": version, "held": sorted(held)})


def _keep_coverage(
    night: Night, plan: Plan, version: str, held: Mapping[str, str], coverage: Coverage
) -> None:
    """Store how each symbol is forecast, so that a night without news can report it without a panel."""
    fallback, left_out = coverage
    document = {
        "identity": _coverage_identity(plan, version, held),
        "fallback": [asdict(one) for one in fallback],
        "left_out": [
            {**asdict(one), "last_bar": str(one.last_bar) if one.last_bar else None} for one in left_out
        ],
    }
    with suppress(OSError):  # the next night without anything new builds the panel again
        atomic.write_file(_coverage_file(night), json.dumps(document))


def _read_coverage(night: Night, plan: Plan, version: str, held: Mapping[str, str]) -> Coverage | None:
    """What ``_keep_coverage`` kept for the same data, configuration, code and version; else None."""
    try:
        document: dict[str, Any] = json.loads(_coverage_file(night).read_text(encoding="utf-8"))
        if document["identity"] != _coverage_identity(plan, version, held):
            return None
        fallback = tuple(
            FallbackForecast(one["symbol"], tuple(one["flags"]), one["reason"])
            for one in document["fallback"]
        )
        left_out = tuple(
            LeftOut(
                one["symbol"],
                one["reason"],
                date.fromisoformat(one["last_bar"]) if one["last_bar"] else None,
            )
            for one in document["left_out"]
        )
    except (OSError, ValueError, TypeError, KeyError):
        return None
    return fallback, left_out
