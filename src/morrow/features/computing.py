"""From bars to the features of every bar: of blocks of series, then of the market, then a user's own."""

import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from morrow.errors import ConfigError
from morrow.features.bars import Bars, gathered, whole
from morrow.features.block import Array, Block, State
from morrow.features.declared import Feature
from morrow.features.market import Market
from morrow.features.registry import REGISTRY

Values = NDArray[np.float32]


@dataclass
class Computed:
    """What was computed, and what the next night goes on from.

    Attributes:
        values: (R, F).
        states: (S,) each, of the blocks' recursions at every series' last bar.
        figures: (T,) each, of the market's sessions.
    """

    values: Values
    states: State = field(default_factory=dict)
    figures: dict[str, Array] = field(default_factory=dict)


def compute(bars: pd.DataFrame, names: Sequence[str]) -> Values:
    """Features of every bar.

    Args:
        bars: sorted by series, then session; columns series, session, open, high, low, close (adjusted,
            quote currency), volume (adjusted, units), unit (volatility known at the bar, log return), and
            perhaps member (whether the symbol was in the universe on that session; by default it was).
        names: which features, as :func:`morrow.features.named` gives them.

    Returns:
        (R, F) float32; NaN where a feature is not known yet (warm-up) or its field is missing.

    Raises:
        ConfigError: a feature is not registered, or a user's answers something else than a number a bar.
    """
    chosen = features(names)
    return computed(Bars.of(bars), chosen).values


def computed(bars: Bars, chosen: Sequence[Feature]) -> Computed:
    """Every feature of every bar, from the first bar on.

    Raises:
        ConfigError: a user's feature fails, or answers something else than a number a bar.
    """
    found = Computed(np.full((len(bars.day), len(chosen)), np.nan, dtype=np.float32))
    if not len(bars.day):
        return found
    series = np.arange(len(bars.lengths))
    with ThreadPoolExecutor(1) as beside:
        market = beside.submit(of_market, bars, chosen, found)
        of_blocks(bars, series, places(chosen, "block"), found)
        market.result()
    for column, each in places(chosen, "series").items():
        found.values[:, column] = own(each, bars)
    return found


def places(chosen: Sequence[Feature], scope: str) -> dict[int, Feature]:
    """The features of a scope by their column."""
    return {column: each for column, each in enumerate(chosen) if each.scope == scope}


def features(names: Sequence[str]) -> list[Feature]:
    """The registered features of some names.

    Raises:
        ConfigError: one is not registered.
    """
    for name in names:
        if name not in REGISTRY:
            raise ConfigError(
                f'feature "{name}" is not known here; name the module that it came from in features.module'
            )
    return [REGISTRY[name] for name in names]


def in_threads(work: Callable[[Any], None], items: Sequence[Any]) -> None:
    """Do the work on every item, in as many threads as this process has cores, at most four."""
    with ThreadPoolExecutor(min(len(os.sched_getaffinity(0)), 4)) as pool:
        list(pool.map(work, items))


def of_blocks(bars: Bars, series: NDArray[np.int64], chosen: Mapping[int, Feature], found: Computed) -> None:
    """Put the blocks' features of some series, and their states, into what was found."""
    if not chosen or not len(series):
        return
    columns = list(chosen)

    def work(group: NDArray[np.int64]) -> None:
        block = whole(bars, group)
        values = values_of(block, list(chosen.values()))
        for row, one in enumerate(group.tolist()):
            start, end = bars.starts[one], bars.starts[one + 1]
            found.values[start:end, columns] = values[row, : end - start]
        keep(found.states, block.after, group, len(bars.lengths))

    in_threads(work, gathered(bars.lengths, series))


def keep(states: State, after: State, group: NDArray[np.int64], size: int) -> None:
    """Put a block's states at its series' places among all, (S,) each."""
    for key, values in after.items():
        states.setdefault(key, np.full(size, np.nan))[group] = values


def values_of(block: Block, chosen: Sequence[Feature]) -> Values:
    """The features of a block: (S, T, F)."""
    values = np.empty((*block.close.shape, len(chosen)), dtype=np.float32)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        for column, each in enumerate(chosen):
            values[..., column] = each.compute(block)
    return values


def lent(chosen: Sequence[Feature]) -> list[Feature]:
    """The features that a market must be given for some of its own."""
    return features(sorted({name for each in chosen for name in each.needs}))


def of_market(bars: Bars, chosen: Sequence[Feature], found: Computed) -> None:
    """Put the market's features of all bars, and its figures, into what was found."""
    own_ones = places(chosen, "market")
    if not own_ones:
        return
    market = _market(bars)
    needed = lent(list(own_ones.values()))
    extra = Computed(np.full((len(bars.day), len(needed)), np.nan, dtype=np.float32))
    of_blocks(bars, np.arange(len(bars.lengths)), dict(enumerate(needed)), extra)
    market.values = {
        each.name: extra.values[:, column].astype(np.float64) for column, each in enumerate(needed)
    }
    for key, values in extra.states.items():
        found.states.setdefault(key, values)
    ask(market, own_ones, found.values, slice(None))
    found.figures = market.figures


def ask(market: Market, chosen: Mapping[int, Feature], values: Values, rows: Any) -> None:
    """Put a market's features into some rows of the values."""
    with np.errstate(divide="ignore", invalid="ignore"):
        for column, each in chosen.items():
            values[rows, column] = each.compute(market)


def _market(bars: Bars) -> Market:
    number = (bars.day - bars.day.min()).astype(np.int64)
    held = np.bincount(number) > 0
    returns = np.full(len(bars.day), np.nan)
    returns[1:] = np.diff(np.log(bars.fields["close"]))
    returns[bars.starts[:-1]] = np.nan
    session = (np.cumsum(held) - 1)[number]
    series = np.repeat(np.arange(len(bars.lengths)), bars.lengths)
    return Market(series, session, int(held.sum()), bars.member, returns, bars.fields["unit"])


def own(each: Feature, bars: Bars) -> Values:
    """A user's feature of every bar: (R,).

    Raises:
        ConfigError: it fails, or answers something else than a number a bar.
    """
    result = np.full(len(bars.day), np.nan, dtype=np.float32)
    for start, end in zip(bars.starts[:-1].tolist(), bars.starts[1:].tolist(), strict=True):
        result[start:end] = asked(each, bars, start, end)
    return result


def asked(each: Feature, bars: Bars, start: int, end: int) -> Values:
    """A user's feature of some rows of one series: (end - start,).

    Raises:
        ConfigError: it fails, or answers something else than a number a bar.
    """
    given = SimpleNamespace(
        session=bars.day[start:end].copy(),
        **{name: values[start:end].copy() for name, values in bars.fields.items()},
    )
    try:
        with np.errstate(divide="ignore", invalid="ignore"):
            values = np.asarray(each.compute(given), dtype=np.float32)
    except Exception as error:  # noqa: BLE001 (whatever a user's function does, it is told in a line)
        said = str(error).splitlines() or [""]
        raise ConfigError(f'feature "{each.name}" failed: {type(error).__name__}: {said[0]}') from None
    if values.shape != (end - start,):
        raise ConfigError(
            f'feature "{each.name}" answered the shape {values.shape} for {end - start} bars; '
            "it must answer a number a bar"
        )
    return np.where(np.isfinite(values), values, np.float32(np.nan))
