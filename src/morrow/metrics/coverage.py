"""Whether intervals cover what they promise, and whether their misses come in bursts."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtrc, xlogy

from morrow.metrics.quantiles import Array, inside

GROUPS = 3


def terciles(volatility: Array) -> NDArray[np.int64]:
    """Third of the rows by volatility at the cutoff: (R,) -> (R,) of 0 calm, 1 middle, 2 wild.

    The edges are the quantiles 1/3 and 2/3 of the given rows, all symbols together; an edge belongs below.
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
    """Coverage less what was promised, by interval, step and group of volatility: (S, H, 3), fractions.

    NaN for a cell without a known row, and for an interval whose ends are not among the levels.

    Args:
        quantiles: (R, H, Q).
        actual: (R, H), same unit, NaN where not known.
        levels: (Q,).
        group: (R,) of :func:`terciles`.
        shares: S probabilities of central intervals, whose ends count as inside.
    """
    known = np.isfinite(actual)
    member = group[:, None] == np.arange(GROUPS)  # (R, 3)
    count = known.T.astype(np.float64) @ member  # (H, 3)
    gaps = np.full((len(shares), actual.shape[1], GROUPS), np.nan)
    for place, share in enumerate(shares):
        hits = inside(quantiles, actual, levels, share)
        if hits is not None:
            covered = np.where(known, hits, 0.0).T @ member
            gaps[place] = np.where(count > 0, covered / np.maximum(count, 1) - share, np.nan)
    return gaps


def worst_coverage_gap(
    quantiles: Array,
    actual: Array,
    levels: Array,
    group: NDArray[np.int64],
    shares: Sequence[float] = (0.80, 0.95),
) -> float | None:
    """Largest of :func:`coverage_gaps` without its sign, a fraction; None where no cell has one."""
    gaps = np.abs(coverage_gaps(quantiles, actual, levels, group, shares))
    return float(np.nanmax(gaps)) if np.isfinite(gaps).any() else None


def kupiec(hits: Array, share: float) -> tuple[float, float]:
    """Whether as many outcomes as promised lie inside, for independent rows: likelihood ratio and p.

    Chi-square with one degree of freedom. Rows of one date, and steps that overlap, are not independent:
    take one symbol and every h-th session, or read p as too small. NaN without a row.

    Args:
        hits: (N,) of 0 or 1, from :func:`~morrow.metrics.inside`.
        share: probability that was promised.

    Source: Kupiec (1995), Journal of Derivatives 3(2), the proportion-of-failures test.
    """
    if not len(hits):
        return np.nan, np.nan
    count, inner = float(len(hits)), float(hits.sum())
    promised = xlogy(inner, share) + xlogy(count - inner, 1 - share)
    found = xlogy(inner, inner / count) + xlogy(count - inner, 1 - inner / count)
    ratio = max(2 * float(found - promised), 0.0)
    return ratio, float(chdtrc(1, ratio))


def christoffersen(hits: Array, symbol: NDArray[np.str_]) -> tuple[float, float]:
    """Whether a miss makes the next miss likelier: likelihood ratio and p of independence.

    Chi-square with one degree of freedom, against a first-order Markov chain. Pairs of neighbours are taken
    within a symbol and pooled over the symbols; the caveat of :func:`kupiec` holds. Both are NaN without a
    pair.

    Args:
        hits: (N,) of 0 or 1, each symbol's in order of time, one step, not overlapping.
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


def conditional_coverage(hits: Array, symbol: NDArray[np.str_], share: float) -> tuple[float, float]:
    """Both questions at once: the sum of the ratios of :func:`kupiec` and :func:`christoffersen`, and p.

    Chi-square with two degrees of freedom. Arguments, caveat and source as there.
    """
    ratio = kupiec(hits, share)[0] + christoffersen(hits, symbol)[0]
    return ratio, float(chdtrc(2, ratio)) if np.isfinite(ratio) else np.nan
