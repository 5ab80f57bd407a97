"""Loud steps of prices, and measures of what surrounds them; :mod:`moves` decides what they mean."""

from dataclasses import dataclass

import numpy as np

from morrow.checks.measures import ratios
from morrow.checks.measures.bars import Bars, Counts, Flags, Reals
from morrow.checks.measures.usual import DRIFT, Usual

_LEAST_STEP, _LEAST_SCALES = float(np.log(1.18)), 5.0
_SURELY, _SURELY_SCALES = 1.8, 2.5  # a step near ×10 is loud in the wildest symbol too
_WIDEST_MARKET = 0.5  # no market moves further in a session
_SAME_FAULT = 1.0  # half of the symbols step together further than that: a source that changes its unit
_COMPANY = 3  # fewest symbols that make a market
_QUIET_SHARE = 0.3
_AFTER = 30  # bars
_OVERNIGHT = 0.7  # of a session's move lies between a close and the next open
_LEAST_KNOWN = 20  # bars before a step, or it must be one of a power of ten
_LOOKED_BACK, _MOST_DECIMALS = 60, 6
_TICKS = 0.6  # ticks: the least usual move of prices that move by whole ticks
_WIDEST_SPREAD = 0.47


@dataclass(frozen=True, eq=False)
class Steps:
    """K loud steps in the order of the bars.

    Attributes:
        bar: (K,) index of the bar that a step leads to.
        size: (K,) log of the adjusted price over the bar before, less the day's market.
        raw: (K,) the same of the price as traded.
        factor: (K,) log by which both factors moved together: a source of adjusted closes cannot tell them
            apart where the price does not move with them.
        gap: (K,) sessions since the bar before.
        scale: (K,) the symbol's usual move over that many sessions.
        whole: (K,) whether range and volume are given.
        unrest: (K,) how far range and volume together are above the usual, in usual deviations: the root of
            the sum of their squares, without the day's market and without a split's effect on volume.
        after_range: (K,) median of the range over this and the next 29 bars, times the usual.
        after_volume: (K,) log of the volume over the usual, likewise.
        kind: (K,) likeliest kind of ratio by price and volume.
        ratio: (K,) log of that ratio, 0 for any other.
        likelihood: (K,) log density of the price alone under its likeliest reading.
        split_odds: (K,) log of how much likelier a split is than any other ratio, by price and volume.
    """

    bar: Counts
    size: Reals
    raw: Reals
    factor: Reals
    gap: Counts
    scale: Reals
    whole: Flags
    unrest: Reals
    after_range: Reals
    after_volume: Reals
    kind: Counts
    ratio: Reals
    likelihood: Reals
    split_odds: Reals


def find_steps(bars: Bars, usual: Usual) -> Steps:
    """Find the steps that are loud for their symbol and session, and measure them."""
    over = usual.move * np.sqrt(np.maximum(usual.gap, 1))  # (M,)
    loud = np.abs(usual.step) >= _LEAST_SCALES * over
    bar = np.flatnonzero(_loud(usual.step, over))
    over[bar] = np.maximum(over[bar], _TICKS * _tick(bars, bar) / bars.close[bar - 1])
    days = np.unique(bars.when[bar])
    together = market_medians(bars, np.where(usual.gap == 1, usual.step, np.nan), loud, days)[bars.when[bar]]
    market = np.clip(together, -_WIDEST_MARKET, _WIDEST_MARKET)
    size = usual.step[bar] - np.where(np.abs(together) > _SAME_FAULT, 0.0, market)
    early = (bar - bars.start[bars.symbol[bar]] < _LEAST_KNOWN) & (np.abs(size) < _SURELY)
    kept = _loud(size, over[bar]) & ~early & _includes_open(bars, bar, usual.step[bar])
    bar, size = bar[kept], size[kept]
    factors = bars.split + bars.dividend
    factor = factors[bar] - factors[bar - 1]
    height, height_after = _surroundings(bars, (usual.range, usual.usual_range), loud, bar)
    busy, busy_after = _surroundings(bars, (usual.volume, usual.usual_volume), loud, bar)
    whole = np.isfinite(height) & np.isfinite(busy) & np.isfinite(bars.open[bar])
    nearest, scale = _cleanest_steps(bars, bar, size, usual.step[bar], over[bar])
    known = np.minimum(bars.start[bars.symbol[bar] + 1] - bar, _AFTER)
    spread = usual.volume_spread[bar] * np.sqrt(2 / (1 + np.maximum(known, 1)) + 1 / 30)
    reading = ratios.read_ratios(nearest, scale, np.where(whole, busy_after, np.nan), spread)
    return Steps(
        bar=bar,
        size=size,
        raw=size - factor,
        factor=factor,
        gap=usual.gap[bar],
        scale=over[bar],
        whole=whole,
        unrest=np.hypot(
            _above(height, usual.range_spread[bar]),
            _above(busy + _expect_volume_drop(reading), usual.volume_spread[bar]),
        ),
        after_range=np.exp(height_after),
        after_volume=busy_after,
        kind=reading.kind,
        ratio=reading.size,
        likelihood=reading.likelihood,
        split_odds=reading.split_odds,
    )


def _above(log: Reals, spread: Reals) -> Reals:
    """How far a log is above its usual, in deviations; 0 if it is not given."""
    return np.maximum(np.nan_to_num(log / np.minimum(spread, _WIDEST_SPREAD)), 0.0)


def _expect_volume_drop(reading: ratios.Ratios) -> Reals:
    """Log by which a split lowers the volume."""
    return np.where(reading.kind == ratios.SPLIT, reading.size, 0.0)


def _includes_open(bars: Bars, bar: Counts, step: Reals) -> Flags:
    """(K,) whether the open had half of the step already: a fault affects all prices of its bar."""
    opened = step + np.log(bars.open[bar]) - np.log(bars.close[bar])
    return ~np.isfinite(opened) | (opened * np.sign(step) >= np.abs(step) / 2)


def _cleanest_steps(bars: Bars, bar: Counts, size: Reals, step: Reals, scale: Reals) -> tuple[Reals, Reals]:
    """(K,) each: the step that contains the least true return, and the scale of that return.

    It is the step to the open, if that is given and the session's market did not move; else the step to the
    close, less the market.
    """
    opened = step + np.log(bars.open[bar]) - np.log(bars.close[bar])
    quiet = np.isfinite(opened) & (np.abs(step - size) <= scale)
    return np.where(quiet, opened, size), np.where(quiet, _OVERNIGHT * scale, scale)


def market_medians(bars: Bars, values: Reals, loud: Flags, sessions: Counts) -> Reals:
    """(T,) median over the symbols on the given sessions; 0 on others, and where fewer than three have a bar.

    Where at least three tenths of the symbols are not loud, the median is taken over those: a night with many
    faults has a market too.

    Args:
        bars: M bars.
        values: (M,) to take the median of, NaN where there is none.
        loud: (M,) bars with a step that is loud for their symbol.
        sessions: (S,) indices on the axis.
    """
    medians = np.zeros(len(bars.axis))
    if not len(sessions):
        return medians
    every = bars.by_session(values)[sessions]  # (S, N)
    quiet = bars.by_session(np.where(loud, np.nan, values))[sessions]
    present = np.count_nonzero(~np.isnan(every), axis=1)
    enough = np.count_nonzero(~np.isnan(quiet), axis=1) >= np.maximum(_QUIET_SHARE * present, _COMPANY)
    days = np.where(enough[:, None], quiet, every)
    company = present >= _COMPANY
    if company.any():
        medians[sessions[company]] = np.nanmedian(days[company], axis=1)
    return medians


def _loud(step: Reals, scale: Reals) -> Flags:
    size = np.abs(step)
    usual = (size >= _LEAST_STEP) & (size >= _LEAST_SCALES * scale)
    return usual | ((size >= _SURELY) & (size >= _SURELY_SCALES * scale))


def _tick(bars: Bars, bar: Counts) -> Reals:
    """(K,) the last decimal in which the closes of the up to 60 bars before were quoted."""
    index = bar[:, None] - np.arange(1, _LOOKED_BACK + 1)  # (K, 60)
    inside = index >= bars.start[bars.symbol[bar]][:, None]
    closes = np.where(inside, bars.close[np.maximum(index, 0)], 0.0)
    tick = np.zeros(len(bar))
    for decimals in range(_MOST_DECIMALS, -1, -1):
        scaled = closes * 10.0**decimals
        whole = (np.abs(scaled - np.round(scaled)) < 1e-6 * np.maximum(scaled, 1)).all(axis=1)
        tick[whole] = 10.0**-decimals
    return tick


def _surroundings(bars: Bars, logs: tuple[Reals, Reals], loud: Flags, bar: Counts) -> tuple[Reals, Reals]:
    """Log of a bar's range or volume over the usual, and its median over 30 bars, both less the market's."""
    values, usual = logs
    every = np.arange(len(bars.axis)) if len(bar) else np.arange(0)
    day = market_medians(bars, values - usual, loud, every)  # (T,)
    index = bar[:, None] + np.arange(_AFTER)  # (K, 30)
    inside = index < bars.start[bars.symbol[bar] + 1][:, None]
    ahead = np.where(inside, values[np.minimum(index, len(values) - 1)], np.nan)
    together = np.where(inside, _together(day, bars.when[bar]), np.nan)
    middle, drift = (np.full(len(bar), np.nan) for _ in range(2))
    some = ~np.isnan(ahead).all(axis=1)
    if some.any():
        middle[some], drift[some] = np.nanmedian(ahead[some], axis=1), np.nanmedian(together[some], axis=1)
    return values[bar] - usual[bar] - np.maximum(day[bars.when[bar]], 0.0), middle - usual[bar] - drift


def _together(day: Reals, session: Counts) -> Reals:
    """(K, 30) how far the market's range or volume is above what was usual, 30 sessions long.

    ``day`` is measured against what is usual by then, which has followed the market on the way.
    """
    followed = np.concatenate([[0.0], np.cumsum(day)]) * DRIFT
    ahead = np.minimum(session[:, None] + np.arange(_AFTER), len(day) - 1)
    return np.asarray(day[ahead] + followed[ahead] - followed[session][:, None])
