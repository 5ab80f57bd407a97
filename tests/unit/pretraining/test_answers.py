"""Zero-shot forecasts: in order, known from sixty bars on, and the same night by night."""

from dataclasses import replace

import numpy as np
import pytest

from morrow.panel import Panel
from morrow.pretraining import FEWEST_BARS, KINDS, forecast_zero_shot, replace_features
from tests.conftest import FORECAST, market, panel_of

LEVELS = np.array([0.025, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.975])


@pytest.mark.parametrize("kind", KINDS)
def test_quantiles_are_in_order_and_widen(panel: Panel, kind: str) -> None:
    """Every row with sixty bars has finite quantiles in order, wider at later steps."""
    rows = np.flatnonzero(panel.position >= FEWEST_BARS - 1)
    quantiles = forecast_zero_shot(panel, rows, LEVELS, kind)
    assert quantiles.shape == (len(rows), panel.horizon, len(LEVELS))
    assert (np.diff(quantiles, axis=2) > 0).all()
    spread = (quantiles[..., -1] - quantiles[..., 0]).mean(axis=0)
    assert (np.diff(spread) > 0).all()


def test_any_horizon_and_levels() -> None:
    """Twenty steps at two odd levels beside the median are answered too."""
    panel = panel_of(market(), replace_horizon(20))
    rows = np.flatnonzero(panel.session == len(panel.sessions) - 1)
    quantiles = forecast_zero_shot(panel, rows, np.array([0.001, 0.5, 0.77]))
    assert quantiles.shape == (len(rows), 20, 3)
    assert (np.diff(quantiles, axis=2) > 0).all()


def replace_horizon(horizon: int) -> object:
    """The tests' forecast section with another horizon."""
    return FORECAST.model_copy(update={"horizon": horizon})


@pytest.mark.parametrize("night", [FEWEST_BARS - 1, 130, 419])
def test_a_night_answers_as_the_whole_history_does(panel: Panel, night: int) -> None:
    """The forecast at a cutoff does not depend on later bars, nor on which rows are asked beside it."""
    prices = market()
    small = panel_of(prices[prices["session"] <= np.sort(prices["session"].unique())[night]])
    mine = np.flatnonzero(small.session == night)
    rows = np.flatnonzero(panel.position >= FEWEST_BARS - 1)
    whole = forecast_zero_shot(panel, rows, LEVELS)[panel.session[rows] == night]
    assert forecast_zero_shot(small, mine, LEVELS) == pytest.approx(whole, rel=1e-5)


def test_a_wilder_symbol_has_wider_quantiles(panel: Panel) -> None:
    """Quantiles scale with the volatility known at the cutoff."""
    rows = np.flatnonzero(panel.session == len(panel.sessions) - 1)
    twice = replace(
        panel,
        unit=panel.unit * 2,
        adjusted=np.square(panel.adjusted),
        day_variance=panel.day_variance * 4,
    )
    narrow, wide = (forecast_zero_shot(each, rows, LEVELS) for each in (panel, twice))
    assert wide / narrow == pytest.approx(np.full_like(wide, 2), rel=0.1)
    assert np.isfinite(replace_features(twice).features).any()
