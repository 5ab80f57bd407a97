"""Fit ensemble weights on the calibrate sessions, shrunk halfway to equal weights."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from morrow import metrics

MOST_ROWS = 20_000  # rows of the calibrate sessions, evenly spaced
ROUNDS = 400
STEP = 0.5  # step size of the exponentiated gradient, relative to the loss
TRUST = 0.5  # share of the way from equal weights to the weights of lowest loss


def fit_weights(
    answers: Sequence[NDArray[np.float32]], actual: NDArray[np.float32], levels: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Weights (M,) with the lowest pinball loss on the simplex, averaged with equal weights.

    The loss is convex in the weights and, on a few hundred sessions, nearly flat around its minimum. Going
    all the way to the minimum would mostly fit noise.

    Args:
        answers: (R, H, Q) log-return quantiles of each of the M members.
        actual: (R, H) log return, NaN where unknown.
        levels: (Q,) quantile levels.

    Source: Kivinen & Warmuth (1997), Exponentiated Gradient versus Gradient Descent for Linear Predictors;
    Smith & Wallis (2009) for why equal weights are hard to beat.
    """
    count = len(answers)
    equal = np.full(count, 1 / count)
    chosen = np.unique(np.linspace(0, len(actual) - 1, min(len(actual), MOST_ROWS)).astype(np.int64))
    known = np.isfinite(actual[chosen])
    if not known.any():
        return equal
    happened = actual[chosen][known].astype(np.float64)  # (E,)
    quantiles = np.stack([np.asarray(each[chosen])[known] for each in answers]).astype(
        np.float64
    )  # (M, E, Q)
    unit = metrics.pinball(np.tensordot(equal, quantiles, 1), happened, levels).mean()
    weights, total = equal, np.zeros(count)
    for turn in range(ROUNDS):
        above = np.tensordot(weights, quantiles, 1) > happened[:, None]  # (E, Q)
        slope = np.einsum("meq,eq->m", quantiles, above - levels) / (above.size * unit)
        weights = weights * np.exp(-STEP / np.sqrt(1 + turn / 50) * (slope - slope.mean()))
        weights = weights / weights.sum()
        if turn >= ROUNDS // 2:
            total += weights
    best = total / total.sum()
    return np.asarray(TRUST * best + (1 - TRUST) * equal)
