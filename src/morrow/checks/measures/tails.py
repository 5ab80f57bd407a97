"""How rare a step of a price is by the symbol's own history: some prices jump by themselves, most do not."""

from dataclasses import dataclass

import numpy as np

from morrow.checks.measures.bars import Bars, Reals
from morrow.checks.measures.moves import DECIMAL, JUMP, Moves
from morrow.checks.measures.own_moves import measure_rarity, scale_moves
from morrow.checks.measures.usual import Usual


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
        sizes = scale_moves(usual, own, doubted[own])
        tails.stands_out[judged] = sizes[moves.steps.bar[judged] - own.start]
        tails.rarity[judged] = measure_rarity(sizes[~doubted[own]], tails.stands_out[judged])[0]
    return tails
