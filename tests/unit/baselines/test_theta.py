"""The theta method against the forecasts of statsforecast, and through training and back from a folder."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.special import ndtri
from statsforecast import models

from morrow import fitted_model, forecast
from morrow.baselines.statistical import forecast_moves
from morrow.baselines.theta import WARM_UP, ThetaRecipe
from morrow.panel import Panel
from tests.conftest import train

SAMPLING = 0.25  # of a width by two quantiles of statsforecast's 200 paths, relative


def walk(drift: float) -> np.ndarray:
    """Log prices with a drift."""
    return np.cumsum(np.random.default_rng(3).standard_normal(500) * 0.01 + drift)


@pytest.mark.parametrize("form", ["standard", "optimised"])
@pytest.mark.parametrize("drift", [0.0, 0.002])
def test_forecasts_are_statsforecasts(form: Any, drift: float) -> None:
    """Means and the first deviation are statsforecast's own; all deviations follow from the errors made."""
    given = walk(drift)
    parameters = ThetaRecipe(kind="theta", form=form).fit_series(given)
    assert parameters is not None
    model = (models.Theta if form == "standard" else models.OptimizedTheta)(season_length=1).fit(given)
    expected = model.predict(5, level=[80])
    mean, deviation = forecast_moves(given, parameters, 5)
    assert given[-1] + mean[-1] == pytest.approx(np.asarray(expected["mean"]), abs=1e-6)
    assert deviation[0] == pytest.approx(np.std(model.model_["residuals"][3:], ddof=1))
    errors = np.diff(given)[WARM_UP:] - mean[WARM_UP:-1, 0]  # of the forecasts one session ahead
    growth = np.sqrt(1 + np.arange(5) * model.model_["par"]["alpha"] ** 2)  # of simple exponential smoothing
    assert deviation == pytest.approx(np.sqrt(np.mean(errors**2)) * growth, rel=0.03)
    width = (np.asarray(expected["hi-80"]) - np.asarray(expected["lo-80"])) / (2 * ndtri(0.9))
    assert deviation == pytest.approx(width, rel=SAMPLING)


def test_a_saved_model_answers_alike(panel: Panel, tmp_path: Path) -> None:
    """What was written to a folder answers what was fitted, finite and in order."""
    model = train(panel, "theta", recipe=ThetaRecipe(kind="theta", sessions=200)).fitted
    fitted_model.save(model, tmp_path)
    rows = np.flatnonzero(panel.session >= 400)
    quantiles, _ = forecast.predict_scaled(model, panel, rows)
    again, _ = forecast.predict_scaled(fitted_model.load(tmp_path), panel, rows)
    assert again.tolist() == quantiles.tolist()
    assert np.isfinite(quantiles).all()
    assert (np.diff(quantiles, axis=-1) > 0).all()
