"""Leagues of a champion and challengers of known quality: block-bootstrapped dates of a real backtest."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.contest.real_losses import RealLosses

Array = NDArray[np.float64]

BLOCK = 25  # sessions that are drawn together: five weeks of clustered, overlapping losses


@dataclass(frozen=True)
class Pool:
    """Challengers of one champion, by date: as they were, made as good as the champion, or better.

    Attributes:
        champion: (T,) its losses.
        gains: (T, C) by how much each challenger's are lower, with a mean of zero.
        bounds: (T, C) the most by which they could have been higher.
        spread: (C,) standard deviation of the gains, a fraction of the champion's mean loss.
    """

    champion: Array
    gains: Array
    bounds: Array
    spread: Array


@dataclass(frozen=True)
class Leagues:
    """Leagues that play the same season.

    Attributes:
        champion: (T, L) losses.
        gains, bounds: (T, L, C) as in the pool.
    """

    champion: Array
    gains: Array
    bounds: Array


def make_pool(real: RealLosses, champion: int, count: int, draw: np.random.Generator) -> Pool:
    """Challengers that are no better: the other recipes, and averages of two of them up to the count.

    A difference keeps its size, correlation, tails and clusters. It is shifted in proportion to its bound,
    which is how far apart the two forecasts are, so that its mean is zero.
    """
    others = [index for index in range(len(real.names)) if index != champion]
    mine = real.losses[:, champion]
    gains = mine[:, None] - real.losses[:, others]
    bounds = real.bounds[:, champion, others]
    while gains.shape[1] < count:
        one, other = draw.choice(len(others), 2, replace=False)
        share = draw.uniform(0.2, 0.8)
        mixed = [share * each[:, one] + (1 - share) * each[:, other] for each in (gains, bounds)]
        gains, bounds = np.column_stack([gains, mixed[0]]), np.column_stack([bounds, mixed[1]])
    gains, bounds = gains[:, :count], bounds[:, :count]
    spread = gains.std(axis=0) / mine.mean()
    return Pool(mine, *shift(gains, bounds, -gains.mean(axis=0)), spread)


def shift(gains: Array, bounds: Array, by: Array) -> tuple[Array, Array]:
    """Gains whose mean is ``by`` (C,) higher, in proportion to their bounds, and bounds that still hold."""
    share = by / bounds.mean(axis=0)
    return gains + share * bounds, bounds * (1 + np.abs(share))


def improve(pool: Pool, which: Sequence[int], effect: float) -> Pool:
    """The pool with these challengers better by a fraction of the champion's mean loss."""
    by = np.zeros(pool.gains.shape[1])
    by[list(which)] = effect * pool.champion.mean()
    return Pool(pool.champion, *shift(pool.gains, pool.bounds, by), pool.spread)


def draw_leagues(
    pool: Pool, leagues: int, sessions: int, draw: np.random.Generator, block: int = BLOCK
) -> Leagues:
    """Leagues whose dates are blocks of the pool's, the same for all recipes of a league."""
    length = len(pool.champion)
    starts = draw.integers(0, length, (leagues, -(-sessions // block)))
    dates = (starts[:, :, None] + np.arange(block)).reshape(leagues, -1)[:, :sessions].T % length
    return Leagues(pool.champion[dates], pool.gains[dates], pool.bounds[dates])


def join_leagues(several: Sequence[Leagues]) -> Leagues:
    """Leagues of the same length side by side, in their order."""
    return Leagues(
        np.concatenate([each.champion for each in several], axis=1),
        np.concatenate([each.gains for each in several], axis=1),
        np.concatenate([each.bounds for each in several], axis=1),
    )
