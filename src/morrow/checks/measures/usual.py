"""The usual move, range and volume of a symbol just before each bar.

Nothing later is used, except that a symbol's first 40 bars give its first estimate together.
"""

from dataclasses import dataclass

import numpy as np

from morrow.checks.measures.bars import Bars, Counts, Reals

_MEMORY = 1 - 2 / 61  # an exponential mean as old as one of 60 bars
_FIRST = 40  # bars that give the first estimate
DRIFT = 2 * (1 - _MEMORY)  # share of its deviation by which a usual range or volume follows each bar
_WILDEST = 4.0  # times the usual: larger values are cut to this
_LEAST_MOVE = 0.002
_LEAST_RANGE = 0.0005
_LEAST_SPREAD = 0.25


@dataclass(frozen=True, eq=False)
class Usual:
    """The usual of each of M bars, from the bars before it.

    Attributes:
        step: (M,) log return of close and factors since the symbol's bar before, NaN at its first.
        gap: (M,) sessions since that bar, 1 if none is missing; 0 at the first.
        move: (M,) standard deviation of a log return per session on which the close changed, at least 0.002:
            the move of a rarely traded symbol when it trades.
        range: (M,) log of the bar's range log(high / low), at least 0.0005; NaN where it is not given.
        usual_range: (M,) log.
        range_spread: (M,) standard deviation of ``range``, at least 0.25.
        volume: (M,) log of volume on the first bar's share basis, NaN where it is 0 or not given.
        usual_volume: (M,) log.
        volume_spread: (M,) standard deviation of ``volume``, at least 0.25.
    """

    step: Reals
    gap: Counts
    move: Reals
    range: Reals
    usual_range: Reals
    range_spread: Reals
    volume: Reals
    usual_volume: Reals
    volume_spread: Reals


def track_usual(bars: Bars) -> Usual:
    """Update each symbol's exponential means bar by bar, so that single wild bars cannot widen them."""
    level = np.log(bars.close) + bars.split + bars.dividend
    step = level - bars.before(level)
    gap = np.zeros(len(step), dtype=np.int64)
    gap[1:] = np.diff(bars.when)
    gap[bars.first] = 0
    moves = np.where(step == 0, np.nan, np.abs(step) / np.sqrt(np.maximum(gap, 1)))
    with np.errstate(divide="ignore", invalid="ignore"):
        height = np.log(np.maximum(np.log(bars.high) - np.log(bars.low), _LEAST_RANGE))
        volume = np.where(bars.volume > 0, np.log(bars.volume) - bars.split, np.nan)
    move = _track_size(moves, bars.start)
    usual_volume, volume_spread = _track_level(volume, bars.start)
    usual_range, range_spread = _track_level(height, bars.start)
    return Usual(step, gap, move, height, usual_range, range_spread, volume, usual_volume, volume_spread)


def _lanes(start: Counts) -> tuple[Counts, Counts]:
    """First bars of the symbols, longest history first: (N,); and how many symbols have an l-th bar: (L,)."""
    length = np.diff(start)
    order = np.argsort(-length, kind="stable")
    longest = int(length.max()) if len(length) else 0
    alive = np.searchsorted(-length[order], -np.arange(longest), side="left")
    return start[:-1][order], alive


def _opening(values: Reals, begin: Counts, start: Counts) -> Reals:
    """(N, 40) each symbol's first values, NaN beyond its last."""
    ends = start[np.searchsorted(start, begin, side="right")]
    index = begin[:, None] + np.arange(_FIRST)
    inside = index < ends[:, None]
    return np.where(inside, values[np.minimum(index, len(values) - 1)], np.nan)


def _median(values: Reals, otherwise: float) -> Reals:
    """(N,) medians along the last axis, without NaN."""
    empty = np.isnan(values).all(axis=1)
    guess = np.full(len(values), otherwise)
    if (~empty).any():
        guess[~empty] = np.nanmedian(values[~empty], axis=1)
    return guess


def _track_size(sizes: Reals, start: Counts) -> Reals:
    """(M,) root mean square of the sizes before each bar, the wildest cut."""
    known = np.full(len(sizes), _LEAST_MOVE)
    begin, alive = _lanes(start)
    if not len(sizes):
        return known
    guess = _median(_opening(sizes, begin, start), 0.0)
    now = np.maximum(guess / 0.6745, _LEAST_MOVE)
    for lag, count in enumerate(alive.tolist()):
        now = now[:count]
        index = begin[:count] + lag
        known[index] = now
        seen = sizes[index]
        seen = np.where(np.isnan(seen), now, np.minimum(seen, _WILDEST * now))
        now = np.maximum(np.sqrt(_MEMORY * now * now + (1 - _MEMORY) * seen * seen), _LEAST_MOVE)
    return known


def _track_level(values: Reals, start: Counts) -> tuple[Reals, Reals]:
    """Mean and spread of the values before each bar, the wildest cut: (M,), (M,)."""
    centre, spread = np.full(len(values), np.nan), np.full(len(values), _LEAST_SPREAD)
    begin, alive = _lanes(start)
    if not len(values):
        return centre, spread
    opening = _opening(values, begin, start)
    mid = _median(opening, np.nan)
    wide = np.maximum(_median(np.abs(opening - mid[:, None]), 0.0) / 0.6745, _LEAST_SPREAD)
    for lag, count in enumerate(alive.tolist()):
        mid, wide = mid[:count], wide[:count]
        index = begin[:count] + lag
        centre[index], spread[index] = mid, wide
        seen = values[index]
        mid = np.where(np.isnan(mid), seen, mid)
        off = np.clip(np.where(np.isnan(seen), 0.0, seen - mid), -_WILDEST * wide, _WILDEST * wide)
        mid = mid + DRIFT * off
        size = np.where(np.isnan(seen), wide, np.abs(off) * 1.2533)
        wide = np.maximum(_MEMORY * wide + (1 - _MEMORY) * size, _LEAST_SPREAD)
    return centre, spread
