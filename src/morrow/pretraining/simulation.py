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
    """

    parameters: Parameters
    returns: Array
    volatility: Array
    opened: Array
    high: Array
    low: Array


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


def _simulate_returns(p: Parameters, sessions: int, rng: np.random.Generator) -> tuple[Array, Array, Array]:
    """Returns, volatility and the volatility that the session's range shows: (T, N) each."""
    shocks, scale = _draw_shocks(p, sessions, rng)
    state = _VolatilityState(
        parts=rng.standard_normal((PARTS, len(p.market)), dtype=np.float32) * p.spread,
        level=-np.square(p.spread).sum(0),
        variance=np.square(p.size),
    )
    returns, volatility = np.empty_like(shocks), np.empty_like(shocks)
    before = np.zeros(len(p.market), dtype=np.float32)
    for t in range(sessions):
        volatility[t] = state.measure(p)
        move = volatility[t] * shocks[t]
        returns[t], before = move + p.memory * before, move
        state = _advance(p, state, shocks[t], move, rng)
    return _round_to_ticks(p, returns), volatility, volatility * scale


@dataclass(frozen=True)
class _VolatilityState:
    """What a session's volatility follows from: parts (3, N) and level (N,) of its log; variance (N,)."""

    parts: Array
    level: Array
    variance: Array

    def measure(self, p: Parameters) -> Array:
        """Volatility of the session: (N,)."""
        stochastic = p.size * np.exp(self.parts.sum(0) + self.level)
        return np.asarray(np.where(p.garch, np.sqrt(self.variance), stochastic))


def _advance(
    p: Parameters, state: _VolatilityState, shocks: Array, move: Array, rng: np.random.Generator
) -> _VolatilityState:
    """The state after a session's shocks and moves: (N,) each."""
    count, groups = len(p.market), int(p.market[-1]) + 1
    common = rng.standard_normal((PARTS, groups), dtype=np.float32)[:, p.market]
    own = rng.standard_normal((PARTS, count), dtype=np.float32)
    bounded = np.clip(shocks, -MOST_SHOCK, MOST_SHOCK)
    news = np.sqrt(p.shared) * common + np.sqrt(1 - p.shared) * own
    wave = p.leverage * bounded + np.sqrt(1 - np.square(p.leverage)) * news
    rise = p.feedback * (np.abs(bounded) - MEAN_ABSOLUTE)
    gain = p.spread * np.sqrt(1 - np.square(p.decay))
    parts = np.clip(p.decay * state.parts + gain * (wave + rise), -MOST_LOG, MOST_LOG)
    broken = rng.random(count, dtype=np.float32) < p.break_rate
    level = state.level + broken * p.break_size * rng.standard_normal(count, dtype=np.float32)
    return _VolatilityState(parts, level, _next_variance(p, state.variance, move))


def _round_to_ticks(p: Parameters, returns: Array) -> Array:
    """Returns (T, N) of paths whose log price is rounded to their price step, where they have one."""
    step = p.tick * p.size
    path = np.cumsum(returns, axis=0, dtype=np.float64)
    rounded = np.diff(np.round(path / np.where(step > 0, step, 1)) * step, axis=0, prepend=0.0)
    return np.asarray(np.where(step > 0, rounded, returns), dtype=np.float32)


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
) -> tuple[Array, Array, Array]:
    """Open, high and low (T, N), from a Brownian path through the session that ends at its return.

    The high and the low of each piece of the path are drawn from their exact distributions given its ends,
    but apart from each other; for that the range shows 8 % less variance than there is.
    """
    opened, high, low = (np.full(returns.shape, np.nan, dtype=np.float32) for _ in range(3))
    chosen = np.flatnonzero(p.has_bars)
    close, deviation = returns[:, chosen], scale[:, chosen] * np.sqrt(p.coarse[chosen])
    night = p.overnight[chosen]
    noise = rng.standard_normal(close.shape, dtype=np.float32)
    first = night * close + np.sqrt(night * (1 - night)) * deviation * noise
    piece = (1 - night) * np.square(deviation) / INTRADAY
    last, highest, lowest = first, np.maximum(first, close), np.minimum(first, close)
    for left in range(INTRADAY, 0, -1):
        noise = rng.standard_normal(close.shape, dtype=np.float32)  # of no weight in the last piece
        ahead = last + (close - last) / left + np.sqrt(piece * (1 - 1 / left)) * noise
        highest = np.maximum(highest, _draw_extreme(last, ahead, piece, 1, rng))
        lowest = np.minimum(lowest, _draw_extreme(last, ahead, piece, -1, rng))
        last = ahead
    opened[:, chosen], high[:, chosen], low[:, chosen] = first, highest, lowest
    return opened, high, low


def _draw_extreme(
    start: Array, end: Array, variance: NDArray[np.floating], side: int, rng: np.random.Generator
) -> Array:
    """The highest (side 1) or lowest (-1) point of Brownian bridges, drawn from its exact distribution."""
    draw = -2 * variance * np.log(rng.random(start.shape, dtype=np.float32) + 1e-12)
    return np.asarray((end + start + side * np.sqrt(np.square(end - start) + draw)) / 2)
