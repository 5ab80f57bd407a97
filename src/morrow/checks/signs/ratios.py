"""Which ratio a step of prices is, by price and volume: a power of ten, a split's, or any other."""

from dataclasses import dataclass

import numpy as np

from morrow.checks.signs.bars import Counts, Reals

TEN, SPLIT, OTHER = 0, 1, 2  # kinds of ratio
_POWERS = {1: 0.3, 2: 0.4, 3: 0.2, 4: 0.05, 5: 0.02, 6: 0.03}
_SPLITS = {
    2: 0.32, 1.5: 0.16, 3: 0.10, 4: 0.08, 5: 0.08, 10: 0.08, 20: 0.03, 6: 0.02, 7: 0.02, 8: 0.02, 15: 0.02,
    25: 0.01, 30: 0.01, 40: 0.005, 50: 0.01, 100: 0.005, 2.5: 0.01, 1.4: 0.005, 1.6: 0.005, 5 / 3: 0.005,
}  # fmt: skip
_EITHER_WAY = 0.5
_ANY_RATIO = 1 / 6  # density of the logarithm of any other ratio


@dataclass(frozen=True, eq=False)
class Ratios:
    """The likeliest reading of K steps.

    Attributes:
        kind: (K,) ``TEN``, ``SPLIT`` or ``OTHER``.
        size: (K,) log of the ratio of prices that was read, 0 for ``OTHER``.
    """

    kind: Counts
    size: Reals


def read(step: Reals, scale: Reals, volume: Reals, volume_scale: Reals) -> Ratios:
    """Find the likeliest ratio of each step.

    A power of ten and any other ratio leave the volume as it was, a split moves it the other way. A true
    return is added to the ratio, and its tails are fat (Student's t with two degrees of freedom for the
    price, four for the volume).

    Args:
        step: (K,) log of the ratio of prices.
        scale: (K,) size of a usual return in it.
        volume: (K,) log of volume over the usual, NaN if not given: then no split can be read.
        volume_scale: (K,) size of its usual deviation.
    """
    same = _volume(volume, 0.0, volume_scale)  # (K,)
    tens = np.array([sign * power * np.log(10) for power in _POWERS for sign in (1, -1)])
    tens_weight = np.array([weight * _EITHER_WAY for weight in _POWERS.values() for _ in (1, -1)])
    splits = np.array([sign * np.log(ratio) for ratio in _SPLITS for sign in (1, -1)])
    splits_weight = np.array([weight * _EITHER_WAY for weight in _SPLITS.values() for _ in (1, -1)])
    by_ten = _price(step, tens, scale) + np.log(tens_weight) + same[:, None]  # (K, 12)
    moved = _volume(volume[:, None], -splits, volume_scale[:, None])
    by_split = _price(step, splits, scale) + np.log(splits_weight) + moved  # (K, 40)
    by_split[np.isnan(volume)] = -np.inf
    best = np.column_stack([by_ten.max(axis=1), by_split.max(axis=1), np.log(_ANY_RATIO) + same])
    kind = best.argmax(axis=1)
    size = np.select(
        [kind == TEN, kind == SPLIT], [tens[by_ten.argmax(axis=1)], splits[by_split.argmax(axis=1)]], 0.0
    )
    return Ratios(kind, size)


def _price(step: Reals, ratios: Reals, scale: Reals) -> Reals:
    off = (step[:, None] - ratios) / scale[:, None]
    return -1.5 * np.log(2 + off * off) - np.log(scale)[:, None]


def _volume(volume: Reals, expected: Reals | float, scale: Reals) -> Reals:
    off = (volume - expected) / scale
    return np.where(np.isnan(off), 0.0, -2.5 * np.log1p(off * off / 4))
