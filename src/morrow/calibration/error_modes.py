"""The two error modes of mirrored quantiles: too wide or too narrow, and shifted to one side."""

from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
LEAST, MOST = 0.25, 4.0  # bounds, as multiples of a normal distribution's spacing


def split_modes(levels: Array) -> tuple[Array, Array]:
    """Matrices (Q, Q) that project moves (..., Q), as ``moves @ matrix``, onto widening and sliding.

    The two sum to the identity. A level's widening is half the difference from its mirror 1 − level, and
    its sliding half the sum. The median only slides; any other level without a mirror only widens.
    """
    count = len(levels)
    mirrored = np.abs(levels[:, None] + levels - 1) < 1e-9  # (Q, Q), at most one per row
    flip = mirrored.astype(np.float64)
    slide = (np.eye(count) + flip) / 2
    slide[~mirrored.any(axis=1)] = 0
    return np.eye(count) - slide, slide


def normal(levels: Array) -> tuple[Array, Array]:
    """Standard normal quantiles (Q,), and their spacing (Q,): units per unit of probability."""
    law = NormalDist()
    quantiles = [law.inv_cdf(float(level)) for level in levels]
    return np.array(quantiles), np.array([1 / law.pdf(quantile) for quantile in quantiles])


def spacing(quantiles: NDArray[np.float32], levels: Array) -> Array:
    """Units of volatility per unit of probability near each quantile: (R, H, Q) -> (H, Q), mean over rows.

    The inverse of the forecast's own density, bounded between a quarter and four times the normal spacing;
    the normal spacing if there are no rows.
    """
    _, usual = normal(levels)
    if not len(quantiles):
        return np.tile(usual, (quantiles.shape[1], 1))
    mean = quantiles.mean(axis=0, dtype=np.float64)  # (H, Q)
    mean = np.where(np.isfinite(mean), mean, 0)
    return np.asarray(np.clip(np.gradient(mean, levels, axis=-1), LEAST * usual, MOST * usual))
