"""Comparison of judged rows with the stored bars of the same keys, and with a second source."""

import numpy as np
import pandas as pd

from morrow.checks.measures.bars import Reals

_WINDOW = 41  # sessions around a bar that give the usual difference of two sources
_LEAST_KNOWN = 5
_KEY = ["symbol", "session"]
_PRICES = ("open", "high", "low", "close")


def measure_revisions(rows: pd.DataFrame, history: pd.DataFrame | None) -> Reals:
    """(n,) largest relative difference of a row's prices from the stored bar's, NaN if none is stored."""
    largest = np.full(len(rows), np.nan)
    if history is None or history.empty:
        return largest
    stored = _find_positions(rows, history)
    both = np.flatnonzero(stored >= 0)
    for name in _PRICES:
        was = history[name].to_numpy(np.float64)[stored[both]]
        given = rows[name].to_numpy(np.float64)[both]
        with np.errstate(divide="ignore", invalid="ignore"):
            largest[both] = np.fmax(largest[both], np.abs(given / was - 1))
    return largest


def measure_disagreement(
    rows: pd.DataFrame, history: pd.DataFrame | None, other: pd.DataFrame | None
) -> tuple[Reals, Reals, Reals]:
    """(n,) each: log difference from a second source less the usual one, usual spread of that, its close.

    The usual difference is the median over the 41 sessions around; 0 where fewer than five are known. NaN
    where the second source has no close.
    """
    apart, wide, closes = (np.full(len(rows), np.nan) for _ in range(3))
    if other is None or other.empty:
        return apart, wide, closes
    parts = [rows[[*_KEY, "close"]].assign(row=np.arange(len(rows)))]
    if history is not None and len(history):
        parts.append(history[[*_KEY, "close"]].assign(row=-1))
    frame = pd.concat(parts, ignore_index=True)
    position = _find_positions(frame, other)
    frame = frame[position >= 0].assign(other=other["close"].to_numpy(np.float64)[position[position >= 0]])
    frame = frame[(frame["close"] > 0) & (frame["other"] > 0)].sort_values(_KEY, kind="stable")
    frame = frame.drop_duplicates(_KEY)
    log = np.log(frame["close"]) - np.log(frame["other"])
    middle = _rolling(log, frame["symbol"]).fillna(0.0)
    off = log - middle
    spread = (_rolling(off.abs(), frame["symbol"]) * 1.4826).fillna(0.0)
    judged = frame["row"].to_numpy() >= 0
    row = frame["row"].to_numpy()[judged]
    apart[row], wide[row] = off.to_numpy()[judged], spread.to_numpy()[judged]
    closes[row] = frame["other"].to_numpy()[judged]
    return apart, wide, closes


def _rolling(values: pd.Series, symbols: pd.Series) -> pd.Series:
    rolled = values.groupby(symbols, sort=False).rolling(_WINDOW, center=True, min_periods=_LEAST_KNOWN)
    median: pd.Series = rolled.median().reset_index(level=0, drop=True)
    return median.reindex(values.index)


def _find_positions(rows: pd.DataFrame, among: pd.DataFrame) -> np.ndarray:
    """(n,) position of each row's key in another frame, −1 if it is not there."""
    keys = pd.MultiIndex.from_frame(_key(among))
    first = ~keys.duplicated()
    position = keys[first].get_indexer(pd.MultiIndex.from_frame(_key(rows)))
    return np.where(position >= 0, np.flatnonzero(first)[position], -1)


def _key(frame: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {"symbol": frame["symbol"].astype("str"), "session": frame["session"].to_numpy("datetime64[us]")}
    )
