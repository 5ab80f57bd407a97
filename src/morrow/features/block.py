"""Series that features are computed of at once, with recursions that can go on from a kept state."""

from collections.abc import Callable, Mapping
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter

from morrow.features.windows import lagged, window_mean

Array = NDArray[np.float64]
State = dict[str, Array]

SETTLED = 20  # bars before a volatility is believed


class Block:
    """S series of up to T bars, aligned at their first bar or, of tails, at their last.

    Attributes:
        open, high, low, close, volume, unit: (S, T) as :func:`morrow.features.compute` takes them, NaN
            after the end of a shorter series.
        day: (S, T) the sessions' dates.
        offset: (S, 1) bars of the series before those of the block.
        fresh: the first bar along T that the recursions have not seen yet.
        before: the recursions' states at the bar before ``fresh``, (S,) each; empty where it is 0.
        after: their states at each series' last bar, as they are computed.
    """

    def __init__(
        self,
        fields: Mapping[str, Array],
        day: NDArray[np.datetime64],
        last: NDArray[np.int64],
        offset: NDArray[np.int64] | None = None,
        fresh: int = 0,
        before: Mapping[str, Array] | None = None,
    ) -> None:
        """Hold (S, T) fields, dates, and (S,) the place of each series' last bar."""
        self.open, self.high, self.low = fields["open"], fields["high"], fields["low"]
        self.close, self.volume, self.unit = fields["close"], fields["volume"], fields["unit"]
        self.day, self.last = day, last
        self.offset = np.zeros((len(last), 1), np.int64) if offset is None else offset[:, None]
        self.fresh, self.before = fresh, before or {}
        self.after: State = {}
        self._known: dict[object, Array] = {}

    @cached_property
    def log_close(self) -> Array:
        """(S, T) of the adjusted close."""
        return np.log(self.close)

    @cached_property
    def returns(self) -> Array:
        """(S, T) one-session log returns, NaN at a series' first bar."""
        return self.log_close - lagged(self.log_close, 1)

    @cached_property
    def squares(self) -> Array:
        """(S, T) of the returns."""
        return np.square(self.returns)

    @cached_property
    def unit_square(self) -> Array:
        """(S, T) variance that moves are measured in."""
        return self.unit**2

    @cached_property
    def least_square(self) -> Array:
        """(S, T) the variance below which nothing is told apart."""
        return np.asarray((0.05 * self.unit) ** 2)

    @cached_property
    def position(self) -> NDArray[np.int64]:
        """(S, T) bars of the series before each."""
        return np.asarray(np.arange(self.close.shape[-1]) + self.offset)

    @cached_property
    def no_range(self) -> NDArray[np.bool_]:
        """(S, T) whether the bar lacks its open, high or low."""
        return ~(np.isfinite(self.high) & np.isfinite(self.low) & np.isfinite(self.open))

    @cached_property
    def log_high(self) -> Array:
        """(S, T); a bar without one lends its close."""
        return np.log(np.where(self.no_range, self.close, self.high))

    @cached_property
    def log_low(self) -> Array:
        """(S, T); a bar without one lends its close."""
        return np.log(np.where(self.no_range, self.close, self.low))

    @cached_property
    def log_open(self) -> Array:
        """(S, T); a bar without one lends its close."""
        return np.log(np.where(self.no_range, self.close, self.open))

    @cached_property
    def spread(self) -> Array:
        """(S, T) log high less log low."""
        return self.log_high - self.log_low

    def once(self, key: object, compute: Callable[[], Array]) -> Array:
        """What was computed under a key, computed once."""
        if key not in self._known:
            self._known[key] = compute()
        return self._known[key]

    def mean(self, size: int) -> Array:
        """(S, T) of the last log closes."""
        return self.once(("mean", size), lambda: window_mean(self.log_close, size))

    def ewma(self, key: str, values: Callable[[], Array], span: float, first: int = 1) -> Array:
        """Exponentially weighted mean with weights that sum to one: (S, T), NaN before bar ``first``.

        Args:
            key: names the values; with the span it names the state.
            values: answers them, (S, T), finite from bar ``first`` of a series on.
            span: the weight of the newest value is 2 / (span + 1).
            first: the first bar of a series that counts.
        """
        weight = 2 / (span + 1)
        return self.once((key, span), lambda: self._ewma(f"{key}/{span}", values(), weight, first))

    def _ewma(self, key: str, values: Array, weight: float, first: int) -> Array:
        total = self.recursion(key, values, weight, 1 - weight, first)
        length = int(self.position[:, -1].max()) + 1
        weights = lfilter([weight], [1.0, weight - 1.0], np.ones(max(length - first, 1)))
        return np.asarray(total / weights[np.maximum(self.position - first, 0)])

    def recursion(
        self, key: str, values: Array, gain: float, keep: float, first: int, start: Array | None = None
    ) -> Array:
        """``y = gain × value + keep × y before``: (S, T), NaN before bar ``first`` of a series.

        Args:
            key: names the state.
            values: (S, T).
            gain: weight of the newest value.
            keep: weight of what was there before.
            first: the first bar of a series that is run through.
            start: (S,) the value before it; 0 where None.
        """
        result = np.full(values.shape, np.nan)
        begin = self.fresh or first
        if begin < values.shape[-1]:
            known = self.before[key] if self.fresh else np.zeros(len(values)) if start is None else start
            result[:, begin:], _ = lfilter(
                [gain], [1.0, -keep], values[:, begin:], axis=-1, zi=(keep * known)[:, None]
            )
        self.after[key] = np.take_along_axis(result, self.last[:, None], axis=-1)[:, 0]
        return result

    def wilder(self, key: str, values: Array, period: int) -> Array:
        """Wilder's mean: of the first ``period`` values after the first bar, then smoothed: (S, T).

        NaN before bar ``period``. Source: Wilder (1978), New Concepts in Technical Trading Systems.
        """
        if self.fresh:
            return self.recursion(key, values, 1 / period, 1 - 1 / period, period + 1)
        if values.shape[-1] <= period:
            self.after[key] = np.full(len(values), np.nan)
            return np.full(values.shape, np.nan)
        seed = values[:, 1 : period + 1].sum(axis=1) / period
        result = self.recursion(key, values, 1 / period, 1 - 1 / period, period + 1, seed)
        result[:, period] = seed
        self.after[key] = np.take_along_axis(result, self.last[:, None], axis=-1)[:, 0]
        return result

    def settled(self, values: Array, bars: int = SETTLED) -> Array:
        """The same, unknown at each series' first bars: (S, T)."""
        values[self.position < bars] = np.nan
        return values

    def log_ratio(self, variance: Array) -> Array:
        """Log of a volatility over the unit, from below bounded where nothing moved: (S, T)."""
        return np.asarray(0.5 * np.log(np.maximum(variance, self.least_square) / self.unit_square))
