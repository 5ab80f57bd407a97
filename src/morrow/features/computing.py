"""From bars to the features of every bar: of blocks of series, then of the market, then a user's own."""

import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from morrow.errors import ConfigError
from morrow.features.block import Array, Block
from morrow.features.declared import FIELDS, Feature
from morrow.features.market import Market
from morrow.features.registry import REGISTRY

HELD = 40_000  # bars of a block: its arrays stay in a core's cache
RAGGED = 0.8  # a block's shortest series is no shorter than this share of its longest


@dataclass(frozen=True)
class Bars:
    """R bars, series after series, as arrays.

    Attributes:
        starts: (S + 1,) where each series begins, and R.
        day: (R,) the sessions' dates.
        fields: (R,) open, high, low, close, volume and unit.
        member: (R,) whether the symbol was in the universe on that session.
    """

    starts: NDArray[np.int64]
    day: NDArray[np.datetime64]
    fields: Mapping[str, Array]
    member: NDArray[np.bool_]

    @classmethod
    def of(cls, bars: pd.DataFrame) -> "Bars":
        """The arrays of a frame as :func:`compute` takes it."""
        series = bars["series"].to_numpy()
        edges = np.flatnonzero(np.diff(series)) + 1
        starts = np.concatenate([[0], edges, [len(series)]]) if len(series) else np.zeros(1, np.int64)
        return cls(
            starts=starts.astype(np.int64),
            day=bars["session"].to_numpy("datetime64[D]"),
            fields={name: bars[name].to_numpy(np.float64) for name in (*FIELDS, "unit")},
            member=bars["member"].to_numpy(bool) if "member" in bars else np.ones(len(series), bool),
        )

    @property
    def lengths(self) -> NDArray[np.int64]:
        """(S,) bars of each series."""
        return np.diff(self.starts)


def compute(bars: pd.DataFrame, names: Sequence[str]) -> NDArray[np.float32]:
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
    given = Bars.of(bars)
    result = np.full((len(bars), len(names)), np.nan, dtype=np.float32)
    place = {name: column for column, name in enumerate(names)}
    _blocks(given, [each for each in chosen if each.scope == "block"], place, result)
    _market(given, [each for each in chosen if each.scope == "market"], place, result)
    for each in chosen:
        if each.scope == "series":
            result[:, place[each.name]] = own(each, given)
    return result


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


def gathered(lengths: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """Series of about the same length in groups that make a block each."""
    order = np.argsort(-lengths, kind="stable")
    groups: list[list[int]] = []
    longest = 0
    for series in order.tolist():
        length = int(lengths[series])
        if not groups or length < RAGGED * longest or (len(groups[-1]) + 1) * longest > HELD:
            groups.append([])
            longest = length
        groups[-1].append(series)
    return [np.array(group) for group in groups]


def block_of(bars: Bars, group: NDArray[np.int64]) -> Block:
    """The block of some series (G,), from their first bar on."""
    lengths = bars.lengths[group]
    length = int(lengths.max())
    fields = {name: np.full((len(group), length), np.nan) for name in bars.fields}
    day = np.zeros((len(group), length), "datetime64[D]")
    for row, series in enumerate(group.tolist()):
        start, end = bars.starts[series], bars.starts[series + 1]
        for name, values in bars.fields.items():
            fields[name][row, : end - start] = values[start:end]
        day[row, : end - start] = bars.day[start:end]
    return Block(fields, day, lengths - 1)


def workers() -> int:
    """Threads that blocks are computed in: the cores that this process may use, at most four."""
    return min(len(os.sched_getaffinity(0)), 4)


def _blocks(
    bars: Bars, chosen: Sequence[Feature], place: Mapping[str, int], result: NDArray[np.float32]
) -> None:
    if not chosen or len(bars.day) == 0:
        return
    columns = [place[each.name] for each in chosen]

    def work(group: NDArray[np.int64]) -> None:
        block = block_of(bars, group)
        values = values_of(block, chosen)
        for row, series in enumerate(group.tolist()):
            start, end = bars.starts[series], bars.starts[series + 1]
            result[start:end, columns] = values[row, : end - start]

    with ThreadPoolExecutor(workers()) as pool:
        list(pool.map(work, gathered(bars.lengths)))


def values_of(block: Block, chosen: Sequence[Feature]) -> NDArray[np.float32]:
    """The features of a block: (S, T, F)."""
    values = np.empty((*block.close.shape, len(chosen)), dtype=np.float32)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        for column, each in enumerate(chosen):
            values[..., column] = each.compute(block)
    return values


def market_of(bars: Bars) -> Market:
    """The market of some bars, no other feature in it yet."""
    number = (bars.day - bars.day.min()).astype(np.int64)
    held = np.bincount(number) > 0
    session = (np.cumsum(held) - 1)[number]
    returns = np.full(len(bars.day), np.nan)
    returns[1:] = np.diff(np.log(bars.fields["close"]))
    returns[bars.starts[:-1]] = np.nan
    return Market(session, int(held.sum()), bars.member, returns, bars.fields["unit"])


def _market(
    bars: Bars, chosen: Sequence[Feature], place: Mapping[str, int], result: NDArray[np.float32]
) -> None:
    if not chosen or len(bars.day) == 0:
        return
    market = market_of(bars)
    needed = sorted({name for each in chosen for name in each.needs})
    lent = np.full((len(bars.day), len(needed)), np.nan, dtype=np.float32)
    _blocks(bars, features(needed), {name: column for column, name in enumerate(needed)}, lent)
    market.values = {name: lent[:, column].astype(np.float64) for column, name in enumerate(needed)}
    with np.errstate(divide="ignore", invalid="ignore"):
        for each in chosen:
            result[:, place[each.name]] = each.compute(market)


def own(each: Feature, bars: Bars) -> NDArray[np.float32]:
    """A user's feature of every bar: (R,).

    Raises:
        ConfigError: it fails, or answers something else than a number a bar.
    """
    result = np.full(len(bars.day), np.nan, dtype=np.float32)
    for start, end in zip(bars.starts[:-1], bars.starts[1:], strict=True):
        result[start:end] = _asked(each, bars, int(start), int(end))
    return result


def _asked(each: Feature, bars: Bars, start: int, end: int) -> NDArray[Any]:
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
