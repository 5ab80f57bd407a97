"""Cross-sectional correlations of forecasts and outcomes, over the symbols of a session."""

import numpy as np
from numpy.typing import NDArray

from morrow.metrics.distributions import Array

SMALLEST = 10  # minimum number of symbols for a cross-section's correlation


def information(forecast: Array, actual: Array, section: NDArray[np.int64]) -> Array:
    """Pearson correlation of forecast and outcome in each cross-section: (N,) each -> (T,).

    A section is a session (and a step). NaN for one with fewer than ten rows, or where either is constant.
    Sections are in the order of their numbers.

    Source: Grinold (1989), Journal of Portfolio Management 15(3), "information coefficient".
    """
    _, code = np.unique(section, return_inverse=True)
    count = np.bincount(code)
    x, y = (values - (np.bincount(code, weights=values) / count)[code] for values in (forecast, actual))
    cross, own, other = (np.bincount(code, weights=product) for product in (x * y, x * x, y * y))
    size = np.maximum(np.bincount(code, weights=forecast**2) * np.bincount(code, weights=actual**2), 1e-300)
    usable = (count >= SMALLEST) & (own * other > 1e-24 * size)
    return np.where(usable, cross / np.sqrt(np.where(usable, own * other, 1.0)), np.nan)


def rank_information(forecast: Array, actual: Array, section: NDArray[np.int64]) -> Array:
    """Spearman correlation in each cross-section: :func:`information` of mean ranks."""
    return information(ranks(forecast, section), ranks(actual, section), section)


def ranks(values: Array, section: NDArray[np.int64]) -> Array:
    """Rank of each value within its section, from 1; ties share their mean rank: (N,) -> (N,)."""
    if not len(values):
        return np.empty(0)
    order = np.lexsort((values, section))
    group, sorted_values = section[order], values[order]
    starts_section = np.append(True, group[1:] != group[:-1])
    starts_tie = starts_section | np.append(True, sorted_values[1:] != sorted_values[:-1])
    position = np.arange(len(values))
    section_start = np.maximum.accumulate(np.where(starts_section, position, 0))
    tie = np.cumsum(starts_tie) - 1
    mean = np.bincount(tie, weights=position - section_start + 1.0) / np.bincount(tie)
    mean_ranks = np.empty(len(values))
    mean_ranks[order] = mean[tie]
    return mean_ranks
