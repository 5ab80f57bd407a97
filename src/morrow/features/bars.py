"""The bars that features are computed from: flat arrays of all series, and blocks of aligned series."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.signal import lfilter

from morrow.features.declaration import FIELDS
from morrow.features.windows import lag_values, window_mean

Array = NDArray[np.float64]

UNIT_WARM_UP = 20  # bars before a volatility is known
BLOCK_BARS = 40_000  # bars per block, so that its arrays stay in a core's cache
SHORTEST_SHARE = 0.8  # a block's shortest series has at least this share of its longest one's bars


@dataclass(frozen=True)
class Bars:
    """R bars as arrays, one series after another.

    Attributes:
        starts: (S + 1,) the first row of each series, then R.
        day: (R,) the sessions' dates.
        fields: (R,) each: open, high, low, close, volume and unit.
        member: (R,) whether the symbol was in the universe on that session.
    """

    starts: NDArray[np.int64]
    day: NDArray[np.datetime64]
    fields: Mapping[str, Array]
    member: NDArray[np.bool_]

    @classmethod
    def from_frame(cls, bars: pd.DataFrame) -> "Bars":
        """Build the arrays from a frame as passed to :func:`morrow.features.compute`."""
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

    def group_series(self) -> list[NDArray[np.int64]]:
        """Group the series by similar length; each group makes one block."""
        groups: list[list[int]] = []
        longest = 0
        for series in np.argsort(-self.lengths, kind="stable").tolist():
            length = int(self.lengths[series])
            full = bool(groups) and (len(groups[-1]) + 1) * longest > BLOCK_BARS
            if not groups or full or length < SHORTEST_SHARE * longest:
                groups.append([])
                longest = length
            groups[-1].append(series)
        return [np.array(group) for group in groups]

    def make_block(self, group: NDArray[np.int64]) -> "Block":
        """Build the block of a group of series (G,)."""
        shape = len(group), int(self.lengths[group].max())
        fields = {name: np.full(shape, np.nan) for name in self.fields}
        day = np.zeros(shape, "datetime64[D]")
        for row, series in enumerate(group.tolist()):
            start, end = self.starts[series], self.starts[series + 1]
            for name, values in self.fields.items():
                fields[name][row, : end - start] = values[start:end]
            day[row, : end - start] = self.day[start:end]
        return Block(fields, day)


class Block:
    """S series of up to T bars, aligned at their first bar: the input of most features.

    Attributes:
        open, high, low, close, volume, unit: (S, T) as in :func:`morrow.features.compute`, NaN past the
            end of a shorter series.
        day: (S, T) the sessions' dates.
    """

    def __init__(self, fields: Mapping[str, Array], day: NDArray[np.datetime64]) -> None:
        """Store (S, T) fields and dates."""
        self.open, self.high, self.low = fields["open"], fields["high"], fields["low"]
        self.close, self.volume, self.unit = fields["close"], fields["volume"], fields["unit"]
        self.day = day
        self._cache: dict[object, Array] = {}

    @cached_property
    def log_close(self) -> Array:
        """(S, T) log of the adjusted close."""
        return np.log(self.close)

    @cached_property
    def returns(self) -> Array:
        """(S, T) one-session log returns, NaN at a series' first bar."""
        return self.log_close - lag_values(self.log_close, 1)

    @cached_property
    def squares(self) -> Array:
        """(S, T) squared one-session log returns."""
        return np.square(self.returns)

    @cached_property
    def unit_square(self) -> Array:
        """(S, T) the squared unit: the variance that scales returns."""
        return self.unit**2

    @cached_property
    def least_square(self) -> Array:
        """(S, T) lower bound for variances."""
        return np.asarray((0.05 * self.unit) ** 2)

    @cached_property
    def no_range(self) -> NDArray[np.bool_]:
        """(S, T) whether the bar lacks its open, high or low."""
        return ~(np.isfinite(self.high) & np.isfinite(self.low) & np.isfinite(self.open))

    @cached_property
    def log_high(self) -> Array:
        """(S, T) log high; log close where the bar has no range."""
        return np.log(np.where(self.no_range, self.close, self.high))

    @cached_property
    def log_low(self) -> Array:
        """(S, T) log low; log close where the bar has no range."""
        return np.log(np.where(self.no_range, self.close, self.low))

    @cached_property
    def log_open(self) -> Array:
        """(S, T) log open; log close where the bar has no range."""
        return np.log(np.where(self.no_range, self.close, self.open))

    @cached_property
    def spread(self) -> Array:
        """(S, T) log high minus log low."""
        return self.log_high - self.log_low

    def compute_once(self, key: object, compute: Callable[[], Array]) -> Array:
        """Compute a result that several features share, once per key."""
        if key not in self._cache:
            self._cache[key] = compute()
        return self._cache[key]

    def mean(self, size: int) -> Array:
        """(S, T) mean of the last ``size`` log closes."""
        return self.compute_once(("mean", size), lambda: window_mean(self.log_close, size))

    def ewma(self, key: str, values: Callable[[], Array], span: float, first: int = 1) -> Array:
        """Exponentially weighted mean with weights that sum to one: (S, T), NaN before bar ``first``.

        Args:
            key: name of the values.
            values: returns them, (S, T), finite from bar ``first`` of a series on.
            span: the weight of the newest value is 2 / (span + 1).
            first: the first bar of a series to include.
        """

        def compute() -> Array:
            weight = 2 / (span + 1)
            total = filter_recursively(values(), weight, 1 - weight, first)
            bars = np.arange(total.shape[-1])
            weights = lfilter([weight], [1.0, weight - 1.0], np.ones(max(len(bars) - first, 1)))
            return np.asarray(total / weights[np.maximum(bars - first, 0)])

        return self.compute_once((key, span), compute)

    def log_ratio(self, variance: Array) -> Array:
        """Log ratio of a volatility to the unit, bounded below where prices did not move: (S, T)."""
        return np.asarray(0.5 * np.log(np.maximum(variance, self.least_square) / self.unit_square))


def mask_warm_up(values: Array, bars: int = UNIT_WARM_UP) -> Array:
    """Set each series' first bars to NaN, in place: (S, T) -> (S, T)."""
    values[:, :bars] = np.nan
    return values


def filter_recursively(
    values: Array, gain: float, keep: float, first: int, start: Array | None = None
) -> Array:
    """``y = gain × value + keep × previous y``: (S, T), NaN before bar ``first`` of a series.

    Args:
        values: (S, T).
        gain: weight of the newest value.
        keep: weight of the previous result.
        first: the first bar of a series to filter.
        start: (S,) the result before that bar; None for 0.
    """
    result = np.full(values.shape, np.nan)
    if first < values.shape[-1]:
        state = np.zeros(len(values)) if start is None else start
        result[:, first:], _ = lfilter(
            [gain], [1.0, -keep], values[:, first:], axis=-1, zi=(keep * state)[:, None]
        )
    return result


def wilder_mean(values: Array, period: int) -> Array:
    """Wilder's smoothing, seeded with the mean of the ``period`` values after bar 0: (S, T), NaN until then.

    Source: Wilder (1978), New Concepts in Technical Trading Systems.
    """
    if values.shape[-1] <= period:
        return np.full(values.shape, np.nan)
    seed = values[:, 1 : period + 1].sum(axis=1) / period
    result = filter_recursively(values, 1 / period, 1 - 1 / period, period + 1, seed)
    result[:, period] = seed
    return result
