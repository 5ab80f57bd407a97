"""Unchanged bars in a row: a source that repeats itself, unless the price is pegged or no market moves."""

from dataclasses import dataclass

import numpy as np

from morrow.checks.measures.bars import Bars, Counts, Flags, Reals

_WINDOW = 60  # bars
_LEAST_SEEN = 20  # bars that show whether a symbol moves
_LONG = 5  # unchanged bars in a row, of which a peg has many
_COMPANY = 2  # other symbols that show whether the market moves


@dataclass(frozen=True, eq=False)
class Repeats:
    """Repeats among M bars.

    Attributes:
        unchanged: (M,) number of bars in a row up to this one that are unchanged from the one before; 0 where
            the volume is missing or zero.
        unmoved: (M,) share of the up to 60 bars before that run whose close did not change, NaN for fewer
            than 20.
        pegged: (M,) share of the symbol's bars outside that run that lie in other runs of five unchanged
            closes and more.
        market: (M,) share of the other symbols whose close changed on that session, NaN for fewer than two.
    """

    unchanged: Counts
    unmoved: Reals
    pegged: Reals
    market: Reals


def find_repeats(bars: Bars) -> Repeats:
    """Count unchanged bars in a row, and how usual they are for the symbol and the session."""
    length, begin = _count_runs(_find_unchanged_bars(bars))
    still = (bars.close == bars.before(bars.close)) & ~bars.first
    total = np.concatenate([[0], np.cumsum(still)])
    # The first bar of a symbol has no change, so a window begins after it.
    earliest = np.maximum(begin - _WINDOW, bars.start[bars.symbol] + 1)
    seen = begin - earliest
    unmoved = np.full(len(length), np.nan)
    enough = seen >= _LEAST_SEEN
    unmoved[enough] = (total[begin] - total[earliest])[enough] / seen[enough]
    unchanged = np.where(bars.volume > 0, length, 0)
    return Repeats(unchanged, unmoved, _measure_pegs(bars, still), _measure_market(bars, still))


def _count_runs(unchanged: Flags) -> tuple[Counts, Counts]:
    """(M,) each: unchanged bars in a row up to each, and the bar that they repeat."""
    position = np.arange(len(unchanged))
    begin = np.maximum.accumulate(np.where(unchanged, 0, position))
    return position - begin, begin


def _find_unchanged_bars(bars: Bars) -> Flags:
    """(M,) whether a bar has the previous close, and either the previous open, high and low or one price."""
    same = (bars.close == bars.before(bars.close)) & (bars.volume > 0)
    flat = (bars.open == bars.close) & (bars.high == bars.close) & (bars.low == bars.close)
    alike = np.ones(len(same), dtype=bool)
    for values in (bars.open, bars.high, bars.low):
        earlier = bars.before(values)
        alike &= (values == earlier) | (np.isnan(values) & np.isnan(earlier))
    return np.asarray(same & (alike | flat))


def _measure_pegs(bars: Bars, still: Flags) -> Reals:
    _, begin = _count_runs(still)
    lengths = np.bincount(begin, minlength=len(begin))[begin]  # (M,) bars of the run, the first included
    lasting = lengths > _LONG
    in_runs = np.bincount(bars.symbol, weights=lasting, minlength=len(bars.symbols))[bars.symbol]
    outside = np.diff(bars.start)[bars.symbol] - lengths
    return np.asarray((in_runs - lasting * lengths) / np.maximum(outside, 1))


def _measure_market(bars: Bars, still: Flags) -> Reals:
    present = np.bincount(bars.when, minlength=len(bars.axis))[bars.when] - 1
    moved = ~still & ~bars.first
    others = np.bincount(bars.when, weights=moved, minlength=len(bars.axis))[bars.when] - moved
    return np.where(present >= _COMPANY, others / np.maximum(present, 1), np.nan)
