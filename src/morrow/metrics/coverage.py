"""Test whether forecast distributions are calibrated: interval coverage and bin shares.

Outcomes of one date, and of overlapping steps, are not independent; :func:`uniform_by_date` allows for both,
:func:`kupiec` and :func:`christoffersen` do not.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtrc, xlogy

from morrow.metrics.comparisons import long_run_variance
from morrow.metrics.distributions import Array, inside

GROUPS = 3


def terciles(volatility: Array) -> NDArray[np.int64]:
    """Tercile of each row's volatility at the cutoff: (R,) -> (R,) of 0 calm, 1 middle, 2 wild.

    The edges are the quantiles 1/3 and 2/3 of the given rows, all symbols pooled. A row on an edge belongs
    to the lower third.
    """
    edges = np.quantile(volatility, [1 / 3, 2 / 3]) if len(volatility) else np.zeros(2)
    return np.searchsorted(edges, volatility, side="left")


def coverage_gaps(
    quantiles: Array,
    actual: Array,
    levels: Array,
    group: NDArray[np.int64],
    shares: Sequence[float] = (0.80, 0.95),
) -> Array:
    """Coverage minus nominal share, by interval, step and volatility group: (S, H, 3), fractions.

    NaN for a cell without a known row, and for an interval whose ends are not among the levels.

    Args:
        quantiles: (R, H, Q).
        actual: (R, H), same unit, NaN where unknown.
        levels: (Q,).
        group: (R,) from :func:`terciles`.
        shares: S probabilities of central intervals; the ends count as inside.
    """
    known = np.isfinite(actual)
    member = group[:, None] == np.arange(GROUPS)  # (R, 3)
    count = known.T.astype(np.float64) @ member  # (H, 3)
    gaps = np.full((len(shares), actual.shape[1], GROUPS), np.nan)
    for index, share in enumerate(shares):
        hits = inside(quantiles, actual, levels, share)
        if hits is not None:
            covered = np.where(known, hits, 0.0).T @ member
            gaps[index] = np.where(count > 0, covered / np.maximum(count, 1) - share, np.nan)
    return gaps


def worst_coverage_gap(
    quantiles: Array,
    actual: Array,
    levels: Array,
    group: NDArray[np.int64],
    shares: Sequence[float] = (0.80, 0.95),
) -> float | None:
    """Largest absolute value of :func:`coverage_gaps`, a fraction; None if every cell is NaN."""
    gaps = np.abs(coverage_gaps(quantiles, actual, levels, group, shares))
    return float(np.nanmax(gaps)) if np.isfinite(gaps).any() else None


def kupiec(hits: Array, share: float) -> tuple[float, float]:
    """Test whether the nominal share of outcomes lies inside, for independent rows: likelihood ratio and p.

    Chi-square with one degree of freedom. If rows are dependent, p is too small: use one symbol
    and every h-th session. NaN without a row.

    Args:
        hits: (N,) of 0 or 1, from :func:`~morrow.metrics.inside`.
        share: the nominal probability.

    Source: Kupiec (1995), Journal of Derivatives 3(2), the proportion-of-failures test.
    """
    if not len(hits):
        return np.nan, np.nan
    count, inner = float(len(hits)), float(hits.sum())
    promised = xlogy(inner, share) + xlogy(count - inner, 1 - share)
    observed = xlogy(inner, inner / count) + xlogy(count - inner, 1 - inner / count)
    ratio = max(2 * float(observed - promised), 0.0)
    return ratio, float(chdtrc(1, ratio))


def christoffersen(hits: Array, symbol: NDArray[np.str_]) -> tuple[float, float]:
    """Test whether a miss makes the next miss more likely: likelihood ratio and p-value of independence.

    Chi-square with one degree of freedom, against a first-order Markov chain. Pairs of neighbouring rows are
    taken within each symbol and pooled over the symbols. Assumes independent dates, as :func:`kupiec` does.
    Both are NaN without a pair.

    Args:
        hits: (N,) of 0 or 1, each symbol's in time order, one step, not overlapping.
        symbol: (N,) names.

    Source: Christoffersen (1998), International Economic Review 39(4), section 4.
    """
    order = np.argsort(symbol, kind="stable")
    row, name = hits[order].astype(np.int64), symbol[order]
    pair = name[1:] == name[:-1]
    moves = np.bincount(2 * row[:-1][pair] + row[1:][pair], minlength=4).reshape(2, 2).astype(np.float64)
    if not moves.sum():
        return np.nan, np.nan
    start, end = moves.sum(axis=1, keepdims=True), moves.sum(axis=0)
    chain = xlogy(moves, np.divide(moves, start, out=np.zeros((2, 2)), where=start > 0)).sum()
    ratio = max(2 * float(chain - xlogy(end, end / end.sum()).sum()), 0.0)
    return ratio, float(chdtrc(1, ratio))


def pit_bins(quantiles: Array, actual: Array, levels: Array) -> Array:
    """Share of each outcome in each of the Q + 1 bins between the levels, the binned PIT: (N, Q + 1).

    Exact, without interpolation. An outcome on one or more quantiles is split evenly among the bins that
    meet there.

    Source: Dawid (1984), JRSS A 147(2), for the probability integral transform.
    """
    below = (quantiles < actual[:, None]).sum(axis=1)[:, None]
    upto = (quantiles <= actual[:, None]).sum(axis=1)[:, None]
    bins = np.arange(len(levels) + 1)
    return np.asarray(((bins >= below) & (bins <= upto)) / (upto - below + 1.0))


def bin_probabilities(levels: Array) -> Array:
    """Probability of each bin between the levels: (Q,) -> (Q + 1,), sums to 1."""
    return np.diff(levels, prepend=0.0, append=1.0)


def uniform_by_date(
    bins: Array, date: NDArray[np.int64], probabilities: Array, lags: int
) -> tuple[float, float]:
    """Test whether a panel's outcomes fill the bins with the given probabilities: Wald statistic and p.

    Each row's deviation from the probabilities is summed by date, so that symbols and steps of one date may
    be dependent. The HAC variance of these sums allows for dependent dates. Chi-square with B − 1
    degrees of freedom. NaN unless there are more dates than bins.

    Args:
        bins: (N, B) from :func:`pit_bins`.
        date: (N,) integers in time order.
        probabilities: (B,).
        lags: number of lags of the HAC variance, in dates.
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
