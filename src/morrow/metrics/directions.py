"""Scores of directional forecasts. A forecast or outcome of no change counts half to each side."""

import numpy as np
from numpy.typing import NDArray

from morrow.metrics.comparisons import mean_test
from morrow.metrics.distributions import Array


def direction_hits(forecast: Array, actual: Array) -> Array:
    """1 where the sign was right, 0 where wrong, one half where forecast or outcome is no change."""
    return (1 + np.sign(forecast) * np.sign(actual)) / 2


def brier(probabilities: Array, outcome: NDArray[np.int64]) -> Array:
    """Squared distance of class probabilities (N, K) from the realised class (N,): (N,), 0 to 2.

    Source: Brier (1950), Monthly Weather Review 78(1), equation 2.
    """
    one_hot = np.eye(probabilities.shape[1])[outcome]
    return np.asarray(np.square(probabilities - one_hot).sum(axis=1))


def log_loss(probabilities: Array, outcome: NDArray[np.int64]) -> Array:
    """Negative log of the probability (N, K) given to the realised class (N,): (N,), nats.

    Probabilities are clipped at 1e-12 from below, so that one confident mistake does not dominate.
    """
    of_outcome = probabilities[np.arange(len(outcome)), outcome]
    return np.asarray(-np.log(np.maximum(of_outcome, 1e-12)))


def rises(returns: Array) -> Array:
    """1 for a rise, 0 for a fall, one half for no change: (...) -> (...)."""
    return (1 + np.sign(returns)) / 2


def brier_up(probability: Array, actual: Array) -> Array:
    """Squared distance of the probability of a rise (N,) from the outcome (N,): (N,), 0 to 1.

    No change scores the mean of the scores of a rise and a fall.

    Source: Brier (1950), Monthly Weather Review 78(1), in its form for two classes.
    """
    up = rises(actual)
    return np.asarray(up * (1 - probability) ** 2 + (1 - up) * probability**2)


def log_loss_up(probability: Array, actual: Array) -> Array:
    """Negative log of the probability given to the realised direction: (N,), nats.

    Probabilities are clipped at 1e-12 from below.
    """
    up = rises(actual)
    rise, fall = (-np.log(np.maximum(chance, 1e-12)) for chance in (probability, 1 - probability))
    return np.asarray(up * rise + (1 - up) * fall)


def confusion(probability: Array, actual: Array) -> Array:
    """Confusion matrix, outcome by call: (2, 2), [[falls called fall, falls called rise], [rises ..., ...]].

    A probability above one half calls a rise, below it a fall; exactly one half, and no change, count half
    to each side. Sums to the N rows.

    Args:
        probability: (N,) of a rise.
        actual: (N,) returns.
    """
    up, called = rises(actual), rises(probability - 0.5)
    return np.array(
        [[((1 - up) * (1 - called)).sum(), ((1 - up) * called).sum()],
         [(up * (1 - called)).sum(), (up * called).sum()]]
    )  # fmt: skip


def balanced_accuracy(matrix: Array) -> float | None:
    """Mean over falls and rises of the share called right, from :func:`confusion`; chance gives one half.

    None if only one of the two occurred.
    """
    outcomes = matrix.sum(axis=1)
    return float((np.diag(matrix) / outcomes).mean()) if (outcomes > 0).all() else None


def pesaran_timmermann_by_date(
    called: Array, actual: Array, date: NDArray[np.int64], lags: int
) -> tuple[float, float]:
    """Test whether directional calls hit more often than chance: statistic and one-sided p.

    A small p indicates skill. Rows of one date and of overlapping steps may be dependent. The
    product of the deviations of call and outcome from their means over all rows is summed by date. The
    statistic is the mean of these sums over its standard error, whose variance is HAC over the dates
    (:func:`~morrow.metrics.long_run_variance`). Without skill it is standard normal. NaN if either is
    constant.

    Args:
        called: (N,) forecasts, up where positive; no change counts half to each side.
        actual: (N,) returns.
        date: (N,) integers in time order.
        lags: number of lags of the HAC variance, in dates.

    Source: Pesaran & Timmermann (1992), whose numerator is twice this covariance; the variance is that of
    Driscoll & Kraay (1998), Review of Economics and Statistics 80(4).
    """
    x, y = rises(called), rises(actual)
    _, code = np.unique(date, return_inverse=True)
    if not len(code):
        return np.nan, np.nan
    daily: Array = np.bincount(code, weights=(x - x.mean()) * (y - y.mean())).astype(np.float64)
    return mean_test(daily, lags, upper=True)
