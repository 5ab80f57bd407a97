"""How forecasts are judged: pure statistics of quantiles against what happened, and their means."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from morrow.errors import ShapeError

Array = NDArray[np.float64]


def pinball(quantiles: Array, actual: Array, levels: Array) -> Array:
    """Quantile loss of each forecast quantile against what happened.

    Args:
        quantiles: (..., Q), any unit, non-decreasing along the last axis.
        actual: (...), same unit.
        levels: (Q,), each in (0, 1).

    Returns:
        (..., Q), same unit, never negative; its mean over a dense grid of levels is half the CRPS.

    Raises:
        ShapeError: ``quantiles`` does not end in ``len(levels)``.

    Source: Koenker & Bassett (1978), Econometrica 46(1).
    """
    if quantiles.shape != (*actual.shape, len(levels)):
        raise ShapeError(
            f"quantiles have shape {quantiles.shape}; {actual.shape} outcomes and {len(levels)} levels "
            f"need {(*actual.shape, len(levels))}"
        )
    error = actual[..., None] - quantiles
    return np.maximum(levels * error, (levels - 1) * error)


def crps(quantiles: Array, actual: Array, levels: Array) -> Array:
    """Continuous ranked probability score: twice the trapezoid integral of pinball over the levels.

    Args and errors as :func:`pinball`. Returns (...), same unit.

    Source: Gneiting & Ranjan (2011), JBES 29(3), equation 13 with a uniform weight.
    """
    return np.asarray(2 * np.trapezoid(pinball(quantiles, actual, levels), levels, axis=-1))


def inside(quantiles: Array, actual: Array, levels: Array, share: float) -> Array | None:
    """Whether each outcome lies in the central interval of the given probability: (...) of 0 or 1.

    None where the levels do not hold both ends of that interval.
    """
    ends = [_position(levels, (1 - share) / 2), _position(levels, (1 + share) / 2)]
    if ends[0] is None or ends[1] is None:
        return None
    low, high = quantiles[..., ends[0]], quantiles[..., ends[1]]
    return ((low <= actual) & (actual <= high)).astype(np.float64)


def median(quantiles: Array, levels: Array) -> Array:
    """The column of level 0.5: (..., Q) -> (...)."""
    middle: Array = quantiles[..., int(np.argmin(np.abs(levels - 0.5)))]
    return middle


def growth(quantiles: Array, levels: Array) -> Array:
    """Expected price over last price, from quantiles of the log return: (..., Q) -> (...).

    The quantile function is taken as linear in price between levels and flat beyond the outermost.
    """
    price = np.exp(quantiles)
    middle = np.trapezoid(price, levels, axis=-1)
    return np.asarray(middle + price[..., 0] * levels[0] + price[..., -1] * (1 - levels[-1]))


def probability_down(quantiles: Array, levels: Array) -> Array:
    """Probability of a negative return, linear between levels: (N, Q) -> (N,).

    Beyond the outermost levels it stays at the outermost; a jump at zero is split evenly.
    """
    below = (quantiles < 0).sum(axis=-1)
    upto = (quantiles <= 0).sum(axis=-1)
    return (_level_at_zero(quantiles, levels, below) + _level_at_zero(quantiles, levels, upto)) / 2


def _level_at_zero(quantiles: Array, levels: Array, count: NDArray[np.int64]) -> Array:
    """Level at which the quantile function crosses zero, given how many quantiles lie before it."""
    right = np.clip(count, 1, len(levels) - 1)
    rows = np.arange(len(quantiles))
    low, high = quantiles[rows, right - 1], quantiles[rows, right]
    span = np.where(high > low, high - low, 1.0)
    share = np.clip(np.where(high > low, -low / span, count > right), 0.0, 1.0)
    return levels[right - 1] + share * (levels[right] - levels[right - 1])


def direction_hits(forecast: Array, actual: Array) -> Array:
    """1 where the sign was right, 0 where wrong, one half where forecast or outcome is no change."""
    return (1 + np.sign(forecast) * np.sign(actual)) / 2


def brier(probabilities: Array, outcome: NDArray[np.int64]) -> Array:
    """Squared distance of class probabilities (N, K) from the class that happened (N,): (N,), 0 to 2.

    Source: Brier (1950), Monthly Weather Review 78(1), equation 2.
    """
    happened = np.eye(probabilities.shape[1])[outcome]
    return np.asarray(np.square(probabilities - happened).sum(axis=1))


def log_loss(probabilities: Array, outcome: NDArray[np.int64]) -> Array:
    """Minus the log of the probability (N, K) given to the class that happened (N,): (N,), nats.

    A probability counts as at least 1e-12, so that one mistaken certainty does not decide everything.
    """
    chosen = probabilities[np.arange(len(outcome)), outcome]
    return np.asarray(-np.log(np.maximum(chosen, 1e-12)))


@dataclass(frozen=True)
class Outcomes:
    """What is scored: R rows (a symbol at a cutoff) × H steps.

    Attributes:
        symbol: (R,) names.
        close: (R,) last price at the cutoff, quote currency.
        scale: (R,) mean absolute one-session price change of the row's symbol before the scored
            sessions, over the last price's share basis: the denominator of MASE, quote currency.
        actual: (R, H) log returns from cutoff to target, NaN where not known.
    """

    symbol: NDArray[np.str_]
    close: Array
    scale: Array
    actual: Array


def evaluate(quantiles: Array, outcomes: Outcomes, levels: Sequence[float]) -> dict[str, object]:
    """Every measure of one model: totals, and the same by step and by symbol.

    Args:
        quantiles: (R, H, Q) of the log return.
        outcomes: on the same R rows and H steps.
        levels: Q probabilities.

    Returns:
        the totals of :func:`measures`, ``by_step`` (a list, steps 1..H) and ``by_symbol`` (a mapping).
    """
    grid = np.asarray(levels, dtype=np.float64)
    known = np.isfinite(outcomes.actual)  # (R, H)
    result: dict[str, object] = dict(_on(quantiles, outcomes, grid, known))
    result["by_step"] = [
        _on(quantiles, outcomes, grid, known & (np.arange(known.shape[1]) == step))
        for step in range(known.shape[1])
    ]
    result["by_symbol"] = {
        str(name): _on(quantiles, outcomes, grid, known & (outcomes.symbol == name)[:, None])
        for name in np.unique(outcomes.symbol)
    }
    return result


def _on(
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
    """The totals over N scored rows (symbol, session, step).

    Args:
        quantiles: (N, Q) of the log return.
        actual: (N,) log returns.
        levels: (Q,).
        symbol: (N,) names; price-unit measures are ratios per symbol, then averaged over symbols.
        close: (N,) last price, quote currency.
        scale: (N,) denominator of MASE, quote currency.

    Returns:
        pinball (log return), crps/mse/rmse/mae (quote currency), rel_mse and rel_mae (ratio to the last
        price, geometric mean over symbols), mase, directional_accuracy,
        coverage_80, coverage_95, rows. A measure that cannot be computed is None.
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
        "rel_mse": _ratio(symbol, squared, last_error**2),
        "rel_mae": _ratio(symbol, absolute, np.abs(last_error)),
        "mase": _mean(absolute / scale),
        "directional_accuracy": float(direction_hits(median(quantiles, levels), actual).mean()),
        "coverage_80": _share(inside(quantiles, actual, levels, 0.80)),
        "coverage_95": _share(inside(quantiles, actual, levels, 0.95)),
        "rows": len(actual),
    }


MEASURES = (
    "pinball", "crps", "mse", "rmse", "mae", "rel_mse", "rel_mae", "mase",
    "directional_accuracy", "coverage_80", "coverage_95",
)  # fmt: skip


def skill(loss: float | None, reference: float | None) -> float | None:
    """1 − loss / reference, a fraction; None where either is unknown or the reference is zero."""
    return None if loss is None or not reference else 1 - loss / reference


def _position(levels: Array, level: float) -> int | None:
    found = np.flatnonzero(np.abs(levels - level) < 1e-9)
    return int(found[0]) if len(found) else None


def _share(hits: Array | None) -> float | None:
    return None if hits is None else float(hits.mean())


def _per_symbol(symbol: NDArray[np.str_], values: Array) -> Array:
    _, code = np.unique(symbol, return_inverse=True)
    return np.bincount(code, weights=values) / np.bincount(code)


def _mean(values: Array) -> float | None:
    """Mean of what is known."""
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else None


def _ratio(symbol: NDArray[np.str_], loss: Array, reference: Array) -> float | None:
    top, bottom = _per_symbol(symbol, loss), _per_symbol(symbol, reference)
    usable = (top > 0) & (bottom > 0)
    return float(np.exp(np.log(top[usable] / bottom[usable]).mean())) if usable.any() else None
