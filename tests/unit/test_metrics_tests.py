"""Directions, coverage and uniformity, and the tests on them, against scikit-learn, SciPy and by hand."""

import numpy as np
import pytest
import scipy.stats
import sklearn.metrics
import statsmodels.api as sm

from morrow import metrics

DRAW = np.random.default_rng(5)
LEVELS = np.array([0.1, 0.25, 0.5, 0.75, 0.9])
NORMAL = scipy.stats.norm.ppf(LEVELS)
CHANCE, MOVES = DRAW.uniform(0.02, 0.98, 300), DRAW.standard_normal(300)
CLOSELY = {"rel": 1e-9, "abs": 1e-9}


def test_direction_scores_agree_with_scikit_learn() -> None:
    """Without ties, Brier, log loss, confusion and balanced accuracy are scikit-learn's."""
    risen, called = MOVES > 0, CHANCE > 0.5
    brier = metrics.brier_up(CHANCE, MOVES).mean()
    assert brier == pytest.approx(sklearn.metrics.brier_score_loss(risen, CHANCE), **CLOSELY)
    loss = metrics.log_loss_up(CHANCE, MOVES).mean()
    assert loss == pytest.approx(sklearn.metrics.log_loss(risen, CHANCE), **CLOSELY)
    matrix = metrics.confusion(CHANCE, MOVES)
    assert matrix.tolist() == sklearn.metrics.confusion_matrix(risen, called).tolist()
    expected = sklearn.metrics.balanced_accuracy_score(risen, called)
    assert metrics.balanced_accuracy(matrix) == pytest.approx(expected, **CLOSELY)


def test_ties_count_half_to_each_side() -> None:
    """No change, forecast or realised, is half a rise and half a fall in every score."""
    assert metrics.rises(np.array([-2.0, 0, 3])).tolist() == [0, 0.5, 1]
    assert metrics.brier_up(np.array([0.8]), np.zeros(1)) == pytest.approx([(0.04 + 0.64) / 2])
    loss = metrics.log_loss_up(np.array([0.8]), np.zeros(1))
    assert loss == pytest.approx([-(np.log(0.8) + np.log(0.2)) / 2])
    both = metrics.confusion(np.array([0.5, 0.9]), np.array([1.0, 0.0]))
    assert both.tolist() == [[0, 0.5], [0.5, 1.0]]
    assert metrics.balanced_accuracy(metrics.confusion(np.array([0.9]), np.array([1.0]))) is None


def test_pesaran_timmermann_by_hand() -> None:
    """60 of 100 hits at even shares: chance is 1/2, its variance 0.0025 less 1/4 of 1/100², so z = 2.0101."""
    called = np.repeat([1.0, 1, -1, -1], [30, 20, 30, 20])
    actual = np.repeat([1.0, -1, -1, 1], [30, 20, 30, 20])
    statistic, p = metrics.pesaran_timmermann(called, actual)
    assert statistic == pytest.approx(0.1 / np.sqrt(0.25 / 100 - 0.25 / 100**2))
    assert p == pytest.approx(scipy.stats.norm.sf(statistic), **CLOSELY)
    assert metrics.pesaran_timmermann(-called, actual)[0] == pytest.approx(-statistic)
    assert np.isnan(metrics.pesaran_timmermann(np.ones(9), MOVES[:9])).all()


def test_pesaran_timmermann_is_close_to_the_exact_test_of_the_table() -> None:
    """Uneven shares: its square is within 2 % of N times the table's squared phi coefficient."""
    called = np.where(DRAW.uniform(size=4000) < 0.7, 1.0, -1.0)
    actual = np.where(DRAW.uniform(size=4000) < 0.55 + 0.05 * called, 1.0, -1.0)
    statistic, _ = metrics.pesaran_timmermann(called, actual)
    phi = sklearn.metrics.matthews_corrcoef(actual > 0, called > 0)
    assert statistic**2 == pytest.approx(4000 * phi**2, rel=0.02)


def test_pesaran_timmermann_by_date_agrees_with_statsmodels() -> None:
    """Its statistic is that of the daily sums of the products of deviations, with HAC errors."""
    date = np.repeat(np.arange(100), 3)
    x, y = (CHANCE > 0.5).astype(float), (MOVES > 0).astype(float)
    daily = ((x - x.mean()) * (y - y.mean())).reshape(100, 3).sum(axis=1)
    fitted = sm.OLS(daily, np.ones(100)).fit(
        cov_type="HAC", cov_kwds={"maxlags": 4, "use_correction": False}, use_t=False
    )
    statistic, p = metrics.pesaran_timmermann_by_date(CHANCE - 0.5, MOVES, date, 4)
    assert statistic == pytest.approx(fitted.tvalues[0], **CLOSELY)
    assert p == pytest.approx(scipy.stats.norm.sf(statistic), **CLOSELY)


def test_rows_of_a_date_that_move_together_are_not_so_many_trials() -> None:
    """Copying each date's row ten times makes the plain test surer, and the one by date not at all."""
    called, actual, date = CHANCE - 0.5, MOVES + CHANCE, np.arange(300)
    once = metrics.pesaran_timmermann_by_date(called, actual, date, 3)
    often = metrics.pesaran_timmermann_by_date(*(np.repeat(x, 10) for x in (called, actual, date)), 3)
    assert often == pytest.approx(once)
    plain = metrics.pesaran_timmermann(np.repeat(called, 10), np.repeat(actual, 10))[0]
    assert plain > 3 * metrics.pesaran_timmermann(called, actual)[0] > 0


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
    both = metrics.kupiec(hits, 0.8)[0] + ratio
    found = metrics.conditional_coverage(hits, symbol, 0.8)
    assert found == pytest.approx((both, scipy.stats.chi2.sf(both, 2)), **CLOSELY)
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


@pytest.mark.parametrize(
    ("actual", "low", "high"),
    [
        (1.5, 0.175, 0.175),  # half-way between .1 and .25
        (2.0, 0.25, 0.25),  # on a quantile
        (0.0, 0.0, 0.1),  # beyond the outermost: drawn
        (9.0, 0.9, 1.0),
        (3.0, 0.5, 0.75),  # on two that coincide
        (1.0, 0.1, 0.1),
        (4.0, 0.9, 0.9),
    ],
)
def test_pit_by_hand(actual: float, low: float, high: float) -> None:
    """Linear between levels, drawn evenly where the level is only known to lie in a range."""
    quantiles = np.tile([1.0, 2, 3, 3, 4], (500, 1))
    found = metrics.pit(quantiles, np.full(500, actual), LEVELS, np.random.default_rng(0))
    assert found.min() >= low - 1e-12
    assert found.max() <= high + 1e-12
    assert found.max() - found.min() == pytest.approx(high - low, abs=0.02 * (high - low) + 1e-12)


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
    assert metrics.expected(LEVELS) == pytest.approx([0.1, 0.15, 0.25, 0.25, 0.15, 0.1])


def test_uniformity_agrees_with_scipy() -> None:
    """Chi-square by bins and Kolmogorov-Smirnov are SciPy's."""
    quantiles, actual = np.tile(NORMAL, (300, 1)), 1.2 * MOVES + 0.1
    counts, promised = metrics.pit_histogram(quantiles, actual, LEVELS)
    assert counts.sum() == 300
    expected = scipy.stats.chisquare(counts, 300 * promised)
    assert metrics.chi_square(counts, promised) == pytest.approx(
        (expected.statistic, expected.pvalue), **CLOSELY
    )
    level = metrics.pit(quantiles, actual, LEVELS, np.random.default_rng(1))
    test = scipy.stats.ks_1samp(level, scipy.stats.uniform.cdf, method="asymp")
    assert metrics.kolmogorov_smirnov(level) == pytest.approx((test.statistic, test.pvalue), **CLOSELY)


def test_uniformity_by_date_without_lags_is_walds() -> None:
    """One row a date and no lags: T d' S⁻¹ d of the bins' indicators, and p from chi-square."""
    quantiles = np.tile(NORMAL, (300, 1))
    bins = metrics.pit_bins(quantiles, 1.2 * MOVES, LEVELS)
    promised = metrics.expected(LEVELS)
    mean = (bins - promised)[:, 1:].mean(axis=0)  # another bin left out: the statistic is the same
    spread = np.cov(bins[:, 1:].T, bias=True)
    expected = 300 * mean @ np.linalg.solve(spread, mean)
    found = metrics.uniform_by_date(bins, np.arange(300), promised, 0)
    assert found == pytest.approx((expected, scipy.stats.chi2.sf(expected, 5)), rel=1e-7)


def test_uniformity_by_date_allows_for_rows_that_move_together() -> None:
    """Right forecasts of ten equal symbols: the plain test rejects mostly, the one by date seldom."""
    promised, plain, dated = metrics.expected(LEVELS), [], []
    for _ in range(100):
        actual = np.repeat(DRAW.standard_normal(250), 10)
        bins = metrics.pit_bins(np.tile(NORMAL, (2500, 1)), actual, LEVELS)
        plain.append(metrics.chi_square(bins.sum(axis=0), promised)[1] < 0.05)
        dated.append(metrics.uniform_by_date(bins, np.repeat(np.arange(250), 10), promised, 0)[1] < 0.05)
    assert np.mean(plain) > 0.5
    assert np.mean(dated) < 0.15


def test_nothing_to_test() -> None:
    """Without a row, or with no more dates than bins, there is no statistic."""
    assert np.isnan(metrics.chi_square(np.zeros(3), np.full(3, 1 / 3))).all()
    assert np.isnan(metrics.kolmogorov_smirnov(np.empty(0))).all()
    assert np.isnan(metrics.uniform_by_date(np.eye(3), np.arange(3), np.full(3, 1 / 3), 0)).all()
    assert metrics.ranks(np.empty(0), np.empty(0, int)).tolist() == []
