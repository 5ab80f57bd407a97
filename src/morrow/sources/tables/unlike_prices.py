"""Columns of numbers that can be no symbol's prices: volumes, returns, and parts of the date."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_FEWEST_ROWS = 20
_RESTLESS_MOVE = 0.1  # typical move of the logarithm from day to day
_RESTLESS_RATIO = 0.5  # of the mean squared step to the variance; 2 for noise, near 0 for a price
_SIGN_SHARE = 0.2  # of values below zero, and of values above
_WHOLE_SHARE = 0.98


def find_unlike_prices(columns: Mapping[int, Floats], days: NDArray[np.datetime64]) -> dict[int, str]:
    """Find columns that are volumes, returns or parts of the date, where others beside them are prices.

    Args:
        columns: (R,) values by number, in the order of time.
        days: (R,) ascending.

    Returns:
        "volume", "change" or "date" by number; nothing where no column is left that could be prices.
    """
    kinds = {number: kind for number, values in columns.items() if (kind := _describe(values, days))}
    return kinds if len(kinds) < len(columns) else {}


def is_volume(values: Floats) -> bool:
    """Whether values are whole, never negative, and go up and down as no price does."""
    there = values[np.isfinite(values)]
    if len(there) < _FEWEST_ROWS or (there < 0).any() or (there % 1 == 0).mean() < _WHOLE_SHARE:
        return False
    logs = np.log(there[there > 0])
    return len(logs) > 2 and bool(np.median(np.abs(np.diff(logs))) > _RESTLESS_MOVE)


def _describe(values: Floats, days: NDArray[np.datetime64]) -> str:
    there = np.isfinite(values) & ~np.isnat(days)
    if there.sum() < _FEWEST_ROWS:
        return ""
    if _follows_date(values[there], pd.DatetimeIndex(days[there])):
        return "date"
    if _changes_sign(values[there]):
        return "change"
    return "volume" if is_volume(values) else ""


def _follows_date(values: Floats, days: pd.DatetimeIndex) -> bool:
    parts = (days.day_of_week, days.day, days.month, days.year, days.quarter, days.day_of_year)
    iso_week = days.isocalendar().week.to_numpy()
    for part in (*map(np.asarray, parts), np.asarray(iso_week, dtype=np.int64)):
        if part.min() < part.max() and np.ptp(values - part) == 0:
            return True
    return bool(np.ptp((values - np.asarray(days.day_of_week)) % 7) == 0 and values.max() - values.min() <= 6)


def _changes_sign(values: Floats) -> bool:
    """Whether values are on both sides of zero without staying on one, as returns do and spreads do not."""
    if min((values < 0).mean(), (values > 0).mean()) < _SIGN_SHARE:
        return False
    return bool((np.diff(values) ** 2).mean() > _RESTLESS_RATIO * values.var())
