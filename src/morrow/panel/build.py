"""From a prices frame to a panel: adjusted bars in unbroken series, features, targets and pegs."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from morrow import features
from morrow.config import Forecast, Time
from morrow.errors import HistoryError
from morrow.membership import Membership
from morrow.panel.parts import part_length
from morrow.panel.ranges import day_variance
from morrow.panel.rows import Panel
from morrow.panel.standing import SHORTEST
from morrow.panel.targets import finals, targets

PEG_WINDOW = 250  # sessions
PEG_ENTER_ZEROS, PEG_LEAVE_ZEROS = 0.30, 0.20  # share of returns that are zero
PEG_ENTER_RATIO, PEG_LEAVE_RATIO = 1 / 10, 1 / 7  # volatility over the universe's median
MOST_DECIMALS = 8


def build(
    prices: pd.DataFrame,
    sessions: pd.DatetimeIndex,
    forecast: Forecast,
    time: Time,
    *,
    tick: float | None = None,
    names: tuple[str, ...] | None = None,
    select: Sequence[str] = ("default",),
    members: Membership | None = None,
) -> Panel:
    """Assemble the panel from a ``prices`` frame.

    Args:
        prices: one universe's rows as known at the cutoff (the ``prices`` table's columns).
        sessions: the universe's sessions from its first bar to its last.
        forecast: horizon, window and longest gap.
        time: sizes of the parts, which say how old a symbol must be to be eligible.
        tick: the source's smallest price step; read off the decimals of the prices where None.
        names: features to be had, whatever the bars carry; by default those selected that they can.
        select: names and groups of features to choose from, on the sessions before the last four parts.
        members: who was in the universe when, as known at the cutoff; by default whoever has a bar.

    Raises:
        HistoryError: there is no bar at all.
        ConfigError: a selected feature is unknown, or the bars can carry none.
    """
    if prices.empty:
        raise HistoryError("no prices are known; ingest first, or choose a later as_of")
    former = members.former_names() if members else {}
    # Symbols are ordered by the first names they had, so that a rename moves no row.
    first = _first_names(former, set(prices["symbol"].unique()))
    prices = prices.assign(symbol=prices["symbol"].replace(first)) if first else prices
    axis = sessions.union(pd.DatetimeIndex(prices["session"].unique())).to_numpy("datetime64[D]")
    bars = _bars(prices, axis, forecast.max_gap, tick)
    gone: dict[str, str] = {}
    if names is None:
        early = _early(bars, len(axis), forecast, time)
        names, gone = features.select_features(select, early)
    found, code = np.unique(bars["symbol"].to_numpy(str), return_inverse=True)
    newest = {old: new for new, old in first.items()}
    symbols = tuple(newest.get(name, name) for name in found.tolist())
    place, series = bars["place"].to_numpy(), bars["series"].to_numpy()
    position = bars.groupby("series").cumcount().to_numpy().astype(np.int64)
    pegged = _pegged(bars)
    inside = (
        np.ones(len(bars), bool)
        if members is None
        else members.member_mask(symbols, code, axis[place].astype("datetime64[us]"))
    )
    shown = bars.assign(member=inside)
    values = features.compute(shown, names)
    unit = bars["unit"].to_numpy()
    known = np.isfinite(values).all(axis=1) & np.isfinite(unit)
    reach = _reach(known, position, series)
    close, adjusted = bars["raw_close"].to_numpy(), bars["close"].to_numpy()
    ends = finals(members, symbols, axis, code, place, adjusted, close)
    return Panel(
        symbols=symbols,
        sessions=axis,
        names=names,
        symbol=code,
        session=place,
        series=series,
        position=position,
        reach=reach,
        close=close,
        adjusted=adjusted,
        unit=unit,
        day_variance=day_variance(bars),
        features=values,
        target=targets(code, place, adjusted, len(axis), forecast.horizon, ends),
        pegged=pegged,
        member=inside,
        eligible=known & ~pegged & inside & _old_enough(place, position, reach, forecast.window, time),
        former=former,
        dropped=gone,
        outsiders=members.outsiders(symbols, pd.Timestamp(axis[-1])) if members else {},
    )


def _first_names(former: Mapping[str, tuple[str, ...]], taken: AbstractSet[str]) -> dict[str, str]:
    """The oldest name of each renamed symbol, by its newest, where nobody else bears it by now."""
    return {new: names[0] for new, names in former.items() if names[0] not in taken}


def _early(bars: pd.DataFrame, sessions: int, forecast: Forecast, time: Time) -> pd.DataFrame:
    """Bars before the last four parts of time, where features are chosen; all of a short history."""
    end = sessions - 4 * (part_length(sessions, time) + forecast.horizon)
    early = bars[bars["place"] < end]
    return bars if early.empty else early


def _reach(
    known: NDArray[np.bool_], position: NDArray[np.int64], series: NDArray[np.int64]
) -> NDArray[np.int64]:
    start = pd.Series(np.where(known, position, np.iinfo(np.int64).max)).groupby(series).transform("min")
    reach: NDArray[np.int64] = np.maximum(position - start.to_numpy(), -1)
    return reach


def _old_enough(
    place: NDArray[np.int64],
    position: NDArray[np.int64],
    reach: NDArray[np.int64],
    window: int,
    time: Time,
) -> NDArray[np.bool_]:
    """Bars with a window and the four parts of that session behind them, and a window of known features."""
    length = np.clip(((place + 1) * time.share).astype(int), time.minimum, time.maximum)
    old: NDArray[np.bool_] = (position + 1 >= window + 4 * length) & (reach >= window)
    return old


def _bars(
    prices: pd.DataFrame, axis: NDArray[np.datetime64], max_gap: int, tick: float | None
) -> pd.DataFrame:
    """Adjusted bars in series order, with their place on the axis, their tick and their unit."""
    bars = prices.sort_values(["symbol", "session"], kind="stable", ignore_index=True)
    factor = bars["split_factor"] * bars["dividend_factor"]
    bars = bars.assign(
        raw_close=bars["close"],
        place=np.searchsorted(axis, bars["session"].to_numpy("datetime64[D]")),
        volume=bars["volume"] / bars["split_factor"],
        **{name: bars[name] * factor for name in ("open", "high", "low", "close")},
    )
    new_symbol = (bars["symbol"] != bars["symbol"].shift()).to_numpy()
    after_gap = bars["place"].diff().to_numpy() > max_gap + 1
    bars["series"] = np.cumsum(new_symbol | after_gap) - 1
    step = _ticks(bars) if tick is None else np.full(len(bars), tick)
    bars["floor"] = 0.5 * step / bars["raw_close"]
    bars["move"] = np.log(bars["close"]).groupby(bars["series"]).diff()
    unit = np.full(len(bars), np.nan)
    moves, floors = bars["move"].to_numpy(), bars["floor"].to_numpy()
    for rows in bars.groupby("series").indices.values():
        unit[rows] = features.unit_volatility(moves[rows], floors[rows])
    bars["unit"] = unit
    return bars


def _ticks(bars: pd.DataFrame) -> NDArray[np.float64]:
    """Smallest step seen so far in each symbol's prices: ten to the minus most decimals used."""
    close = bars["raw_close"].to_numpy()
    decimals = np.full(len(close), MOST_DECIMALS)
    for digits in range(MOST_DECIMALS - 1, -1, -1):
        whole = np.abs(close - np.round(close, digits)) <= 1e-12 * np.abs(close)
        decimals[whole] = digits
    most = pd.Series(decimals).groupby(bars["symbol"].to_numpy()).cummax().to_numpy()
    return 10.0 ** -most.astype(np.float64)


def _pegged(bars: pd.DataFrame) -> NDArray[np.bool_]:
    """Whether each bar's symbol was pegged by then: entered on strict bounds, left on looser ones."""
    grouped = bars["move"].groupby(bars["series"])
    known = grouped.transform(lambda moves: moves.rolling(PEG_WINDOW, min_periods=SHORTEST).count())
    zero = bars["move"].abs().lt(1e-12).where(bars["move"].notna()).astype(float)
    zeros = zero.groupby(bars["series"]).transform(
        lambda share: share.rolling(PEG_WINDOW, min_periods=SHORTEST).mean()
    )
    spread = grouped.transform(lambda moves: moves.rolling(PEG_WINDOW, min_periods=SHORTEST).std())
    ratio = spread / spread.groupby(bars["place"]).transform("median")
    enter = (zeros > PEG_ENTER_ZEROS) | (ratio < PEG_ENTER_RATIO)
    leave = (zeros < PEG_LEAVE_ZEROS) & ((ratio > PEG_LEAVE_RATIO) | ratio.isna())
    state = pd.Series(np.where(enter, 1.0, np.where(leave, 0.0, np.nan)), index=bars.index)
    state = state.where(known.notna()).groupby(bars["series"]).ffill()
    pegged: NDArray[np.bool_] = state.fillna(0.0).to_numpy() > 0
    return pegged
