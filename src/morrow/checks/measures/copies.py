"""Bars that stand under two dates, and which of these dates is the true one."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from morrow.checks.measures.bars import Bars, Counts, Reals
from morrow.checks.measures.clocks import Following, follow_market
from morrow.checks.measures.usual import Usual

_MOST_COPIES = 0.005  # share of a symbol's bars; more copies than that come about by chance
_FEW = 4  # copies that never count as chance
_MOST_CHANCE = 0.1  # pairs
_NEAR = 10  # sessions; a copy further away must be the only one
_SURE = float(np.log(1e6))
_LATE = 10.0  # how much more often the newest bar repeats the one before than that one runs ahead of it


@dataclass(frozen=True, eq=False)
class Copies:
    """Copies among M bars.

    Attributes:
        twin: (M,) bar of the symbol with the same prices and volume, −1 if none; only the bar whose date is
            the likeliest has none of its own.
        odds: (M,) how many times likelier the twin's date is than the bar's own, by the bars beside them and
            the market of each session, at most a million; that where the twin is stored. NaN without a twin.
        chance: (M,) pairs with these prices and one volume that come about by chance. NaN without a twin.
    """

    twin: Counts
    odds: Reals
    chance: Reals


def find_copies(bars: Bars, usual: Usual) -> Copies:
    """Find bars that are equal in all of open, high, low, close and volume, and compare their dates."""
    size = len(bars.close)
    copies = Copies(np.full(size, -1, dtype=np.int64), *(np.full(size, np.nan) for _ in range(2)))
    groups = _equal_bars(bars)
    if not groups:
        return copies
    symbols = np.unique([bars.symbol[members[0]] for members in groups])
    following = dict(zip(symbols.tolist(), follow_market(bars, usual, symbols), strict=True))
    for members in groups:
        copies.chance[members] = _count_chance_pairs(bars, members)
        likelihood = _compare_dates(bars, usual, following[int(bars.symbol[members[0]])], members)
        stored = bars.row[members] < 0
        likelihood[stored] = np.inf if stored.any() else likelihood[stored]
        best = int(likelihood.argmax())
        second = int(np.where(np.arange(len(members)) == best, -np.inf, likelihood).argmax())
        for place, member in enumerate(members.tolist()):
            other = second if place == best else best
            if stored[place]:
                continue
            copies.twin[member] = members[other]
            copies.odds[member] = np.exp(np.clip(likelihood[other] - likelihood[place], -_SURE, _SURE))
    return copies


def _equal_bars(bars: Bars) -> list[Counts]:
    """Groups of equal bars, of symbols that do not have many of them."""
    telling = (bars.volume > 0) & (bars.high > bars.low) & np.isfinite(bars.open)
    at = np.flatnonzero(telling)
    mixed = bars.symbol[at] * 0x9E3779B1
    for values in (bars.volume, bars.close):
        mixed = (mixed ^ values[at].view(np.int64)) * 0x100000001B3
    at = at[pd.Series(mixed).duplicated(keep=False).to_numpy()]
    keys = pd.DataFrame(
        {"symbol": bars.symbol[at]}
        | {name: getattr(bars, name)[at] for name in ("volume", "close", "open", "high", "low")}
    )
    again = keys.duplicated(keep=False).to_numpy()
    at, keys = at[again], keys[again]
    if not len(at):
        return []
    group = keys.groupby(list(keys.columns), sort=False).ngroup().to_numpy()
    order = np.argsort(group, kind="stable")
    members = np.split(at[order], np.flatnonzero(np.diff(group[order])) + 1)
    extra = np.bincount(bars.symbol[at], minlength=len(bars.symbols)).astype(np.float64)
    extra -= np.bincount(bars.symbol[[each[0] for each in members]], minlength=len(bars.symbols))
    few = extra <= np.maximum(_FEW, _MOST_COPIES * np.diff(bars.start))
    return [
        each
        for each in members
        if few[bars.symbol[each[0]]]
        and (len(each) == 2 or int(np.diff(bars.when[each]).min()) <= _NEAR)
        and _count_chance_pairs(bars, each) <= _MOST_CHANCE
    ]


def _count_chance_pairs(bars: Bars, members: Counts) -> float:
    """Expected pairs of the bars with these prices that have one volume by chance, as all pairs have."""
    first, own = members[0], slice(*bars.start[bars.symbol[members[0]] :][:2])
    alike = np.ones(own.stop - own.start, dtype=bool)
    for values in (bars.open, bars.high, bars.low, bars.close):
        alike &= values[own] == values[first]
    volume = bars.volume[own]
    same = np.unique(volume[volume > 0], return_counts=True)[1]
    share = max(_pairs(same).sum() - _pairs(len(members)), 1) / _pairs(same.sum())
    return float(_pairs(alike.sum()) * share)


def _pairs(count: Any) -> Any:
    return count * (count - 1) / 2


def _compare_dates(bars: Bars, usual: Usual, following: Following, members: Counts) -> Reals:
    """(k,) log likelihood of the bars beside equal ones if only this one of them is true."""
    symbol = bars.symbol[members[0]]
    beside = np.unique(np.concatenate([members - 1, members, members + 1]))
    beside = beside[(beside >= bars.start[symbol]) & (beside < bars.start[symbol + 1])]
    scale = float(usual.move[members[0]])
    answer = np.zeros(len(members))
    for place, member in enumerate(members):
        false = members[members != member]
        path = beside[~np.isin(beside, false)]
        for earlier, later in zip(path[:-1].tolist(), path[1:].tolist(), strict=True):
            if later - earlier - 1 == np.count_nonzero((false > earlier) & (false < later)):
                answer[place] += _step_likelihood(bars, following, scale, earlier, later)
    newest = bars.start[symbol + 1] - 1
    if members[-1] == newest and members[-2] == newest - 1:
        answer[-1] -= np.log(_LATE)
    return answer


def _step_likelihood(bars: Bars, following: Following, scale: float, earlier: int, later: int) -> float:
    """Log density of the step from one bar's close to another's open, and on to its close."""
    factors = bars.split + bars.dividend
    was, now = (float(np.log(bars.close[each]) + factors[each]) for each in (earlier, later))
    between = slice(int(bars.when[earlier]) + 1, int(bars.when[later]))
    day = int(bars.when[later])
    gap = between.stop - between.start
    ahead, wide = float(following.whole[between].sum()), gap * following.whole_spread**2
    if not np.isfinite(bars.open[later]):
        spread = np.sqrt(wide + following.whole_spread**2)
        return _density((now - was) / scale - ahead - following.whole[day], spread)
    opened = float(np.log(bars.open[later]) + factors[later])
    spread = np.sqrt(wide + following.night_spread**2)
    return _density((opened - was) / scale - ahead - following.night[day], spread) + _density(
        (now - opened) / scale - following.day[day], following.day_spread
    )


def _density(off: float, spread: float) -> float:
    """Log of Student's t with four degrees of freedom, but for a constant, of a standard deviation."""
    unit = spread / np.sqrt(2)
    return float(-np.log(unit) - 2.5 * np.log1p((off / unit) ** 2 / 4))
