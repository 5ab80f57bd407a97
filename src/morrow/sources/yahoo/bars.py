"""The bars of a chart: prices and volumes as traded, and cumulative factors."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from morrow.sources.adjustment_factors import accumulate_actions, note_conflicts, plausible_splits
from morrow.sources.http.reply import FetchError
from morrow.sources.symbol_by_symbol import Reading
from morrow.sources.tables.reported_actions import refuse_impossible_actions
from morrow.sources.yahoo.chart import Chart

_DIGITS = 7  # significant digits left in a float32 that was divided by a split
Floats = NDArray[np.float64]


def read_reading(chart: Chart) -> Reading:
    """Undo Yahoo's split adjustment, and express splits and dividends as factors.

    Rows without any price are not bars; nor is the newest row while Yahoo has only a volume for it.

    Raises:
        FetchError: no row has a price.
    """
    bars = chart.bars
    splits = plausible_splits(bars["Stock Splits"].to_numpy(np.float64))
    ahead = np.prod(splits) / np.cumprod(splits)  # (R,) product of the splits after each session
    rows = pd.DataFrame({"session": bars.index})
    for name in ("Open", "High", "Low", "Close"):
        rows[name.lower()] = _undo_splits(bars[name].to_numpy(np.float64), ahead)
    volume = np.rint(bars["Volume"].to_numpy(np.float64) / ahead)
    rows["volume"] = np.where(bars.index.isin(chart.without_volume), np.nan, volume)
    paid = _distributions(bars) * ahead
    rows["split_factor"], rows["dividend_factor"] = accumulate_actions(
        bars.index.to_numpy(), rows["close"].to_numpy(), splits, paid
    )
    actions = rows[["session", "close"]].assign(code=0, adj_close=np.nan, dividend=paid, malformed=None)
    actions["split"] = bars["Stock Splits"].to_numpy(np.float64)
    refuse_impossible_actions(actions)
    rows["malformed"] = actions["malformed"].to_numpy(dtype=object)
    empty = rows[["open", "high", "low", "close"]].isna().all(axis=1)
    if empty.all():
        raise FetchError("every bar is empty")
    notes = list(
        note_conflicts(
            bars.index.to_numpy(),
            rows["close"].to_numpy(),
            bars["Adj Close"].to_numpy(np.float64),
            (rows["split_factor"] * rows["dividend_factor"]).to_numpy(),
        )
    )
    if empty.iloc[-1] and bars["Volume"].iloc[-1] > 0:
        notes.append(f"the bar of {chart.last} has a volume and no prices yet, and is left for later")
    received = bars.rename_axis("Date").reset_index()
    received["Date"] = received["Date"].dt.strftime("%Y-%m-%d")
    rows, received = (frame[~empty.to_numpy()].reset_index(drop=True) for frame in (rows, received))
    for name in ("split_factor", "dividend_factor"):
        rows[name] /= rows[name].iloc[0]
    return Reading(chart.digest, rows, received, tuple(notes))


def _undo_splits(prices: Floats, ahead: Floats) -> Floats:
    """Undo later splits; Yahoo's float32 is read as the shortest decimal that represents it."""
    with np.errstate(over="ignore"):
        single = prices.astype(np.float32)
    short = np.where(single == prices, single.astype(np.str_).astype(np.float64), prices)
    scale = 10.0 ** (_DIGITS - 1 - np.floor(np.log10(np.maximum(np.abs(short * ahead), 1e-9))))
    restored: Floats = np.where(ahead == 1, short, np.rint(short * ahead * scale) / scale)
    return restored


def _distributions(bars: pd.DataFrame) -> Floats:
    """Distributions of each session, per share as Yahoo counts them.

    A fund's capital gains are sometimes part of its dividends and sometimes separate; the adjusted close
    shows which.
    """
    paid: Floats = np.nan_to_num(bars["Dividends"].to_numpy(np.float64))
    if "Capital Gains" not in bars.columns:
        return paid
    gains = np.nan_to_num(bars["Capital Gains"].to_numpy(np.float64))
    level = (bars["Adj Close"] / bars["Close"]).to_numpy(np.float64)
    before = bars["Close"].ffill().shift().to_numpy(np.float64)
    implied = np.concatenate([[np.nan], (1 - level[:-1] / level[1:]) * before[1:]])
    are_separate = np.abs(paid + gains - implied) < np.abs(paid - implied)
    return paid + np.where(are_separate, gains, 0.0)
