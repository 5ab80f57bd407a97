"""What a walk comes to: skills, coverages and the rest of the line, from the scores of its blocks."""

from collections import Counter
from collections.abc import Sequence
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.skill.scores import BEST, EWMA, GARCH, PICK, Scores

Array = NDArray[np.float64]
THIRDS = 3


def figures(blocks: Sequence[Scores]) -> dict[str, Any]:
    """Every figure of a universe but its seconds.

    Skills, coverages and gaps are fractions; ``models`` are mean pinballs of the log return on the same
    rows, of the recipes that answered every block. A figure that cannot be had is None.
    """
    known = _joined([each.known for each in blocks])
    losses = {role: _joined([each.judged[role] for each in blocks]) for role in (PICK, EWMA, GARCH, BEST)}
    symbol, session = _joined([each.symbol for each in blocks]), _joined([each.session for each in blocks])
    rows = np.nonzero(known)
    mean = {role: _mean(loss[known]) for role, loss in losses.items()}
    by_symbol = [_by(symbol[rows[0]], losses[role][known]) for role in (PICK, GARCH)]
    names = Counter(each.best for each in blocks)
    most = max(names.values())
    return {
        "sessions": len(np.unique(session[rows[0]])),
        "symbols": len(np.unique(symbol[rows[0]])),
        "rows": int(known.sum()),
        "skill_vs_ewma": skill(mean[PICK], mean[EWMA]),
        "skill_vs_gjr_garch": skill(mean[PICK], mean[GARCH]),
        "skill_vs_best_baseline": skill(mean[PICK], mean[BEST]),
        "best_baseline": next(each.best for each in reversed(blocks) if names[each.best] == most),
        "dm_p_vs_gjr_garch": diebold_mariano(
            _by(session[rows[0]], (losses[PICK] - losses[GARCH])[known]), known.shape[1]
        ),
        "skill_by_step": [
            skill(_mean(losses[PICK][on, step]), _mean(losses[GARCH][on, step]))
            for step, on in enumerate(known.T)
        ],
        "skill_by_symbol_geomean": _geometric(*by_symbol),
        **_coverage(blocks, known),
        "invalid_forecasts": sum(each.invalid for each in blocks),
        "rel_mse": _relative(blocks, known, symbol),
        "models": _models(blocks, known),
    }


def skill(loss: float | None, reference: float | None) -> float | None:
    """1 − loss / reference; None where either is unknown or the reference is zero."""
    return None if loss is None or not reference else 1 - loss / reference


def diebold_mariano(differences: Array, horizon: int) -> float | None:
    """Probability of a mean this low or lower if there were no difference: one-sided, HAC variance.

    Args:
        differences: (D,) loss less the other's, by date.
        horizon: steps ahead; the Bartlett kernel reaches at least ``horizon - 1`` dates back.

    Returns:
        None with fewer dates than 10; 1 where there is no difference at all.

    Source: Diebold & Mariano (1995), JBES 13(3); Newey & West (1987, 1994).
    """
    count = len(differences)
    if count < 10:
        return None
    lags = min(max(horizon - 1, int(4 * (count / 100) ** (2 / 9))), count - 1)
    centred = differences - differences.mean()
    variance = float(centred @ centred) / count
    for lag in range(1, lags + 1):
        variance += 2 * (1 - lag / (lags + 1)) * float(centred[lag:] @ centred[:-lag]) / count
    if variance <= 0:
        return 1.0 if differences.mean() >= 0 else 0.0
    return NormalDist().cdf(float(differences.mean()) / (variance / count) ** 0.5)


def worst_gap(hits: Array, known: NDArray[np.bool_], unit: Array, share: float) -> float | None:
    """Largest distance of a coverage from its share over steps and thirds of volatility.

    Args:
        hits: (N, H) of 0 or 1.
        known: (N, H) what counts.
        unit: (N,) volatility at the cutoff; thirds are of the forecasts that count and have one.
        share: of the interval.
    """
    counted = np.flatnonzero(known.any(axis=1) & np.isfinite(unit))
    order = counted[np.argsort(unit[counted], kind="stable")]
    found = [
        abs(float(hits[third, step][on].mean()) - share)
        for third in np.array_split(order, THIRDS)
        for step in range(hits.shape[1])
        if (on := known[third, step]).any()
    ]
    return max(found, default=None)


def _coverage(blocks: Sequence[Scores], known: NDArray[np.bool_]) -> dict[str, float | None]:
    found: dict[str, float | None] = dict.fromkeys(("coverage_80", "coverage_90", "coverage_95"))
    unit, gaps = _joined([each.unit for each in blocks]), []
    for share in blocks[0].hits:
        hits = _joined([each.hits[share] for each in blocks])
        found[f"coverage_{share * 100:.0f}"] = _mean(hits[known])
        if share != 0.90:
            gaps.append(worst_gap(hits, known, unit, share))
    usable = [gap for gap in gaps if gap is not None]
    return found | {"worst_coverage_gap_by_step_and_volatility": max(usable, default=None)}


def _relative(blocks: Sequence[Scores], known: NDArray[np.bool_], symbol: NDArray[np.str_]) -> float | None:
    """Squared error of the mean over that of the last price: ratio by symbol, geometric mean."""
    squared = np.concatenate([each.squared for each in blocks], axis=1)
    names = symbol[np.nonzero(known)[0]]
    gain = _geometric(_by(names, squared[0][known]), _by(names, squared[1][known]))
    return None if gain is None else 1 - gain


def _models(blocks: Sequence[Scores], known: NDArray[np.bool_]) -> dict[str, float | None]:
    names = [name for name in blocks[-1].models if all(name in each.models for each in blocks)]
    found = {name: _mean(_joined([each.models[name] for each in blocks])[known]) for name in names}
    return dict(sorted(found.items(), key=lambda each: (each[1] is None, each[1] or 0.0)))


def _geometric(loss: Array, reference: Array) -> float | None:
    """1 − the geometric mean of the ratios; None where no ratio is a positive number."""
    usable = (loss > 0) & (reference > 0)
    return 1 - float(np.exp(np.log(loss[usable] / reference[usable]).mean())) if usable.any() else None


def _by(names: NDArray[Any], values: Array) -> Array:
    """Mean of the values of each name, names in order."""
    _, code = np.unique(names, return_inverse=True)
    return np.bincount(code, weights=values) / np.bincount(code)


def _mean(values: Array) -> float | None:
    return float(values.mean()) if len(values) and np.isfinite(values).all() else None


def _joined(parts: Sequence[NDArray[Any]]) -> NDArray[Any]:
    return np.concatenate(list(parts))
