"""Volumes that stand out from the bars before, and zero volumes on days when the price moved."""

from dataclasses import dataclass

import numpy as np

from morrow.checks.measures.bars import Bars, Reals
from morrow.checks.measures.usual import Usual

_WINDOW = 60  # bars
_LEAST_KNOWN = 20
_LEAST_TIMES = 3.5  # log; a cheap first look


@dataclass(frozen=True, eq=False)
class Volumes:
    """Measures of the volumes of M bars.

    Attributes:
        times: (M,) volume over the median of the last 60 bars, where it is above about 30; else NaN.
        times_highest: (M,) volume over the highest of them.
        lasting: (M,) the next bar's volume over that median, NaN if it is not known.
        traded: (M,) number of the up to 60 bars before, if all of them had a volume above 0; NaN unless the
            volume is 0, high is above low and the close has changed.
    """

    times: Reals
    times_highest: Reals
    lasting: Reals
    traded: Reals


def measure_volumes(bars: Bars, usual: Usual) -> Volumes:
    """Measure volumes that stand out, and zero volumes."""
    size = len(bars.close)
    times, highest, lasting = (np.full(size, np.nan) for _ in range(3))
    at = np.flatnonzero(usual.volume - usual.usual_volume >= _LEAST_TIMES)
    index = at[:, None] - np.arange(1, _WINDOW + 1)  # (K, 60)
    inside = index >= bars.start[bars.symbol[at]][:, None]
    shared = np.exp(-bars.split)
    adjusted = bars.volume * shared  # (M,)
    before = np.where(inside, adjusted[np.maximum(index, 0)], np.nan)
    known = np.count_nonzero(before > 0, axis=1) >= _LEAST_KNOWN
    at, before = at[known], before[known]
    if len(at):
        median = np.nanmedian(np.where(before > 0, before, np.nan), axis=1)
        times[at], highest[at] = adjusted[at] / median, adjusted[at] / np.nanmax(before, axis=1)
        inner = at + 1 < bars.start[bars.symbol[at] + 1]
        lasting[at[inner]] = adjusted[at[inner] + 1] / median[inner]
    return Volumes(times, highest, lasting, _count_bars_before_silence(bars))


def _count_bars_before_silence(bars: Bars) -> Reals:
    position = np.arange(len(bars.close))
    stop = np.maximum.accumulate(np.where(bars.volume > 0, -1, position))  # last bar without trade
    run = np.zeros(len(position))
    run[1:] = position[:-1] - stop[:-1]
    own = np.minimum(position - bars.start[bars.symbol], _WINDOW)
    moved = (bars.volume == 0) & (bars.high > bars.low) & (bars.close != bars.before(bars.close))
    return np.where(moved & ~bars.first & (run >= own), own, np.nan)
