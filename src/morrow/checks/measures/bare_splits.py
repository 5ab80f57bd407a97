"""Splits of prices whose volume is not known: told from a true move by the symbol's own tails alone."""

from dataclasses import replace

import numpy as np
import pandas as pd

from morrow.checks.measures import ratios
from morrow.checks.measures.bars import Bars, Counts, Flags, Reals
from morrow.checks.measures.own_moves import measure_rarity, scale_moves
from morrow.checks.measures.steps import Steps
from morrow.checks.measures.usual import Usual

ONCE_IN = 2000.0  # sessions: how often a share splits
LEAST_ODDS = 5.0
MOST_AFTER = 20  # bars after the step; a level that has lasted longer is the price
_HISTORIES = 100  # as long as the symbol's, in which a move like none before comes once
_MOST_FREEDOM = 3.0  # of the tail beyond all moves that were seen
_NEXT = 5  # bars, over which a split's step stays
_MOST_UNDONE = 0.25  # of the step, in the median of these bars
_LEAST_WEEKENDS = 0.1  # share of a symbol's bars on Saturdays, and on Sundays


def read_bare_splits(bars: Bars, usual: Usual, steps: Steps, lasting: Flags) -> Steps:
    """Read lasting steps without volume near the end as splits where that is likelier than a true move.

    A split has its ratio within a true return. A true move of that size is as likely as the symbol's other
    moves make it. What trades on every day of the week is no share and does not split.

    Args:
        bars: M bars.
        usual: of the bars.
        steps: K loud steps.
        lasting: (K,) steps that no later one has reversed.
    """
    judged = lasting & np.isnan(steps.after_volume) & (steps.kind != ratios.SPLIT)
    judged &= bars.start[bars.symbol[steps.bar] + 1] - 1 - steps.bar < MOST_AFTER
    judged &= ~_trade_all_week(bars)[bars.symbol[steps.bar]] & _stay(bars, steps)
    near, density = ratios.find_nearest_split(steps.size, steps.scale)
    judged &= np.isfinite(density)
    if not judged.any():
        return steps
    odds = np.full(len(judged), -np.inf)
    odds[judged] = density[judged] - np.log(ONCE_IN)
    odds[judged] -= _measure_density(bars, usual, steps, np.flatnonzero(judged))
    split = odds >= np.log(LEAST_ODDS)
    return replace(
        steps,
        kind=np.where(split, ratios.SPLIT, steps.kind),
        ratio=np.where(split, near, steps.ratio),
        split_odds=np.where(split, odds, steps.split_odds),
    )


def _trade_all_week(bars: Bars) -> Flags:
    """(N,) symbols with bars on Saturdays and Sundays."""
    weekday = pd.DatetimeIndex(bars.axis).day_of_week.to_numpy()[bars.when]
    count = np.maximum(np.diff(bars.start), 1)
    shares = [np.bincount(bars.symbol[weekday == day], minlength=len(count)) / count for day in (5, 6)]
    return np.minimum(*shares) >= _LEAST_WEEKENDS


def _stay(bars: Bars, steps: Steps) -> Flags:
    """(K,) whether the next bars are where the step leads; a spike fades."""
    level = np.log(bars.close) + bars.split + bars.dividend
    index = steps.bar[:, None] + np.arange(_NEXT)  # (K, 5)
    ends = bars.start[bars.symbol[steps.bar] + 1][:, None]
    ahead = np.where(index < ends, level[np.minimum(index, len(level) - 1)], np.nan)
    drift = np.nanmedian(ahead, axis=1) - level[steps.bar] if len(ahead) else np.empty(0)
    return np.asarray(np.abs(drift) <= _MOST_UNDONE * np.abs(steps.size))


def _measure_density(bars: Bars, usual: Usual, steps: Steps, judged: Counts) -> Reals:
    """(k,) log density of the judged steps by the other moves of their symbols; inf where these are few.

    The tail falls by a power of its degrees of freedom, and half of it lies on either side. It is never
    thinner than what no move so far can rule out: a currency's first devaluation.
    """
    density = np.full(len(judged), np.inf)
    doubted = np.zeros(len(usual.step), dtype=bool)
    doubted[steps.bar[judged]] = True
    symbol = bars.symbol[steps.bar[judged]]
    for code in np.unique(symbol).tolist():
        own = slice(bars.start[code] + 1, bars.start[code + 1])
        mine = np.flatnonzero(symbol == code)
        sizes = scale_moves(usual, own, doubted[own])
        rarity, freedom = measure_rarity(sizes[~doubted[own]], sizes[steps.bar[judged[mine]] - own.start])
        rarity, freedom = np.minimum(rarity, _HISTORIES * len(sizes)), min(freedom, _MOST_FREEDOM)
        if np.isfinite(rarity).all():
            density[mine] = np.log(freedom / 2 / rarity / np.abs(steps.size[judged[mine]]))
    return density
