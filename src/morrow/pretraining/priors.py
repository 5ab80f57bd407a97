"""Parameters of simulated markets, drawn anew for every path from ranges that real daily prices show."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
Draw = NDArray[np.float64]
PARTS = 3  # of the log volatility: fast, middle and slow
GROUP_SIZES = (1, 1, 2, 4, 8, 16, 32)  # paths of one market; drawn with equal chance
GARCH_SHARE = 0.25
BARS_SHARE = 0.5  # of the markets that have open, high and low
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
    draws = _Draws(draw_markets(count, rng), rng)
    values = {**_draw_volatility(draws), **_draw_shocks(draws), **_draw_garch(draws), **_draw_bars(draws)}
    return Parameters(
        market=draws.market,
        scheduled=(rng.random(count) < 0.35),
        phase=rng.integers(0, QUARTER, count),
        garch=draws.chance(GARCH_SHARE),
        has_bars=draws.chance(BARS_SHARE),
        **{name: np.asarray(value, dtype=np.float32) for name, value in values.items()},
    )


class _Draws:
    """Draws for N paths, of which each path shares a part with its market: (N,) each."""

    def __init__(self, market: NDArray[np.int64], rng: np.random.Generator) -> None:
        self.market, self.rng = market, rng
        self.count, self.groups = len(market), int(market[-1]) + 1

    def uniform(self, low: float, high: float, own: float = 0.3) -> Draw:
        """Uniform between two bounds: a market's draw, of which each path takes a share of its own."""
        shared = self.rng.random(self.groups)[self.market]
        return np.asarray(low + (high - low) * ((1 - own) * shared + own * self.rng.random(self.count)))

    def log_uniform(self, low: float, high: float) -> Draw:
        """The same of the logarithm."""
        return np.asarray(np.exp(self.uniform(np.log(low), np.log(high))))

    def normal(self, mean: float, market: float, own: float) -> Draw:
        """Normal with a standard deviation between markets and one between the paths of a market."""
        shared = self.rng.normal(mean, market, self.groups)[self.market]
        return np.asarray(shared + self.rng.normal(0, own, self.count))

    def chance(self, share: float) -> NDArray[np.bool_]:
        """Whether a market is one of a share of the markets."""
        return np.asarray((self.rng.random(self.groups) < share)[self.market])


def _draw_volatility(draws: _Draws) -> dict[str, Draw]:
    """Size, persistence, spread, leverage, feedback, sharing and breaks of the log volatility."""
    half_life = np.stack([draws.log_uniform(1.5, 10), draws.log_uniform(15, 70), draws.log_uniform(120, 700)])
    spread = np.stack([draws.uniform(0.0, 0.35), draws.uniform(0.05, 0.35), draws.uniform(0.15, 0.6)])
    sign = draws.rng.choice([1.0, 1.0, 1.0, 0.2, -0.4], draws.groups)[draws.market]
    strength = draws.rng.beta(1.5, 2.5, draws.groups)[draws.market]
    feedback = np.where(draws.chance(0.8), draws.uniform(0.0, 0.7), 0.0)
    return {
        "size": np.exp(draws.normal(np.log(0.012), 0.5, 0.3)),
        "decay": 0.5 ** (1 / half_life),
        "spread": spread * np.where(draws.chance(0.2), 0.4, 1),
        "leverage": -0.95 * strength * sign * draws.uniform(0.6, 1.0),
        "feedback": feedback * np.array([1.0, 0.6, 0.1])[:, None],
        "shared": draws.uniform(0.0, 0.95, 0.15),
        "break_rate": np.where(draws.chance(0.7), 0.0, draws.log_uniform(1 / 1000, 1 / 150)),
        "break_size": draws.uniform(0.2, 0.8),
    }


def _draw_shocks(draws: _Draws) -> dict[str, Draw]:
    """Tails, common factor, jumps, memory and price steps of the returns."""
    return {
        "freedom": draws.log_uniform(4.0, 50),
        "loading": np.sqrt(draws.uniform(0.0, 0.85)),
        "jump_rate": np.where(draws.chance(0.3), 0.0, draws.log_uniform(0.002, 0.025)),
        "jump_size": draws.uniform(2, 5),
        "memory": draws.normal(0, 0.03, 0.02),
        "tick": np.where(draws.chance(0.1), draws.log_uniform(0.02, 0.5), 0.0),
    }


def _draw_garch(draws: _Draws) -> dict[str, Draw]:
    """Coefficients of a GJR-GARCH with a persistence between 0.9 and 0.995."""
    alpha, gamma = draws.uniform(0.02, 0.15), draws.uniform(0, 0.15) * draws.chance(0.7)
    beta = np.clip(draws.uniform(0.9, 0.995) - alpha - gamma / 2, 0.5, 0.97)
    return {"alpha": alpha, "gamma": gamma, "beta": beta}


def _draw_bars(draws: _Draws) -> dict[str, Draw]:
    """What a session's open and range show of its variance."""
    return {
        "overnight": draws.uniform(0.02, 0.5),
        "coarse": np.exp(draws.rng.normal(-0.05, 0.15, draws.count)),
        "revealed": draws.rng.random(draws.groups)[draws.market],
    }
