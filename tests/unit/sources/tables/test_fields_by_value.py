"""The fields of a bar by their values."""

import numpy as np
import pandas as pd
import pytest

from morrow.sources.tables.fields_by_value import find_bar_fields, fits_bar
from tests.vendor_bars import bars

FIELDS = ("open", "high", "low", "close", "volume")


def columns_of(*names: str, days: int = 300) -> dict[int, np.ndarray]:
    """Columns of one symbol's bars by number."""
    table = bars(days=days)
    return {number: table[name].to_numpy("float64") for number, name in enumerate(names)}


@pytest.mark.parametrize("order", [FIELDS, FIELDS[::-1], ("volume", "close", "low", "open", "high")])
def test_all_fields_in_any_order(order: tuple[str, ...]) -> None:
    """High and low bound the others, the open continues the last close, what is far from prices is volume."""
    assert find_bar_fields(columns_of(*order)) == {name: order.index(name) for name in FIELDS}


def test_open_and_close_are_left_out_where_nothing_tells_them_apart() -> None:
    """Opens that do not continue closes leave both in doubt; one price between high and low is the close."""
    apart = columns_of("high", "low", "close")
    assert find_bar_fields(apart) == {"high": 0, "low": 1, "close": 2}
    places = np.random.default_rng(1).uniform(size=(2, 300))
    inside = {n: apart[1] + (apart[0] - apart[1]) * places[n - 3] for n in (3, 4)}
    assert find_bar_fields({0: apart[0], 1: apart[1], **inside}) == {"high": 0, "low": 1}


def test_what_is_no_bar() -> None:
    """Other symbols, a curve whose parts keep their order, two columns and a few rows are none."""
    level = columns_of("close")[0]
    assert find_bar_fields({n: bars(seed=n)["close"].to_numpy() for n in range(1, 6)}) == {}
    assert find_bar_fields({0: level, 1: level + 0.5, 2: level + 1}) == {}
    assert find_bar_fields(columns_of("high", "low")) == {}
    assert find_bar_fields(columns_of(*FIELDS, days=15)) == {}
    assert find_bar_fields({**columns_of(*FIELDS), 9: bars(seed=4)["close"].to_numpy() * 3}) == {}


def test_an_adjusted_close_beside_a_bar_is_no_other_symbol() -> None:
    """A column on another scale that moves with the bar leaves it a bar."""
    table = columns_of(*FIELDS[:4])
    assert find_bar_fields({**table, 9: table[3] * 0.4})["close"] == 3


def test_closes_fit_between_low_and_high_in_most_rows() -> None:
    """Nine rows in ten must fit; gaps count for nothing, and fewer than twenty rows prove nothing."""
    high, low, close = (bars()[name].to_numpy() for name in ("high", "low", "close"))
    assert fits_bar(high, low, close)
    assert fits_bar(high, low, np.where(np.arange(300) % 20 == 0, close * 2, close))
    assert not fits_bar(high, low, np.where(np.arange(300) % 5 == 0, close * 2, close))
    assert not fits_bar(low, high, close)
    assert fits_bar(low[:19], high[:19], close[:19])
    assert fits_bar(np.where(np.arange(300) < 290, np.nan, low), high, close)
    assert isinstance(fits_bar(high, low, pd.Series(close).to_numpy()), bool)
