"""The weight of a recipe's networks beside its reference, and how far the evidence carries it."""

import numpy as np
from numpy.typing import NDArray

from morrow import metrics

Array = NDArray[np.float64]
GRID: Array = np.linspace(0.0, 1.0, 41)  # weights that are tried
SMALLEST = 1e-12  # probability
MOST_ROWS = 20_000  # rows of the calibrate sessions, evenly spaced, at most


def measure_mixtures(
    reference: NDArray[np.floating],
    networks: NDArray[np.floating],
    actual: NDArray[np.floating],
    session: NDArray[np.int64],
    levels: Array,
) -> Array:
    """Pinball loss by date of the mixture at every weight of ``GRID``: (K, D), dates in time order.

    All are in units of the reference's volatility: a gain on a calm session then counts as much as one on a
    wild session, so that fewer sessions prove it.

    Args:
        reference: (R, H, Q) quantiles of the reference.
        networks: (R, H, Q) quantiles of the networks.
        actual: (R, H) return, NaN where unknown.
        session: (R,) session number of each row.
        levels: (Q,) quantile levels.
    """
    chosen = _thin(len(session))
    happened, session = actual[chosen].astype(np.float64), session[chosen]
    start = reference[chosen].astype(np.float64)
    step = networks[chosen].astype(np.float64) - start
    return np.stack(
        [
            metrics.loss_by_date(
                metrics.pinball(start + weight * step, happened, levels).mean(axis=-1), session
            )
            for weight in GRID
        ]
    )


def measure_probability_mixtures(
    reference: NDArray[np.floating],
    networks: NDArray[np.floating],
    happened: NDArray[np.floating],
    session: NDArray[np.int64],
) -> Array:
    """Log loss by date of mixed class probabilities at every weight of ``GRID``: (K, D).

    Args:
        reference: (R, H, C) probabilities of the reference.
        networks: (R, H, C) probabilities of the networks.
        happened: (R, H) index of the class, NaN where unknown.
        session: (R,) session number of each row.
    """
    known = np.isfinite(happened)
    index = np.where(known, happened, 0).astype(np.int64)[..., None]
    start, end = (
        np.take_along_axis(each.astype(np.float64), index, axis=-1)[..., 0] for each in (reference, networks)
    )
    mixed = (np.maximum((1 - weight) * start + weight * end, SMALLEST) for weight in GRID)
    losses = (np.where(known, -np.log(each), np.nan) for each in mixed)
    return np.stack([metrics.loss_by_date(each, session) for each in losses])


def fit_weight(losses: Array, horizon: int, proof: float, prior: float = 0.0) -> float:
    """The weight of lowest mean loss, shrunk towards a prior weight as far as the evidence is thin.

    With λ* the weight of lowest loss and t the statistic of its gain over the prior weight, on date means
    with HAC variance, the result is prior + (λ* − prior) · max(0, 1 − (proof / t)²). A gain of fewer than
    ``proof`` standard errors leaves the prior; twice as many go three quarters of the way.

    Args:
        losses: (K, D) mean loss of each date at every weight of ``GRID``.
        horizon: sessions over which forecasts of neighbouring dates overlap.
        proof: standard errors; 0 takes λ* as it is.
        prior: a weight between 0 and 1; the nearest of ``GRID`` is taken.

    Source: Bates & Granger (1969) for the mixture; Diebold & Mariano (1995) for the statistic; the factor
    is the positive part of James & Stein (1961), with proof² for the number of dimensions.
    """
    count = losses.shape[1]
    first = int(np.argmin(np.abs(GRID - prior)))
    mean = losses.mean(axis=1) if count else np.zeros(len(GRID))
    best = int(np.argmin(mean))
    if not mean[best] < mean[first]:
        return float(GRID[first])
    if not proof:
        return float(GRID[best])
    gain, _ = metrics.mean_test(losses[first] - losses[best], metrics.lags(horizon, count), upper=True)
    if not gain > 0:  # also where one date gives no statistic
        return float(GRID[first])
    return float(GRID[first] + (GRID[best] - GRID[first]) * max(0.0, 1 - (proof / gain) ** 2))


def _thin(rows: int) -> NDArray[np.int64]:
    """Evenly spaced indices of at most ``MOST_ROWS`` of some rows."""
    return np.unique(np.linspace(0, max(rows - 1, 0), min(rows, MOST_ROWS)).astype(np.int64))
