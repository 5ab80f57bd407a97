"""Stretches of bars that follow the market of the session before or after their own dates."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from morrow.checks.measures.bars import Bars, Counts, Reals
from morrow.checks.measures.clocks import LEAST_SYMBOLS, WILDEST, Grid, fit_clocks, mean_others, predict
from morrow.checks.measures.usual import Usual

_LAGS = (1, -1)  # sessions
_LEAST_BARS = 15
_FIRST_LOOK = 5.0
_BLURRED = 2.0  # of log likelihood, at either end
_AT_THE_HOLE = 12  # sessions
_MOST_HOLES = 0.005  # share of the sessions; where holes are common, one at an end is no evidence


@dataclass(frozen=True, eq=False)
class Shifts:
    """How much likelier each of M bars is under the date of a neighbouring session.

    Attributes:
        evidence: (M,) log of the likelihood ratio of the whole stretch, 0 outside of any.
        sessions: (M,) 1 if the stretch follows the next session's market, −1 for the session before, else 0.
        hole: (M,) whether a session is missing at the end of the stretch where a shift would leave a hole.
    """

    evidence: Reals
    sessions: Counts
    hole: NDArray[np.bool_]


def find_shifts(bars: Bars, usual: Usual) -> Shifts:
    """Compare each symbol's returns with those of all others on the same and on neighbouring sessions.

    A symbol may follow the market of a neighbouring session all along, as an index of an exchange that closes
    earlier does: that is its clock. A stretch is shifted where it keeps another clock than the symbol's rest.
    """
    size = len(bars.close)
    shifts = Shifts(np.zeros(size), np.zeros(size, dtype=np.int64), np.zeros(size, dtype=bool))
    if len(bars.start) - 1 < LEAST_SYMBOLS or not _many_judged(bars):
        return shifts
    over = np.where(usual.gap == 1, usual.step / usual.move, np.nan)
    moves = np.clip(bars.by_session(over), -WILDEST, WILDEST)  # (T, N)
    present = np.zeros(moves.shape, dtype=bool)
    present[bars.when, bars.symbol] = True
    others = mean_others(moves)
    moves = np.nan_to_num(moves)
    for lag, (total, alone) in zip(_LAGS, _compare_clocks(moves, others), strict=True):
        for symbol in np.flatnonzero(_rise(total).max(axis=0) >= _FIRST_LOOK).tolist():
            _mark(bars, symbol, (total[:, symbol], alone[:, symbol]), present[:, symbol], lag, shifts)
    return shifts


def _compare_clocks(moves: Grid, others: Grid) -> list[tuple[Reals, Reals]]:
    """How much likelier the moves are with the symbol's clock set off, for each of ``_LAGS``.

    Args:
        moves: (T, N) of the symbols, 0 where there is none.
        others: (T, N) the market of each.

    Returns:
        Running sums, (T, N) each: of the log likelihood ratio against the symbol's usual clock, and against
        following no market.
    """
    weights, rest = fit_clocks(moves, others)
    own, none = _likelihood(moves - predict(others, weights, 0), rest), _likelihood(moves, rest)
    fits = (_likelihood(moves - predict(others, weights, lag), rest) for lag in _LAGS)
    return [(_sum(fit - own, moves), _sum(fit - none, moves)) for fit in fits]


def _many_judged(bars: Bars) -> bool:
    judged = np.bincount(bars.symbol[bars.row >= 0], minlength=1)
    return bool(judged.max() >= _LEAST_BARS)


def _likelihood(off: Grid, rest: Grid) -> NDArray[Any]:
    """(T, N) log density of Student's t with four degrees of freedom, but for a constant."""
    return np.asarray(-2.5 * np.log1p(off * off / (2 * rest)))


def _sum(gain: NDArray[Any], moves: Grid) -> Reals:
    """(T, N) running sum of log likelihood ratios, 0 where a symbol has no move."""
    return np.cumsum(np.where(moves == 0, 0, gain), axis=0, dtype=np.float64)


def _rise(total: Reals) -> Reals:
    """How far a running sum is above its lowest value so far, and 0."""
    return np.asarray(total - np.minimum.accumulate(np.minimum(total, 0), axis=0))


def _stretches(total: Reals) -> Iterator[tuple[slice, slice]]:
    """The rises of a running sum (T,) from each low to the highest value before it is back there.

    Yields:
        Each whole rise, and the part of it between the inner ones of all ends that are hardly less likely.
    """
    rise = _rise(total)
    number = np.cumsum(rise <= 0)  # (T,) of the rise that each session belongs to
    for each in np.unique(number[rise >= _FIRST_LOOK]).tolist():
        inside = np.flatnonzero(number == each)
        inside = inside[: int(rise[inside].argmax()) + 1]
        above = rise[inside]
        whole = slice(int(inside[0]) + (1 if above[0] <= 0 else 0), int(inside[-1]) + 1)
        first = int(inside[above <= _BLURRED].max(initial=whole.start - 1)) + 1
        last = int(inside[above >= above[-1] - _BLURRED].min())
        yield whole, slice(first, last + 1)


def _mark(
    bars: Bars, symbol: int, sums: tuple[Reals, Reals], present: NDArray[np.bool_], lag: int, shifts: Shifts
) -> None:
    """Mark the stretches of one symbol whose likelihood gain rose without falling back to its start.

    Args:
        bars: M bars.
        symbol: its code.
        sums: (T,) each: how much likelier its moves are under the neighbouring session's market than under
            its own session's, and than under none. A symbol that no longer follows the market does not follow
            a neighbouring session either.
        present: (T,) whether it has a bar.
        lag: 1 for the next session's market, −1 for the previous one.
        shifts: written into.
    """
    total, alone = sums
    holes = _holes(present)
    own = slice(bars.start[symbol], bars.start[symbol + 1])
    at = bars.when[own]
    for rise, core in _stretches(total):
        first, last, hole = _snap_to_hole(rise.start, rise.stop - 1, holes, lag)
        within = (at >= (first if hole and lag < 0 else core.start)) & (
            at <= (last if hole and lag > 0 else core.stop - 1)
        )
        gained, likened = (each[last] - (each[first - 1] if first else 0.0) for each in (total, alone))
        evidence = min(gained, 2 * likened)
        if within.sum() < _LEAST_BARS or evidence < shifts.evidence[own][within].max():
            continue
        shifts.evidence[own][within] = evidence
        shifts.sessions[own][within] = lag
        shifts.hole[own][within] = hole


def _holes(present: NDArray[np.bool_]) -> Counts:
    """Single missing sessions between two bars."""
    alone = np.flatnonzero(~present[1:-1] & present[:-2] & present[2:]) + 1
    return alone if len(alone) <= max(_MOST_HOLES * len(present), 2) else alone[:0]


def _snap_to_hole(first: int, last: int, holes: Counts, lag: int) -> tuple[int, int, bool]:
    """Extend the stretch to the missing session that a shift leaves after its end or before its start."""
    edge = last + 1 if lag > 0 else first - 1
    near = holes[np.abs(holes - edge) <= _AT_THE_HOLE]
    if not len(near):
        return first, last, False
    hole = int(near[np.abs(near - edge).argmin()])
    return (first, hole - 1, True) if lag > 0 else (hole + 1, last, True)
