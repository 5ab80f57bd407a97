"""Reads what the board shows of a universe: tables, decisions, and reports of past nights."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import pandas as pd

from morrow.board import Facts
from morrow.board.fans import count_fans
from morrow.errors import HistoryError, RegistryError
from morrow.frames import PRICES, QUARANTINE, REVISIONS, SCORES, empty, forecasts_schema
from morrow.steps.champion import NOTE
from morrow.steps.context import Night
from morrow.steps.intake.holds import describe_holds, find_holds
from morrow.steps.ledger_agreement import RETIRED_TAG
from morrow.steps.night_reports import read_reports
from morrow.store import Condition
from morrow.store.ledger import read_entries

SESSIONS = 250  # of prices that the board reads
SQLITE = "sqlite:///"
LEADERBOARD = "leaderboard.json"  # of a retraining's run, with the tables by step, symbol and volatility


def gather_facts(night: Night) -> Facts:
    """Read everything that the board shows of the night's universe, up to the night's day.

    What MLflow has is left out, and named among the problems, where it cannot be read.

    Raises:
        StoreError: a table cannot be read.
    """
    universe, forecast = night.universe, night.config.forecast
    bars, sessions = _read_bars(night)
    before: list[Condition] = [("cutoff", "<=", night.as_of)] if night.as_of else []
    problems: list[str] = []
    judged = _read_judgement(night, problems)
    return Facts(
        universe=universe,
        currency=night.options.currency,
        levels=forecast.levels,
        horizon=forecast.horizon,
        now=night.now,
        bars=bars,
        sessions=sessions,
        forecasts=_read_forecasts(night, before),
        scores=night.store.read(SCORES, universe, where=before),
        refused=_read_refused(night),
        revisions=_up_to(night, night.store.read(REVISIONS, universe), "known_at"),
        ledger=[asdict(entry) for entry in read_entries(night.store, universe, night.as_of)],
        reports=read_reports(night),
        leaderboard=judged.get("leaderboard", ()),
        verdict=judged.get("verdict"),
        windows=(judged.get("ledger") or {}).get("windows", {}),
        versions=_list_versions(night, problems),
        waiting=describe_holds(night, find_holds(night)),
        problems=tuple(dict.fromkeys(problems)),
        commands={name: night.command_line(name) for name in ("nightly", "ingest", "judge")},
        gate_pages=list(_list_gate_pages(night)),
    )


def _read_bars(night: Night) -> tuple[pd.DataFrame, pd.DatetimeIndex]:
    """Bars and sessions of the last ``SESSIONS`` sessions; none where nothing is known yet."""
    try:
        market = night.market
        sessions = market.sessions[-SESSIONS:]
        bars = market.known_bars
    except HistoryError:
        return empty(PRICES), pd.DatetimeIndex([])
    return bars[bars["session"] >= sessions[0]].reset_index(drop=True), sessions


def _read_forecasts(night: Night, before: list[Condition]) -> pd.DataFrame:
    """Forecasts of as many of the last cutoffs as a symbol's page carries."""
    schema = forecasts_schema(night.config.forecast.levels)
    cutoffs = night.store.read(schema, night.universe, columns=["cutoff"], where=before)["cutoff"].unique()
    recent = sorted(cutoffs)[-count_fans(night.config.forecast.horizon) :]
    if not recent:
        return empty(schema)
    return night.store.read(schema, night.universe, where=[*before, ("cutoff", ">=", recent[0].date())])


def _read_refused(night: Night) -> pd.DataFrame:
    """Refused rows without the rows as received, of sessions up to the night's day."""
    names = [name for name in QUARANTINE.names if name not in ("received", "bar")]
    return _up_to(night, night.store.read(QUARANTINE, night.universe, columns=names), "session")


def _up_to(night: Night, rows: pd.DataFrame, column: str) -> pd.DataFrame:
    if night.as_of is None:
        return rows
    return rows[rows[column].isna() | (rows[column] <= pd.Timestamp(night.as_of))].reset_index(drop=True)


def _has_registry(night: Night) -> bool:
    """Whether there is a registry to read: opening an SQLite file that is not there would create it."""
    uri = night.config.registry.uri
    return not uri.startswith(SQLITE) or night.config.folder(uri.removeprefix(SQLITE)).exists()


def _read_judgement(night: Night, problems: list[str]) -> Mapping[str, Any]:
    """The document of the last finished retraining: leaderboard, verdict and ledger; empty before it."""
    if not _has_registry(night):
        return {}
    try:
        # The night's own day counts too.
        after = (pd.Timestamp(night.as_of) + pd.Timedelta(days=1)).date() if night.as_of else None
        last = night.registry.last_night(night.universe, before=after, noted=NOTE)
        if last is None:
            return {}
        file = night.registry.artifact(last.run_id, LEADERBOARD)
        document: Mapping[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        note = night.registry.read_note(last.run_id, NOTE)
    except (RegistryError, OSError, ValueError) as error:
        problems.append(f"the last retraining cannot be read from MLflow: {error}")
        return {}
    # The refit may have had the last word.
    return {**document, "verdict": (note or document)["verdict"]}


def _list_versions(night: Night, problems: list[str]) -> Sequence[Mapping[str, Any]]:
    if not _has_registry(night):
        return ()
    try:
        versions = night.registry.versions(night.universe)
    except RegistryError as error:
        problems.append(f"the versions cannot be read from MLflow: {error}")
        return ()
    return [
        {
            "version": each.version,
            "recipe": each.tags.get("recipe", ""),
            "trained_through": each.tags.get("trained_through", ""),
            "run_id": each.run_id,
            "retired": RETIRED_TAG in each.tags,
        }
        for each in versions
    ]


def _list_gate_pages(night: Night) -> Iterator[tuple[str, str]]:
    """Title and address of the newest night's pages of the gates, for links on this disk."""
    folder = night.config.folder(night.config.paths.gates) / night.universe
    newest = max((each for each in folder.glob("[!.]*") if each.is_dir()), default=None)
    if newest is not None:
        for page in sorted(newest.glob("[!.]*.html")):
            yield f"{page.stem}, {newest.name}", page.as_uri()
