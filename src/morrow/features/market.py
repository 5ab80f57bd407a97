"""What the members of a session did together, and where each symbol stands among them.

A session's figures are of its members alone, those of the universe on that day, and of no other session
but through averages that only look back.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from morrow.features.declared import declaring

feature = declaring("market", "market")

Array = NDArray[np.float64]

WIDE = 4  # columns of series for one that has a bar on the fullest session
USUAL = 250  # sessions of the usual volatility
TOGETHER = 60  # sessions of the correlation


@dataclass
class Market:
    """R bars of N symbols on T sessions, and the figures of each session.

    Attributes:
        series: (R,) the number of each bar's series, from 0.
        session: (R,) the number of each bar's session, from 0.
        sessions: T, each with a bar.
        member: (R,) whether the symbol was in the universe on that session.
        returns, unit: (R,) log return on the bar before, and volatility known at the bar.
        values: other features of the bars that were asked for, (R,) each.
        since: the first session whose figures have to be found.
        figures: (T,) each by name, of the sessions before ``since`` as they were found; extended in place.
    """

    series: NDArray[np.int64]
    session: NDArray[np.int64]
    sessions: int
    member: NDArray[np.bool_]
    returns: Array
    unit: Array
    values: Mapping[str, Array] = field(default_factory=dict)
    since: int = 0
    figures: dict[str, Array] = field(default_factory=dict)

    def figure(self, name: str, find: Callable[[], Array]) -> Array:
        """A figure of every session by name: found where it is not known yet, (T,)."""
        held = self.figures.get(name, np.empty(0))
        if len(held) < self.sessions:
            self.figures[name] = np.concatenate([held[: self.since], find()[self.since :]])
        return self.figures[name]

    def total(self, values: Array) -> tuple[Array, Array]:
        """Sum of the members' known values of each session, in the bars' order, and how many: (T,) twice."""
        counts = self._counting(values)
        session, known = self.session[counts], values[counts]
        total = np.bincount(session, weights=known, minlength=self.sessions)
        many = np.bincount(session, minlength=self.sessions)
        return total.astype(np.float64), many.astype(np.float64)

    def mean(self, values: Array) -> Array:
        """Mean of the members' known values of each session, NaN where there is none: (T,)."""
        total, count = self.total(values)
        return np.asarray(np.where(count > 0, total / np.maximum(count, 1), np.nan))

    def median(self, values: Array) -> Array:
        """Median of the members' known values of each session, NaN where there is none: (T,)."""
        grid, count = self.grid(values)
        grid.sort(axis=1)
        low = np.maximum(count - 1, 0) // 2
        high = np.minimum(count // 2, np.maximum(count - 1, 0))
        places = np.arange(len(grid))
        middle = 0.5 * (grid[places, low] + grid[places, high])
        return np.concatenate([np.full(self.since, np.nan), middle])

    def grid(self, values: Array) -> tuple[Array, NDArray[np.int64]]:
        """The members' known values of the sessions asked for, NaN elsewhere, and how many: (T, N) and (T,).

        The values of a session are in no order.
        """
        counts = self._counting(values)
        session = self.session[counts] - self.since
        size = self.sessions - self.since
        count = np.bincount(session, minlength=size)
        width = int(self.series.max(initial=0)) + 1
        if width <= WIDE * max(int(count.max(initial=0)), 1):
            order, place = np.arange(len(counts)), self.series[counts]
        else:  # many short series: a column would be mostly empty
            order = np.argsort(session, kind="stable")
            place = np.arange(len(order)) - np.repeat(np.cumsum(count) - count, count)
            width = int(count.max(initial=1))
        grid = np.full((size, width), np.nan)
        grid[session[order], place] = values[counts[order]]
        return grid, count

    def _counting(self, values: Array) -> NDArray[np.int64]:
        return np.flatnonzero(self.member & np.isfinite(values) & (self.session >= self.since))

    @cached_property
    def move(self) -> Array:
        """(R,) last move in units of volatility."""
        return self.returns / self.unit

    @cached_property
    def level(self) -> Array:
        """(R,) log of the volatility."""
        return np.asarray(np.log(self.unit))

    def mean_move(self) -> Array:
        """(T,) mean of the members' moves."""
        return self.figure("mean_move", lambda: self.mean(self.move))

    def median_level(self) -> Array:
        """(T,) median of the members' log volatilities."""
        return self.figure("median_level", lambda: self.median(self.level))

    def mean_square(self) -> Array:
        """(T,) mean of the members' squared moves."""
        return self.figure("mean_square", lambda: self.mean(np.square(self.move)))

    def many(self) -> Array:
        """(T,) how many members' moves are known."""
        return self.figure("many", lambda: self.total(self.move)[1])

    def at_bars(self, figures: Array) -> Array:
        """A figure of every session at the bars: (T,) -> (R,)."""
        return figures[self.session]


@feature(
    warm_up=20,
    unit="volatility of a session",
    source="Sharpe (1964), Journal of Finance 19(3)",
    why="The members' mean move: what all of them did that session.",
)
def universe_return(market: Market) -> Array:
    """Mean of the members' moves: (R,)."""
    return market.at_bars(market.mean_move())


@feature(
    warm_up=20,
    unit="log of a ratio",
    source="Engle, Ito & Lin (1990), Econometrica 58(3)",
    why="The members' median volatility against its usual: quiet and wild times are shared.",
)
def universe_volatility(market: Market) -> Array:
    """Median log volatility less its average of about a year: (R,)."""
    level = pd.Series(market.median_level())
    return market.at_bars((level - level.ewm(span=USUAL, ignore_na=True).mean()).to_numpy())


@feature(
    warm_up=20,
    unit="log of a ratio",
    why="A symbol's volatility against the members' median: who is wild by nature, or tonight.",
)
def relative_volatility(market: Market) -> Array:
    """Log volatility less the members' median: (R,)."""
    return market.level - market.at_bars(market.median_level())


@feature(
    warm_up=20,
    unit="volatility of a session",
    source="Christie & Huang (1995), Financial Analysts Journal 51(4)",
    why="How far the members' moves lay apart: each on its own news, or all on the same.",
)
def universe_dispersion(market: Market) -> Array:
    """Root of the mean square of the members' moves around their mean: (R,)."""
    around = np.maximum(market.mean_square() - np.square(market.mean_move()), 0.0)
    return market.at_bars(np.sqrt(around))


@feature(
    warm_up=20,
    unit="-1 to 1",
    why="The share of members that rose less that which fell: a move of many, or of a few.",
)
def universe_breadth(market: Market) -> Array:
    """Mean sign of the members' moves: (R,)."""
    return market.at_bars(market.figure("breadth", lambda: market.mean(np.sign(market.move))))


@feature(
    warm_up=20,
    unit="correlation",
    source="Pollet & Wilson (2010), Journal of Financial Economics 96(3)",
    why="How much the members have been moving together of late: high in times of stress.",
)
def universe_correlation(market: Market) -> Array:
    """Mean correlation of the members' moves over about sixty sessions, 0 in a universe of one: (R,)."""
    many, square = market.many(), market.mean_square()
    several = many > 1
    pairs = (many * np.square(market.mean_move()) - square) / np.maximum(many - 1, 1)  # mean product of two
    together = pd.Series(np.where(several, pairs, np.nan)).ewm(span=TOGETHER, ignore_na=True).mean()
    alone = pd.Series(np.where(several, square, np.nan)).ewm(span=TOGETHER, ignore_na=True).mean()
    found = together.to_numpy() / np.maximum(alone.to_numpy(), 1e-12)
    found = np.where(np.isfinite(found) | ~np.isfinite(square), found, 0.0)  # nobody beside it so far
    return market.at_bars(np.clip(found, -1.0, 1.0))


def _ranked(
    name: str, of: str, needs: tuple[str, ...], find: Callable[[Market], Array], warm_up: int
) -> None:
    @feature(
        name=name,
        warm_up=warm_up,
        needs=needs,
        unit="-1 to 1",
        source="Jegadeesh (1990), Journal of Finance 45(3)" if "return" in name else "own",
        why=f"Where a symbol's {of} stands among the members' of that session.",
    )
    def rank(market: Market) -> Array:
        return places(market, find(market))

    del rank


def places(market: Market, values: Array) -> Array:
    """Place of each bar's value among the session's members, -1 lowest to 1 highest, ties halved: (R,).

    A bar of no member is placed among the members too; one that is alone is at 0.
    """
    result = np.full(len(values), np.nan)
    grid, count = market.grid(values)
    grid.sort(axis=1)
    asked = np.flatnonzero(np.isfinite(values) & (market.session >= market.since))
    session = market.session[asked] - market.since
    order = np.argsort(session, kind="stable")
    edges = np.concatenate([[0], np.cumsum(np.bincount(session, minlength=len(grid)))])
    for row in np.flatnonzero(np.diff(edges)):
        bars = asked[order[edges[row] : edges[row + 1]]]
        members = grid[row, : count[row]]
        below = members.searchsorted(values[bars], "left")
        through = members.searchsorted(values[bars], "right")
        inside = market.member[bars]
        others = np.maximum(count[row] - inside, 1)
        place = 0.5 * (below + through - inside)
        result[bars] = np.where(count[row] > inside, 2 * place / others - 1, 0.0)
    return result


_ranked("rank_return_1", "last move", (), lambda market: market.move, 20)
_ranked("rank_return_20", "move of a month", ("return_20",), lambda market: market.values["return_20"], 20)
_ranked("rank_volatility", "volatility", (), lambda market: market.level, 20)
