"""The audit of a universe's features and scalers before each training, made once for the same code."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from time import perf_counter
from typing import Any

import pandas as pd
from threadpoolctl import threadpool_limits

import morrow
from morrow import atomic, audit
from morrow import panel as panels
from morrow.audit import AuditResult, Build, Leak
from morrow.config import NetworkRecipe, identity
from morrow.errors import HistoryError, NightError
from morrow.steps.context import Night
from morrow.steps.feature_selection import identify_module, load_module
from morrow.steps.market import KnownMarket
from morrow.steps.results import CausalityProof

REMEMBERED = ".audit.json"  # in the universe's work; the dot keeps it when old work is forgotten
CODE = ("features", "panel", "baselines", "training", "audit")  # rooms whose code can see the future


def prove_causality(night: Night, market: KnownMarket, names: tuple[str, ...]) -> CausalityProof:
    """Audit the features if they have changed since the last proof that they are causal.

    Args:
        night: of one universe.
        market: whose bars will be learnt from.
        names: of the features.

    Raises:
        NightError: something sees the future.
    """
    key = _identity(night, names)
    file = night.config.folder(night.config.paths.work) / night.universe / REMEMBERED
    proof = _read_proof(file)
    if proof is not None and proof.identity == key:
        return proof
    night.tell("step", {"step": "audit"})
    result = audit_features(night, market, names)
    if result.leaks:
        more = f" (and {len(result.leaks) - 1} more)" if len(result.leaks) > 1 else ""
        raise NightError(
            f'universe "{night.universe}": {result.leaks[0].words()}{more}; nothing was trained; '
            f"see: {night.command_line('audit')}"
        )
    proof = CausalityProof(
        identity=key,
        new=True,
        features=len(result.features),
        scalers=len(result.scalers),
        cutoffs=result.cutoffs,
        seconds=round(result.seconds, 3),
    )
    atomic.write_file(file, json.dumps(vars(proof)))
    return proof


def audit_features(night: Night, market: KnownMarket, names: tuple[str, ...]) -> AuditResult:
    """Audit features, states and the scalers of the networks in ``training.recipes``.

    Scalers are audited only where no feature sees the future, or each would be named again.

    Raises:
        HistoryError: there are too few sessions.
    """
    load_module(night.config)  # as it is now: the panel may be of an earlier version
    seed, build = night.config.training.seed, _builder(night, market, names)
    some = audit.sample_bars(market.bars, seed)
    with threadpool_limits(limits=1):  # many small computations: threads only wait for each other
        result = audit.audit_features(build, some, seed)
        recipes = _networks(night)
        if result.leaks or not recipes:
            return result
        try:
            leaks, seconds = _audit_scalers(night, build, market.bars, some, recipes)
        except HistoryError:
            return result  # the drawn symbols are too young: training says what is missing
    return replace(
        result, scalers=tuple(recipes), leaks=(*result.leaks, *leaks), seconds=result.seconds + seconds
    )


def _networks(night: Night) -> dict[str, NetworkRecipe]:
    """One network for each way of preparing inputs and targets, by the names of all that it speaks for."""
    groups: dict[tuple[object, ...], tuple[list[str], NetworkRecipe]] = {}
    for name in night.config.training.recipes:
        recipe = night.config.recipes[name]
        if isinstance(recipe, NetworkRecipe):
            way = recipe.start, recipe.target, recipe.head, recipe.symbols, recipe.window
            groups.setdefault(way, ([], recipe))[0].append(name)
    return {", ".join(names): recipe for names, recipe in groups.values()}


def _audit_scalers(
    night: Night,
    build: Build,
    prices: pd.DataFrame,
    some: pd.DataFrame,
    recipes: Mapping[str, NetworkRecipe],
) -> tuple[tuple[Leak, ...], float]:
    """Leaks of the scalers, and seconds; on all sessions if the parts of time need more than were drawn."""
    began, config = perf_counter(), night.config
    sessions = build(some).sessions
    try:
        parts = panels.split_sessions(len(sessions), config.forecast, config.time)
    except HistoryError:
        some = audit.sample_bars(prices, config.training.seed, sessions=len(prices))
        sessions = build(some).sessions
        parts = panels.split_sessions(len(sessions), config.forecast, config.time)
    fit = audit.make_training_fit(recipes, parts, config.forecast)
    last = sessions[parts.stop[0] - 1]
    leaks = audit.audit_scaler(build, some, fit, last, config.training.seed)
    return leaks, perf_counter() - began


def _builder(night: Night, market: KnownMarket, names: tuple[str, ...]) -> Build:
    """From bars to the panel as the night builds it, on as much of the calendar as they have."""
    config, axis, tick = night.config, market.sessions, night.options.tick

    def build(bars: pd.DataFrame) -> panels.Panel:
        inside = axis[(axis >= bars["session"].min()) & (axis <= bars["session"].max())]
        return panels.build(
            bars, inside, config.forecast, config.time, tick=tick, names=names, members=market.members
        )

    return build


def _identity(night: Night, names: tuple[str, ...]) -> str:
    """Of everything that features and scalers are made with, but the prices."""
    source = Path(morrow.__file__).resolve().parent
    code = hashlib.sha256()
    for room in CODE:
        for file in sorted((source / room).rglob("*.py")):
            code.update(file.read_bytes())
    config = night.config
    return identity(
        {
            "names": list(names),
            "code": code.hexdigest(),
            "module": identify_module(config),
            "forecast": config.forecast.model_dump(mode="json"),
            "time": config.time.model_dump(mode="json"),
            "recipes": {name: recipe.model_dump(mode="json") for name, recipe in _networks(night).items()},
            "calendar": night.options.trading_calendar,
            "tick": night.options.tick,
        }
    )


def _read_proof(file: Path) -> CausalityProof | None:
    try:
        document: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        return CausalityProof(**{**document, "new": False, "cutoffs": tuple(document["cutoffs"])})
    except (OSError, ValueError, TypeError, KeyError):
        return None
