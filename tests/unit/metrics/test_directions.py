"""Scores of direction, against scikit-learn, statsmodels and by hand."""

import numpy as np
import pytest
import scipy.stats
import sklearn.metrics
import statsmodels.api as sm

from morrow import metrics

DRAW = np.random.default_rng(5)
CHANCE, MOVES = DRAW.uniform(0.02, 0.98, 300), DRAW.standard_normal(300)
CLOSELY = {"rel": 1e-9, "abs": 1e-9}


def test_direction_counts_no_change_as_a_half() -> None:
    """Right sign 1, wrong sign 0, no change on either side one half."""
    hits = metrics.direction_hits(np.array([1.0, 1, -2, 0, 0, 3]), np.array([2.0, -1, -1, 5, 0, 0]))
    assert hits.tolist() == [1, 0, 1, 0.5, 0.5, 0.5]


def test_brier_and_log_loss_agree_with_scikit_learn() -> None:
    """Scores of class probabilities are scikit-learn's, and by hand where the answer is plain."""
    draw = np.random.default_rng(3)
    likely = draw.dirichlet([1, 1, 1], 200)
    happened = draw.integers(0, 3, 200)
    assert metrics.log_loss(likely, happened).mean() == pytest.approx(
        sklearn.metrics.log_loss(happened, likely, labels=[0, 1, 2])
    )
    expected = sklearn.metrics.brier_score_loss(happened, likely, labels=[0, 1, 2], scale_by_half=False)
    assert metrics.brier(likely, happened).mean() == pytest.approx(expected)
    assert metrics.brier(np.array([[1.0, 0, 0], [0, 0, 1]]), np.array([0, 1])).tolist() == [0, 2]
    assert metrics.log_loss(np.array([[0.5, 0.5, 0.0]]), np.array([1])).tolist() == [np.log(2)]
    assert np.isfinite(metrics.log_loss(np.array([[1.0, 0, 0]]), np.array([2]))).all()


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
    """Copying each date's row ten times makes the test no surer."""
    called, actual, date = CHANCE - 0.5, MOVES + CHANCE, np.arange(300)
    once = metrics.pesaran_timmermann_by_date(called, actual, date, 3)
    often = metrics.pesaran_timmermann_by_date(*(np.repeat(x, 10) for x in (called, actual, date)), 3)
    assert often == pytest.approx(once)
