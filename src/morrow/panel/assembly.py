"""Assemble a panel from a prices frame: bars with features, targets and eligibility."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from morrow import features
from morrow.config import Forecast, Time
from morrow.errors import HistoryError
from morrow.membership import Membership
from morrow.panel.bars import SHORTEST, adjust_bars, find_pegged, measure_day_variance
from morrow.panel.panel import Panel
from morrow.panel.targets import compute_targets, find_final_prices
from morrow.panel.time_parts import part_length


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
        time: sizes of the parts, before which features are selected.
        tick: the source's smallest price step; if None, inferred from the decimals of the prices.
        names: features to compute, whatever the bars support; by default the selected ones that they support.
        select: names and groups of features to choose from, on the sessions before the last four parts.
        members: membership as known at the cutoff; by default every symbol with a bar is a member.

    Raises:
        HistoryError: there are no bars.
        ConfigError: a selected feature is unknown, or the bars support none.
    """
    if prices.empty:
        raise HistoryError("no prices are known; ingest first, or choose a later as_of")
    former = members.former_names() if members else {}
    # Symbols are ordered by their first names, so that a rename moves no row.
    first = _first_names(former, set(prices["symbol"].unique()))
    prices = prices.assign(symbol=prices["symbol"].replace(first)) if first else prices
    axis = sessions.union(pd.DatetimeIndex(prices["session"].unique())).to_numpy("datetime64[D]")
    bars = adjust_bars(prices, axis, forecast.max_gap, tick)
    dropped: dict[str, str] = {}
    if names is None:
        names, dropped = features.select_features(select, _early_bars(bars, len(axis), forecast, time))
    first_names, code = np.unique(bars["symbol"].to_numpy(str), return_inverse=True)
    newest = {old: new for new, old in first.items()}
    symbols = tuple(newest.get(name, name) for name in first_names.tolist())
    return Panel(
        symbols=symbols,
        sessions=axis,
        names=names,
        symbol=code,
        **_describe_rows(bars, names, symbols, code, axis, forecast, members),
        former=former,
        outsiders=members.outsiders(symbols, pd.Timestamp(axis[-1])) if members else {},
        dropped=dropped,
    )


def _describe_rows(
    bars: pd.DataFrame,
    names: tuple[str, ...],
    symbols: tuple[str, ...],
    code: NDArray[np.int64],
    axis: NDArray[np.datetime64],
    forecast: Forecast,
    members: Membership | None,
) -> dict[str, Any]:
    """The panel's arrays by name, one row per bar."""
    session, series, unit = (bars[name].to_numpy() for name in ("session_index", "series", "unit"))
    close, adjusted = bars["raw_close"].to_numpy(), bars["close"].to_numpy()
    position = bars.groupby("series").cumcount().to_numpy().astype(np.int64)
    pegged = find_pegged(bars)
    member = np.ones(len(bars), bool)
    if members is not None:
        member = members.member_mask(symbols, code, axis[session].astype("datetime64[us]"))
    values = features.compute(bars.assign(member=member), names)
    known = np.isfinite(values).all(axis=1) & np.isfinite(unit)
    reach = _count_known(known, position, series)
    finals = find_final_prices(members, symbols, axis, code, session, adjusted, close)
    old_enough = (reach >= forecast.window) & (position + 1 >= SHORTEST)
    return {
        "session": session,
        "series": series,
        "position": position,
        "reach": reach,
        "close": close,
        "adjusted": adjusted,
        "unit": unit,
        "day_variance": measure_day_variance(bars),
        "features": values,
        "target": compute_targets(code, session, adjusted, len(axis), forecast.horizon, finals),
        "pegged": pegged,
        "member": member,
        "eligible": known & ~pegged & member & old_enough,
    }


def _first_names(former: Mapping[str, tuple[str, ...]], taken: AbstractSet[str]) -> dict[str, str]:
    """Map each renamed symbol's newest name to its oldest, unless another symbol now uses that one."""
    return {new: names[0] for new, names in former.items() if names[0] not in taken}


def _early_bars(bars: pd.DataFrame, sessions: int, forecast: Forecast, time: Time) -> pd.DataFrame:
    """Bars before the last four parts of time, used to select features; all bars of a short history."""
    end = sessions - 4 * (part_length(sessions, time) + forecast.horizon)
    early = bars[bars["session_index"] < end]
    return bars if early.empty else early


def _count_known(
    known: NDArray[np.bool_], position: NDArray[np.int64], series: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Bars of the series since the first with all features known, -1 before it: (R,)."""
    start = pd.Series(np.where(known, position, np.iinfo(np.int64).max)).groupby(series).transform("min")
    reach: NDArray[np.int64] = np.maximum(position - start.to_numpy(), -1)
    return reach
