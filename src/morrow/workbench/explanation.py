"""Why a symbol is forecast as it is: its model and why that reigns, its features, its bars, its scores."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from morrow import audit, fitted_model, metrics
from morrow.audit import Contributions
from morrow.errors import HistoryError, RegistryError, did_you_mean
from morrow.frames import QUARANTINE, REVISIONS, SCORES, forecasts_schema
from morrow.steps.context import Night
from morrow.steps.retrain.record import BOARD
from morrow.store import Condition
from morrow.store.actions import ACTION, net_actions, read_ledger
from morrow.store.ledger import LedgerEntry, read_entries

RECENT = 60  # cutoffs whose scores are averaged
REFERENCES = {"ewma": "EWMA", "gjr-garch-t": "GJR-GARCH-t", "regression": "the regression"}
CROWNING = ("promote", "refresh", "rollback", "expire", "manual", "retire")
PRETRAINED = "pretrained-"  # how the version of a shipped network begins


@dataclass(frozen=True)
class BarFacts:
    """The bars of a symbol as known at the cutoff.

    Attributes:
        first, last: sessions, ISO.
        count: bars.
        refused: rows of the symbol that the gate refused, ``undecided`` of them still are.
        revised: sessions of which a value was changed by the source.
        actions: read out of the prices, with session and reason.
    """

    first: str
    last: str
    count: int
    refused: int
    undecided: int
    revised: int
    actions: tuple[str, ...]


@dataclass(frozen=True)
class RecentScores:
    """Means over a symbol's last scored cutoffs, all steps.

    Attributes:
        first, last: cutoffs, ISO; ``count`` of them.
        pinball: loss of the log return.
        coverage_80, coverage_95: shares of outcomes inside the intervals; None where not known.
    """

    first: str
    last: str
    count: int
    pinball: float
    coverage_80: float | None
    coverage_95: float | None


@dataclass(frozen=True)
class Explanation:
    """One symbol's forecast and what stands behind it.

    Attributes:
        universe, symbol, cutoff: of the forecast.
        forecast: its stored rows, ``symbol, step, session``, quantiles, mean, flags and reason.
        flags: of its first step; ``reason`` why a fallback was used, else empty.
        recipe, version, run_id: of the model; the recipe of a shipped network is "zero-shot".
        decided_on, why: when and why the ledger made it the champion.
        contributions: of the feature groups; None where the model does not read them or did not forecast.
        bars: that were known.
        recent: scores; None before the first.
        skill: of the model's recipe on this symbol against baselines, out of fold; by their names.
    """

    universe: str
    symbol: str
    cutoff: date
    forecast: pd.DataFrame
    flags: tuple[str, ...]
    reason: str
    recipe: str
    version: str
    run_id: str
    decided_on: date | None
    why: str
    contributions: Contributions | None
    bars: BarFacts
    recent: RecentScores | None
    skill: Mapping[str, float]


def explain(night: Night, symbol: str) -> Explanation:
    """Explain the newest stored forecast of a symbol, or the one from the cutoff ``night.as_of``.

    Raises:
        HistoryError: the universe does not have the symbol, or there is no such forecast.
        RegistryError: the universe has no champion and no forecast yet, or the version's files are lost.
    """
    rows = _read_forecast(night, symbol)
    first = rows.iloc[0]
    cutoff, version = first["cutoff"].date(), str(first["model_version"])
    past = replace(night, as_of=cutoff)
    entry = _find_decision(past, version)
    shipped = version.startswith(PRETRAINED)
    known = None if shipped else night.registry.version(night.universe, version)
    flags = tuple(filter(None, str(first["flags"]).split(",")))
    return Explanation(
        universe=night.universe,
        symbol=symbol,
        cutoff=cutoff,
        forecast=rows,
        flags=flags,
        reason=str(first["reason"]),
        recipe=known.name if known else "zero-shot",
        version=version,
        run_id=str(first["run_id"]),
        decided_on=entry.as_of if entry else None,
        why=_word_decision(entry, shipped=shipped),
        contributions=None if known is None else _measure_contributions(past, symbol, known.folder),
        bars=_count_bars(past, symbol, cutoff),
        recent=_read_scores(night, symbol),
        skill={} if known is None else _read_skill(night, symbol, known.name, known.run_id),
    )


def _read_forecast(night: Night, symbol: str) -> pd.DataFrame:
    """The stored rows (H) of the forecast, one per step; of several versions, those made last."""
    schema = forecasts_schema(night.config.forecast.levels)
    rows = night.store.read(schema, night.universe, where=[("symbol", "=", symbol)])
    if rows.empty:
        _refuse_unknown(night, symbol)
    cutoffs = rows["cutoff"].dt.date
    wanted = night.as_of or cutoffs.max()
    own = rows[cutoffs == wanted]
    if own.empty:
        before, after = cutoffs[cutoffs < wanted], cutoffs[cutoffs > wanted]
        near = [f"the last one before is from {before.max()}"] if len(before) else []
        near += [f"the first one after is from {after.min()}"] if len(after) else []
        raise HistoryError(f'no forecast of "{symbol}" was made from {wanted}; {", ".join(near)}')
    newest = own["model_version"] == own.sort_values("created_at")["model_version"].iloc[-1]
    chosen: pd.DataFrame = own[newest].sort_values("step").reset_index(drop=True)
    return chosen


def _refuse_unknown(night: Night, symbol: str) -> None:
    """Say why a symbol has no forecast at all."""
    symbols = night.store.inventory(night.universe).last
    if symbol not in symbols:
        raise HistoryError(
            f'universe "{night.universe}" has no symbol "{symbol}"{did_you_mean(symbol, symbols)}; see: '
            f"{night.command_line('symbols list')}"
        )
    if night.registry.champion(night.universe) is None:
        raise RegistryError(
            f'universe "{night.universe}" has no champion and no forecast of "{symbol}" yet; make both with: '
            f"{night.command_line('nightly')}"
        )
    raise HistoryError(
        f'no forecast of "{symbol}" is stored; the summary of the night says who is left out and why: '
        f"{night.command_line('nightly')}"
    )


def _find_decision(night: Night, version: str) -> LedgerEntry | None:
    """The last decision up to the cutoff, or else of any day, that made a version the champion."""
    for upto in (night.as_of, None):
        entries = read_entries(night.store, night.universe, upto)
        crowned = [each for each in entries if each.version_after == version and each.decision in CROWNING]
        if crowned:
            return crowned[-1]
    return None


def _word_decision(entry: LedgerEntry | None, *, shipped: bool) -> str:
    if shipped:
        return "there was no champion yet, so a pretrained network forecast as it is shipped"
    if entry is None:
        return "it was made champion before there was a ledger"
    return f"{entry.decision} by {entry.by}: {entry.reason}"


def _measure_contributions(night: Night, symbol: str, folder: Any) -> Contributions | None:
    """Contributions at the cutoff with the features of the version; None for a fallback's symbol."""
    model = fitted_model.load(folder)
    panel = night.market.panel(tuple(model.document["features"]))
    if symbol not in panel.symbols:
        return None
    rows = np.flatnonzero(panel.eligible & (panel.symbol == panel.symbols.index(symbol)))
    if not len(rows) or panel.session[rows[-1]] != len(panel.sessions) - 1:
        return None
    return audit.measure_contributions(model, panel, int(rows[-1]))


def _count_bars(night: Night, symbol: str, cutoff: date) -> BarFacts:
    bars = night.market.known_bars
    own = bars.loc[(bars["symbol"] == symbol) & (bars["session"] <= pd.Timestamp(cutoff))]
    upto: list[Condition] = [("symbol", "=", symbol), ("session", "<=", cutoff)]
    refused = night.store.read(QUARANTINE, night.universe, where=upto)
    refused = refused.drop_duplicates(["batch", "row"])
    changes = night.store.read(REVISIONS, night.universe, where=[*upto, ("known_at", "<=", cutoff)])
    changes = changes[~changes["reason"].str.startswith(ACTION)]
    ledger = read_ledger(night.store, night.universe, cutoff)
    return BarFacts(
        first=f"{own['session'].min():%Y-%m-%d}",
        last=f"{own['session'].max():%Y-%m-%d}",
        count=len(own),
        refused=len(refused),
        undecided=int(refused["decision"].isna().sum()),
        revised=int(changes["session"].nunique()),
        actions=tuple(
            f"{each.session:%Y-%m-%d} {each.reason}"
            for each in net_actions(ledger[ledger["symbol"] == symbol])
        ),
    )


def _read_scores(night: Night, symbol: str) -> RecentScores | None:
    """Means over the last cutoffs whose targets had come by the night's day (None: by now)."""
    where: list[Condition] = [("symbol", "=", symbol)]
    if night.as_of:
        where.append(("session", "<=", night.as_of))
    scores = night.store.read(SCORES, night.universe, where=where)
    cutoffs = np.sort(scores["cutoff"].unique())[-RECENT:]
    if not len(cutoffs):
        return None
    last = scores[scores["cutoff"].isin(cutoffs)]
    coverage = {name: last[name].dropna().astype(float).mean() for name in ("in_80", "in_95")}
    return RecentScores(
        first=str(cutoffs[0])[:10],
        last=str(cutoffs[-1])[:10],
        count=len(cutoffs),
        pinball=float(last["pinball"].mean()),
        coverage_80=None if np.isnan(coverage["in_80"]) else float(coverage["in_80"]),
        coverage_95=None if np.isnan(coverage["in_95"]) else float(coverage["in_95"]),
    )


def _read_skill(night: Night, symbol: str, recipe: str, run_id: str) -> dict[str, float]:
    """Skill of the version's recipe on the symbol against each baseline of its night's leaderboard."""
    registry = night.registry
    try:
        file = registry.artifact(registry.find_run(run_id).night, BOARD)
        board = json.loads(file.read_text(encoding="utf-8"))["leaderboard"]
    except (RegistryError, OSError, ValueError, KeyError):  # old runs are thinned
        return {}
    losses = {row["name"]: row["by_symbol"].get(symbol, {}).get("pinball") for row in board}
    skills = {name: metrics.skill(losses.get(recipe), losses.get(name)) for name in REFERENCES}
    return {REFERENCES[name]: skill for name, skill in skills.items() if skill is not None and name != recipe}
