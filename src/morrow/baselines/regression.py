"""A piecewise linear regression of the log volatility of the next sessions, by a Student t likelihood.

It multiplies a volatility that is known without it. Its coefficients have a normal prior, so that a short
history moves them little: with n rows the penalty weighs 1 / n of what one row says.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

Array = NDArray[np.float64]

FREEDOM = 5.0  # degrees of freedom of the likelihood: fat tails must not decide the scale
PRECISION = 700.0  # of the prior on a coefficient that all steps share, per unit of a scaled feature
STEP_PRECISION = 10 * PRECISION  # of the prior on what one step adds to it
KNOT = 0.7  # interquartile ranges from the median
ITERATIONS = 200
FARTHEST = 20.0  # logs that the optimiser may try
LARGEST_LOG = 1.5  # the volatility is multiplied by e^-1.5 to e^1.5


def fit(inputs: NDArray[np.float32], standard: NDArray[np.float32]) -> dict[str, NDArray[np.float32]]:
    """Coefficients of the log of what multiplies the volatility.

    Args:
        inputs: (R, F), scaled, finite, R ≥ 1.
        standard: (R, H) returns over the volatility that is known without it, NaN where unknown.

    Returns:
        ``coefficients`` (F, H) and ``intercept`` (H,).

    Source: the scale part of Rigby & Stasinopoulos (2005), Generalized additive models for location, scale
    and shape, Applied Statistics 54(3).
    """
    known = np.isfinite(standard)
    target = np.where(known, standard, 0.0).astype(np.float32)
    count, features, steps = max(int(known.sum()), 1), inputs.shape[1], standard.shape[1]
    rows = count / steps

    def loss(flat: Array) -> tuple[float, Array]:
        shared, own, intercept = _split(flat, features, steps)
        log = inputs @ (shared[:, None] + own).astype(np.float32) + intercept.astype(np.float32)
        log = np.clip(log, -FARTHEST, FARTHEST)
        square = np.square(target * np.exp(-log))
        value = np.where(known, log + (FREEDOM + 1) / 2 * np.log1p(square / FREEDOM), 0.0)
        slope = np.where(known, 1 - (FREEDOM + 1) * square / (FREEDOM + square), 0.0) / count
        by_step = inputs.T @ slope  # (F, H)
        penalty = (PRECISION * np.square(shared).sum() + STEP_PRECISION * np.square(own).sum()) / rows
        gradient = [
            by_step.sum(axis=1) + 2 * PRECISION * shared / rows,
            (by_step + 2 * STEP_PRECISION * own / rows).ravel(),
            slope.sum(axis=0),
        ]
        return float(value.sum(dtype=np.float64) / count + penalty), np.concatenate(gradient).astype(float)

    start = np.zeros(features + features * steps + steps)
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": ITERATIONS}).x
    shared, own, intercept = _split(found, features, steps)
    return {
        "coefficients": (shared[:, None] + own).astype(np.float32),
        "intercept": intercept.astype(np.float32),
    }


def answer(arrays: Mapping[str, NDArray[Any]], inputs: NDArray[np.float32]) -> NDArray[np.float32]:
    """What the volatility of each step is multiplied by: (R, F) -> (R, H), positive."""
    log = inputs @ arrays["coefficients"] + arrays["intercept"]
    return np.asarray(np.exp(np.clip(log, -LARGEST_LOG, LARGEST_LOG)), dtype=np.float32)


def inputs(features: NDArray[np.float32], ahead: Array, root: Array) -> NDArray[np.float32]:
    """What the regression reads: features, and how another forecast of the volatility differs from the known.

    Each comes three times: as it is, and what of it lies above and below a knot on either side of the
    median, so that the log volatility is piecewise linear in each.

    Args:
        features: (R, F) scaled.
        ahead: (R, H) the other forecast of the volatility over the next 1..H sessions, log return.
        root: (R, H) the volatility that is known without it.

    Returns:
        (R, 3 (F + 2)): the features, then the logs of ``ahead`` over ``root`` at the first and the last
        step, 0 where either is unknown; then the same above, and below the knots.

    Source: the hinges of Friedman (1991), Multivariate Adaptive Regression Splines, Annals of Statistics
    19(1).
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = np.log(ahead[:, [0, -1]] / root[:, [0, -1]])
    ratio = np.nan_to_num(np.clip(ratio, -LARGEST_LOG, LARGEST_LOG), nan=0.0)
    plain = np.concatenate([features, ratio.astype(np.float32)], axis=1)
    knot = np.float32(KNOT)
    return np.concatenate([plain, np.maximum(plain - knot, 0), np.maximum(-plain - knot, 0)], axis=1)


def _split(flat: Array, features: int, steps: int) -> tuple[Array, Array, Array]:
    """Coefficients that all steps share (F,), those of each step (F, H), and the intercepts (H,)."""
    middle = features + features * steps
    return flat[:features], flat[features:middle].reshape(features, steps), flat[middle:]
