"""Correlations by section, against SciPy."""

import numpy as np
import pytest
import scipy.stats

from morrow import metrics

DRAW = np.random.default_rng(11)


def test_correlations_by_section_agree_with_scipy() -> None:
    """Each section's correlation is SciPy's, ties sharing their mean rank, in the order of the sections."""
    section = DRAW.permutation(np.repeat([3, 7, 9], [10, 12, 30]))
    forecast, actual = np.round(DRAW.standard_normal((2, 52)), 1)
    plain = metrics.information(forecast, actual, section)
    ranked = metrics.rank_information(forecast, actual, section)
    for index, number in enumerate((3, 7, 9)):
        own = section == number
        assert plain[index] == pytest.approx(scipy.stats.pearsonr(forecast[own], actual[own]).statistic)
        assert ranked[index] == pytest.approx(scipy.stats.spearmanr(forecast[own], actual[own]).statistic)
        ranks = metrics.ranks(forecast, section)[own]
        assert ranks.tolist() == scipy.stats.rankdata(forecast[own]).tolist()


def test_no_correlation_without_ten_rows_or_without_variation() -> None:
    """A section of nine rows has none, nor has one that is forecast alike throughout."""
    section = np.repeat([0, 1], [9, 10])
    values = np.where(section == 0, np.arange(19.0), 0.1)
    assert np.isnan(metrics.information(values, DRAW.standard_normal(19), section)).all()


def test_no_rows_have_no_ranks() -> None:
    """Without a row there is no rank."""
    assert metrics.ranks(np.empty(0), np.empty(0, int)).tolist() == []
