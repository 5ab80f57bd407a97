"""Anchor levels: model three quantiles and place the others in the proportions of pooled quantiles."""

import numpy as np

from morrow.baselines.base import Array


def anchor_columns(levels: Array) -> list[int]:
    """Columns of the three modelled levels: those nearest to 0.1 and 0.9, and the median."""
    return [int(np.argmin(np.abs(levels - level))) for level in (0.1, 0.5, 0.9)]


def place_levels(ends: Array, pooled: Array, levels: Array) -> Array:
    """Place all levels of one step, in order: modelled (3, N) and pooled (Q,) -> (N, Q).

    The modelled levels are sorted first.
    """
    low, middle, high = anchor_columns(levels)
    ends = np.sort(ends, axis=0)
    below = _share(pooled[middle] - pooled, pooled[middle] - pooled[low])
    above = _share(pooled - pooled[middle], pooled[high] - pooled[middle])
    quantiles: Array = np.where(
        np.arange(len(pooled)) < middle,
        ends[1][:, None] - below * (ends[1] - ends[0])[:, None],
        ends[1][:, None] + above * (ends[2] - ends[1])[:, None],
    )
    return quantiles


def _share(distance: Array, whole: float) -> Array:
    """Distances from the median relative to an anchor's distance; 0 where the anchor equals the median."""
    return distance / whole if whole > 0 else np.zeros_like(distance)
