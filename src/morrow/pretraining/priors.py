"""Parameters of simulated markets, drawn anew for every path from ranges that real daily prices show."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
PARTS = 3  # of the log volatility: fast, middle and slow
GROUP_SIZES = (1, 1, 2, 4, 8, 16, 32)  # paths of one market; drawn with equal chance
GARCH_SHARE = 0.25
BARS_SHARE = 0.5  # of the markets that have open, high, low and volume
QUARTER = 63  # sessions between scheduled announcements


@dataclass(frozen=True)
class Parameters:
    """Parameters of N paths in G markets; arrays are (N,) but for those by part, (3, N).

    Attributes:
        market: int, the market of each path.
        size: typical volatility of a session's log return.
        decay, spread: (3, N) of each part of the log volatility: autocorrelation and standard deviation.
        leverage: correlation of a session's shock with that to the log volatility.
        feedback: (3, N) rise of the log volatility with the absolute shock, per deviation of the part.
        freedom: degrees of freedom of the Student t shocks.
        loading: correlation of a path's shocks with its market's.
        shared: share of the volatility's shocks that are its market's.
        jump_rate: chance of a jump on a session; jump_size: its standard deviation, in volatilities.
        scheduled: bool, jumps come every quarter at ``phase`` instead of at random.
        break_rate: chance of a lasting change of level; break_size: its standard deviation, log.
        garch: bool, a GJR-GARCH with ``alpha``, ``gamma`` and ``beta`` drives the volatility instead.
        memory: autocorrelation of returns.
        tick: price step in volatilities, 0 for none.
        has_bars: bool; overnight: share of the variance before the open; coarse: factor on the variance
            that a range shows.
        revealed: share of a Student t shock's scale that the session's range shows.
    """

    market: NDArray[np.int64]
    size: Array
    decay: Array
    spread: Array
    leverage: Array
    feedback: Array
    freedom: Array
    loading: Array
    shared: Array
    jump_rate: Array
    jump_size: Array
    scheduled: NDArray[np.bool_]
    phase: NDArray[np.int64]
    break_rate: Array
    break_size: Array
    garch: NDArray[np.bool_]
    alpha: Array
    gamma: Array
    beta: Array
    memory: Array
    tick: Array
    has_bars: NDArray[np.bool_]
    overnight: Array
    coarse: Array
    revealed: Array


def draw_markets(count: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Assign each of ``count`` paths to a market of 1 to 32 paths: (N,), ascending."""
    sizes: list[int] = []
    while sum(sizes) < count:
        sizes.append(int(rng.choice(GROUP_SIZES)))
    return np.repeat(np.arange(len(sizes)), sizes)[:count]


def draw_parameters(count: int, rng: np.random.Generator) -> Parameters:
    """Draw parameters for ``count`` paths. Paths of one market resemble each other.

    The spreads, tails and jumps were matched to the autocorrelation of absolute returns at lags of 1 to 120
    sessions, the kurtosis, the leverage and the spread of monthly volatility on the first half of four real
    universes. Source of the form and of the other ranges: Engle & Patton (2001), Quantitative Finance 1(2)
    (persistence, leverage); Corsi (2009), Journal of Financial Econometrics 7(2) (three time scales); Cont
    (2001), Quantitative Finance 1(2) (tails); Hansen & Lunde (2005), Journal of Applied Econometrics 20(7)
    (GARCH parameters); Lee & Mykland (2008), Review of Financial Studies 21(6) (jumps, announcements).
    """
    market = draw_markets(count, rng)
    groups = int(market[-1]) + 1

    def mix(low: float, high: float, own: float = 0.3) -> NDArray[np.float64]:
        """Uniform between two bounds: a market's draw, of which each path takes a share of its own."""
        return low + (high - low) * ((1 - own) * rng.random(groups)[market] + own * rng.random(count))

    def log_mix(low: float, high: float, own: float = 0.3) -> NDArray[np.float64]:
        return np.exp(mix(np.log(low), np.log(high), own))

    def chance(share: float) -> NDArray[np.bool_]:
        return np.asarray((rng.random(groups) < share)[market])

    half_life = np.stack([log_mix(1.5, 10), log_mix(15, 70), log_mix(120, 700)])
    spread = np.stack([mix(0.0, 0.35), mix(0.05, 0.35), mix(0.15, 0.6)]) * np.where(chance(0.2), 0.4, 1)
    alpha, gamma = mix(0.02, 0.15), mix(0, 0.15) * chance(0.7)
    sign = rng.choice([1.0, 1.0, 1.0, 0.2, -0.4], groups)[market]
    feedback = np.where(chance(0.8), mix(0.0, 0.7), 0.0)
    values = {
        "size": np.exp(rng.normal(np.log(0.012), 0.5, groups)[market] + rng.normal(0, 0.3, count)),
        "decay": 0.5 ** (1 / half_life),
        "spread": spread,
        "leverage": -0.95 * rng.beta(1.5, 2.5, groups)[market] * sign * mix(0.6, 1.0),
        "feedback": feedback * np.array([1.0, 0.6, 0.1])[:, None],
        "freedom": log_mix(4.0, 50),
        "loading": np.sqrt(mix(0.0, 0.85)),
        "shared": mix(0.0, 0.95, 0.15),
        "jump_rate": np.where(chance(0.3), 0.0, log_mix(0.002, 0.025)),
        "jump_size": mix(2, 5),
        "break_rate": np.where(chance(0.7), 0.0, log_mix(1 / 1000, 1 / 150)),
        "break_size": mix(0.2, 0.8),
        "alpha": alpha,
        "gamma": gamma,
        "beta": np.clip(mix(0.9, 0.995) - alpha - gamma / 2, 0.5, 0.97),
        "memory": rng.normal(0, 0.03, groups)[market] + rng.normal(0, 0.02, count),
        "tick": np.where(chance(0.1), log_mix(0.02, 0.5), 0.0),
        "overnight": mix(0.02, 0.5),
        "coarse": np.exp(rng.normal(-0.05, 0.15, count)),
        "revealed": rng.random(groups)[market],
    }
    return Parameters(
        market=market,
        scheduled=(rng.random(count) < 0.35),
        phase=rng.integers(0, QUARTER, count),
        garch=chance(GARCH_SHARE),
        has_bars=chance(BARS_SHARE),
        **{name: np.asarray(value, dtype=np.float32) for name, value in values.items()},
    )
