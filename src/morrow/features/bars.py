"""The bars that features are computed of, as arrays, and how they are laid in blocks."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from morrow.features.block import Array, Block, State
from morrow.features.declared import FIELDS

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
        symbols: of each series.
    """

    starts: NDArray[np.int64]
    day: NDArray[np.datetime64]
    fields: Mapping[str, Array]
    member: NDArray[np.bool_]
    symbols: tuple[str, ...]

    @classmethod
    def of(cls, bars: pd.DataFrame) -> "Bars":
        """The arrays of a frame as :func:`morrow.features.compute` takes it."""
        series = bars["series"].to_numpy()
        edges = np.flatnonzero(np.diff(series)) + 1
        starts = np.concatenate([[0], edges, [len(series)]]) if len(series) else np.zeros(1, np.int64)
        named = bars["symbol"].iloc[starts[:-1]] if "symbol" in bars else series[starts[:-1]]
        return cls(
            starts=starts.astype(np.int64),
            day=bars["session"].to_numpy("datetime64[D]"),
            fields={name: bars[name].to_numpy(np.float64) for name in (*FIELDS, "unit")},
            member=bars["member"].to_numpy(bool) if "member" in bars else np.ones(len(series), bool),
            symbols=tuple(map(str, named)),
        )

    @property
    def lengths(self) -> NDArray[np.int64]:
        """(S,) bars of each series."""
        return np.diff(self.starts)

    def rows(self, series: NDArray[np.int64] | list[int], last: NDArray[np.int64]) -> NDArray[np.int64]:
        """Rows of the last bars of some series, so many of each."""
        ends = self.starts[np.asarray(series, np.int64) + 1]
        offsets = np.arange(int(last.sum())) - np.repeat(np.cumsum(last) - last, last)
        return np.asarray(np.repeat(ends - last, last) + offsets)


def gathered(lengths: NDArray[np.int64], series: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """Some series in groups of about the same length, that make a block each.

    Args:
        lengths: (S,) of all series.
        series: those to gather.
    """
    order = series[np.argsort(-lengths[series], kind="stable")]
    groups: list[list[int]] = []
    longest = 0
    for one in order.tolist():
        length = int(lengths[one])
        if not groups or length < RAGGED * longest or (len(groups[-1]) + 1) * longest > HELD:
            groups.append([])
            longest = length
        groups[-1].append(one)
    return [np.array(group) for group in groups]


def whole(bars: Bars, group: NDArray[np.int64]) -> Block:
    """The block of some series (G,), from their first bar on."""
    lengths = bars.lengths[group]
    shape = len(group), int(lengths.max())
    fields = {name: np.full(shape, np.nan) for name in bars.fields}
    day = np.zeros(shape, "datetime64[D]")
    for row, series in enumerate(group.tolist()):
        start, end = bars.starts[series], bars.starts[series + 1]
        for name, values in bars.fields.items():
            fields[name][row, : end - start] = values[start:end]
        day[row, : end - start] = bars.day[start:end]
    return Block(fields, day, lengths - 1)


def tail(bars: Bars, group: NDArray[np.int64], length: int, fresh: int, before: State) -> Block:
    """The block of the last bars of some series (G,), whose recursions go on from the states before.

    Args:
        bars: of all series.
        group: those of the block.
        length: last bars of each.
        fresh: the bars at their end that are new.
        before: (G,) each, the recursions' states at the bar before the new ones.
    """
    rows = bars.starts[group + 1][:, None] + np.arange(-length, 0)  # (G, L)
    fields = {name: values[rows] for name, values in bars.fields.items()}
    last = np.full(len(group), length - 1)
    return Block(fields, bars.day[rows], last, bars.lengths[group] - length, length - fresh, before)
