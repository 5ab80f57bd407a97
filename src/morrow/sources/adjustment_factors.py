"""Split and dividend factors, cumulative, forward and causal: from adjusted closes or reported actions."""

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
_LARGEST_SPLIT = 1e4  # a larger reported ratio is no split
_CONFLICT = 0.005  # of the logarithm


def derive_factors(
    symbols: NDArray[np.int64], days: NDArray[np.datetime64], closes: Floats, adjusted: Floats
) -> tuple[Floats, Floats]:
    """Derive both factors from closes as traded and adjusted closes.

    Between two bars the adjusted close over the close grows by the action's ratio. Near a small fraction
    n/m, with the raw close moved by about m/n, it is a split; else a dividend d = previous close ×
    (1 − 1/ratio). A move that rounding of either close can explain is no action. A row's factors follow from
    that row and earlier ones alone, whatever the source adds later.

    Args:
        symbols: (R,) code of the symbol, −1 if unreadable.
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
    splits[usable], dividends[usable] = _find_actions(symbols[usable], closes[usable], adjusted[usable])
    result = np.empty((2, len(order)))
    result[0, order] = pd.Series(splits).groupby(symbols).cumprod().to_numpy()
    result[1, order] = pd.Series(dividends).groupby(symbols).cumprod().to_numpy()
    return result[0], result[1]


def accumulate_actions(
    sessions: NDArray[np.datetime64], closes: Floats, splits: Floats, dividends: Floats
) -> tuple[Floats, Floats]:
    """Cumulative factors out of the splits and dividends that a vendor reports.

    A dividend d multiplies by 1 / (1 − d / previous close), both in shares of the dividend's own day. Of
    several rows for one session the first counts.

    Args:
        sessions: (R,) in any order, NaT if unreadable.
        closes: (R,) as traded, NaN if absent.
        splits: (R,) new shares for an old one, 1 where nothing happened; implausible ones count as 1.
        dividends: (R,) as paid on a share of that day, 0 where none was.

    Returns:
        (R,) split and dividend factors, 1 at the first session.

    Source: CRSP, cumulative factors to adjust prices and distributions.
    """
    frame = pd.DataFrame({"session": sessions, "close": closes, "split": splits, "paid": dividends})
    days = frame.dropna(subset="session").drop_duplicates("session").set_index("session").sort_index()
    ratio = pd.Series(plausible_splits(days["split"].to_numpy()), index=days.index)
    ratio.iloc[:1] = 1.0
    cumulative = ratio.cumprod()
    previous = (days["close"].where(days["close"] > 0) * cumulative).ffill().shift() / cumulative
    share = (days["paid"] / previous).where(lambda part: (part > 0) & (part < 1), 0.0)
    paid = (1 / (1 - share)).cumprod()
    split = np.asarray(frame["session"].map(cumulative).fillna(1.0), dtype=np.float64)
    dividend = np.asarray(frame["session"].map(paid).fillna(1.0), dtype=np.float64)
    return split, dividend


def plausible_splits(splits: Floats) -> Floats:
    """Splits with 1 in the place of impossible ones."""
    is_plausible = (splits >= 1 / _LARGEST_SPLIT) & (splits <= _LARGEST_SPLIT)
    plausible: Floats = np.where(is_plausible, splits, 1.0)
    return plausible


def note_conflicts(
    sessions: NDArray[np.datetime64], closes: Floats, adjusted: Floats, factors: Floats
) -> tuple[str, ...]:
    """Note where a vendor's adjusted closes contradict the splits and dividends that it reports.

    Args:
        sessions: (R,) NaT if unreadable.
        closes: (R,) as traded.
        adjusted: (R,) the vendor's own, NaN if absent.
        factors: (R,) product of both factors.
    """
    usable = ~np.isnat(sessions) & (closes > 0) & (adjusted > 0) & np.isfinite(closes * adjusted)
    order = np.flatnonzero(usable)[np.argsort(sessions[usable], kind="stable")]
    level = np.log(closes[order] * factors[order] / adjusted[order])
    moved = np.flatnonzero(np.abs(np.diff(level)) > _CONFLICT)
    if not len(moved):
        return ()
    first = np.datetime_as_string(sessions[order[moved[0] + 1]], unit="D")
    return (f"adjusted closes contradict the splits and dividends on {len(moved)} sessions, first {first}",)


def _find_actions(symbols: NDArray[np.int64], closes: Floats, adjusted: Floats) -> tuple[Floats, Floats]:
    """Each bar's own split and dividend ratio; 1 where nothing happened."""
    splits, dividends = np.ones(len(closes)), np.ones(len(closes))
    if len(closes) < 2:
        return splits, dividends
    level = np.log(adjusted / closes)
    error = _rounding(symbols, closes) + _rounding(symbols, adjusted)
    moved = np.diff(level)
    noise = error[1:] + error[:-1] + _NOISE
    same = symbols[1:] == symbols[:-1]
    before = np.flatnonzero(same & (np.abs(moved) > noise))
    traded = np.log(closes[before + 1] / closes[before])
    split = _nearest_split(moved[before], traded, noise[before])
    rest = moved[before] - np.log(split)
    is_paid = (split == 1) | (rest > noise[before])
    splits[before + 1] = split
    dividends[before + 1] = np.where(is_paid, np.exp(rest), 1.0)
    return splits, dividends


def _nearest_split(moved: Floats, traded: Floats, noise: Floats) -> Floats:
    """The fraction near to each action's log ratio, if the traded price moved by it; 1 for no split."""
    fractions = np.log(_SPLITS)
    distance = moved[:, None] - fractions  # (A, S)
    best = np.abs(distance).argmin(axis=1)
    off, size = distance[np.arange(len(moved)), best], fractions[best]
    snap = np.maximum(noise, _SNAP)
    beside = np.where(np.abs(size) >= np.log(1.99), np.log1p(_DIVIDEND_BESIDE), snap)
    near = (off >= -snap) & (off <= np.maximum(snap, beside))
    confirmed = np.abs(traded + size) < np.minimum(np.abs(size) / 2, 0.7)
    return np.where(near & confirmed, _SPLITS[best], 1.0)


def _rounding(symbols: NDArray[np.int64], prices: Floats) -> Floats:
    """Largest relative error that rounding can explain, given the decimals seen so far."""
    decimals = np.full(len(prices), _DIGITS)  # whole prices are taken to be exact to the cent
    undecided = np.arange(len(prices))
    for digits in range(_CENTS, _DIGITS):
        shifted = prices[undecided] * 10.0**digits
        is_whole = np.abs(shifted - np.rint(shifted)) < np.maximum(1e-6, shifted * 1e-12)
        decimals[undecided[is_whole]] = digits
        undecided = undecided[~is_whole]
    offset = symbols * (_DIGITS + 1)  # ascending, so that no symbol's maximum reaches into the next
    most_decimals = np.maximum.accumulate(decimals + offset) - offset
    half = 0.5 * 10.0 ** -most_decimals.astype(np.float64)
    return np.log1p(half / np.maximum(prices - half, half))
