"""The second step: find the cutoff, and decide whether the champion is due for retraining."""

from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from morrow import fitted_model, sessions
from morrow.completeness import measure_completeness
from morrow.config import identity
from morrow.errors import VersionError
from morrow.steps.alarms import age_in_days
from morrow.steps.calendar_advice import advise_on_calendar
from morrow.steps.champion import NOTE, answers_another_forecast, reads_other_module, refuse_past
from morrow.steps.context import Night
from morrow.steps.feature_selection import check_selection, identify_module
from morrow.steps.first_contest import find_first_contest
from morrow.steps.ledger_agreement import find_champion, finish_interrupted
from morrow.steps.lineage import code_version, package_versions
from morrow.steps.market import KnownMarket
from morrow.steps.results import Plan, Results

if TYPE_CHECKING:
    from morrow.registry import Champion


def plan(night: Night, _results: Results) -> Plan:
    """Find the cutoff, and decide whether the champion is due for retraining.

    Raises:
        HistoryError: no session is known at ``as_of``.
        LeakError: the champion has already seen later sessions.
        RegistryError: its files were altered, or the ledger's champion has lost its alias.
    """
    market = night.market
    cutoff = market.cutoff
    finish_interrupted(night)
    champion = find_champion(night)
    if champion and not night.forced:
        refuse_past(night, champion.trained_through, cutoff)
    check_selection(night.config)
    reshaped = _why_reshaped(night, champion) if champion else None
    why = "it was asked for" if night.forced else _why_due(night, champion, reshaped)
    first_contest = None if why is None or night.forced else find_first_contest(night)
    return Plan(
        cutoff=cutoff,
        data_version=market.data_version,
        identity=_identity(night, market),
        stale=_is_stale(night),
        due=why is not None and first_contest is None,
        why=first_contest.reason if first_contest else why or "the champion is recent enough",
        champion=champion.name if champion else None,
        reshaped=reshaped is not None,
        completeness=measure_completeness(market.bars, market.sessions),
        calendar_advice=advise_on_calendar(night),
        later_bars=tuple(market.later_bars.items()),
        first_contest=first_contest,
    )


def _why_reshaped(night: Night, champion: "Champion") -> str | None:
    """Why the champion cannot answer what is configured, or None."""
    try:
        document = fitted_model.load(champion.folder).document
    except VersionError as error:
        return f"the champion cannot be used: {error}"
    if answers_another_forecast(document, night.config):
        return "the champion answers another horizon, levels, window or gap than are configured"
    if reads_other_module(document, night.config):
        return "the champion reads features of another features.module than is configured"
    return None


def _identity(night: Night, market: KnownMarket) -> str:
    """Hash of data, configuration and code: what a retraining depends on."""
    config = night.config
    return identity(
        {
            "universe": night.universe,
            "cutoff": str(market.cutoff),
            "data": market.data_version,
            "code": code_version(),
            "forecast": config.forecast.model_dump(mode="json"),
            "time": config.time.model_dump(mode="json"),
            "features": [*config.features.select, identify_module(config) if config.features.module else ""],
            "options": night.options.model_dump(mode="json"),
            "packages": dict(package_versions()),
            "seed": config.training.seed,
            "contest": config.contest.model_dump(mode="json"),
            "recipes": {
                name: config.recipes[name].model_dump(mode="json") for name in config.training.recipes
            },
        }
    )


def _why_due(night: Night, champion: "Champion | None", reshaped: str | None) -> str | None:
    """Why a retraining is due, or None."""
    if champion is None:
        return "there is no champion"
    if reshaped:
        return reshaped
    tomorrow = night.market.cutoff + timedelta(days=1)
    last = night.registry.last_night(night.universe, before=tomorrow, noted=NOTE)
    if last is None:
        return "no finished retraining is on record"
    since = int((np.sort(night.market.bars["session"].unique()) > np.datetime64(last.cutoff)).sum())
    if since >= night.config.training.retrain_every:
        return f"{since} sessions have passed since the last retraining"
    return None


def _is_stale(night: Night) -> bool:
    """Whether the data are older than ``max_age_days`` or, for a date that was asked for, ``stale_after``."""
    limit = night.options.max_age_days
    if limit is not None and age_in_days(night) > limit:
        return True
    if night.as_of is None:
        return False
    axis = night.market.sessions
    ahead = sessions.next_sessions(
        night.options.trading_calendar, axis[-1], night.config.forecast.stale_after + 1, axis
    )
    return bool(ahead[-1] <= pd.Timestamp(night.as_of))
