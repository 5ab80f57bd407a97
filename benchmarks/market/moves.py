"""Daily log returns and the variance that each day had: factors, clustering and fat tails, no prices yet."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter

Floats = NDArray[np.float64]

_BURN_IN = 300


@dataclass(frozen=True)
class Temper:
    """How a kind of market moves.

    Attributes:
        market: daily volatility of the shared factor.
        sector: of each sector's own factor.
        own: median daily volatility of what belongs to a symbol alone.
        spread: standard deviation of the logarithm of ``own`` among symbols.
        tail: degrees of freedom of the t-distributed shocks.
        clustering: standard deviation of the log volatility, which is an AR(1) with coefficient 0.98.
    """

    market: float
    sector: float
    own: float
    spread: float
    tail: float
    clustering: float


@dataclass
class Moves:
    """What happened on each day, (S, T), before it is made into bars.

    Attributes:
        returns: log returns of the adjusted close.
        variance: of the day, known only to the generator; ranges and volumes follow it.
        overnight: share of the return that comes before the open.
        intraday: standard deviation of the path between open and close.
        busy: log of how much more than usual was traded.
        trades: whether there is a bar.
    """

    returns: Floats
    variance: Floats
    overnight: Floats
    intraday: Floats
    busy: Floats
    trades: NDArray[np.bool_]


def draw(temper: Temper, symbols: int, sessions: int, rng: np.random.Generator) -> Moves:
    """Draw ordinary days: a market and sector factors with loadings, and each symbol's own shocks."""
    shared, shared_var = _shocks(temper, temper.market, 1, sessions, rng)
    sectors, sector_var = _shocks(temper, temper.sector, max(symbols // 12, 1), sessions, rng)
    sector = rng.integers(0, len(sectors), symbols)
    beta = rng.normal(1.0, 0.3, symbols).clip(0.2, 2.0)[:, None]
    load = rng.uniform(0.4, 1.4, symbols)[:, None]
    scale = temper.own * np.exp(temper.spread * rng.standard_normal(symbols))
    own, own_var = _shocks(temper, 1.0, symbols, sessions, rng)
    returns = beta * shared + load * sectors[sector] + scale[:, None] * own  # (S, T)
    variance = beta**2 * shared_var + load**2 * sector_var[sector] + scale[:, None] ** 2 * own_var
    return Moves(
        returns=returns,
        variance=variance,
        overnight=np.full(returns.shape, 0.3),
        intraday=0.8 * np.sqrt(variance),
        busy=np.zeros(returns.shape),
        trades=np.ones(returns.shape, dtype=bool),
    )


def persistent(rows: int, columns: int, coefficient: float, size: float, rng: np.random.Generator) -> Floats:
    """AR(1) paths, (rows, columns), with the given standard deviation."""
    steps = rng.standard_normal((rows, columns + _BURN_IN)) * size * np.sqrt(1 - coefficient**2)
    path: Floats = lfilter([1.0], [1.0, -coefficient], steps, axis=1)[:, _BURN_IN:]
    return path


def _shocks(
    temper: Temper, size: float, rows: int, columns: int, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """Shocks with stochastic volatility and t tails, and each day's variance: (rows, columns) both."""
    level = persistent(rows, columns, 0.98, temper.clustering, rng)
    mixing = (temper.tail - 2) / rng.chisquare(temper.tail, (rows, columns))
    variance = size**2 * np.exp(2 * level - 2 * temper.clustering**2) * mixing
    return np.sqrt(variance) * rng.standard_normal((rows, columns)), variance
