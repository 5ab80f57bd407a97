"""A symbol's own moves as a measure: how large a step is among them, and how rarely they go that far."""

import numpy as np
from scipy.special import gammaln, stdtr

from morrow.checks.measures.bars import Flags, Reals
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


def scale_moves(usual: Usual, own: slice, doubted: Flags) -> Reals:
    """(n,) a symbol's moves in the largest of the usual move and the root mean squares of 60 and 250.

    Args:
        usual: of M bars.
        own: the symbol's n bars, without its first.
        doubted: (n,) moves that are left out of what is usual.
    """
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


def measure_rarity(others: Reals, sizes: Reals) -> tuple[Reals, float]:
    """How rarely a symbol moves as far as some doubted steps.

    Args:
        others: its moves that are not doubted, scaled by :func:`scale_moves`.
        sizes: (k,) of the doubted steps, scaled likewise.

    Returns:
        (k,) one over the chance that a session brings a move of each size, NaN for fewer than 60 moves; and
        the degrees of freedom of the tail.
    """
    others = others[others > 0]
    if len(others) < _LEAST_KNOWN:
        return np.full(len(sizes), np.nan), float("nan")
    freedom, scale = _fit_student(others)
    chance = 2 * stdtr(freedom, -sizes / scale)
    moves = (others >= _LIKE * sizes[:, None]).sum(axis=1)
    doubted = moves + (sizes >= _LIKE * sizes[:, None]).sum(axis=1) - 1
    counted = np.where(moves >= _LEAST_MOVES, moves, 0.0)
    counted = np.maximum(counted, np.where(doubted >= _LEAST_DOUBTED, _DOUBTED * doubted, 0.0))
    return np.asarray(1 / np.maximum(np.maximum(chance, counted / len(others)), 1e-12)), freedom


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
