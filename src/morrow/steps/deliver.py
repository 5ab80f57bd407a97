"""The last steps: forecast with the champion as the registry holds it, export, and score what matured."""

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from morrow.errors import ConfigError, NightError, RegistryError
from morrow.frames import SCORES, export_schema, forecasts_schema
from morrow.steps import gates, learnable
from morrow.steps.chosen import foreign
from morrow.steps.due import Plan, shape
from morrow.steps.gates import Gate
from morrow.steps.night import Night, Results, code_version, taken, taken_or_none
from morrow.steps.retrain import NOTE, Judged, Trained

if TYPE_CHECKING:
    import pandas as pd

    from morrow.fitted_model import FittedModel
    from morrow.panel import Panel
    from morrow.registry import Champion
    from morrow.store import Condition


@dataclass(frozen=True)
class Forecasted:
    """What was forecast at the cutoff, by which version, for whom, and for whom not.

    ``calibration`` is where that of the version began, a hash and the session; ``fallback`` has symbol,
    flags and reason of those who are forecast by unconditional quantiles.
    """

    model: str
    version: str
    run_id: str
    rows: int
    fresh: bool
    fallback: tuple[tuple[str, str, str], ...]
    left_out: tuple[tuple[str, str], ...]
    calibration: str
    gates: tuple[Gate, ...] = ()


@dataclass(frozen=True)
class Delivered:
    """Where the export lies, relative to the folder of ``morrow.toml``."""

    path: str
    rows: int
    sha256: str
    written: bool


@dataclass(frozen=True)
class Monitored:
    """Forecasts by what became of them.

    Attributes:
        matured: scored tonight.
        scored: in all.
        ended: those of them whose symbol had ended, at its last price or terminal value.
        waiting: whose session has come, without a bar and without an end on record.
    """

    matured: int
    scored: int
    ended: int
    waiting: int


def forecast(night: Night, results: Results) -> Forecasted:
    """Forecast every symbol that can be at the cutoff, once for a model version.

    Raises:
        RegistryError: there is no champion, or its files are not a model.
        ConfigError: the champion answers another forecast than is configured.
        LeakError: the champion was trained on later sessions than the cutoff.
        HistoryError: no symbol can be forecast.
        NightError: the forecasts do not pass their suite.
    """
    plan = taken(results, Plan)
    champion, model = _reigning(night)
    from morrow import fitted_model  # noqa: PLC0415
    from morrow import panel as panels  # noqa: PLC0415

    held = _held(night, results)
    prices, members = night.known()
    prices = learnable.without(prices, held)
    axis, config = night.axis(prices), night.config
    names, tick = tuple(model.document["features"]), night.options.tick
    panel = panels.build(
        prices,
        axis,
        config.forecast,
        config.time,
        tick=tick,
        names=names,
        members=members,
    )
    skip = night.options.gaps == "leave_out"
    known = model.document.get("range")
    who = panels.assess_eligibility(
        panel, config.forecast, config.time, training_range=known, leave_gaps_out=skip
    )
    rows, run = _stored(night, plan, champion.version), None
    if rows is None:
        rows, run = _forecast(night, plan, champion, model, panel, axis)
        judged = taken_or_none(results, Judged)
        if judged is not None:
            gates.attach(night, run, judged.run_id)
    return Forecasted(
        model=champion.name,
        version=champion.version,
        run_id=champion.run_id,
        rows=rows,
        fresh=run is not None,
        fallback=tuple(
            (panel.symbols[panel.symbol[one.row]], ",".join(one.flags), one.reason) for one in who.fallback
        ),
        left_out=(*who.left_out.items(), *held.items()),
        calibration=fitted_model.describe_calibration(model),
        gates=() if run is None else (run,),
    )


def _reigning(night: Night) -> "tuple[Champion, FittedModel]":
    """The champion, and its model, which answers what is configured."""
    champion = night.registry().champion(night.universe)
    if champion is None:
        raise RegistryError(
            f'universe "{night.universe}" has no champion to forecast with; make one with: morrow nightly'
        )
    from morrow import fitted_model  # noqa: PLC0415

    model = fitted_model.load(champion.folder)
    if shape(model.document["forecast"]) != shape(night.config.forecast.model_dump(mode="json")):
        raise ConfigError(
            f'the champion of "{night.universe}" answers another horizon, levels, window or gap than are '
            "configured; retrain with: morrow judge"
        )
    if foreign(model.document, night.config):
        raise ConfigError(
            f'the champion of "{night.universe}" reads features of another features.module than is '
            "configured; bring that module back, or retrain with: morrow judge"
        )
    return champion, model


def _held(night: Night, results: Results) -> dict[str, str]:
    """The symbols that the panel's gate held at the last retraining: they wait for the next one."""
    trained = taken_or_none(results, Trained)
    if trained is not None:
        return {symbol: f"held by the gate of the panel: {why}" for symbol, why in trained.held}
    registry = night.registry()
    last = registry.last_night(night.universe, noted=NOTE)
    document = registry.read_note(last.run_id, NOTE) if last else None
    found = (document or {}).get("held", {})
    return {symbol: f"held by the gate of the panel: {why}" for symbol, why in found.items()}


def _stored(night: Night, plan: Plan, version: str) -> int | None:
    """How many rows this version's forecast at the cutoff has; None if it must be made (again).

    It must where a bar of that cutoff was corrected since, or where it has become stale since.
    """
    schema = forecasts_schema(night.config.forecast.levels)
    stored = night.store().read(schema, night.universe, where=_version(plan, version))
    # One symbol's old price makes its own rows stale, old data make all of them so.
    if stored.empty or bool(stored["flags"].str.contains("stale").all()) != plan.stale:
        return None
    return len(stored)


def _forecast(
    night: Night,
    plan: Plan,
    champion: "Champion",
    model: "FittedModel",
    panel: "Panel",
    axis: "pd.DatetimeIndex",
) -> tuple[int, Gate]:
    """Forecast, check and keep; return the number of rows and how they passed."""
    from morrow import forecast as forecasts  # noqa: PLC0415 (torch)

    skip = night.options.gaps == "leave_out"
    frame, who = forecasts.table(model, panel, stale=plan.stale, observed=axis, leave_gaps_out=skip)
    whole = delivered(night, frame, champion.version, champion.run_id, plan.data_version)
    run, fault = check(night, whole, who.symbol_count * panel.horizon, "forecasts", plan.cutoff)
    if fault:
        raise NightError(f'forecasts of universe "{night.universe}" are withheld: {fault}{gates.seen(run)}')
    night.store().upsert(forecasts_schema(night.config.forecast.levels), whole)
    return len(whole), run


def _version(plan: Plan, version: str) -> "list[Condition]":
    """The forecasts that a model version made at the cutoff from what is known of it now."""
    return [
        ("cutoff", "=", plan.cutoff),
        ("model_version", "=", version),
        ("data_version", "=", plan.data_version),
    ]


def delivered(
    night: Night, frame: "pd.DataFrame", version: str, run_id: str, data_version: str
) -> "pd.DataFrame":
    """Forecast rows with the columns that say who made them from what."""
    return frame.assign(
        universe=night.universe,
        model_version=version,
        run_id=run_id,
        data_version=data_version,
        created_at=night.now,
    )


def check(
    night: Night, frame: "pd.DataFrame", expected: int, gate: str, day: date
) -> tuple[Gate, str | None]:
    """Run forecasts through their suite.

    Args:
        night: of one universe.
        frame: the forecasts, as they would be stored.
        expected: how many rows there should be.
        gate: forecasts, or refit for those of a version that is not registered yet.
        day: the cutoff.

    Returns:
        The run with its page, and what is wrong with them; None if they pass.
    """
    from morrow import checks  # noqa: PLC0415

    verdict = checks.check_forecasts(frame, expected, gates.suite(night, "forecasts"))
    run = gates.keep(night, verdict, gate, day, facts={"Forecast rows": f"{len(frame):,}"})
    if verdict.passed:
        return run, None
    return run, "; ".join((*verdict.stops, *verdict.refusals["reason"].head(1)))


def export(night: Night, results: Results) -> Delivered:
    """Write tonight's forecasts for consumers; the same forecasts are not written again."""
    from morrow import export as exports  # noqa: PLC0415

    plan, made = taken(results, Plan), taken(results, Forecasted)
    schema = export_schema(night.config.forecast.levels)
    frame = night.store().read(schema, night.universe, where=_version(plan, made.version))
    folder = night.config.folder(night.config.paths.exports)
    lineage = {
        "model": f"morrow-{night.universe}/{made.model}",
        "model_version": made.version,
        "run_id": made.run_id,
        "calibration": made.calibration,
        "data_version": str(frame["data_version"].iloc[0]),
        "code_version": code_version(),
    }
    found = exports.write(frame, folder, lineage, schema)
    root = night.config.root
    path = found.path.relative_to(root) if found.path.is_relative_to(root) else found.path
    return Delivered(path.as_posix(), found.rows, found.sha256, found.written)


def monitor(night: Night, _results: Results) -> Monitored:
    """Score every forecast whose session has come, and that was not scored before."""
    import pandas as pd  # noqa: PLC0415

    from morrow import monitor as scoring  # noqa: PLC0415

    store = night.store()
    schema = forecasts_schema(night.config.forecast.levels)
    made = store.read(schema, night.universe)
    done = store.read(SCORES, night.universe)
    key = list(SCORES.key)
    waiting = made[~pd.MultiIndex.from_frame(made[key]).isin(pd.MultiIndex.from_frame(done[key]))]
    prices = store.prices(night.universe, night.as_of)
    newest = prices["session"].max()
    members = night.members(night.as_of or newest)
    matured = scoring.score(waiting, members.bars(prices), night.config.forecast.levels, members)
    added = store.append(SCORES, matured) if len(matured) else 0
    return Monitored(
        matured=added,
        scored=len(done) + added,
        ended=int(done["ended"].fillna(False).sum()) + int(matured["ended"].sum()),
        waiting=int((waiting["session"] <= newest).sum()) - added,
    )
