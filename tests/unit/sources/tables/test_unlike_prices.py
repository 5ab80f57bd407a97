"""Columns that can be no prices, by their values."""

import numpy as np
import pandas as pd

from morrow.sources.tables.unlike_prices import find_unlike_prices
from tests.vendor_bars import bars


def test_columns_of_other_numbers_are_found_beside_prices() -> None:
    """Volumes, returns and parts of the date are found; a price in whole yen and a slow spread are not."""
    table = bars()
    days = pd.to_datetime(table.index).to_numpy("datetime64[us]")
    close = table["close"].to_numpy()
    week = pd.DatetimeIndex(days).day_of_week.to_numpy().astype(float)
    columns = {
        0: close,
        1: table["volume"].to_numpy("float64"),
        2: np.r_[np.nan, np.diff(np.log(close))],
        3: week + 1,
        4: (week + 1) % 7,
        5: np.round(close * 100),
        6: close - bars("BBB", 2)["close"].to_numpy(),
    }
    assert find_unlike_prices(columns, days) == {1: "volume", 2: "change", 3: "date", 4: "date"}


def test_nothing_is_told_where_no_price_is_left() -> None:
    """A table of nothing but volumes has no prices to tell them from."""
    table = bars()
    days = pd.to_datetime(table.index).to_numpy("datetime64[us]")
    assert find_unlike_prices({0: table["volume"].to_numpy("float64")}, days) == {}
