"""How stored forecasts did: matured closes joined to them, on the cutoff's share basis. Pure."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from morrow import metrics
from morrow.frames import SCORES, quantile_column

Array = NDArray[np.float64]


def score(forecasts: pd.DataFrame, prices: pd.DataFrame, levels: Sequence[float]) -> pd.DataFrame:
    """Score the forecasts whose target session has a bar.

    ``realised`` is the target's close on the cutoff's share basis, splits undone and dividends paid in
    between included. The pinball loss is that of the log return from the cutoff's close, mean over the
    levels that the row has; ``in_80`` and ``in_95`` are empty where the interval's levels are not there.

    Args:
        forecasts: rows of the ``forecasts`` table.
        prices: rows of the ``prices`` table, one a bar.
        levels: quantile levels, each in (0, 1); one whose column is absent or empty is not counted.

    Returns:
        A ``scores`` frame in the order of ``forecasts``. Rows without a bar at the cutoff or the target,
        or without a median, are not in it.
    """
    bars = prices[["universe", "symbol", "session", "close"]].assign(
        factor=prices["split_factor"] * prices["dividend_factor"]
    )
    rows = forecasts.merge(bars, on=["universe", "symbol", "session"])
    rows = rows.merge(
        bars.rename(columns={"session": "cutoff"}),
        on=["universe", "symbol", "cutoff"],
        suffixes=("", "_cutoff"),
    )
    rows = rows[_quantiles(rows, (0.5,))[:, 0] > 0]
    realised = (rows["close"] * rows["factor"] / rows["factor_cutoff"]).to_numpy(np.float64)  # (N,)
    median = _quantiles(rows, (0.5,))[:, 0]  # (N,)
    scores = rows.assign(
        realised=realised,
        pinball=_log_pinball(rows, realised, levels),
        in_80=_inside(rows, realised, (0.1, 0.9)),
        in_95=_inside(rows, realised, (0.025, 0.975)),
        abs_error=np.abs(realised - median),
    )
    return scores[SCORES.names].reset_index(drop=True)


def _log_pinball(rows: pd.DataFrame, realised: Array, levels: Sequence[float]) -> Array:
    """Loss of the log return since the cutoff, mean over levels; (N,)."""
    base = rows["close_cutoff"].to_numpy(np.float64)  # (N,)
    quantiles = np.log(_quantiles(rows, levels) / base[:, None])  # (N, Q)
    loss = metrics.pinball(quantiles, np.log(realised / base), np.asarray(levels, np.float64))  # (N, Q)
    return np.nanmean(loss, axis=1) if len(loss) else np.empty(0)


def _inside(rows: pd.DataFrame, realised: Array, ends: tuple[float, float]) -> pd.Series:
    """Whether ``realised`` lies between two levels, both included; empty where one is not there."""
    low, high = _quantiles(rows, ends).T
    answer = pd.Series((low <= realised) & (realised <= high), index=rows.index, dtype="boolean")
    return answer.mask(np.isnan(low) | np.isnan(high))


def _quantiles(rows: pd.DataFrame, levels: Sequence[float]) -> Array:
    """Quote currency, (N, Q); NaN where a level is not there."""
    names = [quantile_column(level) for level in levels]
    return rows.reindex(columns=names).to_numpy(np.float64, na_value=np.nan)
