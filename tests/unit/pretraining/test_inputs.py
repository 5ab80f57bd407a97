"""The inputs of pretrained networks: causal, the same night by night, and free of units."""

from dataclasses import replace

import numpy as np
import pytest

from morrow.panel import Panel
from morrow.pretraining import inputs
from tests.conftest import bars, market, panel_of

NAN = float("nan")


def test_a_later_bar_changes_no_earlier_input() -> None:
    """Prices from session 300 on are changed; the inputs of every earlier session stay, to the bit."""
    prices = market()
    late = prices["session"] >= np.sort(prices["session"].unique())[300]
    changed = prices.copy()
    for name in ("open", "high", "low", "close"):
        changed.loc[late, name] *= 1.3
    one, two = (inputs.panel_inputs(panel_of(each)) for each in (prices, changed))
    early = panel_of(prices).session < 300
    assert np.array_equal(one[early], two[early], equal_nan=True)
    assert not np.array_equal(one[~early], two[~early], equal_nan=True)


@pytest.mark.parametrize("night", [80, 200, 419])
def test_night_by_night_equals_the_whole(panel: Panel, night: int) -> None:
    """What a night computes from the bars that it has is what the whole history gives, to the bit."""
    prices = market()
    known = prices[prices["session"] <= np.sort(prices["session"].unique())[night]]
    small = panel_of(known)
    whole = inputs.panel_inputs(panel)[panel.session <= night]
    assert np.array_equal(inputs.panel_inputs(small), whole, equal_nan=True)


def test_inputs_are_known_from_the_second_unit_on(panel: Panel) -> None:
    """A row's inputs are all known or all unknown: from the second bar with a volatility."""
    values = inputs.panel_inputs(panel)
    known = np.isfinite(values).all(axis=1)
    assert values.shape[1] == len(inputs.NAMES)
    assert (known == np.isfinite(values).any(axis=1)).all()
    assert panel.position[known].min() == 21


def test_prices_in_another_currency_give_the_same_inputs() -> None:
    """Inputs have no unit: all prices times a hundred change nothing but rounding."""
    prices = market()
    scaled = prices.copy()
    for name in ("open", "high", "low", "close"):
        scaled[name] *= 128
    one, two = (inputs.panel_inputs(panel_of(each)) for each in (prices, scaled))
    assert one == pytest.approx(two, abs=1e-4, nan_ok=True)


def test_without_ranges_their_inputs_are_zero(panel: Panel) -> None:
    """A universe of closes alone says so in one input, and its range inputs are zero."""
    values = inputs.panel_inputs(replace(panel, day_variance=np.full_like(panel.day_variance, NAN)))
    known = np.isfinite(values).all(axis=1)
    ranges = [index for index, name in enumerate(inputs.NAMES) if "range" in name]
    assert known.any()
    assert (values[np.ix_(known, ranges)] == 0).all()


def test_a_lone_symbol_is_its_own_market() -> None:
    """The universe's move of a single symbol is its own."""
    walk = 100 * np.exp(np.cumsum(0.01 * np.random.default_rng(1).standard_normal(120)))
    values = inputs.panel_inputs(panel_of(bars({"A": walk})))[40:]
    breadth = inputs.NAMES.index("breadth")
    assert values[:, breadth] == pytest.approx(np.log(2) / 3)
    own, shared = inputs.NAMES.index("move"), inputs.NAMES.index("index_move")
    assert np.sign(values[:, own]) == pytest.approx(np.sign(values[:, shared]))
