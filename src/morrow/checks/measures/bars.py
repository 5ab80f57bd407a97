"""The bars of a batch and of the store in one set of arrays, each symbol's in order."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Reals = NDArray[np.float64]
Counts = NDArray[np.int64]
Flags = NDArray[np.bool_]

_NUMBERS = ("open", "high", "low", "close", "volume", "split_factor", "dividend_factor")
ROUNDING = 1e-6  # relative; less than that is what a float of 32 bits loses


@dataclass(frozen=True, eq=False)
class Bars:
    """M bars, sorted by symbol and session.

    Attributes:
        row: (M,) position of the judged row that the bar came from, −1 for a stored bar.
        symbol: (M,) code of the symbol, 0..N−1, non-decreasing.
        when: (M,) index of the session on the axis, ascending within a symbol.
        symbols: the N symbols.
        start: (N + 1,) index of each symbol's first bar, and M.
        axis: (T,) the sessions.
        open: (M,) quote currency as traded, NaN if not given; so are high and low.
        high: (M,).
        low: (M,).
        close: (M,) above 0.
        volume: (M,) units, NaN if not given.
        split: (M,) logarithm of the split factor.
        dividend: (M,) logarithm of the dividend factor.
    """

    row: Counts
    symbol: Counts
    when: Counts
    symbols: tuple[str, ...]
    start: Counts
    axis: NDArray[np.datetime64]
    open: Reals
    high: Reals
    low: Reals
    close: Reals
    volume: Reals
    split: Reals
    dividend: Reals

    @property
    def first(self) -> Flags:
        """(M,) whether a bar is its symbol's first."""
        first = np.zeros(len(self.close), dtype=bool)
        first[self.start[:-1][np.diff(self.start) > 0]] = True
        return first

    def before(self, values: Reals) -> Reals:
        """(M,) the value of the symbol's previous bar, NaN at its first bar."""
        earlier = np.empty_like(values)
        earlier[1:] = values[:-1]
        earlier[self.first] = np.nan
        return earlier

    def by_session(self, values: Reals) -> NDArray[np.float32]:
        """(T, N) values on the axis, NaN where a symbol has no bar."""
        grid = np.full((len(self.axis), len(self.start) - 1), np.nan, dtype=np.float32)
        grid[self.when, self.symbol] = values
        return grid


def find_sound_rows(rows: pd.DataFrame) -> Flags:
    """(n,) which rows can be compared with others: readable, positive, finite, prices within their range."""
    good = rows["symbol"].notna().to_numpy() & rows["session"].notna().to_numpy()
    if "malformed" in rows:
        good &= rows["malformed"].isna().to_numpy()
    for name in ("close", "split_factor", "dividend_factor"):
        values = rows[name].to_numpy(np.float64)
        good &= np.isfinite(values) & (values > 0)
    for name in ("open", "high", "low"):
        values = rows[name].to_numpy(np.float64)
        good &= np.isnan(values) | ((values > 0) & np.isfinite(values))
    volume = rows["volume"].to_numpy(np.float64)
    good &= np.isnan(volume) | ((volume >= 0) & np.isfinite(volume))
    return good & range_holds_prices(rows, ROUNDING)


def range_holds_prices(rows: pd.DataFrame, rounding: float) -> Flags:
    """(n,) whether open and close lie from low to high, as far as they are given.

    Args:
        rows: open, high, low and close.
        rounding: relative difference that counts as rounding.
    """
    opened, high, low, close = (
        rows[name].to_numpy(np.float64) for name in ("open", "high", "low", "close")
    )  # (n,)
    top, bottom = high * (1 + rounding), low * (1 - rounding)
    infinite = np.isinf(opened) | np.isinf(high) | np.isinf(low) | np.isinf(close)  # another rule's
    broken = (top < low) | (top < opened) | (top < close) | (bottom > opened) | (bottom > close)
    return np.asarray(~broken | infinite)


def arrange_bars(
    rows: pd.DataFrame, use: Flags, sessions: pd.DatetimeIndex, history: pd.DataFrame | None
) -> Bars:
    """Put judged rows and stored bars into arrays, sorted by symbol and session.

    Args:
        rows: the judged rows.
        use: (n,) which of them to use: sound rows with different keys, on the calendar.
        sessions: the calendar as far as it is known; days of ``history`` are added to it.
        history: stored bars; a judged row replaces the one with its key.
    """
    position = np.flatnonzero(use)
    parts = [rows.iloc[position] if len(position) < len(rows) else rows]
    stored = 0
    if history is not None and len(history):
        kept = history[history["close"].to_numpy(np.float64) > 0]
        parts, stored = [*parts, kept], len(kept)
    symbols = pd.concat([part["symbol"] for part in parts], ignore_index=True)
    codes, names = pd.factorize(symbols)
    codes = codes.astype(np.int64)
    days = np.concatenate([part["session"].to_numpy("datetime64[us]") for part in parts])
    axis = np.unique(np.concatenate([sessions.to_numpy("datetime64[us]"), pd.unique(days)]))
    at = np.searchsorted(axis, days).astype(np.int64)
    row = np.concatenate([position, np.full(stored, -1)])
    key = codes * (len(axis) + 1) + at
    order = np.argsort(key, kind="stable")  # a judged row stays before the stored bar of its key
    again = np.zeros(len(order), dtype=bool)
    again[1:] = key[order][1:] == key[order][:-1]
    order = order[~again]
    numbers = {
        name: np.concatenate([part[name].to_numpy(np.float64) for part in parts])[order] for name in _NUMBERS
    }
    ordered = codes[order]
    return Bars(
        row=row[order],
        symbol=ordered,
        when=at[order],
        symbols=tuple(names.tolist()),
        start=np.searchsorted(ordered, np.arange(len(names) + 1)).astype(np.int64),
        axis=axis,
        split=np.log(numbers.pop("split_factor")),
        dividend=np.log(numbers.pop("dividend_factor")),
        **numbers,
    )
