"""Market features: what a universe's members did on a session, and each symbol's rank among them.

A session's figures are computed from that day's members only. Other sessions enter only through
backward-looking averages.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from morrow.features.declaration import make_decorator

feature = make_decorator("market", "market")

Array = NDArray[np.float64]

WIDEST = 4  # columns of a grid per bar of the fullest session
USUAL = 250  # sessions in the average that gives the usual volatility
CORRELATION = 60  # sessions in the correlation


@dataclass(frozen=True)
class Market:
    """R bars of N symbols on T sessions.

    Attributes:
        series: (R,) the number of each bar's series, from 0.
        session: (R,) the number of each bar's session, from 0.
        sessions: T, each with at least one bar.
        member: (R,) whether the symbol was in the universe on that session.
        returns, unit: (R,) log return since the previous bar, and the volatility known at the bar.
        values: bar features that market features need, (R,) each.
    """

    series: NDArray[np.int64]
    session: NDArray[np.int64]
    sessions: int
    member: NDArray[np.bool_]
    returns: Array
    unit: Array
    values: Mapping[str, Array] = field(default_factory=dict)

    @cached_property
    def move(self) -> Array:
        """(R,) latest return in units of volatility."""
        return self.returns / self.unit

    @cached_property
    def level(self) -> Array:
        """(R,) log of the volatility."""
        return np.asarray(np.log(self.unit))

    @cached_property
    def mean_move(self) -> Array:
        """(T,) mean of the members' moves."""
        return self.mean(self.move)

    @cached_property
    def mean_square(self) -> Array:
        """(T,) mean of the members' squared moves."""
        return self.mean(np.square(self.move))

    @cached_property
    def median_level(self) -> Array:
        """(T,) median of the members' log volatilities."""
        return self.median(self.level)

    def total(self, values: Array) -> tuple[Array, Array]:
        """Sum and count of the members' known values on each session, in bar order: (T,) each."""
        rows = self._member_rows(values)
        session = self.session[rows]
        total = np.bincount(session, weights=values[rows], minlength=self.sessions)
        count = np.bincount(session, minlength=self.sessions)
        return total.astype(np.float64), count.astype(np.float64)

    def mean(self, values: Array) -> Array:
        """Mean of the members' known values on each session, NaN without any: (T,)."""
        total, count = self.total(values)
        return np.asarray(np.where(count > 0, total / np.maximum(count, 1), np.nan))

    def median(self, values: Array) -> Array:
        """Median of the members' known values on each session, NaN without any: (T,)."""
        grid, count = self.make_grid(values)
        grid.sort(axis=1)
        low = np.maximum(count - 1, 0) // 2
        high = np.minimum(count // 2, np.maximum(count - 1, 0))
        rows = np.arange(len(grid))
        return np.asarray(0.5 * (grid[rows, low] + grid[rows, high]))

    def make_grid(self, values: Array) -> tuple[Array, NDArray[np.int64]]:
        """The members' known values by session, unordered and NaN-padded, and their counts: (T, N), (T,)."""
        rows = self._member_rows(values)
        session = self.session[rows]
        count = np.bincount(session, minlength=self.sessions)
        width = int(self.series.max(initial=0)) + 1
        if width <= WIDEST * max(int(count.max(initial=0)), 1):
            order, column = np.arange(len(rows)), self.series[rows]
        else:  # many short series: with one column per series the grid would be mostly empty
            order = np.argsort(session, kind="stable")
            column = np.arange(len(order)) - np.repeat(np.cumsum(count) - count, count)
            width = int(count.max(initial=1))
        grid = np.full((self.sessions, width), np.nan)
        grid[session[order], column] = values[rows[order]]
        return grid, count

    def at_bars(self, figures: Array) -> Array:
        """Spread each session's figure to its bars: (T,) -> (R,)."""
        return figures[self.session]

    def _member_rows(self, values: Array) -> NDArray[np.int64]:
        return np.flatnonzero(self.member & np.isfinite(values))


@feature(
    warm_up=20,
    unit="volatility of a session",
    source="Sharpe (1964), Journal of Finance 19(3)",
    why="The members' mean move: what all of them did that session.",
)
def universe_return(market: Market) -> Array:
    """Mean of the members' moves: (R,)."""
    return market.at_bars(market.mean_move)


@feature(
    warm_up=20,
    unit="log of a ratio",
    source="Engle, Ito & Lin (1990), Econometrica 58(3)",
    why="The members' median volatility against its usual: calm and turbulent times are shared.",
)
def universe_volatility(market: Market) -> Array:
    """Median log volatility less its average of about a year: (R,)."""
    level = pd.Series(market.median_level)
    return market.at_bars((level - level.ewm(span=USUAL, ignore_na=True).mean()).to_numpy())


@feature(
    warm_up=20,
    unit="log of a ratio",
    why="A symbol's volatility against the members' median: whether by nature, or of late.",
)
def relative_volatility(market: Market) -> Array:
    """Log volatility less the members' median: (R,)."""
    return market.level - market.at_bars(market.median_level)


@feature(
    warm_up=20,
    unit="volatility of a session",
    source="Christie & Huang (1995), Financial Analysts Journal 51(4)",
    why="How far the members' moves lay apart: each on its own news, or all on the same.",
)
def universe_dispersion(market: Market) -> Array:
    """Root of the mean square of the members' moves around their mean: (R,)."""
    around = np.maximum(market.mean_square - np.square(market.mean_move), 0.0)
    return market.at_bars(np.sqrt(around))


@feature(
    warm_up=20,
    unit="-1 to 1",
    why="The share of members that rose less that which fell: a move of many, or of a few.",
)
def universe_breadth(market: Market) -> Array:
    """Mean sign of the members' moves: (R,)."""
    return market.at_bars(market.mean(np.sign(market.move)))


@feature(
    warm_up=20,
    unit="correlation",
    source="Pollet & Wilson (2010), Journal of Financial Economics 96(3)",
    why="How much the members have been moving together of late: high in times of stress.",
)
def universe_correlation(market: Market) -> Array:
    """Mean correlation of the members' moves over about sixty sessions, 0 in a universe of one: (R,)."""
    count, square = market.total(market.move)[1], market.mean_square
    several = count > 1
    pairs = (count * np.square(market.mean_move) - square) / np.maximum(count - 1, 1)  # mean product of two
    covariance = pd.Series(np.where(several, pairs, np.nan)).ewm(span=CORRELATION, ignore_na=True).mean()
    variance = pd.Series(np.where(several, square, np.nan)).ewm(span=CORRELATION, ignore_na=True).mean()
    correlation = covariance.to_numpy() / np.maximum(variance.to_numpy(), 1e-12)
    alone = ~np.isfinite(correlation) & np.isfinite(square)  # no session so far had two members
    correlation = np.where(alone, 0.0, correlation)
    return market.at_bars(np.clip(correlation, -1.0, 1.0))


def _declare_rank(
    name: str, of: str, read: Callable[[Market], Array], needs: tuple[str, ...] = (), source: str = "own"
) -> None:
    @feature(
        name=name,
        warm_up=20,
        needs=needs,
        unit="-1 to 1",
        source=source,
        why=f"Where a symbol's {of} ranks among the members' of that session.",
    )
    def rank(market: Market) -> Array:
        return rank_among_members(market, read(market))

    del rank


def rank_among_members(market: Market, values: Array) -> Array:
    """Rank of each bar's value among the session's members, from -1 (lowest) to 1 (highest): (R,).

    Ties share their mean rank. A non-member's bar is also ranked among the members; a bar without peers is 0.
    """
    result = np.full(len(values), np.nan)
    grid, count = market.make_grid(values)
    grid.sort(axis=1)
    rows = np.flatnonzero(np.isfinite(values))
    session = market.session[rows]
    order = np.argsort(session, kind="stable")
    edges = np.concatenate([[0], np.cumsum(np.bincount(session, minlength=len(grid)))])
    for number in np.flatnonzero(np.diff(edges)):
        bars = rows[order[edges[number] : edges[number + 1]]]
        members = grid[number, : count[number]]
        below = members.searchsorted(values[bars], "left")
        through = members.searchsorted(values[bars], "right")
        inside = market.member[bars]
        others = np.maximum(count[number] - inside, 1)
        rank = 0.5 * (below + through - inside)
        result[bars] = np.where(count[number] > inside, 2 * rank / others - 1, 0.0)
    return result


JEGADEESH = "Jegadeesh (1990), Journal of Finance 45(3)"
_declare_rank("rank_return_1", "last move", lambda market: market.move, source=JEGADEESH)
_declare_rank(
    "rank_return_20", "move of a month", lambda market: market.values["return_20"], ("return_20",), JEGADEESH
)
_declare_rank("rank_volatility", "volatility", lambda market: market.level)
