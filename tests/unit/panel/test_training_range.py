"""Abstaining: a symbol whose data have come apart is answered by the fallback, a wild market is not."""

from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest

from morrow import forecast, frames
from morrow import panel as panels
from morrow.baselines import unconditional
from morrow.fitted_model import FittedModel
from morrow.panel import Panel
from tests.conftest import FORECAST, PARTS, axis, bars, market, mixed_market, panel_of, train

LEVELS = np.array(FORECAST.levels)
QUANTILES = [frames.quantile_column(level) for level in FORECAST.levels]


@cache
def model() -> FittedModel:
    """A simple forecaster, fitted out of fold to the synthetic market."""
    return train(panel_of(market()), "ewma").fitted


def known(panel: Panel) -> dict[str, object]:
    """What the fit sessions have shown."""
    return panels.measure_range(panel, np.flatnonzero(panel.ready & (panel.session < PARTS.fit[1])))


def altered(panel: Panel, row: int, name: str, value: float) -> Panel:
    """The panel with one feature of one row set."""
    features = panel.features.copy()
    features[row, panel.names.index(name)] = value
    return replace(panel, features=features)


def exploded(symbol: str, factor: float, last: int = 20) -> pd.DataFrame:
    """The market in which the returns of a symbol's last sessions are so many times as large."""
    prices = market()
    mine = prices["symbol"] == symbol
    close = prices.loc[mine, "close"].to_numpy() * prices.loc[mine, "dividend_factor"].to_numpy()
    moves = np.diff(np.log(close), prepend=np.log(close[0]))
    moves[-last:] *= factor
    path = close[0] * np.exp(np.cumsum(moves))
    ratio = path / close
    for field in ("open", "high", "low", "close"):
        prices.loc[mine, field] *= ratio
    return prices


def test_the_range_by_hand(panel: Panel) -> None:
    """The range of a feature and of volatility leaves a thousandth of the rows out at each end."""
    rows = np.flatnonzero(panel.ready & (panel.session < PARTS.fit[1]))
    found = panels.measure_range(panel, rows)
    values = panel.features[rows, panel.names.index("rsi_14")].astype(np.float64)
    assert found["features"]["rsi_14"] == pytest.approx(np.quantile(values, [0.001, 0.999]).tolist())
    assert found["unit"] == pytest.approx(np.quantile(panel.unit[rows], [0.001, 0.999]).tolist())
    assert "universe_return" not in found["features"]


def test_a_model_says_what_it_has_seen(panel: Panel) -> None:
    """Every fitted model carries the range of the rows that it was fitted on."""
    rows = np.flatnonzero(panel.ready & (panel.session < PARTS.stop[1]))
    rows = rows[np.isfinite(panel.target[rows]).any(axis=1)]
    assert model().document["range"] == panels.measure_range(panel, rows)


def test_nobody_is_outside_an_ordinary_market(panel: Panel) -> None:
    """The same market's later sessions lie within what its earlier ones have shown."""
    late = np.flatnonzero(panel.eligible & (panel.session >= PARTS.fit[1]))
    assert (panels.explain_outliers(known(panel), panel, late) == "").all()


@pytest.mark.parametrize("factor", [2.5, 0.4])
def test_a_crash_or_a_calm_of_the_whole_market_is_forecast(factor: float) -> None:
    """When everybody's volatility becomes a multiple of what it was, nobody falls back."""
    prices = market()
    for symbol in prices["symbol"].unique():
        prices = prices[prices["symbol"] != symbol]
        wild = exploded(symbol, factor, 40)
        prices = pd.concat([prices, wild[wild["symbol"] == symbol]])
    panel = panel_of(prices)
    late = np.flatnonzero(panel.eligible & (panel.session >= 380))
    assert len(late) == 160
    assert (panels.explain_outliers(known(panel), panel, late) == "").all()


def test_an_exploded_symbol_is_outside_and_no_other() -> None:
    """A symbol whose volatility is off the scale is outside, with both numbers in the reason."""
    panel = panel_of(exploded("S1", 40))
    rows = np.flatnonzero(panel.eligible & (panel.session == 419))
    why = dict(
        zip(panel.symbol[rows].tolist(), panels.explain_outliers(known(panel), panel, rows), strict=True)
    )
    low, high = (f"{100 * end:.3g} %" for end in known(panel)["unit"])  # type: ignore[attr-defined]
    assert why[1].startswith("volatility ")
    assert why[1].endswith(f" a session is off the scale of training, {low} to {high}")
    assert [why[0], why[2], why[3]] == ["", "", ""]


def test_a_feature_two_ranges_beyond_is_named(panel: Panel) -> None:
    """A feature counts as outside beyond two whole ranges past an end, and not before."""
    row = int(np.flatnonzero(panel.session == 419)[0])
    ranged = {"features": {"return_5": [-3.1, 6.0]}, "unit": None}
    for value, reason in [
        (24.1, ""),
        (-21.2, ""),
        (24.3, "feature return_5 24.3 is beyond what training saw, -3.1 to 6"),
        (-21.4, "feature return_5 -21.4 is beyond what training saw, -3.1 to 6"),
    ]:
        found = panels.explain_outliers(ranged, altered(panel, row, "return_5", value), np.array([row]))
        assert found.tolist() == [reason]


def test_a_constant_feature_and_an_unknown_one_trigger_nothing(panel: Panel) -> None:
    """A feature that never moved in training, and one that training did not have, have nobody outside."""
    row = np.flatnonzero(panel.session == 419)[:1]
    for ends in ([1.0, 1.0], [1.0, 1.0 + 1e-9]):
        ranged = {"features": {"return_5": ends}, "unit": None}
        assert panels.explain_outliers(
            ranged, altered(panel, int(row[0]), "return_5", 2.0), row
        ).tolist() == [""]
    assert panels.explain_outliers({"features": {}, "unit": None}, panel, row).tolist() == [""]
    assert panels.explain_outliers(None, panel, row).tolist() == [""]


def test_who_is_outside_is_decided_by_the_row_alone(panel: Panel) -> None:
    """What comes after a row changes nothing about it."""
    short = panel_of(market()[lambda prices: prices["session"] <= prices["session"].unique()[400]])
    then, now = (np.flatnonzero((each.session == 400) & each.eligible) for each in (short, panel))
    tight = {"features": {"return_5": [-0.1, 0.1], "rsi_14": [0.0, 0.1]}, "unit": [1e-6, 1e-5]}
    assert (
        panels.explain_outliers(tight, short, then).tolist()
        == panels.explain_outliers(tight, panel, now).tolist()
    )
    assert (panels.explain_outliers(tight, panel, now) != "").any()


def test_the_fallback_of_a_historic_row(panel: Panel) -> None:
    """A row is answered as the trailing quantiles were at the end of its series at the time."""
    walk = 100 * np.exp(np.cumsum(0.01 * np.random.default_rng(5).standard_normal((2, 900)), axis=1))
    walk[1, 300:340] = np.nan
    long = panel_of(bars({"A": walk[0], "B": walk[1]}))
    for each in (panel, long):
        rows = np.flatnonzero(each.position >= 60)[::37]
        found = forecast.answer_fallback(each, rows, LEVELS)
        for place, row in enumerate(rows):
            own = each.adjusted[row - each.position[row] : row + 1]
            assert (
                found[place].tolist() == unconditional.trailing_quantiles(own, each.horizon, LEVELS).tolist()
            )
    assert forecast.answer_fallback(panel, np.empty(0, np.int64), LEVELS).shape == (0, 3, 9)


def test_the_table_flags_who_is_outside() -> None:
    """In the table an exploded symbol has its own trailing quantiles, the flag and the reason."""
    prices = exploded("S1", 40)
    panel = panel_of(prices)
    frame, who = forecast.table(model(), panel, stale=False, observed=axis(prices))
    own = frame[frame["symbol"] == "S1"]
    assert (own["flags"] == "outside").all()
    assert own["reason"].str.startswith("volatility ").all()
    assert own["reason"].str.endswith(": forecast by unconditional quantiles").all()
    moves = panel.adjusted[panel.symbol == 1]
    basis = panel.close[np.flatnonzero(panel.symbol == 1)[-1]]
    for step, row in enumerate(own[QUANTILES].to_numpy(), start=1):
        returns = np.log(moves[step:] / moves[:-step])
        assert row == pytest.approx(basis * np.exp(np.quantile(returns, LEVELS)), rel=1e-5)
    assert (frame.loc[frame["symbol"] != "S1", "flags"] == "").all()
    assert len(frame) == who.symbol_count * panel.horizon
    assert [panel.symbols[panel.symbol[one.row]] for one in who.fallback] == ["S1"]


def test_a_model_that_does_not_say_abstains_from_nobody() -> None:
    """A model without a range forecasts everybody who is eligible."""
    prices = exploded("S1", 40)
    older = {name: value for name, value in model().document.items() if name != "range"}
    silent = FittedModel(older, model().arrays)
    frame, _ = forecast.table(silent, panel_of(prices), stale=False, observed=axis(prices))
    assert (frame["flags"] == "").all()


def test_the_pegged_stay_pegged() -> None:
    """Who is kept from the model for another reason keeps that reason."""
    prices = mixed_market()
    who = panels.assess_eligibility(
        panel_of(prices), FORECAST, training_range={"features": {}, "unit": [1.0, 2.0]}
    )
    flags = {one.flags for one in who.fallback}
    assert flags == {("outside",), ("pegged",)}
    assert not len(who.eligible)
