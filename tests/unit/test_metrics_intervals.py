"""Samples, intervals, densities and ranks against scoringrules and SciPy."""

import numpy as np
import pytest
import scipy.stats
import scoringrules
import statsmodels.api as sm

from morrow import metrics
from morrow.errors import ShapeError

DRAW = np.random.default_rng(11)
LEVELS = np.array([0.025, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.975])
QUANTILES = np.sort(0.02 * DRAW.standard_normal((300, 9)), axis=1)
ACTUAL = 0.02 * DRAW.standard_normal(300)
CLOSELY = {"rel": 1e-9, "abs": 1e-9}


def test_pinball_agrees_with_scoringrules() -> None:
    """Row by row and level by level, the loss is scoringrules' quantile score."""
    expected = scoringrules.quantile_score(ACTUAL[:, None], QUANTILES, LEVELS)
    assert metrics.pinball(QUANTILES, ACTUAL, LEVELS) == pytest.approx(expected, **CLOSELY)


def test_crps_agrees_with_scoringrules_on_even_levels() -> None:
    """At the middles of even bins the trapezoid is scoringrules' mean less half a bin at each end."""
    levels = (np.arange(400) + 0.5) / 400
    quantiles = np.sort(DRAW.standard_normal((20, 400)), axis=1)
    actual = DRAW.standard_normal(20)
    ends = metrics.pinball(quantiles, actual, levels)[:, [0, -1]].sum(axis=1) / 400
    expected = scoringrules.crps_quantile(actual, quantiles, levels) - ends
    assert metrics.crps(quantiles, actual, levels) == pytest.approx(expected, **CLOSELY)


def test_crps_of_a_sample_agrees_with_scoringrules() -> None:
    """The score of a sample is scoringrules' energy form, and of a single value its absolute error."""
    sample = DRAW.standard_normal((50, 17))
    actual = DRAW.standard_normal(50)
    expected = scoringrules.crps_ensemble(actual, sample, estimator="nrg")
    assert metrics.crps_sample(sample, actual) == pytest.approx(expected, **CLOSELY)
    assert metrics.crps_sample(np.array([[2.0]]), np.array([5.0])).tolist() == [3.0]


@pytest.mark.parametrize(("share", "low", "high"), [(0.8, 2, 6), (0.9, 1, 7), (0.95, 0, 8)])
def test_interval_score_agrees_with_scoringrules(share: float, low: int, high: int) -> None:
    """Winkler's score and the width are those of the interval's own columns."""
    expected = scoringrules.interval_score(ACTUAL, QUANTILES[:, low], QUANTILES[:, high], 1 - share)
    assert metrics.interval_score(QUANTILES, ACTUAL, LEVELS, share) == pytest.approx(expected, **CLOSELY)
    wide = metrics.width(QUANTILES, LEVELS, share)
    assert wide == pytest.approx(QUANTILES[:, high] - QUANTILES[:, low], **CLOSELY)


def test_interval_score_by_hand() -> None:
    """On an end it is the width; 2 beyond an 80 % interval of width 4 it is 4 + 10 × 2."""
    quantiles = np.tile([1.0, 2.0, 5.0], (3, 1))
    score = metrics.interval_score(quantiles, np.array([1.0, 5.0, 7.0]), np.array([0.1, 0.5, 0.9]), 0.8)
    assert score == pytest.approx([4, 4, 24])


def test_an_interval_without_its_levels() -> None:
    """Where an end is not among the levels there is neither width nor score."""
    assert metrics.width(QUANTILES, LEVELS, 0.6) is None
    assert metrics.interval_score(QUANTILES, ACTUAL, LEVELS, 0.6) is None


def test_measures_hold_every_interval() -> None:
    """Coverage, width and score of 80, 90 and 95 % are means over the rows."""
    ones = np.ones(300)
    found = metrics.measures(QUANTILES, ACTUAL, LEVELS, np.full(300, "A"), ones, ones)
    assert found.keys() == {*metrics.MEASURES, "rows"}
    within = (QUANTILES[:, 1] <= ACTUAL) & (QUANTILES[:, 7] >= ACTUAL)
    assert found["coverage_90"] == pytest.approx(within.mean())
    assert found["width_90"] == pytest.approx((QUANTILES[:, 7] - QUANTILES[:, 1]).mean())
    expected = scoringrules.interval_score(ACTUAL, QUANTILES[:, 1], QUANTILES[:, 7], 0.1).mean()
    assert found["interval_score_90"] == pytest.approx(expected)


def test_log_score_agrees_with_scoringrules_and_scipy() -> None:
    """The score is minus SciPy's log density; of a mixture, minus the log of the mean density."""
    location, scale = DRAW.standard_normal((2, 3, 40))
    scale, freedom = np.exp(scale), DRAW.uniform(2.1, 30, (3, 40))
    actual = DRAW.standard_normal(40)
    score = metrics.log_score_t(location, scale, freedom, actual)
    assert score == pytest.approx(scoringrules.logs_t(actual, freedom, location, scale), **CLOSELY)
    density = scipy.stats.t.pdf(actual, freedom, location, scale)
    assert metrics.pooled_log_score(score) == pytest.approx(-np.log(density.mean(axis=0)), **CLOSELY)


def test_correlations_by_section_agree_with_scipy() -> None:
    """Each section's correlation is SciPy's, ties sharing their mean rank, in the order of the sections."""
    section = DRAW.permutation(np.repeat([3, 7, 9], [10, 12, 30]))
    forecast, actual = np.round(DRAW.standard_normal((2, 52)), 1)
    plain = metrics.information(forecast, actual, section)
    ranked = metrics.rank_information(forecast, actual, section)
    for place, number in enumerate((3, 7, 9)):
        own = section == number
        assert plain[place] == pytest.approx(scipy.stats.pearsonr(forecast[own], actual[own]).statistic)
        assert ranked[place] == pytest.approx(scipy.stats.spearmanr(forecast[own], actual[own]).statistic)
        ranks = metrics.ranks(forecast, section)[own]
        assert ranks.tolist() == scipy.stats.rankdata(forecast[own]).tolist()


def test_no_correlation_without_ten_rows_or_without_variation() -> None:
    """A section of nine rows has none, nor has one that is forecast alike throughout."""
    section = np.repeat([0, 1], [9, 10])
    values = np.where(section == 0, np.arange(19.0), 0.1)
    assert np.isnan(metrics.information(values, DRAW.standard_normal(19), section)).all()


def test_long_run_variance_agrees_with_statsmodels() -> None:
    """The test of a mean is that of a regression on a constant with HAC errors."""
    values = np.convolve(DRAW.standard_normal(203), [1, 0.5, 0.2, 0.1], "valid") + 0.1
    fitted = sm.OLS(values, np.ones(200)).fit(
        cov_type="HAC", cov_kwds={"maxlags": 6, "use_correction": False}, use_t=False
    )
    statistic, p = metrics.mean_test(values, 6, upper=True)
    assert statistic == pytest.approx(fitted.tvalues[0], **CLOSELY)
    assert p == pytest.approx(scipy.stats.norm.sf(fitted.tvalues[0]), **CLOSELY)
    assert metrics.mean_test(values, 6, upper=False)[1] == pytest.approx(1 - p)


def test_a_mean_that_cannot_be_tested() -> None:
    """One date, or dates that are all alike, give no statistic."""
    assert np.isnan(metrics.mean_test(np.ones(1), 0, upper=True)).all()
    assert np.isnan(metrics.mean_test(np.ones(9), 2, upper=True)).all()


def test_lags_by_hand() -> None:
    """Five steps and 100 dates: 4 for the overlap and ⌊4 × 1⌋; 1,000 dates: ⌊4 × 10^(2/9)⌋ = 6."""
    assert metrics.lags(5, 100) == 8
    assert metrics.lags(1, 1000) == 6


def test_diebold_mariano_is_the_test_of_the_difference() -> None:
    """Who loses less by date has a negative statistic and a small p, and the other the opposite."""
    good = DRAW.uniform(0.9, 1.0, 250)
    bad = good + 0.01 + 0.05 * DRAW.standard_normal(250)
    fitted = sm.OLS(good - bad, np.ones(250)).fit(
        cov_type="HAC", cov_kwds={"maxlags": 8, "use_correction": False}, use_t=False
    )
    statistic, p = metrics.diebold_mariano(good, bad, 8)
    assert statistic == pytest.approx(fitted.tvalues[0], **CLOSELY)
    assert p == pytest.approx(scipy.stats.norm.cdf(fitted.tvalues[0]), **CLOSELY)
    assert metrics.diebold_mariano(bad, good, 8) == pytest.approx((-statistic, 1 - p))


def test_diebold_mariano_wants_the_same_dates() -> None:
    """Losses of other dates are refused, with both numbers in the message."""
    with pytest.raises(ShapeError, match=r"\(3,\) and \(4,\)"):
        metrics.diebold_mariano(np.ones(3), np.ones(4), 0)


def test_diebold_mariano_rejects_as_often_as_it_says() -> None:
    """Of equal forecasters whose losses overlap by five steps, about one in twenty is called better."""
    noise = DRAW.standard_normal((400, 304))
    kernel = np.ones(5)
    p = [metrics.diebold_mariano(np.convolve(row, kernel, "valid"), np.zeros(300), 9)[1] for row in noise]
    assert 0.02 < np.mean(np.array(p) < 0.05) < 0.10


def test_loss_by_date_by_hand() -> None:
    """Known symbols and steps of a date weigh alike; a date without any is left out."""
    loss = np.array([[1.0, 3.0], [5.0, np.nan], [np.nan, np.nan], [2.0, 4.0]])
    assert metrics.loss_by_date(loss, np.array([4, 4, 5, 2])).tolist() == [3.0, 3.0]
    assert metrics.loss_by_date(np.array([1.0, 2, 6]), np.array([7, 7, 1])).tolist() == [6.0, 1.5]


def test_skill_by_geometric_mean_by_hand() -> None:
    """Half the loss on one symbol and twice on another is no skill, however unlike their sizes."""
    loss, reference = np.array([1.0, 400, 400]), np.array([2.0, 200, 200])
    symbol = np.array(["A", "B", "B"])
    assert metrics.skill_geomean(loss, reference, symbol) == pytest.approx(0)
    assert metrics.skill_geomean(0.8 * reference, reference, symbol) == pytest.approx(0.2)
    assert metrics.skill_geomean(np.zeros(3), reference, symbol) is None
