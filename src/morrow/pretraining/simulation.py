"""Simulated markets: daily log returns whose volatility is known, with bars from an intraday path."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from morrow.pretraining.priors import PARTS, QUARTER, Parameters, draw_parameters

VERSION = 1
MOST_LOG = 2.5  # largest deviation of a part of the log volatility
MOST_SHOCK = 5.0  # largest shock, in volatilities, that moves the volatility
GARCH_BOUNDS = (0.2, 8.0)  # of the volatility, relative to its typical size
INTRADAY = 4  # pieces of the session's path
MEAN_ABSOLUTE = 0.8  # of a standard normal shock, about

Array = NDArray[np.float32]


@dataclass(frozen=True)
class Markets:
    """N simulated paths of T sessions in G markets.

    Attributes:
        parameters: of each path.
        returns: (T, N) log returns.
        volatility: (T, N) standard deviation of the session's return known before it, without jumps.
        opened, high, low: (T, N) log of the price over the previous close; NaN for a market without bars.
        volume: (T, N) relative to its typical size; NaN for a market without bars.
    """

    parameters: Parameters
    returns: Array
    volatility: Array
    opened: Array
    high: Array
    low: Array
    volume: Array


def simulate(count: int, sessions: int, seed: int) -> Markets:
    """Simulate ``count`` paths of ``sessions`` sessions; the same seed gives the same paths.

    The log volatility is a sum of three mean-reverting parts, moved by the session's shock (leverage), by its
    size (feedback), by shocks of the market and of its own, and by rare changes of level; for some markets it
    is a GJR-GARCH. Shocks share a factor within a market and have Student t tails and jumps.

    Source: Taylor (1986), Modelling Financial Time Series (stochastic volatility); Chernov, Gallant, Ghysels
    & Tauchen (2003), Journal of Econometrics 116 (several parts, jumps); Glosten, Jagannathan & Runkle
    (1993), Journal of Finance 48(5).
    """
    rng = np.random.default_rng(seed)
    parameters = draw_parameters(count, rng)
    returns, volatility, scale = _simulate_returns(parameters, sessions, rng)
    return Markets(parameters, returns, volatility, *_simulate_bars(parameters, returns, scale, rng))


def _simulate_returns(
    parameters: Parameters, sessions: int, rng: np.random.Generator
) -> tuple[Array, Array, Array]:
    """Returns, volatility and the volatility that the session's range shows: (T, N) each."""
    p, count = parameters, len(parameters.market)
    shocks, scale = _draw_shocks(p, sessions, rng)
    own_share, market_share = np.sqrt(1 - p.shared), np.sqrt(p.shared)
    still = np.sqrt(1 - np.square(p.leverage))
    gain = p.spread * np.sqrt(1 - np.square(p.decay))
    parts = rng.standard_normal((PARTS, count), dtype=np.float32) * p.spread
    level, variance = -np.square(p.spread).sum(0), np.square(p.size)
    returns, volatility = np.empty_like(shocks), np.empty_like(shocks)
    groups = int(p.market[-1]) + 1
    before = np.zeros(count, dtype=np.float32)
    for t in range(sessions):
        sigma = np.where(p.garch, np.sqrt(variance), p.size * np.exp(parts.sum(0) + level))
        move = sigma * shocks[t]
        returns[t], volatility[t] = move + p.memory * before, sigma
        before = move
        common = rng.standard_normal((PARTS, groups), dtype=np.float32)[:, p.market]
        own = rng.standard_normal((PARTS, count), dtype=np.float32)
        bounded = np.clip(shocks[t], -MOST_SHOCK, MOST_SHOCK)
        wave = p.leverage * bounded + still * (market_share * common + own_share * own)
        rise = p.feedback * (np.abs(bounded) - MEAN_ABSOLUTE)
        parts = np.clip(p.decay * parts + gain * (wave + rise), -MOST_LOG, MOST_LOG)
        broken = rng.random(count, dtype=np.float32) < p.break_rate
        if broken.any():
            level = level + broken * p.break_size * rng.standard_normal(count, dtype=np.float32)
        variance = _next_variance(p, variance, move)
    if p.tick.any():
        step = p.tick * p.size
        path = np.cumsum(returns, axis=0, dtype=np.float64)
        rounded = np.diff(np.round(path / np.where(step > 0, step, 1)) * step, axis=0, prepend=0.0)
        returns = np.where(step > 0, rounded, returns).astype(np.float32)
    return returns, volatility, volatility * scale


def _next_variance(p: Parameters, variance: Array, move: Array) -> Array:
    """The GJR-GARCH recursion, held between bounds."""
    size = np.square(p.size)
    square = np.square(move)
    constant = size * (1 - p.alpha - p.beta - p.gamma / 2)
    value = constant + (p.alpha + p.gamma * (move < 0)) * square + p.beta * variance
    low, high = (np.square(bound) for bound in GARCH_BOUNDS)
    return np.asarray(np.clip(value, low * size, high * size), dtype=np.float32)


def _draw_shocks(p: Parameters, sessions: int, rng: np.random.Generator) -> tuple[Array, Array]:
    """Shocks of unit variance but for jumps, and the part of their scale that a range shows: (T, N) each."""
    count, groups = len(p.market), int(p.market[-1]) + 1
    normal = p.loading * rng.standard_normal((sessions, groups), dtype=np.float32)[:, p.market]
    normal += np.sqrt(1 - np.square(p.loading)) * rng.standard_normal((sessions, count), dtype=np.float32)
    mixing = rng.standard_gamma(np.broadcast_to(p.freedom / 2, (sessions, count)), dtype=np.float32)
    tails = np.sqrt((p.freedom - 2) / (2 * np.maximum(mixing, 1e-3)))
    shocks = normal * tails
    due = (np.arange(sessions)[:, None] + p.phase) % QUARTER == 0
    random = rng.random((sessions, count), dtype=np.float32) < p.jump_rate
    jumps = np.where(p.scheduled & (p.jump_rate > 0), due, random)
    shocks += jumps * p.jump_size * rng.standard_normal((sessions, count), dtype=np.float32)
    return shocks, np.power(tails, p.revealed)


def _simulate_bars(
    p: Parameters, returns: Array, scale: Array, rng: np.random.Generator
) -> tuple[Array, Array, Array, Array]:
    """Open, high, low and volume (T, N), from a Brownian path through the session that ends at its return.

    The high and the low of each piece of the path are drawn from their exact distributions given its ends,
    but apart from each other; for that the range shows 8 % less variance than there is.
    """
    bars = np.full((4, *returns.shape), np.nan, dtype=np.float32)
    chosen = np.flatnonzero(p.has_bars)
    if not len(chosen):
        return bars[0], bars[1], bars[2], bars[3]
    close, deviation = returns[:, chosen], scale[:, chosen] * np.sqrt(p.coarse[chosen])
    night = p.overnight[chosen]

    def normal() -> Array:
        return rng.standard_normal(close.shape, dtype=np.float32)

    opened = night * close + np.sqrt(night * (1 - night)) * deviation * normal()
    piece = (1 - night) * np.square(deviation) / INTRADAY
    last, high, low = opened, np.maximum(opened, close), np.minimum(opened, close)
    for index in range(INTRADAY):
        left = INTRADAY - index
        ahead = (
            close if left == 1 else last + (close - last) / left + np.sqrt(piece * (1 - 1 / left)) * normal()
        )
        for side in (1, -1):
            draw = -2 * piece * np.log(rng.random(close.shape, dtype=np.float32) + 1e-12)
            reach = (ahead + last + side * np.sqrt(np.square(ahead - last) + draw)) / 2
            high, low = (np.maximum(high, reach), low) if side > 0 else (high, np.minimum(low, reach))
        last = ahead
    typical = np.abs(close) / p.size[chosen]
    volume = np.exp(0.3 * (np.log1p(typical) - np.log(2)) + 0.25 * normal())
    for place, values in enumerate((opened, high, low, volume)):
        bars[place][:, chosen] = values
    return bars[0], bars[1], bars[2], bars[3]
