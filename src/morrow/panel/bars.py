"""The bars of a panel: adjusted, in unbroken series, with unit, day variance and pegs."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from morrow import features

SHORTEST = 60  # sessions required for unconditional quantiles and for detecting a peg
PEG_WINDOW = 250  # sessions
PEG_ENTER_ZEROS, PEG_LEAVE_ZEROS = 0.30, 0.20  # share of returns that are zero
PEG_ENTER_RATIO, PEG_LEAVE_RATIO = 1 / 10, 1 / 7  # volatility relative to the universe's median
MOST_DECIMALS = 8


def adjust_bars(
    prices: pd.DataFrame, axis: NDArray[np.datetime64], max_gap: int, tick: float | None
) -> pd.DataFrame:
    """Adjust bars, sort them by symbol and session, and start a new series after each gap that is too long.

    Args:
        prices: one universe's rows (the ``prices`` table's columns).
        axis: (T,) the universe's sessions.
        max_gap: longest run of sessions without a bar within a series.
        tick: the source's smallest price step; if None, inferred from the decimals of the prices.

    Returns:
        The prices' columns, with open to close adjusted by both factors and volume by splits, plus raw_close
        (as traded), session_index (on the axis), series, floor (smallest volatility), move (log return since
        the previous bar in its series) and unit (volatility known at the bar, log return).
    """
    bars = prices.sort_values(["symbol", "session"], kind="stable", ignore_index=True)
    factor = bars["split_factor"] * bars["dividend_factor"]
    bars = bars.assign(
        raw_close=bars["close"],
        session_index=np.searchsorted(axis, bars["session"].to_numpy("datetime64[D]")),
        volume=bars["volume"] / bars["split_factor"],
        **{name: bars[name] * factor for name in ("open", "high", "low", "close")},
    )
    new_symbol = (bars["symbol"] != bars["symbol"].shift()).to_numpy()
    after_gap = bars["session_index"].diff().to_numpy() > max_gap + 1
    bars["series"] = np.cumsum(new_symbol | after_gap) - 1
    step = _find_ticks(bars) if tick is None else np.full(len(bars), tick)
    bars["floor"] = 0.5 * step / bars["raw_close"]
    bars["move"] = np.log(bars["close"]).groupby(bars["series"]).diff()
    unit = np.full(len(bars), np.nan)
    moves, floors = bars["move"].to_numpy(), bars["floor"].to_numpy()
    for rows in bars.groupby("series").indices.values():
        unit[rows] = features.unit_volatility(moves[rows], floors[rows])
    bars["unit"] = unit
    return bars


def _find_ticks(bars: pd.DataFrame) -> NDArray[np.float64]:
    """Smallest step seen so far in each symbol's prices: 10 to the power of minus the most decimals used."""
    close = bars["raw_close"].to_numpy()
    decimals = np.full(len(close), MOST_DECIMALS)
    for digits in range(MOST_DECIMALS - 1, -1, -1):
        whole = np.abs(close - np.round(close, digits)) <= 1e-12 * np.abs(close)
        decimals[whole] = digits
    most = pd.Series(decimals).groupby(bars["symbol"].to_numpy()).cummax().to_numpy()
    return 10.0 ** -most.astype(np.float64)


def measure_day_variance(bars: pd.DataFrame) -> NDArray[np.float32]:
    """Variance of each session's log return: (R,), never below that of the floor; NaN without a range.

    The squared return from the previous close to the open, plus the Garman-Klass estimate from open to close.
    A close or open outside its bar's range widens the range. The first bar of a series has no
    previous close and is NaN.

    Args:
        bars: sorted by series, then session; columns series, open, high, low, close (adjusted, quote
            currency) and floor (smallest volatility, log return).

    Source: Garman & Klass (1980), Journal of Business 53(1).
    """
    opened, high, low, close = (np.log(bars[name].to_numpy()) for name in ("open", "high", "low", "close"))
    before = np.concatenate([[np.nan], close[:-1]])
    series = bars["series"].to_numpy()
    before[np.concatenate([[True], series[1:] != series[:-1]])] = np.nan
    variance = session_variance(opened, high, low, close, before)
    return np.asarray(np.maximum(variance, np.square(bars["floor"].to_numpy())), dtype=np.float32)


def session_variance(
    opened: NDArray[np.floating],
    high: NDArray[np.floating],
    low: NDArray[np.floating],
    close: NDArray[np.floating],
    before: NDArray[np.floating] | float,
) -> NDArray[np.float64]:
    """Variance of a session's log return from log prices of one shape; ``before`` is the previous close.

    Source: as :func:`measure_day_variance`.
    """
    spread = np.maximum(np.maximum(high, opened), close) - np.minimum(np.minimum(low, opened), close)
    inside = 0.5 * np.square(spread) - (2 * np.log(2) - 1) * np.square(close - opened)
    return np.asarray(inside + np.square(opened - before), dtype=np.float64)


def find_pegged(bars: pd.DataFrame) -> NDArray[np.bool_]:
    """Whether each bar's symbol was pegged: (R,). Entry and exit thresholds differ (hysteresis)."""
    grouped = bars["move"].groupby(bars["series"])
    known = grouped.transform(lambda moves: moves.rolling(PEG_WINDOW, min_periods=SHORTEST).count())
    zero = bars["move"].abs().lt(1e-12).where(bars["move"].notna()).astype(float)
    zeros = zero.groupby(bars["series"]).transform(
        lambda share: share.rolling(PEG_WINDOW, min_periods=SHORTEST).mean()
    )
    spread = grouped.transform(lambda moves: moves.rolling(PEG_WINDOW, min_periods=SHORTEST).std())
    ratio = spread / spread.groupby(bars["session_index"]).transform("median")
    enter = (zeros > PEG_ENTER_ZEROS) | (ratio < PEG_ENTER_RATIO)
    leave = (zeros < PEG_LEAVE_ZEROS) & ((ratio > PEG_LEAVE_RATIO) | ratio.isna())
    state = pd.Series(np.where(enter, 1.0, np.where(leave, 0.0, np.nan)), index=bars.index)
    state = state.where(known.notna()).groupby(bars["series"]).ffill()
    pegged: NDArray[np.bool_] = state.fillna(0.0).to_numpy() > 0
    return pegged
