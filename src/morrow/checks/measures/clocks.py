"""How symbols usually follow the market, on the same session and on its neighbours: their clocks."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from morrow.checks.measures.bars import Bars, Counts, Reals
from morrow.checks.measures.usual import Usual

LEAST_SYMBOLS = 3
WILDEST = 6.0  # usual moves
_LEAST_LIKENESS = 0.2  # correlation with the market
_LEAST_ERRORS = 4.0  # of a weight; a few shifted bars among many make no clock
_LEAST_OF_HALF = 0.4  # of the weight of another session, in each half of the symbol's bars
_CLOCKS = (-1, 0, 1)  # sessions
Grid = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Following:
    """The moves that the market of T sessions makes of one symbol, in its usual moves, and what they leave.

    Attributes:
        whole: (T,) from close to close, ``night`` from close to open, ``day`` from open to close.
        night: (T,).
        day: (T,).
        whole_spread: standard deviation of the rest, likewise of the other two.
        night_spread: of the night.
        day_spread: of the day.
    """

    whole: Reals
    night: Reals
    day: Reals
    whole_spread: float
    night_spread: float
    day_spread: float


def follow_market(bars: Bars, usual: Usual, symbols: Counts) -> list[Following]:
    """Fit the moves of some symbols to the mean of the others'; a universe of two has no market."""
    level = np.log(bars.close) + bars.split + bars.dividend
    opened = level + np.log(bars.open) - np.log(bars.close)
    scale = np.where(usual.gap == 1, usual.move, np.nan)
    every = np.clip(bars.by_session(usual.step / scale), -WILDEST, WILDEST)  # (T, N)
    others = mean_others(every)[:, symbols]
    parts = []
    for step in (usual.step, opened - bars.before(level), level - opened):
        moves = np.nan_to_num(np.clip(bars.by_session(step / scale)[:, symbols], -WILDEST, WILDEST))
        weights, rest = fit_clocks(moves, others, least_rest=0.01)
        parts.append((predict(others, weights, 0), np.sqrt(rest)))
    (whole, rest), (night, night_rest), (day, day_rest) = parts
    return [
        Following(
            whole=whole[:, column].astype(np.float64),
            night=night[:, column].astype(np.float64),
            day=day[:, column].astype(np.float64),
            whole_spread=float(rest[column]),
            night_spread=float(night_rest[column]),
            day_spread=float(day_rest[column]),
        )
        for column in range(len(symbols))
    ]


def mean_others(moves: Grid) -> Grid:
    """(T, N) mean of the other symbols' moves, scaled to 1 over time; 0 where there are fewer than two."""
    present = ~np.isnan(moves)
    count = present.sum(axis=1, keepdims=True) - present
    total = np.nansum(moves, axis=1, keepdims=True) - np.nan_to_num(moves)
    mean = np.where(count >= LEAST_SYMBOLS - 1, total / np.maximum(count, 1), 0.0)
    wide = np.sqrt(np.mean(mean * mean, axis=0, keepdims=True))
    scaled: Grid = (mean / np.maximum(wide, 1e-6)).astype(np.float32)
    return scaled


def fit_clocks(moves: Grid, others: Grid, least_rest: float = 0.1) -> tuple[Grid, Grid]:
    """Least squares of the moves on the market of three sessions.

    Args:
        moves: (T, N) in usual moves, 0 where there is none.
        others: (T, N) the market of each symbol.
        least_rest: smallest variance of the residuals.

    Returns:
        (3, N) weights of the session before, the same and the one after, 0 where it is within four standard
        errors, for another session than the same that does not count in both halves of the symbol's bars, and
        for a symbol that correlates too little with them; (N,) variance of the residuals.
    """
    traded = moves != 0
    days = np.maximum(traded.sum(axis=0), 1)
    markets = np.stack([np.where(traded, shift_market(others, lag), 0) for lag in _CLOCKS])  # (3, T, N)
    square, along = _sum_products(markets, moves)
    early = np.cumsum(traded, axis=0) <= days / 2
    halves = [_sum_products(markets * early, moves)]
    halves.append((square - halves[0][0], along - halves[0][1]))
    weights = _solve(square, along, days)
    wide = np.maximum((moves * moves).sum(axis=0) / days, 1e-6)
    explained = np.maximum((weights * along).sum(axis=1) / days, 0)
    follows = explained >= _LEAST_LIKENESS**2 * wide
    rest = np.maximum(np.where(follows, wide - explained, wide), least_rest)
    error = np.sqrt(rest / days)[:, None]
    kept = follows[:, None] & (np.abs(weights) >= _LEAST_ERRORS * error)
    for half in halves:
        lasts = _solve(*half, days / 2) * np.sign(weights) >= _LEAST_OF_HALF * np.abs(weights)
        kept &= lasts | (np.array(_CLOCKS) == 0)
    return np.where(kept, weights, 0.0).T.astype(np.float32), rest.astype(np.float32)


def _sum_products(markets: NDArray[Any], moves: Grid) -> tuple[Reals, Reals]:
    """(N, 3, 3) sums of the products of the markets, and (N, 3) of those with the moves."""
    square = np.einsum("itn,jtn->nij", markets, markets, dtype=np.float64)
    return square, np.einsum("itn,tn->ni", markets, moves, dtype=np.float64)


def _solve(square: Reals, along: Reals, days: Reals | Counts) -> Reals:
    """(N, 3) least squares weights from sums of products over so many days."""
    ridge = 1e-4 * np.eye(3) * np.asarray(days)[:, None, None]
    return np.asarray(np.linalg.solve(square + ridge, along[:, :, None])[:, :, 0])


def shift_market(others: Grid, lag: int) -> Grid:
    """(T, N) the market of the session ``lag`` later, 0 beyond the ends."""
    theirs = np.zeros_like(others)
    if lag > 0:
        theirs[:-lag] = others[lag:]
    elif lag < 0:
        theirs[-lag:] = others[:lag]
    else:
        theirs[:] = others
    return theirs


def predict(others: Grid, weights: Grid, lag: int) -> Grid:
    """(T, N) the moves that the market makes of symbols whose clocks are ``lag`` sessions off."""
    parts: list[Any] = [
        weight * shift_market(others, lag + own) for own, weight in zip(_CLOCKS, weights, strict=True)
    ]
    total: Grid = np.sum(parts, axis=0)
    return total
