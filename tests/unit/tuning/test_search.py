"""What a trial is scored by: the networks mixed with the regression, as the contest judges them."""

from pathlib import Path

import numpy as np
import pytest

from morrow import metrics, training, tuning
from morrow.backtest import scored_rows
from morrow.backtest.mixture_fit import REFERENCE_RECIPE
from morrow.config import NetworkRecipe, Tune
from morrow.errors import NightError
from morrow.forecast import predict_raw
from morrow.panel import Panel
from morrow.tuning.search import References, Search, measure_fold
from tests.conftest import FORECAST, PARTS, SETTINGS, TINY

LEVELS = np.asarray(FORECAST.levels)
(FOLD,) = tuning.inner_folds(PARTS, FORECAST.horizon, 1)
WORK = Search("study", "sqlite://", Path(), (FOLD,), Tune(), SETTINGS, 7)


def measure_regression(panel: Panel) -> float:
    """Loss of the regression alone on the second half of the fold's score sessions."""
    request = training.FitTask(
        "regression", REFERENCE_RECIPE, (0, FOLD.stop[1]), None, FOLD.stop[1] + 2, 7, FORECAST.levels,
        FORECAST.window, document=dict(SETTINGS),
    )  # fmt: skip
    rows = scored_rows(panel, ((FOLD.score[0] + FOLD.score[1]) // 2, FOLD.score[1]))
    actual = panel.target[rows].astype(np.float64)
    answered = predict_raw(training.fit(panel, request).fitted, panel, rows).astype(np.float64)
    known = np.isfinite(actual)
    return float(metrics.pinball(answered[known], actual[known], LEVELS).mean())


def test_networks_of_no_weight_score_as_the_regression(panel: Panel) -> None:
    """A recipe that can prove nothing has the loss of the regression, which is fitted once for the fold."""
    references: References = {}
    never = NetworkRecipe(kind="rnn", **TINY | {"proof": 1e9})
    loss = measure_fold(WORK, panel, never, FOLD, references)
    assert loss == pytest.approx(measure_regression(panel), rel=1e-5)
    kept = references[FOLD]
    measure_fold(WORK, panel, never, FOLD, references)
    assert references[FOLD] is kept


def test_a_trial_is_scored_by_its_mixture(panel: Panel) -> None:
    """Networks that learnt nonsense weigh nothing and spoil no score; others change it."""
    spoiled = NetworkRecipe(kind="gru", **TINY | {"rate": 3.0, "epochs": 2})
    useful = NetworkRecipe(kind="lstm", **TINY | {"target": "regressed", "rate": 0.001})
    references: References = {}
    found = [measure_fold(WORK, panel, recipe, FOLD, references) for recipe in (spoiled, useful)]
    regression = measure_regression(panel)
    assert found[0] <= 1.02 * regression
    assert found[1] != pytest.approx(regression, rel=1e-5)


def test_a_fold_without_rows_is_refused(panel: Panel) -> None:
    """Score sessions on which nobody is eligible have no loss."""
    empty = tuning.Fold(FOLD.fit, FOLD.stop, (1, 12))
    with pytest.raises(NightError, match=r"no symbol is eligible on the score sessions .*lower \[tune\]"):
        measure_fold(WORK, panel, NetworkRecipe(kind="rnn", **TINY), empty, {})
