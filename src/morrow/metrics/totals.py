"""All metrics of one model: totals, and the same by step, symbol, year and volatility."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from morrow.metrics.coverage import terciles
from morrow.metrics.directions import direction_hits
from morrow.metrics.distributions import (
    Array,
    crps,
    growth,
    inside,
    interval_score,
    median,
    pinball,
    width,
)

THIRDS = ("calm", "middle", "wild")  # of the rows, by volatility at the cutoff
SHARES = (80, 90, 95)  # central intervals, percent
MEASURES = (
    "pinball", "crps", "mse", "rmse", "mae", "rel_mse", "rel_mae", "mase", "directional_accuracy",
    *(f"{name}_{share}" for share in SHARES for name in ("coverage", "width", "interval_score")),
)  # fmt: skip


@dataclass(frozen=True)
class Outcomes:
    """Outcomes to score: R rows (one symbol at one cutoff) × H steps.

    Attributes:
        symbol: (R,) names.
        close: (R,) last price at the cutoff, quote currency.
        scale: (R,) mean absolute one-session price change of the row's symbol before the scored
            sessions, on the last price's share basis: the denominator of MASE, quote currency.
        actual: (R, H) log returns from cutoff to target, NaN where unknown.
        year: (R,) year of the cutoff; None for no table by year.
        volatility: (R,) at the cutoff, any unit comparable across symbols; None for no table by volatility.
    """

    symbol: NDArray[np.str_]
    close: Array
    scale: Array
    actual: Array
    year: NDArray[np.int64] | None = None
    volatility: Array | None = None


def evaluate(quantiles: Array, outcomes: Outcomes, levels: Sequence[float]) -> dict[str, object]:
    """Compute all metrics of one model: totals, and the same by step, symbol, year and volatility.

    Args:
        quantiles: (R, H, Q) of the log return.
        outcomes: of the same R rows and H steps.
        levels: Q probabilities.

    Returns:
        The totals of :func:`measures`, ``by_step`` (a list, steps 1..H) and the mappings ``by_symbol``,
        ``by_year`` and ``by_volatility`` (terciles of the rows: calm, middle, wild), the last two where
        ``outcomes`` has them.
    """
    grid = np.asarray(levels, dtype=np.float64)
    known = np.isfinite(outcomes.actual)  # (R, H)
    result: dict[str, object] = dict(_measure_where(quantiles, outcomes, grid, known))
    result["by_step"] = [
        _measure_where(quantiles, outcomes, grid, known & (np.arange(known.shape[1]) == step))
        for step in range(known.shape[1])
    ]
    for key, labels in _labels(outcomes).items():
        names, code = np.unique(labels, return_inverse=True)
        result[key] = {
            str(name): _measure_where(quantiles, outcomes, grid, known & (code == index)[:, None])
            for index, name in enumerate(names)
        }
    return result


def _labels(outcomes: Outcomes) -> dict[str, NDArray[Any]]:
    """Label of each row in each table: (R,) by table name."""
    labels: dict[str, NDArray[Any]] = {"by_symbol": outcomes.symbol}
    if outcomes.year is not None:
        labels["by_year"] = outcomes.year
    if outcomes.volatility is not None:
        labels["by_volatility"] = np.asarray(THIRDS)[terciles(outcomes.volatility)]
    return labels


def _measure_where(
    quantiles: Array, outcomes: Outcomes, levels: Array, mask: NDArray[np.bool_]
) -> dict[str, float | None]:
    rows, steps = np.nonzero(mask)
    return measures(
        quantiles[rows, steps].astype(np.float64),
        outcomes.actual[rows, steps].astype(np.float64),
        levels,
        outcomes.symbol[rows],
        outcomes.close[rows],
        outcomes.scale[rows],
    )


def measures(
    quantiles: Array, actual: Array, levels: Array, symbol: NDArray[np.str_], close: Array, scale: Array
) -> dict[str, float | None]:
    """Compute the totals over N scored rows (symbol, session, step).

    Args:
        quantiles: (N, Q) of the log return.
        actual: (N,) log returns.
        levels: (Q,).
        symbol: (N,) names; price-unit measures are ratios per symbol, then averaged over symbols.
        close: (N,) last price, quote currency.
        scale: (N,) denominator of MASE, quote currency.

    Returns:
        Pinball loss (log return), crps/mse/rmse/mae (quote currency), rel_mse and rel_mae (ratio to the
        last price, geometric mean over symbols), mase, directional_accuracy, coverage, width and interval
        score (log return) of the central 80, 90 and 95 %, and the number of rows. A metric that cannot be
        computed is None.
    """
    if not len(actual):
        return dict.fromkeys(MEASURES) | {"rows": 0}
    realised = close * np.exp(actual)
    mean_error = close * growth(quantiles, levels) - realised
    median_error = close * np.exp(median(quantiles, levels)) - realised
    last_error = close - realised
    squared, absolute = mean_error**2, np.abs(median_error)
    return {
        "pinball": float(pinball(quantiles, actual, levels).mean()),
        "crps": float(crps(close[:, None] * np.exp(quantiles), realised, levels).mean()),
        "mse": float(squared.mean()),
        "rmse": float(np.sqrt(squared.mean())),
        "mae": float(absolute.mean()),
        "rel_mse": _geometric_mean_ratio(symbol, squared, last_error**2),
        "rel_mae": _geometric_mean_ratio(symbol, absolute, np.abs(last_error)),
        "mase": _mean_of_known(absolute / scale),
        "directional_accuracy": float(direction_hits(median(quantiles, levels), actual).mean()),
        **_intervals(quantiles, actual, levels),
        "rows": len(actual),
    }


def _intervals(quantiles: Array, actual: Array, levels: Array) -> dict[str, float | None]:
    """Mean coverage, width and interval score of the central intervals over the rows."""
    means: dict[str, float | None] = {}
    for percent in SHARES:
        share = percent / 100
        means[f"coverage_{percent}"] = _mean_or_none(inside(quantiles, actual, levels, share))
        means[f"width_{percent}"] = _mean_or_none(width(quantiles, levels, share))
        means[f"interval_score_{percent}"] = _mean_or_none(interval_score(quantiles, actual, levels, share))
    return means


def _mean_or_none(values: Array | None) -> float | None:
    return None if values is None else float(values.mean())


def _mean_by_symbol(symbol: NDArray[np.str_], values: Array) -> Array:
    _, code = np.unique(symbol, return_inverse=True)
    return np.bincount(code, weights=values) / np.bincount(code)


def _mean_of_known(values: Array) -> float | None:
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else None


def _geometric_mean_ratio(symbol: NDArray[np.str_], loss: Array, reference: Array) -> float | None:
    """Geometric mean over symbols of the ratio of mean losses."""
    top, bottom = _mean_by_symbol(symbol, loss), _mean_by_symbol(symbol, reference)
    usable = (top > 0) & (bottom > 0)
    return float(np.exp(np.log(top[usable] / bottom[usable]).mean())) if usable.any() else None
