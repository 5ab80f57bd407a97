"""All features by name, morrow's own and a user's, and the selection for a universe."""

import difflib
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

import pandas as pd

from morrow.errors import ConfigError
from morrow.features import (  # noqa: F401 (importing them declares their features)
    bands,
    garch,
    market,
    oscillators,
    ranges,
    returns,
    session_dates,
    trend,
    volatility,
    volume,
)
from morrow.features.declaration import DECLARED, FIELDS, Feature
from morrow.features.user_module import read_features

GROUPS: Mapping[str, str] = {
    "returns": "moves over several spans",
    "trend": "the price against its own averages, MACD",
    "oscillators": "RSI, the position between extremes",
    "bands": "the price in Bollinger's band",
    "volatility": "EWMA at several spans, of both sides and of one; ranges, gaps",
    "volume": "trading against the usual",
    "calendar": "the bar's position in week and month, the break before it",
    "market": "what the members of the session did together, and ranks among them",
    "models": "the state of GJR-GARCH; off unless selected",
    "own": "features of a user's module",
}

DEFAULT = (
    "return_1", "return_2", "return_3", "return_5", "return_10", "return_20", "return_60",
    "average_distance_10", "average_distance_50",
    "rsi_14", "bollinger_position", "bollinger_width",
    "volatility_5", "volatility_10", "volatility_20", "volatility_60", "volatility_120", "volatility_250",
    "volatility_level",
    "downside_5", "downside", "downside_60", "downside_250", "upside_5", "upside_20", "upside_60",
    "absolute_return",
    "days_since", "weekday_sine", "weekday_cosine", "weekday_sine_2", "weekday_cosine_2", "month_place",
    "universe_return", "universe_volatility", "relative_volatility",
    "universe_dispersion", "universe_breadth", "universe_correlation", "rank_volatility",
    "atr_14", "parkinson_10", "parkinson_60", "garman_klass_10", "garman_klass_20", "rogers_satchell_10",
    "yang_zhang_20", "range_1", "close_in_range", "overnight",
    "volume_ratio_1", "volume_ratio_5",
)  # fmt: skip

COVERED = 0.9  # share of bars that must have a field before its features are used
COVERED_BY_SYMBOL = 0.5

_features: dict[str, Feature] = {each.name: each for features in DECLARED.values() for each in features}
REGISTRY: Mapping[str, Feature] = MappingProxyType(_features)
_built_in = frozenset(_features)


def may_be_unknown(name: str) -> bool:
    """Return whether a feature may be unknown at a bar after its warm-up.

    True for a feature of a field that a bar may lack, for one computed from a session's members (there may be
    none), and for a user's feature.
    """
    known = _features.get(name)
    return known is None or known.scope != "block" or set(known.inputs) != {"close"}


def comes_with_morrow(name: str) -> bool:
    """Return whether a feature is one of morrow's own rather than from a user's module."""
    return name in _built_in


def load_module(path: Path | None) -> str:
    """Register a user module's features, replacing those of the previous module.

    The module is executed once per process as long as its identity stays the same.

    Args:
        path: a Python file whose functions are declared with :func:`morrow.features.feature`; None for no
            module.

    Returns:
        The module's identity, as :func:`morrow.features.identify_module` gives it.

    Raises:
        ConfigError: the file cannot be read or executed, declares nothing, or uses a name already taken.
    """
    declared: tuple[Feature, ...] = ()
    identity = ""
    if path is not None:
        declared, identity = read_features(path)
        if not declared:
            raise ConfigError(
                f'features.module "{path}" declares no feature; '
                "put @morrow.features.feature(...) on a function"
            )
        for index, each in enumerate(declared):
            _check_declaration(each, {other.name for other in declared[:index]} | _built_in, path)
    for name in [name for name in _features if name not in _built_in]:
        del _features[name]
    _features.update({each.name: each for each in declared})
    return identity


def _check_declaration(each: Feature, taken: set[str], path: Path) -> None:
    where = f'features.module "{path}": feature "{each.name}"'
    if each.name in taken or each.name in GROUPS or each.name == "default":
        raise ConfigError(f"{where} has a name that is taken; choose another")
    if wrong := [name for name in each.inputs if name not in FIELDS]:
        raise ConfigError(f'{where} has the input "{wrong[0]}"; allowed: {", ".join(FIELDS)}')
    if each.scope != "series" or each.warm_up < 0:
        raise ConfigError(f"{where} must have the scope series and a warm_up of 0 bars or more")


def expand_selection(selection: Sequence[str]) -> tuple[str, ...]:
    """Expand names, groups and ``default`` to features, each once.

    Raises:
        ConfigError: a name is neither a feature nor a group (the nearest match is given), or none is given.
    """
    names: list[str] = []
    for word in selection:
        if word == "default":
            names += DEFAULT
        elif word in REGISTRY:
            names.append(word)
        elif members := [name for name, each in REGISTRY.items() if each.group == word]:
            names += members
        elif word not in GROUPS:
            raise ConfigError(_explain_unknown(word))
    if not names:
        raise ConfigError("features.select selects no feature; name a group, a feature or default")
    return tuple(dict.fromkeys(names))


def select_features(selection: Sequence[str], bars: pd.DataFrame) -> tuple[tuple[str, ...], dict[str, str]]:
    """Select the features that a universe's bars support, and give the reason for each of the others.

    Features of a field need it on 90 % of all bars and on half of every symbol's; otherwise symbols without
    it could not be forecast.

    Args:
        selection: names of features and groups, and ``default``.
        bars: symbol, open, high, low, close, volume.

    Raises:
        ConfigError: a name is unknown, or the bars support none.
    """
    covered: dict[tuple[str, ...], bool] = {}
    names, dropped = [], {}
    for name in expand_selection(selection):
        fields = tuple(field for field in REGISTRY[name].inputs if field != "close")
        if fields not in covered:
            covered[fields] = not fields or _cover(bars, fields)
        if covered[fields]:
            names.append(name)
        else:
            dropped[name] = f"too few bars have {', '.join(fields)}"
    if not names:
        raise ConfigError(
            f"features.select leaves no feature: {next(iter(dropped.values()))}; add features of closes"
        )
    return tuple(names), dropped


def _cover(bars: pd.DataFrame, fields: tuple[str, ...]) -> bool:
    if bars.empty:
        return False
    present = bars[list(fields)].notna().all(axis=1)
    if "volume" in fields:
        present &= bars["volume"].gt(0)
    own = present.groupby(bars["symbol"]).mean()
    return bool(present.mean() >= COVERED and own.min() >= COVERED_BY_SYMBOL)


def _explain_unknown(word: str) -> str:
    known = [*REGISTRY, *(group for group in GROUPS if group != "own"), "default"]
    near = difflib.get_close_matches(word, known, n=1, cutoff=0.4)
    hint = f'; did you mean "{near[0]}"?' if near else ""
    return (
        f'features.select names "{word}", which is no feature and no group{hint}; see: morrow features --list'
    )
