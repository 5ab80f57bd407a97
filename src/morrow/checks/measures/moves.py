"""Loud steps, the fault that explains each best, and the steps that reverse them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from morrow.checks.measures import ratios
from morrow.checks.measures.bare_splits import read_bare_splits
from morrow.checks.measures.bars import Bars, Counts, Flags
from morrow.checks.measures.steps import Steps, find_steps
from morrow.checks.measures.swaps import find_false_swaps, find_swaps
from morrow.checks.measures.usual import Usual

JUMP, DECIMAL, UNIT, CURRENCY = "jump", "decimal shift", "unit shift", "currency switch"
MISSED, TWICE, SWAP = "split missed", "split twice", "symbol swap"
NAMES = (JUMP, DECIMAL, UNIT, CURRENCY, MISSED, TWICE, SWAP)
BACK, STAYS, UNKNOWN = "back", "stays", "unknown"

_SHORT = 5  # bars: a step of any ratio that lasted longer is a new level
_OWN_MOVES = 8.0  # usual moves: two true returns lie between a step and the one that reverses it
_SHARE, _CLOSE_ONLY_SHARE = 0.5, 0.3
_LEAST_SPLIT = float(np.log(1.35))
_WILD = 10.0


@dataclass(frozen=True, eq=False)
class Moves:
    """K loud steps that could be faults.

    Attributes:
        steps: all of them, including true moves and steps that reverse another.
        name: (K,) of ``NAMES``, empty if none fits.
        follows: (K,) ``BACK``, ``STAYS`` or ``UNKNOWN``.
        until: (K,) bar at which the old level is back, −1 if it is not.
        partner: (K,) bar of the other symbol in a swap, −1 if there is none.
    """

    steps: Steps
    name: NDArray[np.str_]
    follows: NDArray[np.str_]
    until: Counts
    partner: Counts


def name_moves(bars: Bars, usual: Usual) -> Moves:
    """Name the loud steps of all symbols."""
    steps = find_steps(bars, usual)
    partner = find_swaps(bars, usual, steps)
    twice = _split_twice(steps)
    wild = steps.unrest > _WILD
    known = (steps.kind != ratios.OTHER) | twice | ~wild
    back = find_reversals(bars, steps, known | (partner >= 0))
    false = find_false_swaps(bars, usual, steps, partner, back == -1)
    if false.any():
        partner = np.where(false, -1, partner)
        back = find_reversals(bars, steps, known | (partner >= 0))
    until = np.where(back >= 0, steps.bar[back], -1)
    steps = read_bare_splits(bars, usual, steps, back == -1)
    last = bars.start[bars.symbol[steps.bar] + 1] - 1 == steps.bar
    follows = np.select([until >= 0, ~last], [BACK, STAYS], UNKNOWN)
    name = np.select(
        [back == -2, partner >= 0, twice], ["", SWAP, TWICE], _by_ratio(steps, back, until, last)
    )
    return Moves(steps, name, follows, until, np.where(partner >= 0, steps.bar[partner], -1))


def _split_twice(steps: Steps) -> Flags:
    """Whether the factor moved as by a split, and the adjusted price with it, half as far or against it."""
    moved = steps.factor
    misses = np.abs(steps.size[:, None] - moved[:, None] * np.array([1.0, 0.5, -1.0])).min(axis=1)
    near = np.minimum(np.maximum(6 * steps.scale, 0.05), 0.35 * np.abs(steps.size))
    return np.asarray((np.abs(moved) >= _LEAST_SPLIT) & (misses <= near))


def _by_ratio(steps: Steps, back: Counts, until: Counts, last: Flags) -> NDArray[np.str_]:
    """(K,) the name by ratio and by duration of the step."""
    length = np.where(until >= 0, until - steps.bar, np.iinfo(np.int64).max)
    ten = _power_of_ten(steps, back)
    one_bar = length == 1
    factor_late = (back >= 0) & (np.abs(steps.raw + steps.raw[back]) > 0.5 * np.abs(steps.size))
    return np.select(
        [
            one_bar & factor_late,
            one_bar & ten,
            one_bar,
            steps.kind == ratios.TEN,
            steps.kind == ratios.SPLIT,
            last,
            steps.whole,
            length <= _SHORT,
        ],
        [MISSED, DECIMAL, JUMP, UNIT, MISSED, JUMP, CURRENCY, JUMP],
        "",
    )


def _power_of_ten(steps: Steps, back: Counts) -> Flags:
    """Whether a step, and the one that reverses it, are a power of ten within true returns."""
    size = np.where(back >= 0, (steps.size - steps.size[back]) / 2, steps.size)
    powers = np.round(size / np.log(10))
    off = np.abs(size - powers * np.log(10))
    return np.asarray((powers != 0) & (off <= np.clip(4 * steps.scale, 0.05, 0.2)))


def find_reversals(bars: Bars, steps: Steps, faulty: Flags) -> Counts:
    """(K,) the step that reverses each step, −1 if none does so far, −2 if it reverses an earlier one itself.

    Args:
        bars: M bars.
        steps: K loud steps.
        faulty: (K,) steps that could be the start or end of a fault; others are true moves.
    """
    answer = np.full(len(steps.bar), -1, dtype=np.int64)
    symbol = bars.symbol[steps.bar]
    open_: list[int] = []
    for now in range(len(steps.bar)):
        if open_ and symbol[open_[-1]] != symbol[now]:
            open_ = []
        earlier = open_[-1] if open_ else -1
        if earlier >= 0 and _cancels(steps, earlier, now):
            answer[earlier], answer[now] = now, -2
            open_.pop()
        elif faulty[now] or _next_may_reverse(bars, steps, now):
            open_.append(now)
    return answer


def _next_may_reverse(bars: Bars, steps: Steps, now: int) -> bool:
    """Whether the very next bar is another loud step, so that the two must be compared."""
    if now + 1 >= len(steps.bar):
        return False
    neighbours = steps.bar[now + 1] == steps.bar[now] + 1
    return bool(neighbours and bars.symbol[steps.bar[now]] == bars.symbol[steps.bar[now + 1]])


def _cancels(steps: Steps, earlier: int, now: int) -> bool:
    one, other = steps.size[earlier], steps.size[now]
    if one * other > 0:
        return False
    apart = int(steps.bar[now] - steps.bar[earlier])
    both_known = bool(steps.kind[earlier] != ratios.OTHER and steps.kind[now] == steps.kind[earlier])
    if apart > _SHORT and not (both_known and np.isclose(steps.ratio[earlier], -steps.ratio[now])):
        return False
    own = _OWN_MOVES * max(steps.scale[earlier], min(steps.scale[now], 2 * steps.scale[earlier]))
    share = _SHARE if steps.whole[earlier] else _CLOSE_ONLY_SHARE
    return bool(abs(one + other) <= min(max(own, 0.05), share * min(abs(one), abs(other))))
