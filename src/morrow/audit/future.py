"""Other futures for the same past: cut off, or rewritten; and where in a history to try them."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from morrow.errors import HistoryError

MOST_SYMBOLS, MOST_BARS = 12, 20_000  # what one audit reads, so that its time is bounded
CUTOFFS = 5
SHORTEST = 60  # sessions
JUMP, NOISE, DROPPED = 2.0, 0.03, 0.1  # of each log price, up or down, and around that; share of the bars
PRICES = ("open", "high", "low", "close")
FIELDS = (*PRICES, "volume")
TRUNCATED, REWRITTEN = "truncated", "rewritten"

Sessions = NDArray[np.datetime64]


def sample(prices: pd.DataFrame, seed: int, *, sessions: int | None = None) -> pd.DataFrame:
    """The bars that an audit reads: of at most ``MOST_SYMBOLS`` drawn symbols, the latest sessions.

    Args:
        prices: one universe's rows.
        seed: of the draw.
        sessions: at least so many, where the bound of ``MOST_BARS`` would leave fewer.

    Raises:
        HistoryError: there are fewer than ``SHORTEST`` sessions.
    """
    names = np.sort(prices["symbol"].unique())
    draw = np.random.default_rng(seed)
    chosen = names if len(names) <= MOST_SYMBOLS else draw.choice(names, MOST_SYMBOLS, replace=False)
    own: pd.DataFrame = prices[prices["symbol"].isin(chosen)]
    axis = np.sort(own["session"].unique())
    if len(axis) < SHORTEST:
        raise HistoryError(f"{len(axis)} sessions of history, and an audit needs {SHORTEST}; bring more")
    most = max(MOST_BARS // len(chosen), sessions or 0)
    late: pd.DataFrame = own[own["session"] >= axis[-most:][0]]
    return late.reset_index(drop=True)


def cutoffs(prices: pd.DataFrame, axis: Sessions, seed: int, count: int = CUTOFFS) -> list[int]:
    """Numbers of sessions to cut at, ascending: drawn, and one each where a leak would hide.

    The one lies among the first sessions, where features are not known yet; the other at a bar, or a field
    of one, that is missing, if any is. Filling backwards shows nowhere else.
    """
    draw = np.random.default_rng([seed, 1])
    found = {int(draw.integers(2, SHORTEST // 3))}
    holes = _holes(prices, axis)
    if len(holes):
        found.add(int(draw.choice(holes)))
    drawn = np.arange(SHORTEST // 2, len(axis) - SHORTEST // 4)
    found |= set(draw.choice(drawn, min(count - len(found), len(drawn)), replace=False).tolist())
    return sorted(found)


def _holes(prices: pd.DataFrame, axis: Sessions) -> NDArray[np.int64]:
    """Numbers of sessions at which some symbol lacks a bar, or a field, that it has later."""
    place = np.searchsorted(axis, prices["session"].to_numpy("datetime64[D]"))
    names, code = np.unique(prices["symbol"].to_numpy(str), return_inverse=True)
    lack = np.zeros(len(axis), bool)
    for field in FIELDS:
        known = np.zeros((len(axis), len(names)), bool)
        known[place, code] = prices[field].notna().to_numpy()
        before, after = np.cumsum(known, axis=0), np.cumsum(known[::-1], axis=0)[::-1]
        lack |= (~known & (before > 0) & (after > 0)).any(axis=1)
    return np.flatnonzero(lack)


def altered(prices: pd.DataFrame, cutoff: np.datetime64, how: str, seed: int) -> pd.DataFrame:
    """The same bars through the cutoff, with another future.

    Args:
        prices: one universe's rows.
        cutoff: last session that stays as it is.
        how: "truncated" leaves no future; "rewritten" multiplies prices by :func:`shocks`, makes the volumes
            noisy, and drops a tenth of the bars, never one of the last session.
        seed: of the new future; with the cutoff it names it.
    """
    later = (prices["session"] > cutoff).to_numpy()
    if how == TRUNCATED:
        return prices[~later].reset_index(drop=True)
    draw = np.random.default_rng([seed, int(cutoff.astype("datetime64[D]").astype(np.int64))])
    size = int(later.sum())
    shock = shocks(draw, size)
    changed = prices.copy()
    for field in PRICES:
        changed.loc[later, field] = changed.loc[later, field].to_numpy() * shock
    changed.loc[later, "volume"] = changed.loc[later, "volume"].to_numpy() * np.exp(
        draw.standard_normal(size)
    )
    dropped = np.zeros(len(prices), bool)
    dropped[later] = draw.random(size) < DROPPED
    dropped &= (prices["session"] < prices["session"].max()).to_numpy()
    return changed[~dropped].reset_index(drop=True)


def shocks(draw: np.random.Generator, size: int) -> NDArray[np.float64]:
    """Factors (N,) about seven or a seventh: no past range of a price or a return is as wide."""
    return np.asarray(np.exp(draw.choice([-JUMP, JUMP], size) + NOISE * draw.standard_normal(size)))
