"""Repeated bars: unchanged ones in a row, and copies under another date."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from morrow.checks.measures.bars import Bars, Counts, Flags, Reals

_WINDOW = 60  # bars
_MOST_COPIES = 0.005  # share of a symbol's bars; more copies than that come about by chance
_FEW = 4  # copies that never count as chance
_CLEARLY = 3.0  # times
_NEAR = 10  # sessions; a copy further away must be the only one


@dataclass(frozen=True, eq=False)
class Repeats:
    """Repeats among M bars.

    Attributes:
        unchanged: (M,) number of bars in a row up to this one that are unchanged from the one before; 0 where
            the volume is missing or zero.
        unmoved: (M,) share of the up to 60 bars before that run whose close did not change, NaN for none.
        twin: (M,) bar of the symbol whose prices and volume this one copies, −1 if none.
    """

    unchanged: Counts
    unmoved: Reals
    twin: Counts


def find_repeats(bars: Bars) -> Repeats:
    """Count equal bars in a row and find copies."""
    unchanged = _find_unchanged_bars(bars)
    position = np.arange(len(unchanged))
    begin = np.maximum.accumulate(np.where(unchanged, 0, position))
    length = position - begin
    still = (bars.close == bars.before(bars.close)) & ~bars.first
    total = np.concatenate([[0], np.cumsum(still)])
    # The first bar of a symbol has no change, so a window begins after it.
    earliest = np.maximum(begin - _WINDOW, bars.start[bars.symbol] + 1)
    seen = begin - earliest
    with np.errstate(divide="ignore", invalid="ignore"):
        unmoved = np.where(seen > 0, (total[begin] - total[earliest]) / seen, np.nan)
    return Repeats(np.where(bars.volume > 0, length, 0), unmoved, _twins(bars))


def _find_unchanged_bars(bars: Bars) -> Flags:
    """(M,) whether a bar has the previous close, and either the previous open, high and low or one price."""
    same = (bars.close == bars.before(bars.close)) & (bars.volume > 0)
    flat = (bars.open == bars.close) & (bars.high == bars.close) & (bars.low == bars.close)
    alike = np.ones(len(same), dtype=bool)
    for values in (bars.open, bars.high, bars.low):
        earlier = bars.before(values)
        alike &= (values == earlier) | (np.isnan(values) & np.isnan(earlier))
    return np.asarray(same & (alike | flat))


def _twins(bars: Bars) -> Counts:
    """(M,) the bar that each copies, −1 if none: of two equal bars the one that fits worse is the copy."""
    twin = np.full(len(bars.close), -1, dtype=np.int64)
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
        return twin
    group = keys.groupby(list(keys.columns), sort=False).ngroup().to_numpy()
    count = np.diff(bars.start)
    copies = np.bincount(bars.symbol[at], minlength=len(count))
    few = copies <= np.maximum(_FEW, _MOST_COPIES * count)
    into, out = _misfits(bars)
    for number in range(int(group.max()) + 1):
        members = at[group == number]
        if few[bars.symbol[members[0]]]:
            _mark_copies(bars, members, into, out, twin)
    return twin


def _mark_copies(bars: Bars, members: Counts, into: Reals, out: Reals, twin: Counts) -> None:
    """Of equal bars, the original is the stored one, else the one that fits by far best, else the first."""
    apart = np.diff(bars.when[members]).min()
    if apart > _NEAR and len(members) > 2:
        return
    misfit = into[members] + out[members]
    if len(members) == 2 and members[1] == members[0] + 1:
        misfit = np.array([into[members[0]], out[members[1]]])  # the move between them is in both
    stored = bars.row[members] < 0
    clear = misfit.min() * _CLEARLY <= np.delete(misfit, misfit.argmin()).min()
    original = stored.argmax() if stored.any() else (misfit.argmin() if clear else 0)
    twin[np.delete(members, original)] = members[original]


def _misfits(bars: Bars) -> tuple[Reals, Reals]:
    """(M,) logs from the close before to a bar's open, and (M,) from its close to the next open."""
    factors = bars.split + bars.dividend
    opened, closed = np.log(bars.open) + factors, np.log(bars.close) + factors
    into = np.nan_to_num(np.abs(opened - bars.before(closed)))
    out = np.zeros_like(into)
    out[:-1] = into[1:]
    return into, out
