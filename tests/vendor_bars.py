"""Bars of a small made-up market, to be written as vendors lay them out."""

import numpy as np
import pandas as pd

DAYS = 300


def bars(symbol: str = "AAA", seed: int = 1, days: int = DAYS, start: str = "2022-01-03") -> pd.DataFrame:
    """Date, open, high, low, close and volume of one symbol on weekdays: a random walk, in cents."""
    random = np.random.default_rng(seed)
    close = 50 * np.exp(random.normal(0, 0.015, days).cumsum())
    opens = np.r_[50, close[:-1]] * np.exp(random.normal(0, 0.004, days))
    high = np.maximum(opens, close) * np.exp(np.abs(random.normal(0, 0.006, days)))
    low = np.minimum(opens, close) * np.exp(-np.abs(random.normal(0, 0.006, days)))
    table = pd.DataFrame({"open": opens, "high": high, "low": low, "close": close}).round(2)
    dates = pd.bdate_range(start, periods=days).strftime("%Y-%m-%d")
    volume = random.integers(100_000, 900_000, days)
    return table.assign(volume=volume, symbol=symbol).set_axis(dates.rename("Date"))


def two_symbols() -> pd.DataFrame:
    """Bars of AAA and BBB below each other."""
    return pd.concat([bars("AAA", 1), bars("BBB", 2)])
