"""ARIMA and exponential smoothing against the forecasts of statsforecast."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.special import ndtri
from statsforecast import models

from morrow import fitted_model, forecast
from morrow.baselines import statistical
from morrow.baselines.statistical import StatisticalRecipe
from morrow.panel import Panel
from tests.conftest import train


def prices(kind: str) -> np.ndarray:
    """A walk, a smooth trend that changes, or a noisy level."""
    shocks = np.random.default_rng(3).standard_normal(500) * 0.01
    if kind == "walk":
        return np.cumsum(shocks + 0.001)
    if kind == "trend":
        return np.cumsum(np.cumsum(shocks) * 0.1) + shocks
    return np.cumsum(shocks) + np.random.default_rng(4).standard_normal(500) * 0.03


@pytest.mark.parametrize("kind", ["arima", "ets"])
@pytest.mark.parametrize("shape", ["walk", "trend", "level"])
def test_forecasts_are_statsforecasts(kind: str, shape: str) -> None:
    """Mean and interval of the sessions after the last are statsforecast's own.

    Of a damped trend only the next session's mean is held against it, for its later ones repeat the first
    step of the trend.
    """
    given = prices(shape)
    own = StatisticalRecipe(kind=kind).fit_series(given)
    assert own is not None
    model = (
        models.AutoARIMA(season_length=1, seasonal=False, max_p=5, max_q=5)
        if kind == "arima"
        else models.AutoETS(season_length=1, model="AZN")
    ).fit(given)
    expected = model.predict(5, level=[80])
    mean, deviation = statistical.forecast_moves(given, own, 5)
    damped = kind == "ets" and own[4] != 0
    until = 1 if damped else 5
    assert given[-1] + mean[-1, :until] == pytest.approx(np.asarray(expected["mean"])[:until], abs=3e-4)
    width = (np.asarray(expected["hi-80"]) - np.asarray(expected["mean"])) / ndtri(0.9)
    assert deviation == pytest.approx(width, rel=1e-3)


@pytest.mark.parametrize("kind", ["arima", "ets"])
def test_a_saved_model_answers_alike(panel: Panel, tmp_path: Path, kind: Any) -> None:
    """What was written to a folder answers what was fitted, finite and in order."""
    model = train(panel, kind, recipe=StatisticalRecipe(kind=kind, sessions=200)).fitted
    fitted_model.save(model, tmp_path)
    rows = np.flatnonzero(panel.session >= 400)
    quantiles, _ = forecast.predict_scaled(model, panel, rows)
    again, _ = forecast.predict_scaled(fitted_model.load(tmp_path), panel, rows)
    assert again.tolist() == quantiles.tolist()
    assert np.isfinite(quantiles).all()
    assert (np.diff(quantiles, axis=-1) > 0).all()
