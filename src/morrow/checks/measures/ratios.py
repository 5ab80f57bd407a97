"""Ratios of loud steps, read from price and volume: a power of ten, a split's, or any other."""

from dataclasses import dataclass

import numpy as np

from morrow.checks.measures.bars import Counts, Reals

TEN, SPLIT, OTHER = 0, 1, 2  # kinds of ratio
_POWERS = {1: 1.0, 2: 1.2, 3: 0.6, 4: 0.1, 5: 0.05, 6: 0.1}  # the commonest faults
_SPLITS = {
    2: 0.32, 1.5: 0.16, 3: 0.10, 4: 0.08, 5: 0.08, 10: 0.08, 20: 0.03, 6: 0.02, 7: 0.02, 8: 0.02, 15: 0.02,
    25: 0.01, 30: 0.01, 40: 0.005, 50: 0.01, 100: 0.005, 2.5: 0.004, 1.4: 0.0015, 1.6: 0.0015, 5 / 3: 0.0015,
}  # fmt: skip
_NEAR_SPLIT = 6.0  # usual moves; a step further off is no split
_ANY_RATIO = 1 / 8  # density of the log of any other ratio


@dataclass(frozen=True, eq=False)
class Ratios:
    """The likeliest reading of K steps.

    Attributes:
        kind: (K,) ``TEN``, ``SPLIT`` or ``OTHER``.
        size: (K,) log of that ratio of prices, 0 for ``OTHER``.
        likelihood: (K,) log density of the price alone under its likeliest reading.
        split_odds: (K,) log of how much likelier a split is than any other ratio, by price and volume.
    """

    kind: Counts
    size: Reals
    likelihood: Reals
    split_odds: Reals


def read_ratios(step: Reals, scale: Reals, traded: Reals, traded_scale: Reals) -> Ratios:
    """Find the likeliest ratio of each step.

    A power of ten and any other ratio leave the volume unchanged, a split moves it the other way. A true
    return is added to the ratio; its tails are fat (Student's t with two degrees of freedom for the price,
    four for the volume).

    Args:
        step: (K,) log of the ratio of prices.
        scale: (K,) size of a usual return in it.
        traded: (K,) log of volume over the usual, NaN if not given: then the step is not read as a split.
        traded_scale: (K,) size of its usual deviation.
    """
    same = volume_likelihood(traded, traded_scale)  # (K,)
    tens = np.array([sign * power * np.log(10) for power in _POWERS for sign in (1, -1)])
    tens_weight = np.array([weight / 2 for weight in _POWERS.values() for _ in (1, -1)])
    splits = np.array([sign * np.log(ratio) for ratio in _SPLITS for sign in (1, -1)])
    # Splits that halve a price are common, those that double it are not; tenfold ones go both ways.
    splits_weight = np.array(
        [
            weight * max(0.5 + sign * (0.5 - ratio / 30), 0.1)
            for ratio, weight in _SPLITS.items()
            for sign in (-1, 1)
        ]
    )
    by_ten = (
        price_likelihood(step[:, None] - tens, scale[:, None]) + np.log(tens_weight) + same[:, None]
    )  # (K, 12)
    moved = volume_likelihood(traded[:, None] + splits, traded_scale[:, None])
    by_split = (
        price_likelihood(step[:, None] - splits, scale[:, None]) + np.log(splits_weight) + moved
    )  # (K, 40)
    by_split[np.isnan(traded)] = -np.inf
    by_split[np.abs(step[:, None] - splits) > _NEAR_SPLIT * scale[:, None]] = -np.inf
    best = np.column_stack([by_ten.max(axis=1), by_split.max(axis=1), np.log(_ANY_RATIO) + same])
    kind = best.argmax(axis=1)
    size = np.select(
        [kind == TEN, kind == SPLIT], [tens[by_ten.argmax(axis=1)], splits[by_split.argmax(axis=1)]], 0.0
    )
    alone = np.maximum((by_ten - same[:, None]).max(axis=1), (by_split - moved).max(axis=1))
    split_odds = best[:, SPLIT] - np.maximum(best[:, TEN], best[:, OTHER])
    return Ratios(kind, size, np.maximum(alone, np.log(_ANY_RATIO)), split_odds)


def find_nearest_split(step: Reals, scale: Reals) -> tuple[Reals, Reals]:
    """The split that explains the price of each step best, where no volume tells.

    Args:
        step: (K,) log of the ratio of prices.
        scale: (K,) size of a usual return in it.

    Returns:
        (K,) log of its ratio of prices, NaN where none is near; (K,) log density of the step under it, its
        share among splits included, -inf where none is near.
    """
    splits = np.array([sign * np.log(ratio) for ratio in _SPLITS for sign in (1, -1)])
    weight = np.array([weight / 2 for weight in _SPLITS.values() for _ in (1, -1)])
    off = step[:, None] - splits  # (K, 40)
    density = price_likelihood(off, scale[:, None]) + np.log(weight)
    density[np.abs(off) > _NEAR_SPLIT * scale[:, None]] = -np.inf
    best = density.argmax(axis=1)
    highest = density.max(axis=1)
    return np.where(np.isfinite(highest), splits[best], np.nan), highest


def price_likelihood(off: Reals, scale: Reals) -> Reals:
    """Log density of a true return ``off`` of a symbol whose usual one is ``scale``: fat-tailed."""
    far = off / scale
    return np.asarray(-1.5 * np.log(2 + far * far) - np.log(scale))


def volume_likelihood(off: Reals, scale: Reals) -> Reals:
    """Log density, but for a constant, of a volume's log ``off`` from what is expected; 0 if not given."""
    far = off / scale
    return np.where(np.isnan(far), 0.0, -2.5 * np.log1p(far * far / 4))
