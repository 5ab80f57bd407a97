"""The audit of a universe's features and scalers, and its place before each training."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import morrow
from morrow import atomic
from morrow.config import NetworkRecipe, TutorialRecipe, identity
from morrow.errors import HistoryError, NightError
from morrow.steps.chosen import module
from morrow.steps.night import Night

if TYPE_CHECKING:
    import pandas as pd

    from morrow.audit import AuditResult, Build, Leak

REMEMBERED = ".audit.json"  # in the universe's work; the dot keeps it when old work is forgotten
CODE = ("features", "panel", "baselines", "training", "audit")  # rooms whose code can see the future


@dataclass(frozen=True)
class Proof:
    """What a night knows of its features' causality.

    Attributes:
        identity: of the features: their names, their code, and what they are made with.
        new: audited tonight, because the features had changed.
        features, scalers: how many were found causal.
        cutoffs: at which.
        seconds: that it took, on the night of the audit.
    """

    identity: str
    new: bool
    features: int
    scalers: int
    cutoffs: tuple[str, ...]
    seconds: float


def prove(night: Night, prices: "pd.DataFrame", names: tuple[str, ...]) -> Proof:
    """Audit the features if they have changed since they were last found causal.

    Args:
        night: of one universe.
        prices: that will be learnt from.
        names: of the features.

    Raises:
        NightError: something sees the future.
    """
    key = _identity(night, names)
    file = night.config.folder(night.config.paths.work) / night.universe / REMEMBERED
    known = _remembered(file)
    if known is not None and known.identity == key:
        return known
    night.tell("step", {"step": "audit"})
    found = audit(night, prices, names)
    if found.leaks:
        more = f" (and {len(found.leaks) - 1} more)" if len(found.leaks) > 1 else ""
        raise NightError(
            f'universe "{night.universe}": {found.leaks[0].words()}{more}; nothing was trained; '
            f"see: morrow audit --universe {night.universe}"
        )
    proof = Proof(key, True, len(found.features), len(found.scalers), found.cutoffs, round(found.seconds, 3))
    atomic.write_file(file, json.dumps(vars(proof)))
    return proof


def audit(night: Night, prices: "pd.DataFrame", names: tuple[str, ...]) -> "AuditResult":
    """Audit features, states and the scalers of the networks in ``training.recipes``.

    Scalers are audited only where no feature sees the future, or each would be named again.

    Raises:
        HistoryError: there are too few sessions.
    """
    from threadpoolctl import threadpool_limits  # noqa: PLC0415

    from morrow import audit as audits  # noqa: PLC0415 (torch)

    seed, build = night.config.training.seed, _build(night, prices, names)
    some = audits.sample(prices, seed)
    with threadpool_limits(limits=1):  # many small computations: threads only wait for each other
        found = audits.audit_features(build, some, seed)
        recipes = _networks(night)
        if found.leaks or not recipes:
            return found
        try:
            leaks, seconds = _scalers(night, build, prices, some, recipes)
        except HistoryError:
            return found  # the drawn symbols are too young: training says what is missing
    return replace(
        found, scalers=tuple(recipes), leaks=(*found.leaks, *leaks), seconds=found.seconds + seconds
    )


def tutorials(
    night: Night, names: Sequence[str], symbol: str, prices: "pd.DataFrame | None" = None
) -> "dict[str, tuple[Leak, ...]]":
    """Audit the scaling of tutorials' recipes on one symbol's closes.

    Args:
        night: of one universe.
        names: of the recipes; others than tutorials are passed over.
        symbol: whose closes.
        prices: stored bars to take them from; by default the source's.

    Returns:
        the leaks by recipe.

    Raises:
        SourceError: the source is unreadable or does not have the symbol.
        HistoryError: it has too few closes.
    """
    from morrow import audit as audits  # noqa: PLC0415 (torch)
    from morrow.steps.tutorial import closes  # noqa: PLC0415

    if prices is None:
        frame, basis = closes(night, symbol)
        values = frame[basis].to_numpy(float)
    else:
        frame = prices[prices["symbol"] == symbol]
        values = (frame["close"] * frame["split_factor"] * frame["dividend_factor"]).to_numpy(float)
    days = frame["session"].to_numpy("datetime64[us]")
    recipes = {name: night.config.recipes[name] for name in names}
    return {
        name: audits.audit_tutorial(values, days, symbol, name, recipe)
        for name, recipe in recipes.items()
        if isinstance(recipe, TutorialRecipe)
    }


def _networks(night: Night) -> dict[str, NetworkRecipe]:
    """One network for each way of preparing inputs and targets, by the names of all that it speaks for."""
    found: dict[tuple[object, ...], tuple[list[str], NetworkRecipe]] = {}
    for name in night.config.training.recipes:
        recipe = night.config.recipes[name]
        if isinstance(recipe, NetworkRecipe):
            way = recipe.target, recipe.head, recipe.symbols, recipe.window
            found.setdefault(way, ([], recipe))[0].append(name)
    return {", ".join(names): recipe for names, recipe in found.values()}


def _scalers(
    night: Night,
    build: "Build",
    prices: "pd.DataFrame",
    some: "pd.DataFrame",
    recipes: Mapping[str, NetworkRecipe],
) -> "tuple[tuple[Leak, ...], float]":
    """Leaks of the scalers, and seconds; on all sessions if the parts of time need more than were drawn."""
    from time import perf_counter  # noqa: PLC0415

    from morrow import audit as audits  # noqa: PLC0415
    from morrow import panel as panels  # noqa: PLC0415

    began, config = perf_counter(), night.config
    sessions = build(some).sessions
    try:
        parts = panels.split_sessions(len(sessions), config.forecast, config.time)
    except HistoryError:
        some = audits.sample(prices, config.training.seed, sessions=len(prices))
        sessions = build(some).sessions
        parts = panels.split_sessions(len(sessions), config.forecast, config.time)
    fit = audits.material_of(recipes, parts, config.forecast)
    last = sessions[parts.stop[0] - 1]
    leaks = audits.audit_scaler(build, some, fit, last, config.training.seed)
    return leaks, perf_counter() - began


def _build(night: Night, prices: "pd.DataFrame", names: tuple[str, ...]) -> "Build":
    """From bars to the panel as the night builds it, on as much of the calendar as they have."""
    from morrow import panel as panels  # noqa: PLC0415

    config, axis, tick = night.config, night.axis(prices), night.options.tick
    _, members = night.known()

    def build(bars: "pd.DataFrame") -> panels.Panel:
        inside = axis[(axis >= bars["session"].min()) & (axis <= bars["session"].max())]
        return panels.build(
            bars, inside, config.forecast, config.time, tick=tick, names=names, members=members
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
            "module": module(config),
            "forecast": config.forecast.model_dump(mode="json"),
            "time": config.time.model_dump(mode="json"),
            "recipes": {name: recipe.model_dump(mode="json") for name, recipe in _networks(night).items()},
            "calendar": night.options.calendar,
            "tick": night.options.tick,
        }
    )


def _remembered(file: Path) -> Proof | None:
    try:
        found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        return Proof(**{**found, "new": False, "cutoffs": tuple(found["cutoffs"])})
    except (OSError, ValueError, TypeError, KeyError):
        return None
