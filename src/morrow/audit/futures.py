"""Alternative futures of one past, truncated or rewritten; their panels; how far ahead an item looks."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from morrow.audit.comparison import Marks, find_changes
from morrow.errors import HistoryError
from morrow.panel import Panel

MOST_SYMBOLS, MOST_BARS = 12, 20_000  # read by one audit, to bound its run time
CUTOFFS = 5
SHORTEST = 60  # sessions
JUMP, NOISE = 2.0, 0.03  # of each log price: size of its jump up or down, and the deviation around it
DROPPED = 0.1  # share of bars
PRICES = ("open", "high", "low", "close")
FIELDS = (*PRICES, "volume")
TRUNCATED, REWRITTEN = "truncated", "rewritten"

FAR = 0.9  # share of the remaining sessions: an item that looks past it sees the whole sample

Sessions = NDArray[np.datetime64]
Build = Callable[[pd.DataFrame], Panel]


def sample_bars(prices: pd.DataFrame, seed: int, *, sessions: int | None = None) -> pd.DataFrame:
    """Draw the bars for an audit: the latest sessions of at most ``MOST_SYMBOLS`` symbols.

    Args:
        prices: one universe's rows.
        seed: seed of the draw.
        sessions: minimum number of sessions, even if ``MOST_BARS`` allows fewer.

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


def choose_cutoffs(prices: pd.DataFrame, axis: Sessions, seed: int, count: int = CUTOFFS) -> list[int]:
    """Choose the session indexes to cut at, ascending: some at random, and two where a leak could hide.

    One lies among the first sessions, before features are known; the other at a missing bar or field, if any.
    Backward filling shows up nowhere else.
    """
    draw = np.random.default_rng([seed, 1])
    chosen = {int(draw.integers(2, SHORTEST // 3))}
    holes = _find_holes(prices, axis)
    if len(holes):
        chosen.add(int(draw.choice(holes)))
    drawn = np.arange(SHORTEST // 2, len(axis) - SHORTEST // 4)
    chosen |= set(draw.choice(drawn, min(count - len(chosen), len(drawn)), replace=False).tolist())
    return sorted(chosen)


def _find_holes(prices: pd.DataFrame, axis: Sessions) -> NDArray[np.int64]:
    """Indexes of sessions at which a symbol lacks a bar or a field between others that have it."""
    session = np.searchsorted(axis, prices["session"].to_numpy("datetime64[D]"))
    names, code = np.unique(prices["symbol"].to_numpy(str), return_inverse=True)
    lack = np.zeros(len(axis), bool)
    for name in FIELDS:
        known = np.zeros((len(axis), len(names)), bool)
        known[session, code] = prices[name].notna().to_numpy()
        before, after = np.cumsum(known, axis=0), np.cumsum(known[::-1], axis=0)[::-1]
        lack |= (~known & (before > 0) & (after > 0)).any(axis=1)
    return np.flatnonzero(lack)


def alter_future(prices: pd.DataFrame, cutoff: np.datetime64, how: str, seed: int) -> pd.DataFrame:
    """Replace the bars after the cutoff with another future.

    Args:
        prices: one universe's rows.
        cutoff: last session left unchanged.
        how: "truncated" removes the future; "rewritten" multiplies prices by :func:`draw_shocks`, adds noise
            to the volumes, and drops a tenth of the bars, never one of the last session.
        seed: with the cutoff, identifies the new future.
    """
    later = (prices["session"] > cutoff).to_numpy()
    if how == TRUNCATED:
        return prices[~later].reset_index(drop=True)
    draw = np.random.default_rng([seed, _day_entropy(cutoff)])
    size = int(later.sum())
    shock = draw_shocks(draw, size)
    changed = prices.copy()
    for name in PRICES:
        changed.loc[later, name] = changed.loc[later, name].to_numpy() * shock
    changed.loc[later, "volume"] = changed.loc[later, "volume"].to_numpy() * np.exp(
        draw.standard_normal(size)
    )
    dropped = np.zeros(len(prices), bool)
    dropped[later] = draw.random(size) < DROPPED
    dropped &= (prices["session"] < prices["session"].max()).to_numpy()
    return changed[~dropped].reset_index(drop=True)


def _day_entropy(day: np.datetime64) -> int:
    """A day's number as a seed: days before 1970 wrap around, since a seed cannot be negative."""
    return int(day.astype("datetime64[D]").astype(np.int64)) % (1 << 32)


def draw_shocks(draw: np.random.Generator, size: int) -> NDArray[np.float64]:
    """Draw factors (N,) of about seven or one seventh, wider than any past range of a price or return."""
    return np.asarray(np.exp(draw.choice([-JUMP, JUMP], size) + NOISE * draw.standard_normal(size)))


@dataclass(frozen=True)
class FuturePanels:
    """Panels of alternative futures from one build function, each built once.

    Attributes:
        build: makes one universe's panel, always with the same features.
        prices: as received; ``base`` is their panel and ``axis`` (T,) their sessions.
        seed: seed of the futures.
    """

    build: Build
    prices: pd.DataFrame
    base: Panel
    axis: NDArray[np.datetime64]
    seed: int
    _panels: dict[tuple[str, int], Panel] = field(default_factory=dict, repr=False)
    _changes: dict[tuple[str, int], Mapping[str, Marks]] = field(default_factory=dict, repr=False)

    def build_panel(self, how: str, cutoff: int) -> Panel:
        """Build the panel in which the sessions after index ``cutoff`` are truncated or rewritten."""
        key = how, cutoff
        if key not in self._panels:
            self._panels[key] = self.build(alter_future(self.prices, self.axis[cutoff], how, self.seed))
        return self._panels[key]

    def find_changes(self, how: str, cutoff: int) -> Mapping[str, Marks]:
        """Find what another future changes through the cutoff; see :func:`comparison.find_changes`."""
        key = how, cutoff
        if key not in self._changes:
            self._changes[key] = find_changes(self.base, self.build_panel(how, cutoff), self.axis[cutoff])
        return self._changes[key]


def find_lag(sees: Callable[[int], bool], at: int, cutoff: int, length: int) -> int | None:
    """Number of sessions ahead of ``at`` that an item looks; None for the whole sample.

    Args:
        sees: whether the item still changes when only the sessions after the given index do; assumed true up
            to some index and false from there on.
        at: index of the item's session.
        cutoff: index at which it changes.
        length: T.
    """
    last = length - 2
    far = cutoff + int(FAR * (last - cutoff))
    if far > cutoff and sees(far):
        return None
    low, high = cutoff, max(far, cutoff + 1)  # it sees past low, but not past high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if sees(middle) else (low, middle)
    return low + 1 - at
