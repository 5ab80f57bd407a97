"""The second step: find the cutoff, and out whether the champion must be retrained."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from morrow import sessions
from morrow.completeness import NOTHING, Completeness, measure_completeness
from morrow.config import identity
from morrow.errors import LeakError
from morrow.frames import content_version
from morrow.steps.chosen import checked, foreign, module
from morrow.steps.night import Night, Results, code_version, package_versions

if TYPE_CHECKING:
    from morrow.membership import Membership
    from morrow.registry import Champion, Registry


@dataclass(frozen=True)
class Plan:
    """What tonight is about.

    Attributes:
        cutoff: last session known.
        data_version: of all rows known at the cutoff.
        identity: of data, configuration and code, if the night retrains.
        stale: the data are older than the date that was asked for.
        due: whether to retrain, and ``why`` in a sentence.
        champion: recipe of the reigning champion, if any.
        reshaped: whether it answers another horizon, levels, window or gap than are configured, or reads
            features of another module.
        completeness: of the bars that are known.
    """

    cutoff: date
    data_version: str
    identity: str
    stale: bool
    due: bool
    why: str
    champion: str | None
    reshaped: bool = False
    completeness: Completeness = NOTHING


def plan(night: Night, _results: Results) -> Plan:
    """Find the cutoff, and whether the champion must be retrained.

    Raises:
        HistoryError: no session is known at ``as_of``.
        LeakError: the champion has already seen later sessions.
    """
    prices, members = night.known()
    cutoff = prices["session"].max()
    registry = night.registry()
    champion = registry.champion(night.universe)
    if champion and not night.forced:
        refuse_past(night, champion.trained_through, cutoff.date())
    checked(night)
    reshaped = _why_reshaped(night, champion) if champion else None
    why = "it was asked for" if night.forced else _why_due(night, registry, champion, reshaped, prices)
    return Plan(
        cutoff=cutoff.date(),
        data_version=(data := _data_version(prices, members)),
        identity=_identity(night, str(cutoff.date()), data),
        stale=_stale(night, prices),
        due=why is not None,
        why=why or "the champion is recent enough",
        champion=champion.name if champion else None,
        reshaped=reshaped is not None,
        completeness=measure_completeness(prices, night.axis(prices)),
    )


def _data_version(prices: pd.DataFrame, members: "Membership") -> str:
    """Of the bars, and of who was a member when."""
    version = content_version(prices)
    if members.spells is None:
        return version
    spells = members.spells[["symbol", "from", "to", "kind", "successor", "terminal"]].astype(str)
    return identity({"bars": version, "members": spells.to_numpy().tolist()})


def refuse_past(night: Night, trained_through: str, cutoff: date) -> None:
    """Refuse a night whose champion has already seen later sessions.

    Raises:
        LeakError: it has.
    """
    if trained_through > str(cutoff):
        raise LeakError(
            f'the champion of "{night.universe}" was trained through {trained_through}, after the cutoff '
            f"{cutoff}; choose a later as_of, or play history in a folder of its own with: morrow replay"
        )


def shape(forecast: Mapping[str, object]) -> dict[str, object]:
    """What must be the same for a model to answer what is configured, of a ``forecast`` section."""
    return {name: forecast.get(name) for name in ("horizon", "levels", "window", "max_gap")}


def _why_reshaped(night: Night, champion: "Champion") -> str | None:
    """Why the champion cannot answer what is configured, or None."""
    from morrow import fitted_model  # noqa: PLC0415

    document = fitted_model.load(champion.folder).document
    if shape(document["forecast"]) != shape(night.config.forecast.model_dump(mode="json")):
        return "the champion answers another horizon, levels, window or gap than are configured"
    if foreign(document, night.config):
        return "the champion reads features of another features.module than is configured"
    return None


def _identity(night: Night, cutoff: str, data_version: str) -> str:
    config = night.config
    return identity(
        {
            "universe": night.universe,
            "cutoff": cutoff,
            "data": data_version,
            "code": code_version(),
            "forecast": config.forecast.model_dump(mode="json"),
            "time": config.time.model_dump(mode="json"),
            "features": [*config.features.select, module(config) if config.features.module else ""],
            "options": night.options.model_dump(mode="json"),
            "packages": dict(package_versions()),
            "seed": config.training.seed,
            "recipes": {
                name: config.recipes[name].model_dump(mode="json") for name in config.training.recipes
            },
        }
    )


def _why_due(
    night: Night,
    registry: "Registry",
    champion: "Champion | None",
    reshaped: str | None,
    prices: pd.DataFrame,
) -> str | None:
    if champion is None:
        return "there is no champion"
    if reshaped:
        return reshaped
    tomorrow = (prices["session"].max() + pd.Timedelta(days=1)).date()
    last = registry.last_night(night.universe, before=tomorrow, noted="night")
    if last is None:
        return "no finished retraining is on record"
    since = int((np.sort(prices["session"].unique()) > np.datetime64(last.cutoff)).sum())
    if since >= night.config.training.retrain_every:
        return f"{since} sessions have passed since the last retraining"
    return None


def _stale(night: Night, prices: pd.DataFrame) -> bool:
    if night.as_of is None:
        return False
    axis = night.axis(prices)
    ahead = sessions.next_sessions(
        night.options.calendar, axis[-1], night.config.forecast.stale_after + 1, axis
    )
    return bool(ahead[-1] <= pd.Timestamp(night.as_of))
