"""How rare a step of a price is by the symbol's own history: some prices jump by themselves, most do not."""

from dataclasses import dataclass

import numpy as np
from scipy.special import gammaln, stdtr

from morrow.checks.measures.bars import Bars, Flags, Reals
from morrow.checks.measures.moves import DECIMAL, JUMP, Moves
from morrow.checks.measures.usual import Usual

_WINDOWS = (60, 250)  # bars
_LEAST_SEEN = 40
_LEAST_KNOWN = 60  # moves that show a tail
_FREEDOM = np.array([2.5, 3, 3.5, 4, 4.5, 5, 6, 7, 8, 10, 15, 30])
_ROUNDS = 25
_LIKE = 2 / 3  # of a step's size: a move of that size is like it
_LEAST_MOVES = 3  # others like it, which no rule doubts, that make a tail
_LEAST_DOUBTED = 4  # the same of steps that look like faults as well
_DOUBTED = 0.2  # such a step counts as so many true moves


@dataclass(frozen=True, eq=False)
class Tails:
    """What is known of K steps; NaN for those that do not look like one wrong bar.

    Attributes:
        stands_out: (K,) size of the step, the market's move in it, in the largest of the symbol's usual move
            and the root mean squares of its last 60 and 250 moves, those that are doubted left out.
        rarity: (K,) sessions in which the symbol moves that far once, by its other moves: the more frequent
            of what Student's t, fitted to them, says and how many were like it. NaN for fewer than 60.
    """

    stands_out: Reals
    rarity: Reals


def measure_tails(bars: Bars, usual: Usual, moves: Moves) -> Tails:
    """Compare the steps that look like one wrong bar with all other moves of their symbols."""
    count = len(moves.steps.bar)
    tails = Tails(np.full(count, np.nan), np.full(count, np.nan))
    alone = np.isin(moves.name, (JUMP, DECIMAL))
    if not alone.any():
        return tails
    doubted = np.zeros(len(usual.step), dtype=bool)
    named = moves.name != ""
    doubted[moves.steps.bar[named]] = True
    doubted[moves.until[named & (moves.until >= 0)]] = True
    symbol = bars.symbol[moves.steps.bar]
    for code in np.unique(symbol[alone]).tolist():
        own = slice(bars.start[code] + 1, bars.start[code + 1])
        judged = np.flatnonzero(alone & (symbol == code))
        sizes = _scale_moves(usual, own, doubted[own])
        tails.stands_out[judged] = sizes[moves.steps.bar[judged] - own.start]
        tails.rarity[judged] = _measure_rarity(sizes[~doubted[own]], tails.stands_out[judged])
    return tails


def _scale_moves(usual: Usual, own: slice, doubted: Flags) -> Reals:
    """(n,) a symbol's moves in the largest of the usual move and the root mean squares of 60 and 250."""
    moves = np.abs(usual.step[own]) / np.sqrt(np.maximum(usual.gap[own], 1))
    seen = (moves > 0) & ~doubted
    count = np.concatenate([[0], np.cumsum(seen)])
    total = np.concatenate([[0.0], np.cumsum(np.where(seen, moves * moves, 0.0))])
    widest, position = usual.move[own], np.arange(len(moves))
    for window in _WINDOWS:
        first = np.maximum(position - window, 0)
        known = count[position] - count[first]
        mean = (total[position] - total[first]) / np.maximum(known, 1)
        widest = np.maximum(widest, np.where(known >= _LEAST_SEEN, np.sqrt(np.maximum(mean, 0)), 0.0))
    return np.asarray(moves / widest)


def _measure_rarity(others: Reals, sizes: Reals) -> Reals:
    """(k,) one over the chance that a session brings a move of each size."""
    others = others[others > 0]
    if len(others) < _LEAST_KNOWN:
        return np.full(len(sizes), np.nan)
    freedom, scale = _fit_student(others)
    chance = 2 * stdtr(freedom, -sizes / scale)
    moves = (others >= _LIKE * sizes[:, None]).sum(axis=1)
    doubted = moves + (sizes >= _LIKE * sizes[:, None]).sum(axis=1) - 1
    counted = np.where(moves >= _LEAST_MOVES, moves, 0.0)
    counted = np.maximum(counted, np.where(doubted >= _LEAST_DOUBTED, _DOUBTED * doubted, 0.0))
    return np.asarray(1 / np.maximum(np.maximum(chance, counted / len(others)), 1e-12))


def _fit_student(sizes: Reals) -> tuple[float, float]:
    """Degrees of freedom and scale of the Student t that makes absolute values likeliest.

    Source: the EM weights of Lange, Little & Taylor (1989), JASA 84(408), on a grid of degrees of freedom.
    """
    square = (sizes * sizes)[None, :]  # (1, n)
    freedom = _FREEDOM[:, None]
    variance = np.full((len(_FREEDOM), 1), np.median(square))
    for _ in range(_ROUNDS):
        weight = (freedom + 1) / (freedom + square / variance)  # (F, n)
        variance = (weight * square).mean(axis=1, keepdims=True)
    spread = np.log1p(square / variance / freedom).mean(axis=1)
    height = gammaln((_FREEDOM + 1) / 2) - gammaln(_FREEDOM / 2) - np.log(_FREEDOM * variance[:, 0]) / 2
    best = int((height - (_FREEDOM + 1) / 2 * spread).argmax())
    return float(_FREEDOM[best]), float(np.sqrt(variance[best, 0]))
