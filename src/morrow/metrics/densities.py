"""Log score of a forecast that has a density."""

import math

import numpy as np
from scipy.special import gammaln, logsumexp

from morrow.metrics.quantiles import Array


def log_score_t(location: Array, scale: Array, freedom: Array, actual: Array) -> Array:
    """Minus the log density of a Student t at what happened: (...), nats, lower is better.

    Args:
        location: (...) in the unit of ``actual``.
        scale: (...) likewise, positive; the score in another unit differs by the log of the units' ratio.
        freedom: (...) degrees of freedom, positive.
        actual: (...).

    Source: Good (1952), JRSS B 14(1) for the score.
    """
    half = (freedom + 1) / 2
    constant = gammaln(freedom / 2) - gammaln(half) + 0.5 * np.log(math.pi * freedom)
    square = ((actual - location) / scale) ** 2
    return np.asarray(constant + np.log(scale) + half * np.log1p(square / freedom))


def pooled_log_score(scores: Array) -> Array:
    """Log score of M densities mixed in equal parts, from their own: (M, ...) -> (...), nats."""
    return np.asarray(math.log(len(scores)) - logsumexp(-scores, axis=0))
