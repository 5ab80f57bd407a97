"""Which features a universe gets: by name or group, less what its bars cannot carry."""

from collections.abc import Sequence

import pandas as pd

from morrow.errors import ConfigError, did_you_mean
from morrow.features.registry import GROUPS, REGISTRY

COVERED = 0.9  # share of bars that must have a field before its features are made
COVERED_BY_SYMBOL = 0.5

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


def named(wanted: Sequence[str]) -> tuple[str, ...]:
    """The features that names, groups and ``default`` stand for, each once.

    Raises:
        ConfigError: a name is neither, with the nearest that is; or there is none.
    """
    found: list[str] = []
    for word in wanted:
        if word == "default":
            found += DEFAULT
        elif word in REGISTRY:
            found.append(word)
        elif members := [name for name, each in REGISTRY.items() if each.group == word]:
            found += members
        elif word not in GROUPS:
            raise ConfigError(_unknown(word))
    if not found:
        raise ConfigError("features.select selects no feature; name a group, a feature or default")
    return tuple(dict.fromkeys(found))


def select(wanted: Sequence[str], bars: pd.DataFrame) -> tuple[str, ...]:
    """The wanted features that a universe's bars can carry; :func:`dropped` says which they cannot.

    Args:
        wanted: names of features and groups, and ``default``.
        bars: symbol, open, high, low, close, volume.

    Raises:
        ConfigError: a name is unknown, or the bars can carry none.
    """
    names = named(wanted)
    gone = dropped(names, bars)
    kept = tuple(name for name in names if name not in gone)
    if not kept:
        raise ConfigError(
            f"features.select leaves no feature: {next(iter(gone.values()))}; add features of closes"
        )
    return kept


def dropped(wanted: Sequence[str], bars: pd.DataFrame) -> dict[str, str]:
    """The wanted features that the bars cannot carry, with the reason.

    Features of a field need it on 90 % of all bars and on half of every symbol's, or the symbols without
    it could not be forecast.
    """
    known: dict[tuple[str, ...], bool] = {}
    gone = {}
    for name in named(wanted):
        fields = tuple(field for field in REGISTRY[name].inputs if field != "close")
        if fields not in known:
            known[fields] = not fields or _covered(bars, fields)
        if not known[fields]:
            gone[name] = f"too few bars have {', '.join(fields)}"
    return gone


def _covered(bars: pd.DataFrame, fields: tuple[str, ...]) -> bool:
    if bars.empty:
        return False
    present = bars[list(fields)].notna().all(axis=1)
    if "volume" in fields:
        present &= bars["volume"].gt(0)
    own = present.groupby(bars["symbol"]).mean()
    return bool(present.mean() >= COVERED and own.min() >= COVERED_BY_SYMBOL)


def _unknown(word: str) -> str:
    known = [*REGISTRY, *(group for group in GROUPS if group != "own"), "default"]
    hint = did_you_mean(word, known)
    return (
        f'features.select names "{word}", which is no feature and no group{hint}; see: morrow features --list'
    )
