"""Bars out of moves: prices as traded, ranges from an intraday path, volumes, ticks and factors."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from benchmarks.market.moves import Floats, Moves, persistent

OHLCV = ("open", "high", "low", "close", "volume")
_DIGITS = 6


@dataclass(frozen=True, eq=False)
class Market:
    """True bars of S symbols on T sessions.

    Attributes:
        style: what kind of market it is.
        calendar: in the words of ``morrow.toml``.
        symbols: (S,) names.
        days: (T,) sessions, datetime64[D].
        fields: (S, T) by name, as traded: OHLCV, or close alone.
        factor: (S, T) cumulative split × dividend factor, 1 on the first session.
        split: (S, T) the split part of it.
        trades: (S, T) whether there is a bar.
    """

    style: str
    calendar: str
    symbols: tuple[str, ...]
    days: NDArray[np.datetime64]
    fields: Mapping[str, Floats]
    factor: Floats
    split: Floats
    trades: NDArray[np.bool_]

    def only_closes(self) -> "Market":
        """The same market as a vendor of closes sees it."""
        return replace(self, style="close-only", fields={"close": self.fields["close"]})

    @property
    def rows(self) -> int:
        """Number of bars."""
        return int(self.trades.sum())


def trade_prices(
    moves: Moves, start: Floats, split: Floats, dividend: Floats, ticks: Floats, rng: np.random.Generator
) -> dict[str, Floats]:
    """Open, high, low, close and volume as traded, each (S, T).

    The range is that of a Brownian bridge from open to close: the highest of a bridge that ends d higher,
    of variance s², is (d + √(d² − 2 s² log u)) / 2 for a uniform u.

    Args:
        moves: what happened.
        start: (S,) first adjusted price.
        split: (S, T) cumulative.
        dividend: (S, T) cumulative.
        ticks: (S,) smallest price step; 0 rounds to six significant digits.
        rng: of everything drawn.
    """
    adjusted = start[:, None] * np.exp(np.cumsum(moves.returns, axis=1))
    close = adjusted / (split * dividend)
    jitter = rng.standard_normal(close.shape)
    opening = (
        moves.returns * moves.overnight + 0.35 * np.minimum(np.sqrt(moves.variance), moves.intraday) * jitter
    )
    inside = moves.returns - opening  # (S, T) from open to close
    swing = -2 * moves.intraday**2
    up = (inside + np.sqrt(inside**2 + swing * np.log(rng.uniform(1e-12, 1, close.shape)))) / 2
    down = (inside - np.sqrt(inside**2 + swing * np.log(rng.uniform(1e-12, 1, close.shape)))) / 2
    opened = close * np.exp(-inside)
    prices = {"open": opened, "high": opened * np.exp(up), "low": opened * np.exp(down), "close": close}
    fields = {name: round_prices(price, ticks) for name, price in prices.items()}
    fields["high"] = np.maximum(fields["high"], np.maximum(fields["open"], fields["close"]))
    fields["low"] = np.minimum(fields["low"], np.minimum(fields["open"], fields["close"]))
    return fields | {"volume": _volume(moves, split, rng)}


def round_prices(prices: Floats, ticks: Floats) -> Floats:
    """Prices on their ticks, at least one; 0 rounds to six significant digits."""
    step = np.broadcast_to(ticks[:, None], prices.shape)
    significant = 10.0 ** (np.floor(np.log10(prices)) - _DIGITS + 1)
    step = np.where(step > 0, step, significant)
    digits = np.round(-np.log10(step)).astype(int)
    result = np.maximum(np.rint(prices / step), 1) * step
    for digit in np.unique(digits):
        at = digits == digit
        result[at] = np.round(result[at], min(max(int(digit) + 2, 0), 12))
    return result


def log_returns(market: Market) -> Floats:
    """Log returns of the adjusted close from each bar to the next, (S, T); NaN where there is no bar."""
    value = np.log(market.fields["close"] * market.factor)
    result = np.full(value.shape, np.nan)
    for symbol, trades in enumerate(market.trades):
        at = np.flatnonzero(trades)
        result[symbol, at[1:]] = np.diff(value[symbol, at])
    return result


def _volume(moves: Moves, split: Floats, rng: np.random.Generator) -> Floats:
    symbols, sessions = moves.returns.shape
    base = 13.5 + 1.5 * rng.standard_normal((symbols, 1))
    slow = persistent(symbols, sessions, 0.995, 0.5, rng) + persistent(symbols, sessions, 0.7, 0.25, rng)
    usual = np.median(moves.variance, axis=1, keepdims=True)
    moved = 0.35 * np.log(moves.variance / usual)
    noise = 0.2 * rng.standard_normal(moved.shape)
    volume: Floats = np.exp(base + slow + moved + moves.busy + noise) * split
    return np.maximum(np.rint(volume), 100.0)
