"""Columns that are the fields of one bar, told by their values, whatever their names are."""

from collections.abc import Mapping
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_FEWEST_ROWS = 20
_NEAR = 0.2  # of the logarithm: typical distance between two fields of a bar
_BOUND_SHARE = 0.98
_LONGEST_MEMORY = 0.8  # of the place of a close between low and high, from one bar to the next
_CLEARLY_NEARER = 0.8
_SAME_MOVES = 0.8  # correlation; a split or two lowers it
_CALM_MOVE = 0.05  # of the logarithm


def find_bar_fields(columns: Mapping[int, Floats]) -> dict[str, int]:
    """Find high, low, close, open and volume among columns of numbers.

    High and low bound all other prices in nearly all rows, and the others' place between them is soon
    forgotten: that of another symbol, or of another maturity of one curve, is not. The open is the one of two
    that continues the other's last value.

    Args:
        columns: (R,) values by number, in the order of time.

    Returns:
        Column number by morrow's name; empty where no columns are those of a bar. Open and close are left
        out where nothing tells them apart.
    """
    usable = {number: values for number, values in columns.items() if _are_prices(values)}
    cluster = max((_near_columns(usable, number) for number in usable), key=len, default=[])
    if len(cluster) < 3:
        return {}
    prices = np.log(np.column_stack([usable[number] for number in cluster]))  # (R, P)
    prices = prices[np.isfinite(prices).all(axis=1)]
    if len(prices) < _FEWEST_ROWS:
        return {}
    is_high = (prices >= prices.max(axis=1, keepdims=True)).mean(axis=0)
    is_low = (prices <= prices.min(axis=1, keepdims=True)).mean(axis=0)
    high, low = int(is_high.argmax()), int(is_low.argmax())
    inside = [place for place in range(len(cluster)) if place not in {high, low}]
    if high == low or min(is_high[high], is_low[low]) < _BOUND_SHARE or not inside:
        return {}
    if any(_memory(prices[:, place], prices[:, low], prices[:, high]) > _LONGEST_MEMORY for place in inside):
        return {}
    fields = {"high": cluster[high], "low": cluster[low]}
    fields |= {name: cluster[place] for name, place in _tell_open_from_close(prices, inside).items()}
    others = [number for number in columns if number not in cluster and (columns[number] >= 0).mean() > 0.9]
    prices_beside = [number for number in others if _is_calm(columns[number])]
    own = [columns[cluster[place]] for place in inside]
    if any(not any(_moves_alike(columns[number], each) for each in own) for number in prices_beside):
        return {}  # another symbol: so are these
    others = [number for number in others if number not in prices_beside]
    return fields | ({"volume": others[0]} if len(others) == 1 else {})


def fits_bar(high: Floats, low: Floats, close: Floats) -> bool:
    """Whether closes are between lows and highs in at least nine of the rows in ten that have all three."""
    there = np.isfinite(high + low + close) & (high > 0) & (low > 0)
    if there.sum() < _FEWEST_ROWS:
        return True
    slack = 0.002 * np.abs(close)
    fits = (low <= close + slack) & (close <= high + slack)
    return bool(fits[there].mean() >= 0.9)


def _are_prices(values: Floats) -> bool:
    return len(values) >= _FEWEST_ROWS and bool((values > 0).mean() > 0.8) and len(np.unique(values)) > 10


def _is_calm(values: Floats) -> bool:
    """Whether values move as little from day to day as a price, which a volume never does."""
    logs = np.log(values[np.isfinite(values) & (values > 0)])
    return len(logs) > 2 and bool(np.median(np.abs(np.diff(logs))) < _CALM_MOVE)


def _moves_alike(first: Floats, second: Floats) -> bool:
    """Whether two columns move together, as a close and its adjusted close do."""
    both = (first > 0) & (second > 0)
    moves = np.diff(np.log(np.column_stack([first[both], second[both]])), axis=0)
    if len(moves) < _FEWEST_ROWS or (moves.std(axis=0) == 0).any():
        return True
    return bool(np.corrcoef(moves.T)[0, 1] > _SAME_MOVES)


def _near_columns(columns: Mapping[int, Floats], number: int) -> list[int]:
    with np.errstate(invalid="ignore", divide="ignore"):
        distances = {
            other: float(np.nanmedian(np.abs(np.log(values / columns[number]))))
            for other, values in columns.items()
        }
    return [other for other, distance in distances.items() if distance < _NEAR]


def _memory(inside: Floats, low: Floats, high: Floats) -> float:
    """Correlation of the place between low and high with the next bar's."""
    wide = high > low
    place = (inside[wide] - low[wide]) / (high[wide] - low[wide])
    if len(place) < _FEWEST_ROWS or place[1:].std() == 0 or place[:-1].std() == 0:
        return 1.0
    return float(np.corrcoef(place[1:], place[:-1])[0, 1])


def _tell_open_from_close(prices: Floats, inside: list[int]) -> dict[str, int]:
    if len(inside) == 1:
        return {"close": inside[0]}
    jumps = {
        (first, second): float(np.abs(prices[1:, first] - prices[:-1, second]).mean())
        for pair in combinations(inside, 2)
        for first, second in (pair, pair[::-1])
    }
    (opens, closes), least = min(jumps.items(), key=lambda entry: entry[1])
    if len(inside) > 2 or least > _CLEARLY_NEARER * jumps[closes, opens]:
        return {}
    return {"open": opens, "close": closes}
