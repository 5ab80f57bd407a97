"""Skill, and tests of a mean over dates, against statsmodels, SciPy and by hand."""

import numpy as np
import pytest
import scipy.stats
import statsmodels.api as sm

from morrow import metrics
from morrow.errors import ShapeError

DRAW = np.random.default_rng(11)
CLOSELY = {"rel": 1e-9, "abs": 1e-9}


@pytest.mark.parametrize(
    ("loss", "reference", "skill"), [(0.9, 1.0, 0.1), (1.0, None, None), (None, 1.0, None), (1.0, 0.0, None)]
)
def test_skill(loss: float | None, reference: float | None, skill: float | None) -> None:
    """Skill is one less the ratio of losses, and unknown where either loss is or the reference is zero."""
    assert metrics.skill(loss, reference) == (None if skill is None else pytest.approx(skill))


def test_skill_by_geometric_mean_by_hand() -> None:
    """Half the loss on one symbol and twice on another is no skill, however unlike their sizes."""
    loss, reference = np.array([1.0, 400, 400]), np.array([2.0, 200, 200])
    symbol = np.array(["A", "B", "B"])
    assert metrics.skill_geomean(loss, reference, symbol) == pytest.approx(0)
    assert metrics.skill_geomean(0.8 * reference, reference, symbol) == pytest.approx(0.2)
    assert metrics.skill_geomean(np.zeros(3), reference, symbol) is None


def test_loss_by_date_by_hand() -> None:
    """Known symbols and steps of a date weigh alike; a date without any is left out."""
    loss = np.array([[1.0, 3.0], [5.0, np.nan], [np.nan, np.nan], [2.0, 4.0]])
    assert metrics.loss_by_date(loss, np.array([4, 4, 5, 2])).tolist() == [3.0, 3.0]
    assert metrics.loss_by_date(np.array([1.0, 2, 6]), np.array([7, 7, 1])).tolist() == [6.0, 1.5]


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


def test_long_run_variances_are_the_diagonal() -> None:
    """Each column's variance is that of the column by itself."""
    values = DRAW.standard_normal((200, 3)).cumsum(axis=0) + DRAW.standard_normal((200, 3))
    expected = np.diag(metrics.long_run_variance(values, 6))
    assert metrics.long_run_variances(values, 6) == pytest.approx(expected, **CLOSELY)


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


def test_small_sample_diebold_mariano_is_the_paired_t_test_at_horizon_one() -> None:
    """Without overlap or lags, statistic and p are those of SciPy's paired t test."""
    draw = np.random.default_rng(5)
    a, b = draw.gamma(2.0, size=40), draw.gamma(2.1, size=40)
    expected = scipy.stats.ttest_rel(a, b, alternative="less")
    got = metrics.diebold_mariano_small_sample(a, b, 0, 1)
    assert got == pytest.approx((expected.statistic, expected.pvalue))


def test_small_sample_correction_by_hand() -> None:
    """At 20 dates and horizon 5 the factor is √((20 + 1 − 10 + 5 · 4 / 20) / 20) = √0.6."""
    draw = np.random.default_rng(6)
    a, b = draw.gamma(2.0, size=20), draw.gamma(2.1, size=20)
    plain, _ = metrics.diebold_mariano(a, b, 4)
    corrected, p = metrics.diebold_mariano_small_sample(a, b, 4, 5)
    assert corrected == pytest.approx(plain * 0.6**0.5)
    assert p == pytest.approx(scipy.stats.t.cdf(corrected, 19))
    same = metrics.diebold_mariano_small_sample(a, a, 4, 5)
    assert all(np.isnan(each) for each in same)


def test_largest_excess_is_the_largest_over_a_fine_grid_of_outcomes() -> None:
    """No outcome makes the difference of two pinball losses larger, and one reaches it."""
    draw, levels = np.random.default_rng(7), np.array([0.1, 0.25, 0.5, 0.75, 0.9])
    one, other = (np.sort(draw.normal(size=(30, 5)), axis=1) for _ in range(2))
    outcomes = np.linspace(-6, 6, 24_001)
    for quantiles, reference in ((one, other), (one, one)):
        bound = metrics.largest_excess(quantiles, reference, levels)
        for row in range(len(quantiles)):
            mine, its = (
                metrics.pinball(np.broadcast_to(q[row], (len(outcomes), 5)), outcomes, levels).mean(axis=-1)
                for q in (quantiles, reference)
            )
            assert (mine - its).max() <= bound[row] + 1e-12
            assert (mine - its).max() == pytest.approx(bound[row], abs=5e-4)
