"""Totals and tables of one model's measures, against scikit-learn, scoringrules and by hand."""

import math

import numpy as np
import pytest
import scoringrules
from sklearn.metrics import mean_absolute_error, mean_pinball_loss, mean_squared_error

from morrow import metrics
from morrow.metrics import Outcomes

LEVELS = np.array([0.1, 0.5, 0.9])
NINE = np.array([0.025, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.975])
DRAW = np.random.default_rng(3)
QUANTILES = np.sort(0.02 * DRAW.standard_normal((200, 3)), axis=1)
ACTUAL = 0.02 * DRAW.standard_normal(200)
CLOSE = DRAW.uniform(20, 200, 200)
NAMES = np.where(np.arange(200) < 90, "A", "B")
WIDE = np.sort(0.02 * DRAW.standard_normal((300, 9)), axis=1)
HAPPENED = 0.02 * DRAW.standard_normal(300)


def measured(**changes: np.ndarray) -> dict[str, float | None]:
    """The totals over the random rows."""
    rows = {"quantiles": QUANTILES, "actual": ACTUAL, "levels": LEVELS, "symbol": NAMES, "close": CLOSE}
    return metrics.measures(**rows | {"scale": np.ones(200)} | changes)


def test_measures_agree_with_scikit_learn() -> None:
    """MSE and RMSE of the mean and MAE of the median are scikit-learn's, in price units."""
    found = measured()
    realised = CLOSE * np.exp(ACTUAL)
    squared = mean_squared_error(realised, CLOSE * metrics.growth(QUANTILES, LEVELS))
    assert found["mse"] == pytest.approx(squared)
    assert found["rmse"] == pytest.approx(math.sqrt(squared))
    assert found["mae"] == pytest.approx(mean_absolute_error(realised, CLOSE * np.exp(QUANTILES[:, 1])))
    losses = [mean_pinball_loss(ACTUAL, QUANTILES[:, k], alpha=LEVELS[k]) for k in range(3)]
    assert found["pinball"] == pytest.approx(np.mean(losses))
    assert found["rows"] == 200


def test_measures_by_hand() -> None:
    """Two symbols whose errors are known: ratios are geometric means, MASE a mean over symbols."""
    # The last price is 100; A went to 110 and B to 90, and the sure forecasts said 108 and 95.
    quantiles = np.log(np.tile([[1.08], [0.95]], (1, 3)))
    found = metrics.measures(
        quantiles, np.log([1.1, 0.9]), LEVELS, np.array(["A", "B"]), np.array([100.0, 100.0]),
        np.array([1.0, 10.0]),
    )  # fmt: skip
    assert found["mse"] == pytest.approx((4 + 25) / 2)
    assert found["mae"] == pytest.approx((2 + 5) / 2)
    assert found["rel_mse"] == pytest.approx(math.sqrt(4 / 100 * 25 / 100))
    assert found["rel_mae"] == pytest.approx(math.sqrt(2 / 10 * 5 / 10))
    assert found["mase"] == pytest.approx((2 / 1 + 5 / 10) / 2)
    assert found["directional_accuracy"] == 1
    assert found["coverage_80"] == 0
    # Twice the integral of level × error over .1 to .9, of a point forecast.
    assert found["crps"] == pytest.approx((0.8 * 2 + 0.8 * 5) / 2)


def test_rel_mse_does_not_see_the_size_of_prices() -> None:
    """Quoting one symbol in another currency changes no ratio and no return-based measure."""
    there = measured(close=np.where(NAMES == "A", 1e4, 1.0) * CLOSE)
    for name in ("rel_mse", "rel_mae", "pinball", "directional_accuracy", "coverage_80"):
        assert there[name] == pytest.approx(measured()[name])


def test_the_last_price_is_its_own_equal() -> None:
    """Forecasting no change has a relative error of one and a directional accuracy of one half."""
    found = measured(quantiles=np.zeros((200, 3)))
    assert found["rel_mse"] == pytest.approx(1)
    assert found["rel_mae"] == pytest.approx(1)
    assert found["directional_accuracy"] == 0.5


def test_what_cannot_be_computed_is_none() -> None:
    """No row, no movement and no known scale leave the measures that need them empty."""
    nothing = np.empty(0)
    empty = metrics.measures(np.empty((0, 3)), nothing, LEVELS, np.array([], dtype=str), nothing, nothing)
    assert empty == dict.fromkeys(metrics.MEASURES) | {"rows": 0}
    still = measured(actual=np.zeros(200), scale=np.full(200, np.nan))
    assert (still["rel_mse"], still["rel_mae"], still["mase"]) == (None, None, None)


def test_an_unknown_scale_leaves_its_symbol_out() -> None:
    """MASE averages the symbols whose scale is known."""
    half = measured(scale=np.where(NAMES == "A", np.nan, 2.0))
    realised, middle = CLOSE * np.exp(ACTUAL), CLOSE * np.exp(QUANTILES[:, 1])
    assert half["mase"] == pytest.approx(np.abs(realised - middle)[NAMES == "B"].mean() / 2)


def outcomes() -> Outcomes:
    """40 rows × 2 steps, the second step of A's rows unknown."""
    symbol = NAMES[70:110]
    actual = ACTUAL[:80].reshape(40, 2).copy()
    actual[symbol == "A", 1] = np.nan
    return Outcomes(symbol, CLOSE[:40], np.ones(40), actual)


def test_evaluate_splits_by_step_and_by_symbol() -> None:
    """Totals, steps and symbols are the measures of exactly the known rows that each names."""
    facts = outcomes()
    quantiles = QUANTILES[:80].reshape(40, 2, 3)
    found = metrics.evaluate(quantiles, facts, LEVELS.tolist())
    steps, symbols = found["by_step"], found["by_symbol"]
    assert isinstance(steps, list)
    assert isinstance(symbols, dict)
    assert [step["rows"] for step in steps] == [40, 20]
    assert (symbols["A"]["rows"], symbols["B"]["rows"], found["rows"]) == (20, 40, 60)
    first = mean_pinball_loss(facts.actual[:, 0], quantiles[:, 0, 1], alpha=0.5)
    every = metrics.pinball(quantiles[:, 0], facts.actual[:, 0], LEVELS)
    assert every[:, 1].mean() == pytest.approx(first)
    assert steps[0]["pinball"] == pytest.approx(every.mean())
    total = (steps[0]["pinball"] * 40 + steps[1]["pinball"] * 20) / 60
    assert found["pinball"] == pytest.approx(total)
    assert found["pinball"] == pytest.approx((symbols["A"]["pinball"] + 2 * symbols["B"]["pinball"]) / 3)


def test_totals_without_the_levels_of_an_interval() -> None:
    """An interval whose ends are not among the levels has no coverage in the totals either."""
    assert measured()["coverage_95"] is None
    assert measured(levels=np.array([0.2, 0.5, 0.9]))["coverage_80"] is None


def test_measures_hold_every_interval() -> None:
    """Coverage, width and score of 80, 90 and 95 % are means over the rows."""
    ones = np.ones(300)
    found = metrics.measures(WIDE, HAPPENED, NINE, np.full(300, "A"), ones, ones)
    assert found.keys() == {*metrics.MEASURES, "rows"}
    within = (WIDE[:, 1] <= HAPPENED) & (WIDE[:, 7] >= HAPPENED)
    assert found["coverage_90"] == pytest.approx(within.mean())
    assert found["width_90"] == pytest.approx((WIDE[:, 7] - WIDE[:, 1]).mean())
    expected = scoringrules.interval_score(HAPPENED, WIDE[:, 1], WIDE[:, 7], 0.1).mean()
    assert found["interval_score_90"] == pytest.approx(expected)
