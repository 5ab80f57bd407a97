"""Gives each loud step the one name that explains it best, and measures what a rule compares."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from morrow.checks.signs import ratios
from morrow.checks.signs.bars import Bars, Counts, Flags
from morrow.checks.signs.returns import taken_back
from morrow.checks.signs.scale import Usual
from morrow.checks.signs.steps import Steps, find
from morrow.checks.signs.swaps import exchanged

JUMP, DECIMAL, UNIT, CURRENCY = "jump", "decimal shift", "unit shift", "currency switch"
MISSED, TWICE, SWAP = "split missed", "split twice", "symbol swap"
NAMES = (JUMP, DECIMAL, UNIT, CURRENCY, MISSED, TWICE, SWAP)
BACK, STAYS, UNKNOWN = "back", "stays", "unknown"

_SHORT = 5  # bars
_LEAST_SPLIT = float(np.log(1.35))
_WILD = 10.0


@dataclass(frozen=True, eq=False)
class Moves:
    """The loud steps that could be faults.

    Attributes:
        steps: K of them, with those that are true or the way back.
        name: (K,) of ``NAMES``, empty if none fits.
        follows: (K,) ``BACK``, ``STAYS`` or ``UNKNOWN``.
        until: (K,) bar that is back at the old level, −1 if none is.
        partner: (K,) bar of the other symbol in a swap, −1 if there is none.
    """

    steps: Steps
    name: NDArray[np.str_]
    follows: NDArray[np.str_]
    until: Counts
    partner: Counts


def moves(bars: Bars, usual: Usual) -> Moves:
    """Name the loud steps of all symbols."""
    steps = find(bars, usual)
    partner = exchanged(bars, usual, steps)
    twice = _split_twice(steps)
    wild = steps.unrest > _WILD
    faulty = (steps.kind != ratios.OTHER) | (partner >= 0) | twice | ~wild
    back = taken_back(bars, steps, faulty)
    until = np.where(back >= 0, steps.bar[back], -1)
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
    """(K,) the name by ratio and by how long the step lasts."""
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
    """Whether a step, and the one that takes it back, are a power of ten within true returns."""
    size = np.where(back >= 0, (steps.size - steps.size[back]) / 2, steps.size)
    powers = np.round(size / np.log(10))
    off = np.abs(size - powers * np.log(10))
    return np.asarray((powers != 0) & (off <= np.clip(4 * steps.scale, 0.05, 0.2)))
