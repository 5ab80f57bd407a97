"""What follows a lasting step: how long the new level behaves like a price, and who steps along."""

from dataclasses import dataclass

import numpy as np

from morrow.checks.measures.bars import Bars, Counts, Flags, Reals
from morrow.checks.measures.usual import Usual

_WILDEST = 6.0  # usual moves; a wilder return is not an ordinary one
_BEFORE, _AFTER = 250, 60  # bars in which a symbol's returns are compared with the others'
_LEAST_BARS = 20
_LEAST_LIKENESS = 0.3  # correlation before a step, from which on one is expected after it
_ALIKE = 0.1  # of the logarithm
_COMPANY = 3  # fewest symbols that can step together


@dataclass(frozen=True, eq=False)
class Levels:
    """What follows K lasting steps.

    Attributes:
        ordinary: (K,) longest run of bars after the step whose returns are ordinary.
        following: (K,) correlation of the returns after the step with the other symbols'; NaN where there was
            none before it, or where fewer than 20 bars are known.
        together: (K,) share of the symbols with a bar on that session that make the same step;
            NaN where fewer than three have a bar.
    """

    ordinary: Counts
    following: Reals
    together: Reals


def measure_levels(bars: Bars, usual: Usual, bar: Counts, size: Reals) -> Levels:
    """Measure what follows the steps of ``size`` (K,) that lead to the bars ``bar`` (K,)."""
    over = usual.step / (usual.move * np.sqrt(np.maximum(usual.gap, 1)))  # (M,)
    return Levels(
        ordinary=_longest_runs(bars, np.abs(over) <= _WILDEST, bar),
        following=_likeness(bars, np.clip(np.nan_to_num(over), -_WILDEST, _WILDEST), bar),
        together=_share_of_session(bars, bar, size),
    )


def _longest_runs(bars: Bars, ordinary: Flags, bar: Counts) -> Counts:
    """(K,) the longest run of ordinary bars among those after each bar."""
    position = np.arange(len(ordinary))
    broken = ~ordinary
    broken[bar] = True
    length = position - np.maximum.accumulate(np.where(broken | bars.first, position, 0))
    ends = bars.start[bars.symbol[bar] + 1]
    return np.array(
        [length[one + 1 : end].max(initial=0) for one, end in zip(bar.tolist(), ends.tolist(), strict=True)],
        dtype=np.int64,
    )


def _likeness(bars: Bars, over: Reals, bar: Counts) -> Reals:
    """(K,) correlation of the bars after each step with the mean of the other symbols."""
    total = np.bincount(bars.when, over, minlength=len(bars.axis))
    count = np.bincount(bars.when, minlength=len(bars.axis))
    company = count[bars.when] - 1
    others = np.where(company >= 2, (total[bars.when] - over) / np.maximum(company, 1), np.nan)
    answer = np.full(len(bar), np.nan)
    for index, one in enumerate(bar.tolist()):
        symbol = bars.symbol[one]
        before = slice(max(int(bars.start[symbol]) + 1, one - _BEFORE), one)
        after = slice(one + 1, min(int(bars.start[symbol + 1]), one + 1 + _AFTER))
        if _correlate(over[before], others[before]) >= _LEAST_LIKENESS:
            answer[index] = _correlate(over[after], others[after])
    return answer


def _correlate(one: Reals, other: Reals) -> float:
    known = np.isfinite(one) & np.isfinite(other)
    if np.count_nonzero(known) < _LEAST_BARS or not one[known].any() or not other[known].any():
        return float("nan")
    return float(np.corrcoef(one[known], other[known])[0, 1])


def _share_of_session(bars: Bars, bar: Counts, size: Reals) -> Reals:
    """(K,) share of the symbols with a bar on each step's session that make a step of the same size."""
    count = np.bincount(bars.when, minlength=len(bars.axis))
    share = np.full(len(bar), np.nan)
    session = bars.when[bar]
    order = np.argsort(session, kind="stable")
    for group in np.split(order, np.flatnonzero(np.diff(session[order])) + 1):
        if len(group) and count[session[group[0]]] >= _COMPANY:
            alike = np.abs(size[group][:, None] - size[group][None, :]) <= _ALIKE
            share[group] = alike.sum(axis=1) / count[session[group]]
    return share
