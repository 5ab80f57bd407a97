"""Probability integral transforms of outcomes under their forecasts: uniform where forecasts are right.

Outcomes of one date, and of steps that overlap, are not independent, so that :func:`chi_square` and
:func:`kolmogorov_smirnov` reject too often on a panel; :func:`uniform_by_date` allows for both.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtrc, kolmogorov

from morrow.metrics.dependence import long_run_variance
from morrow.metrics.quantiles import Array


def pit(quantiles: Array, actual: Array, levels: Array, draw: np.random.Generator) -> Array:
    """Level at which each outcome lies: (N, Q) and (N,) -> (N,), in (0, 1).

    Linear between levels. Beyond the outermost, and where quantiles coincide with the outcome, the level
    is only known to lie in a range, and is drawn from it evenly.

    Source: Dawid (1984), JRSS A 147(2); drawn as in Smith (1985), Journal of Forecasting 4(3).
    """
    below = (quantiles < actual[:, None]).sum(axis=1)  # quantiles that lie before the outcome
    upto = (quantiles <= actual[:, None]).sum(axis=1)
    edges = np.concatenate([[0.0], levels, [1.0]])
    rows = np.arange(len(actual))
    left = quantiles[rows, np.maximum(below - 1, 0)]
    right = quantiles[rows, np.minimum(upto, len(levels) - 1)]
    inner = (below > 0) & (upto < len(levels)) & (below == upto)
    span = np.where(inner, right - left, 1.0)
    drawn = draw.uniform(size=len(actual))
    share = np.where(inner, (actual - left) / span, drawn)
    # An outcome on one quantile lies at its level; on several, anywhere between the first's and the last's.
    on = upto > below
    low, high = edges[np.where(on, below + 1, below)], edges[np.where(on, upto, below + 1)]
    return np.asarray(low + share * (high - low))


def pit_bins(quantiles: Array, actual: Array, levels: Array) -> Array:
    """Share of each outcome that lies in each of the Q + 1 bins between the levels: (N, Q + 1).

    Exact, without interpolation. An outcome on one or more quantiles is shared evenly by the bins that
    touch there.
    """
    below = (quantiles < actual[:, None]).sum(axis=1)[:, None]
    upto = (quantiles <= actual[:, None]).sum(axis=1)[:, None]
    bins = np.arange(len(levels) + 1)
    return np.asarray(((bins >= below) & (bins <= upto)) / (upto - below + 1.0))


def pit_histogram(quantiles: Array, actual: Array, levels: Array) -> tuple[Array, Array]:
    """How many outcomes lie in each bin between the levels, and the share that should: (Q + 1,) each."""
    return pit_bins(quantiles, actual, levels).sum(axis=0), expected(levels)


def expected(levels: Array) -> Array:
    """Probability of each bin between the levels: (Q,) -> (Q + 1,), sums to 1."""
    return np.diff(levels, prepend=0.0, append=1.0)


def chi_square(counts: Array, probabilities: Array) -> tuple[float, float]:
    """Pearson's test of counts (B,) against probabilities (B,), for independent rows: statistic and p.

    Chi-square with B − 1 degrees of freedom. NaN without a row.
    """
    total = float(counts.sum())
    if not total:
        return np.nan, np.nan
    promised = total * probabilities
    statistic = float(((counts - promised) ** 2 / promised).sum())
    return statistic, float(chdtrc(len(counts) - 1, statistic))


def kolmogorov_smirnov(levels: Array) -> tuple[float, float]:
    """Largest distance of transforms (N,) from a uniform distribution, for independent rows: D and p.

    Two-sided, p of large N; for continuous transforms, such as those of :func:`pit`. NaN without a row.
    """
    count = len(levels)
    if not count:
        return np.nan, np.nan
    ordered, place = np.sort(levels), np.arange(count)
    distance = float(max((ordered - place / count).max(), ((place + 1) / count - ordered).max()))
    return distance, float(kolmogorov(np.sqrt(count) * distance))


def uniform_by_date(
    bins: Array, date: NDArray[np.int64], probabilities: Array, lags: int
) -> tuple[float, float]:
    """Whether a panel's outcomes fill the bins as they should: Wald's statistic and p.

    Each row's departure from the probabilities is summed by date, so that symbols and steps of one date may
    depend on one another, and the HAC variance of these sums allows for dates that do. Chi-square with
    B − 1 degrees of freedom. NaN with no more dates than bins.

    Args:
        bins: (N, B) from :func:`pit_bins`.
        date: (N,) whole numbers in the order of time.
        probabilities: (B,).
        lags: of the HAC variance, in dates.
    """
    dates, code = np.unique(date, return_inverse=True)
    freedom = len(probabilities) - 1
    if len(dates) <= freedom + 1:
        return np.nan, np.nan
    apart = (bins - probabilities)[:, :-1]  # the last bin follows from the others
    daily = np.zeros((len(dates), freedom))
    np.add.at(daily, code, apart)
    mean = daily.mean(axis=0)
    inverse = np.linalg.pinv(long_run_variance(daily, lags), hermitian=True)
    statistic = float(len(dates) * mean @ inverse @ mean)
    return statistic, float(chdtrc(freedom, statistic))
