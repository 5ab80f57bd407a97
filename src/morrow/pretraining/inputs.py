"""Inputs of the pretrained networks: causal, without units, and frozen together with the shipped weights.

They are apart from the features that a user selects, so that no choice of features changes what a shipped
network reads.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter

from morrow.panel import Panel

VERSION = 1
OWN_DECAYS = (0.7, 0.85, 0.97, 0.99, 0.996)  # of the squared return; that of the unit is 0.94
RANGE_DECAYS = (0.5, 0.85, 0.94, 0.985)  # of the variance of a session's range
MARKET_DECAYS = (0.7, 0.9, 0.97, 0.99)  # of the universe's mean squared standardised return
INDEX_DECAYS = (0.8, 0.94, 0.985)  # of the universe's squared mean return
SIDE_DECAYS = (0.85, 0.97)  # of squared falls
MOST = 3.0  # largest log of a ratio
MOST_MOVE = 8.0  # largest standardised return
TINY = 1e-3  # smallest volatility, in units

NAMES = (
    "move", "size", "age", "absolute", "fourth",
    *(f"own_{decay}" for decay in OWN_DECAYS), *(f"falls_{decay}" for decay in SIDE_DECAYS),
    "has_range", "range_now", *(f"range_{decay}" for decay in RANGE_DECAYS),
    "index_move", "index_size", "breadth", "spread_now",
    *(f"index_{decay}" for decay in INDEX_DECAYS), *(f"market_{decay}" for decay in MARKET_DECAYS),
)  # fmt: skip

Array = NDArray[np.float64]
Rows = NDArray[np.int64]


@dataclass(frozen=True)
class Series:
    """S series of bars, each T long: of one panel's series S = 1; of simulated paths all at once.

    Attributes:
        returns: (S, T) log return since the previous bar; NaN at the first.
        variance: (S, T) variance of the session's return from its range; NaN without one.
        unit: (S, T) volatility known at the bar; NaN until known.
    """

    returns: Array
    variance: Array
    unit: Array


def panel_inputs(panel: Panel, wanted: Rows | None = None) -> NDArray[np.float32]:
    """Inputs of every row of a panel: (R, F), NaN until the volatility is known.

    A row's inputs depend on its series through its session, and on all symbols through that session.

    Args:
        panel: the panel.
        wanted: the series to compute, by number; NaN in the rows of all others. By default every one.
    """
    result = np.full((len(panel.symbol), len(NAMES)), np.nan, dtype=np.float32)
    if not len(result):
        return result
    returns, unit = np.asarray(panel.returns), np.asarray(panel.unit)
    standard = _standardise(panel, returns, unit)
    market = summarise_market(returns, standard, panel.session, len(panel.sessions))
    edges = np.flatnonzero(np.diff(panel.series)) + 1
    for low, high in zip([0, *edges], [*edges, len(returns)], strict=True):
        if wanted is not None and panel.series[low] not in wanted:
            continue
        rows = slice(low, high)
        series = Series(
            returns[None, rows], panel.day_variance[None, rows].astype(np.float64), unit[None, rows]
        )
        result[rows] = series_inputs(series, market[:, None, panel.session[rows]])[0]
    return result


def _standardise(panel: Panel, returns: Array, unit: Array) -> Array:
    """Returns over the volatility known before them: (R,)."""
    before = np.concatenate([[np.nan], unit[:-1]])
    before[panel.position == 0] = np.nan
    return np.asarray(returns / before)


def summarise_market(returns: Array, standard: Array, session: Rows, sessions: int) -> Array:
    """The universe by session: (K, T) for the inputs that all symbols share.

    Args:
        returns: (R,) log returns of all symbols.
        standard: (R,) these over the volatility known before them, NaN until known.
        session: (R,) index on the T sessions.
        sessions: T, or markets × T with ``session`` counting through all markets.
    """
    known = np.isfinite(standard)
    place, count = session[known], np.bincount(session[known], minlength=sessions)
    square = np.minimum(np.square(standard[known]), MOST_MOVE**2)
    divisor = np.maximum(count, 1)
    mean = np.bincount(place, returns[known], minlength=sessions) / divisor
    spread = np.bincount(place, square, minlength=sessions) / divisor
    return np.stack([mean, spread, count.astype(np.float64)])


def series_inputs(series: Series, market: Array) -> NDArray[np.float32]:
    """Inputs of aligned series: (S, T, F), NaN until the volatility is known.

    Args:
        series: the series' own bars.
        market: (K, S, T) of :func:`summarise_market`, through which sessions of no bar are skipped.
    """
    unit = series.unit
    before = np.concatenate([np.full_like(unit[:, :1], np.nan), unit[:, :-1]], axis=1)
    known = np.isfinite(series.returns).astype(np.float64)
    returns = np.nan_to_num(series.returns)
    columns = [*_own(returns, known, unit, before), *_ranges(series.variance, unit, before)]
    columns += _market(market, unit)
    values = np.stack(columns, axis=-1).astype(np.float32)
    values[~(np.isfinite(unit) & np.isfinite(before))] = np.nan
    return values


def _own(returns: Array, known: Array, unit: Array, before: Array) -> list[Array]:
    move = np.clip(returns / before, -MOST_MOVE, MOST_MOVE)
    square, age = np.square(returns), np.cumsum(known, axis=-1)
    bounded = np.where(np.isfinite(move), move, 0.0)
    warm = np.isfinite(move).astype(np.float64)
    fourth = np.log(_mean(np.minimum(bounded**4, 200.0), warm, 0.99) + 0.1) - 1.0
    columns = [move, np.abs(move), 1 / np.sqrt(np.maximum(age, 1)) * 5]
    columns += [_ratio(1.25 * _mean(np.abs(returns), known, 0.94), unit), fourth]
    columns += [_ratio(np.sqrt(_mean(square, known, decay)), unit) for decay in OWN_DECAYS]
    falls = np.where(returns < 0, 2 * square, 0.0)
    return columns + [_ratio(np.sqrt(_mean(falls, known, decay)), unit) for decay in SIDE_DECAYS]


def _ranges(variance: Array, unit: Array, before: Array) -> list[Array]:
    has = np.isfinite(variance)
    filled, weight = np.where(has, variance, 0.0), has.astype(np.float64)
    now = np.where(has, _ratio(np.sqrt(filled), before), 0.0)
    means = (_ratio(np.sqrt(_mean(filled, weight, decay)), unit) for decay in RANGE_DECAYS)
    return [weight, now, *(np.where(has, each, 0.0) for each in means)]


def _market(market: Array, unit: Array) -> list[Array]:
    mean, spread, count = market
    known = (count > 0).astype(np.float64)
    index = np.sqrt(_mean(np.square(mean), known, 0.94))
    before = np.concatenate([np.full_like(index[:, :1], np.nan), index[:, :-1]], axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        move = np.nan_to_num(np.clip(mean / before, -MOST_MOVE, MOST_MOVE))
    columns = [move, np.abs(move), np.log1p(count) / 3, np.log(spread + 0.05)]
    columns += [_ratio(np.sqrt(_mean(np.square(mean), known, decay)), unit) for decay in INDEX_DECAYS]
    return columns + [np.log(_mean(spread, known, decay) + 0.05) for decay in MARKET_DECAYS]


def _ratio(volatility: Array, unit: Array) -> Array:
    """Log of a volatility over the unit, bounded."""
    with np.errstate(invalid="ignore"):
        return np.asarray(np.clip(np.log(np.maximum(volatility / unit, TINY)), -MOST, MOST))


def _mean(values: Array, weight: Array, decay: float) -> Array:
    """Exponentially weighted mean over what is known so far, without a start to guess: (..., T)."""
    recursion = [1.0, -decay]
    total = lfilter([1.0], recursion, values * weight, axis=-1)
    divisor = lfilter([1.0], recursion, weight, axis=-1)
    return np.asarray(total / np.maximum(divisor, 1e-300))
