"""The record of scored forecasts: share inside each interval, and mean loss, of rows of the scores table."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

MEANS = {"pinball": "pinball", "in_80": "in_80", "in_95": "in_95"}


def average_scores(scores: pd.DataFrame, by: str | None = None) -> pd.DataFrame:
    """Means of the scores, in all or by a column.

    Args:
        scores: rows of the ``scores`` table.
        by: a column of it; None for one row over everything.

    Returns:
        rows (count), pinball (log return), in_80 and in_95 (fractions, NaN where no row has the interval);
        indexed by the column.
    """
    numbers = scores[list(MEANS)].astype("float64").assign(rows=1)
    groups = numbers.groupby(scores[by].to_numpy() if by else pd.Series("all", index=scores.index).to_numpy())
    return groups.agg({"rows": "sum", **dict.fromkeys(MEANS, "mean")})


def describe_window(scores: pd.DataFrame) -> str:
    """Of how many forecasts, made at which cutoffs, a mean of scores is."""
    first, last = scores["cutoff"].min(), scores["cutoff"].max()
    return f"{len(scores):,} scored forecasts, cutoffs {first:%Y-%m-%d} to {last:%Y-%m-%d}"


def sum_up(scores: pd.DataFrame) -> Mapping[str, Any] | None:
    """The means over all rows, with their number and window; None without a row."""
    if scores.empty:
        return None
    means = average_scores(scores).iloc[0]
    return {str(name): float(value) for name, value in means.items()} | {"window": describe_window(scores)}
