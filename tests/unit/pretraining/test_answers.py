"""Zero-shot forecasts: in order, known from sixty bars on, and the same night by night."""

from dataclasses import replace

import numpy as np
import pytest

from morrow.config import Forecast
from morrow.panel import SHORTEST, Panel
from morrow.pretraining import KINDS, forecast_zero_shot, inputs, replace_features
from tests.conftest import FORECAST, market, panel_of

LEVELS = np.array([0.025, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.975])


@pytest.mark.parametrize("kind", KINDS)
def test_quantiles_are_in_order_and_widen(panel: Panel, kind: str) -> None:
    """Every row with sixty bars has finite quantiles in order, wider at later steps."""
    rows = np.flatnonzero(panel.position >= SHORTEST - 1)
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


def replace_horizon(horizon: int) -> Forecast:
    """The tests' forecast section with another horizon."""
    return FORECAST.model_copy(update={"horizon": horizon})


@pytest.mark.parametrize("night", [SHORTEST - 1, 130, 419])
def test_a_night_answers_as_the_whole_history_does(panel: Panel, night: int) -> None:
    """The forecast at a cutoff does not depend on later bars, nor on which rows are asked beside it."""
    prices = market()
    small = panel_of(prices[prices["session"] <= np.sort(prices["session"].unique())[night]])
    mine = np.flatnonzero(small.session == night)
    rows = np.flatnonzero(panel.position >= SHORTEST - 1)
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


def test_inputs_are_computed_once_for_a_panel(panel: Panel) -> None:
    """All calls on a panel share one panel with the networks' inputs; another panel has its own."""
    fresh = replace(panel)
    assert replace_features(fresh) is replace_features(fresh)
    assert replace_features(replace(panel)) is not replace_features(fresh)


def test_only_the_asked_series_are_computed(panel: Panel, monkeypatch: pytest.MonkeyPatch) -> None:
    """A forecast of one symbol computes the inputs of its series, and equals that among all symbols."""
    rows = np.flatnonzero(panel.session == len(panel.sessions) - 1)
    whole = forecast_zero_shot(panel, rows, LEVELS)
    computed: list[int] = []
    compute = inputs.series_inputs

    def count(series: inputs.Series, shared: np.ndarray) -> np.ndarray:
        computed.append(series.returns.shape[1])
        return compute(series, shared)

    monkeypatch.setattr(inputs, "series_inputs", count)
    one = forecast_zero_shot(panel, rows[:1], LEVELS)
    assert computed == [int(panel.position[rows[0]]) + 1]
    assert one == pytest.approx(whole[:1], rel=1e-5, abs=1e-8)
