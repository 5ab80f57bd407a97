"""Coverage and uniformity, and the tests of both, against SciPy and by hand."""

import numpy as np
import pytest
import scipy.stats

from morrow import metrics

DRAW = np.random.default_rng(5)
LEVELS = np.array([0.1, 0.25, 0.5, 0.75, 0.9])
NORMAL = scipy.stats.norm.ppf(LEVELS)
MOVES = DRAW.standard_normal(300)
CLOSELY = {"rel": 1e-9, "abs": 1e-9}


def test_kupiec_agrees_with_scipy() -> None:
    """The ratio is the log-likelihood form of SciPy's power divergence, misses none included."""
    for inner in (70, 100):
        hits = np.repeat([1.0, 0.0], [inner, 100 - inner])
        expected = scipy.stats.power_divergence([inner, 100 - inner], [80, 20], lambda_="log-likelihood")
        assert metrics.kupiec(hits, 0.8) == pytest.approx((expected.statistic, expected.pvalue), **CLOSELY)
    assert metrics.kupiec(np.repeat([1.0, 0.0], [80, 20]), 0.8) == pytest.approx((0, 1))
    assert np.isnan(metrics.kupiec(np.empty(0), 0.8)).all()


def test_christoffersen_agrees_with_scipy() -> None:
    """The ratio is that of independence in the table of neighbours, which never span two symbols."""
    hits = (DRAW.uniform(size=300) < 0.8).astype(float)
    symbol = np.where(np.arange(300) % 2, "A", "B")
    table = np.zeros((2, 2))
    for name in ("A", "B"):
        own = hits[symbol == name].astype(int)
        np.add.at(table, (own[:-1], own[1:]), 1)
    expected = scipy.stats.chi2_contingency(table, correction=False, lambda_="log-likelihood")
    ratio, p = metrics.christoffersen(hits, symbol)
    assert (ratio, p) == pytest.approx((expected.statistic, expected.pvalue), **CLOSELY)
    assert np.isnan(metrics.christoffersen(hits[:1], symbol[:1])).all()
    assert metrics.christoffersen(np.ones(9), symbol[:9]) == (0, 1)


def test_terciles_by_hand() -> None:
    """Thirds by volatility, in any order; equal volatilities lie together, an edge below."""
    assert metrics.terciles(np.array([3.0, 1, 2, 6, 5, 4])).tolist() == [1, 0, 0, 2, 2, 1]
    assert metrics.terciles(np.ones(4)).tolist() == [0] * 4
    assert metrics.terciles(np.empty(0)).tolist() == []


def test_coverage_gaps_by_hand() -> None:
    """Each cell is its own share inside less what was promised; the worst counts without its sign."""
    levels = np.array([0.1, 0.5, 0.9])
    quantiles = np.tile([-1.0, 0, 1], (6, 2, 1))
    actual = np.array([[0.0, 0], [2, 0], [0, 1], [0, 5], [0, np.nan], [9, np.nan]])
    group = np.array([0, 0, 1, 1, 2, 2])
    gaps = metrics.coverage_gaps(quantiles, actual, levels, group)
    assert gaps[0, 0] == pytest.approx([0.5 - 0.8, 0.2, 0.5 - 0.8])
    assert gaps[0, 1, :2] == pytest.approx([0.2, 0.5 - 0.8])
    assert np.isnan(gaps[0, 1, 2])
    assert np.isnan(gaps[1]).all()
    assert metrics.worst_coverage_gap(quantiles, actual, levels, group) == pytest.approx(0.3)
    assert metrics.worst_coverage_gap(quantiles, actual, levels, group, (0.95,)) is None


def test_pit_bins_by_hand() -> None:
    """An outcome lies in the bin between its levels, and one on quantiles is shared by those that touch."""
    quantiles = np.tile([1.0, 2, 3, 3, 4], (4, 1))
    found = metrics.pit_bins(quantiles, np.array([0.0, 2.5, 2.0, 3.0]), LEVELS)
    third = 1 / 3
    assert found == pytest.approx(
        np.array(
            [[1, 0, 0, 0, 0, 0], [0, 0, 1, 0, 0, 0], [0, 0.5, 0.5, 0, 0, 0], [0, 0, third, third, third, 0]]
        )
    )
    assert metrics.bin_probabilities(LEVELS) == pytest.approx([0.1, 0.15, 0.25, 0.25, 0.15, 0.1])


def test_uniformity_by_date_without_lags_is_walds() -> None:
    """One row a date and no lags: T d' S⁻¹ d of the bins' indicators, and p from chi-square."""
    quantiles = np.tile(NORMAL, (300, 1))
    bins = metrics.pit_bins(quantiles, 1.2 * MOVES, LEVELS)
    promised = metrics.bin_probabilities(LEVELS)
    mean = (bins - promised)[:, 1:].mean(axis=0)  # another bin left out: the statistic is the same
    spread = np.cov(bins[:, 1:].T, bias=True)
    expected = 300 * mean @ np.linalg.solve(spread, mean)
    found = metrics.uniform_by_date(bins, np.arange(300), promised, 0)
    assert found == pytest.approx((expected, scipy.stats.chi2.sf(expected, 5)), rel=1e-7)


def test_uniformity_by_date_allows_for_rows_that_move_together() -> None:
    """Right forecasts of ten equal symbols: the plain test rejects mostly, the one by date seldom."""
    promised, plain, dated = metrics.bin_probabilities(LEVELS), [], []
    for _ in range(100):
        actual = np.repeat(DRAW.standard_normal(250), 10)
        bins = metrics.pit_bins(np.tile(NORMAL, (2500, 1)), actual, LEVELS)
        plain.append(scipy.stats.chisquare(bins.sum(axis=0), 2500 * promised).pvalue < 0.05)
        dated.append(metrics.uniform_by_date(bins, np.repeat(np.arange(250), 10), promised, 0)[1] < 0.05)
    assert np.mean(plain) > 0.5
    assert np.mean(dated) < 0.15


def test_nothing_to_test() -> None:
    """With no more dates than bins there is no statistic."""
    assert np.isnan(metrics.uniform_by_date(np.eye(3), np.arange(3), np.full(3, 1 / 3), 0)).all()
