"""Score stored forecasts against the closes of their target sessions, on the cutoff's share basis."""

import operator
from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from morrow import metrics
from morrow.frames import SCORES, quantile_column, read_basis
from morrow.membership import Membership
from morrow.membership.spells import to_records

Array = NDArray[np.float64]

_BASIS_BARS = 5  # up to the cutoff, whose closes tell another basis from a corrected bar


def score(
    forecasts: pd.DataFrame,
    prices: pd.DataFrame,
    levels: Sequence[float],
    members: Membership | None = None,
    revisions: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Score the forecasts whose target session has a bar, or lies after the end of their symbol.

    ``realised`` is the target's close on the share basis of the cutoff (of the last bar before it, where
    the forecast stands on that), splits undone and dividends paid in between included. Once the calendar has
    reached the target of a symbol whose end is declared and that has no later bar, its close is the terminal
    value, or without one the last close. The pinball loss is that of the log return from the cutoff's
    close, mean over the levels that the row has; ``in_80`` and ``in_95`` are empty where the interval's
    levels are not there. Where the whole history has been put on another basis since the forecast was made,
    ``realised`` stays on the basis of the forecast.

    Args:
        forecasts: rows of the ``forecasts`` table.
        prices: rows of the ``prices`` table, one per bar, with the symbol names of ``members``.
        levels: quantile levels, each in (0, 1); one whose column is absent or empty is not counted.
        members: which symbols were renamed, and which ended; none by default.
        revisions: rows of the ``revisions`` table; none by default.

    Returns:
        A ``scores`` frame in the order of ``forecasts``. Rows without a bar at the cutoff, without one at
        the target while their symbol is not known to have ended, or without a median, are not in it.
    """
    bars = prices[["universe", "symbol", "session", "close"]].assign(
        factor=prices["split_factor"] * prices["dividend_factor"]
    )
    rows = forecasts.assign(name=forecasts["symbol"], basis=read_basis(forecasts))
    if members is not None:
        rows["name"] = members.newest_names(rows["symbol"], rows["cutoff"])
    rows = rows.merge(
        bars.rename(columns={"session": "basis", "symbol": "name"}), on=["universe", "name", "basis"]
    ).merge(
        bars.rename(columns={"symbol": "name"}),
        how="left",
        on=["universe", "name", "session"],
        suffixes=("_cutoff", ""),
    )
    rows = _with_ends(rows, bars, members)
    rows = rows[rows["close"].notna()]
    rows = rows[_quantiles(rows, (0.5,))[:, 0] > 0]
    median = _quantiles(rows, (0.5,))[:, 0]  # (N,)
    realised = (rows["close"] * rows["factor"] / rows["factor_cutoff"]).to_numpy(np.float64)  # (N,)
    realised = realised * _basis_ratio(rows, bars, revisions, members, median)
    scores = rows.assign(
        realised=realised,
        pinball=_log_pinball(rows, realised, levels),
        in_80=_inside(rows, realised, (0.1, 0.9)),
        in_95=_inside(rows, realised, (0.025, 0.975)),
        abs_error=np.abs(realised - median),
    )
    return scores[SCORES.names].reset_index(drop=True)


def move_targets(forecasts: pd.DataFrame, sessions: pd.DatetimeIndex) -> pd.DataFrame:
    """Move targets that turned out to be no sessions to the ones so many steps after their cutoff.

    A calendar that did not reach them yet, or that was changed since, guessed them.

    Args:
        forecasts: rows of the ``forecasts`` table.
        sessions: of the universe as known now, ascending. Targets after the last of them stay as they are.

    Returns:
        The same rows, some with another ``session``.
    """
    days = sessions.to_numpy("datetime64[us]")
    target, cutoff = (forecasts[name].to_numpy("datetime64[us]") for name in ("session", "cutoff"))
    index = np.searchsorted(days, cutoff) + forecasts["step"].to_numpy(np.int64)
    wrong = (target <= days[-1]) & ~np.isin(target, days) & np.isin(cutoff, days) & (index < len(days))
    moved = np.where(wrong, days[np.minimum(index, len(days) - 1)], target)
    return forecasts.assign(session=moved)


def _with_ends(rows: pd.DataFrame, bars: pd.DataFrame, members: Membership | None) -> pd.DataFrame:
    """Fill in the final price where a symbol ended before the target, and mark these rows as ended."""
    rows["ended"] = False
    ends = [] if members is None else to_records(members.ends())
    for end in ends:
        own = bars[(bars["symbol"] == end["symbol"]) & (bars["session"] <= end["to"])]
        if own.empty:
            continue
        last = own.iloc[-1]
        after = (rows["session"] > last["session"]) & (rows["session"] <= bars["session"].max())
        ended = (rows["name"] == end["symbol"]) & rows["close"].isna() & after & (rows["cutoff"] <= end["to"])
        price = last["close"] if pd.isna(end["terminal"]) else end["terminal"]
        rows.loc[ended, ["close", "factor"]] = [price, last["factor"]]
        rows.loc[ended, "ended"] = True
    return rows


def _basis_ratio(
    rows: pd.DataFrame,
    bars: pd.DataFrame,
    revisions: pd.DataFrame | None,
    members: Membership | None,
    median: Array,
) -> Array:
    """Closes known when each forecast was made over those known now: (N,), 1 where no basis has changed.

    One corrected bar is no other basis: the ratio is the median over the last bars. A revision of the
    cutoff's own day may have come before the forecast or after it, which the forecast's median shows.
    """
    ratio = np.ones(len(rows))
    if revisions is None or not (revisions["field"] == "close").any():
        return ratio
    closes = revisions[revisions["field"] == "close"].sort_values("known_at", kind="stable")
    if members is not None:
        closes = closes.assign(symbol=members.newest_names(closes["symbol"], closes["session"]))
    names, basis, cutoff = (rows[name].to_numpy() for name in ("name", "basis", "cutoff"))
    for name in set(names) & set(closes["symbol"]):
        history = bars.loc[bars["symbol"] == name, ["session", "close"]]
        own = closes[closes["symbol"] == name]
        for at in np.flatnonzero(names == name):
            last = history[history["session"] <= basis[at]].tail(_BASIS_BARS)
            later, known = (
                _measure_move(last, own[keep(own["known_at"], cutoff[at])])
                for keep in (operator.gt, operator.ge)
            )
            now = float(last["close"].iloc[-1])
            nearer = abs(np.log(median[at] / now / known)) < abs(np.log(median[at] / now / later))
            ratio[at] = known if nearer else later
    return ratio


def _measure_move(last: pd.DataFrame, revisions: pd.DataFrame) -> float:
    """Median ratio of the closes of bars before some revisions to those now."""
    was = revisions.drop_duplicates("session").set_index("session")["was"]
    before = last["session"].map(was).fillna(last["close"])
    return float(np.median(before / last["close"]))


def _log_pinball(rows: pd.DataFrame, realised: Array, levels: Sequence[float]) -> Array:
    """Loss of the log return since the cutoff, mean over levels; (N,)."""
    base = rows["close_cutoff"].to_numpy(np.float64)  # (N,)
    quantiles = np.log(_quantiles(rows, levels) / base[:, None])  # (N, Q)
    loss = metrics.pinball(quantiles, np.log(realised / base), np.asarray(levels, np.float64))  # (N, Q)
    return np.nanmean(loss, axis=1) if len(loss) else np.empty(0)


def _inside(rows: pd.DataFrame, realised: Array, ends: tuple[float, float]) -> pd.Series:
    """Whether ``realised`` lies between two levels, both included; empty where a level is missing."""
    low, high = _quantiles(rows, ends).T
    inside = pd.Series((low <= realised) & (realised <= high), index=rows.index, dtype="boolean")
    return inside.mask(np.isnan(low) | np.isnan(high))


def _quantiles(rows: pd.DataFrame, levels: Sequence[float]) -> Array:
    """Quote currency, (N, Q); NaN where a level is missing."""
    names = [quantile_column(level) for level in levels]
    return rows.reindex(columns=names).to_numpy(np.float64, na_value=np.nan)
