"""Every feature by name: those that come with morrow, and those of a user's module once it is loaded."""

import hashlib
import importlib.util
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from morrow.errors import ConfigError
from morrow.features import (  # noqa: F401 (importing them declares their features)
    bands,
    dates,
    market,
    models,
    oscillators,
    ranges,
    returns,
    trend,
    volatility,
    volume,
)
from morrow.features.declared import DECLARED, FIELDS, Feature

GROUPS: Mapping[str, str] = {
    "returns": "moves over several spans",
    "trend": "the price against its own averages, MACD",
    "oscillators": "RSI, the place between extremes",
    "bands": "the price in Bollinger's band",
    "volatility": "EWMA at several spans, of both sides and of one; ranges, gaps",
    "volume": "trading against the usual",
    "calendar": "the bar's place in week and month, the break before it",
    "market": "what the members of the session did together, and places among them",
    "models": "the state of GJR-GARCH; off unless selected",
    "own": "features of a user's module",
}

OWN = "morrow_features_of_user"  # the name that a user's module has in this process

_features: dict[str, Feature] = {each.name: each for room in DECLARED.values() for each in room}
REGISTRY: Mapping[str, Feature] = MappingProxyType(_features)
_built_in = frozenset(_features)
_loaded = ""


def may_be_unknown(name: str) -> bool:
    """Whether a feature may be unknown at a bar after its warm-up.

    So may one of a field that a bar can lack, one of a session's members, who may be none, and a user's.
    """
    known = _features.get(name)
    return known is None or known.scope != "block" or set(known.inputs) != {"close"}


def comes_with_morrow(name: str) -> bool:
    """Whether a feature is one of morrow's, and of no user's module."""
    return name in _built_in


def load(path: Path | None) -> str:
    """Register the features of a user's module, instead of those of the module before.

    Args:
        path: a Python file whose functions are declared with :func:`morrow.features.feature`; None is no
            module.

    Returns:
        16 hex digits of the module's content, empty without one.

    Raises:
        ConfigError: the file cannot be read or run, declares nothing, or takes a name that is taken.
    """
    if path is None:
        _replace([], "")
        return ""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ConfigError(f'features.module "{path}" cannot be read: {error.strerror}') from None
    found = _run(path, content)
    if not found:
        raise ConfigError(
            f'features.module "{path}" declares no feature; put @morrow.features.feature(...) on a function'
        )
    for place, each in enumerate(found):
        _refuse(each, {other.name for other in found[:place]} | _built_in, path)
    return _replace(found, hashlib.sha256(content).hexdigest()[:16])


def _run(path: Path, content: bytes) -> list[Feature]:
    DECLARED.pop(OWN, None)
    specification = importlib.util.spec_from_loader(OWN, None, origin=str(path))
    module = importlib.util.module_from_spec(specification)  # type: ignore[arg-type]  # it is never None
    module.__file__ = str(path)
    try:
        exec(compile(content, str(path), "exec"), module.__dict__)  # noqa: S102 (the user's own code, by wish)
    except Exception as error:  # noqa: BLE001 (whatever a user's file does, it is told in a line)
        said = str(error).splitlines() or [""]
        raise ConfigError(
            f'features.module "{path}" cannot be run: {type(error).__name__}: {said[0]}'
        ) from None
    return DECLARED.pop(OWN, [])


def _refuse(each: Feature, taken: set[str], path: Path) -> None:
    where = f'features.module "{path}": feature "{each.name}"'
    if each.name in taken or each.name in GROUPS or each.name == "default":
        raise ConfigError(f"{where} has a name that is taken; choose another")
    if wrong := [name for name in each.inputs if name not in FIELDS]:
        raise ConfigError(f'{where} has the input "{wrong[0]}"; allowed: {", ".join(FIELDS)}')
    if each.scope != "series" or each.warm_up < 0:
        raise ConfigError(f"{where} must have the scope series and a warm_up of 0 bars or more")


def loaded() -> str:
    """The hash of the user's module that is registered, empty without one."""
    return _loaded


def _replace(own: list[Feature], version: str) -> str:
    global _loaded  # noqa: PLW0603 (one module at a time is registered in a process)
    for name in [name for name in _features if name not in _built_in]:
        del _features[name]
    _features.update({each.name: each for each in own})
    _loaded = version
    return version
