"""Split and dividend factors out of adjusted closes: cumulative, forward and causal."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_SPLITS = np.array(
    [float(n) for n in (*range(2, 21), 25, 30, 40, 50, 100)]
    + [1 / n for n in (*range(2, 21), 25, 30, 40, 50, 100)]
    + [3 / 2, 4 / 3, 5 / 4, 5 / 2, 5 / 3, 7 / 2, 2 / 3, 3 / 4, 2 / 5, 3 / 5]
)
_CENTS, _DIGITS = 2, 8
_NOISE = 5e-6  # of the logarithm; closes that went through float32 have 1e-7
_SNAP = 2e-3  # how far a published split may be off its fraction
_DIVIDEND_BESIDE = 0.03  # largest dividend believed on a split's own day


def from_adjusted(
    symbols: NDArray[np.int64], days: NDArray[np.datetime64], closes: Floats, adjusted: Floats
) -> tuple[Floats, Floats]:
    """Derive both factors from closes as traded and adjusted closes.

    Between two bars the adjusted close over the close grows by the action's ratio. Near a small fraction
    n/m, with the raw close moved by about m/n, it is a split; else a dividend d = previous close ×
    (1 − 1/ratio). What rounding of either close could have made is no action. A row's factors follow from
    that row and earlier ones alone, whatever the source adds later.

    Args:
        symbols: (R,) symbol's number, −1 if unreadable.
        days: (R,) session, NaT if unreadable.
        closes: (R,) quote currency, as traded, NaN if absent.
        adjusted: (R,) adjusted close.

    Returns:
        (R,) split factors and (R,) dividend factors, both 1 at a symbol's first bar. A row without usable
        closes, or with a rival for its session, carries the factors before it.
    """
    order = np.lexsort((days, symbols))
    symbols, days, closes, adjusted = symbols[order], days[order], closes[order], adjusted[order]
    rival = (symbols[1:] == symbols[:-1]) & (days[1:] == days[:-1])
    usable = (symbols >= 0) & ~np.isnat(days)
    usable &= np.isfinite(closes) & (closes > 0) & np.isfinite(adjusted) & (adjusted > 0)
    usable[1:] &= ~rival
    usable[:-1] &= ~rival
    splits, dividends = np.ones(len(order)), np.ones(len(order))
    splits[usable], dividends[usable] = _actions(symbols[usable], closes[usable], adjusted[usable])
    result = np.empty((2, len(order)))
    result[0, order] = pd.Series(splits).groupby(symbols).cumprod().to_numpy()
    result[1, order] = pd.Series(dividends).groupby(symbols).cumprod().to_numpy()
    return result[0], result[1]


def _actions(symbols: NDArray[np.int64], closes: Floats, adjusted: Floats) -> tuple[Floats, Floats]:
    """Each bar's own split and dividend ratio; 1 where nothing happened."""
    splits, dividends = np.ones(len(closes)), np.ones(len(closes))
    if len(closes) < 2:
        return splits, dividends
    level = np.log(adjusted / closes)
    error = _rounding(symbols, closes) + _rounding(symbols, adjusted)
    moved = np.diff(level)
    noise = error[1:] + error[:-1] + _NOISE
    same = symbols[1:] == symbols[:-1]
    at = np.flatnonzero(same & (np.abs(moved) > noise))
    traded = np.log(closes[at + 1] / closes[at])
    split = _nearest_split(moved[at], traded, noise[at])
    rest = moved[at] - np.log(split)
    paid = (split == 1) | (rest > noise[at])
    splits[at + 1] = split
    dividends[at + 1] = np.where(paid, np.exp(rest), 1.0)
    return splits, dividends


def _nearest_split(moved: Floats, traded: Floats, noise: Floats) -> Floats:
    """The fraction each action's log ratio is near to, met by the traded price; 1 if it is no split."""
    fractions = np.log(_SPLITS)
    distance = moved[:, None] - fractions  # (A, S)
    best = np.abs(distance).argmin(axis=1)
    off, size = distance[np.arange(len(moved)), best], fractions[best]
    snap = np.maximum(noise, _SNAP)
    beside = np.where(np.abs(size) >= np.log(1.99), np.log1p(_DIVIDEND_BESIDE), snap)
    near = (off >= -snap) & (off <= np.maximum(snap, beside))
    met = np.abs(traded + size) < np.minimum(np.abs(size) / 2, 0.7)
    return np.where(near & met, _SPLITS[best], 1.0)


def _rounding(symbols: NDArray[np.int64], prices: Floats) -> Floats:
    """Largest relative error that rounding to the decimals seen so far can have made."""
    decimals = np.full(len(prices), _DIGITS)  # whole prices are taken to be exact to the cent
    left = np.arange(len(prices))
    for digits in range(_CENTS, _DIGITS):
        shifted = prices[left] * 10.0**digits
        whole = np.abs(shifted - np.rint(shifted)) < np.maximum(1e-6, shifted * 1e-12)
        decimals[left[whole]] = digits
        left = left[~whole]
    apart = symbols * (_DIGITS + 1)  # ascending, so that no symbol's maximum reaches into the next
    seen = np.maximum.accumulate(decimals + apart) - apart
    half = 0.5 * 10.0 ** -seen.astype(np.float64)
    return np.log1p(half / np.maximum(prices - half, half))
