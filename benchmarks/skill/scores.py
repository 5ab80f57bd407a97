"""The losses of a block: of the pick, of what it is judged against and of every recipe, on the same rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.skill.due_forecasts import DueForecasts
from morrow import metrics

Array = NDArray[np.float64]
PICK, EWMA, GARCH, BEST = "pick", "ewma", "gjr_garch", "best_baseline"


@dataclass(frozen=True)
class Scores:
    """N forecasts of H steps, scored.

    Attributes:
        symbol, session, unit, actual: as :class:`Asked` has them.
        quantiles: (N, H, Q) of the pick.
        judged: (N, H) losses by role: pick, ewma, gjr_garch, best_baseline.
        models: (N, H) losses by recipe.
        known: (N, H) bool: what counts: not pegged, the outcome known, every judged forecast usable.
        squared: (2, N, H) squared error of the pick's mean and of the last price, quote currency.
        invalid: of the pick's forecasts, delivered or owed, outcome known or not.
        best: the baseline that was best on the select sessions.
    """

    symbol: NDArray[np.str_]
    session: NDArray[np.datetime64]
    unit: Array
    actual: Array
    quantiles: NDArray[np.float32]
    judged: Mapping[str, Array]
    models: Mapping[str, Array]
    known: NDArray[np.bool_]
    squared: Array
    invalid: int
    best: str


def score(
    due: DueForecasts,
    judged: Mapping[str, NDArray[np.float32]],
    models: Mapping[str, NDArray[np.float32]],
    levels: Sequence[float],
    best: str,
) -> Scores:
    """Score what was answered on the eligible rows, and the fallback on the others.

    Args:
        due: N forecasts.
        judged: (E, H, Q) by role.
        models: (E, H, Q) by recipe.
        levels: Q.
        best: the name of the best baseline.
    """
    grid = np.asarray(levels, dtype=np.float64)
    answers = due.fill_fallback(judged[PICK])
    pick = answers.astype(np.float64)
    losses = {role: compute_losses(due, quantiles, grid) for role, quantiles in judged.items()}
    wrong = unusable(pick, due.close)
    known = np.isfinite(due.actual) & ~due.pegged[:, None] & ~wrong
    for loss in losses.values():
        known &= np.isfinite(loss)
    realised = due.close[:, None] * np.exp(due.actual)
    mean = due.close[:, None] * metrics.growth(pick, grid)
    return Scores(
        symbol=due.symbol,
        session=due.session,
        unit=due.unit,
        actual=due.actual,
        quantiles=answers,
        judged=losses,
        models={name: compute_losses(due, quantiles, grid) for name, quantiles in models.items()},
        known=known,
        squared=np.stack([(mean - realised) ** 2, (due.close[:, None] - realised) ** 2]),
        invalid=int(wrong.sum()),
        best=best,
    )


def unusable(quantiles: Array, close: Array) -> NDArray[np.bool_]:
    """Forecasts that are missing, not finite, out of order or of a price that is not positive: (N, H).

    Args:
        quantiles: (N, H, Q) log returns; NaN where there is no answer.
        close: (N,) quote currency.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        price = close[:, None, None] * np.exp(quantiles)
        crossing = (np.diff(quantiles, axis=-1) < 0).any(axis=-1)
    return np.asarray(crossing | ~(np.isfinite(price) & (price > 0)).all(axis=-1))


def compute_losses(due: DueForecasts, quantiles: NDArray[np.float32], levels: Array) -> Array:
    """Pinball of the log return, mean over levels: (N, H)."""
    whole = due.fill_fallback(quantiles).astype(np.float64)
    return np.asarray(metrics.pinball(whole, due.actual, levels).mean(axis=-1))
