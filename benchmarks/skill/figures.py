"""Results of a walk: skills, coverages and the rest of the line, from the scores of its blocks."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.skill.scores import BEST, EWMA, GARCH, PICK, Scores
from morrow import metrics

Array = NDArray[np.float64]
SHARES = (0.80, 0.90, 0.95)
JUDGED_SHARES = (0.80, 0.95)  # of the worst gap


def compute_figures(blocks: Sequence[Scores], levels: Sequence[float]) -> dict[str, Any]:
    """Every figure of a universe but its seconds.

    Skills, coverages and gaps are fractions; ``models`` are mean pinballs of the log return on the same
    rows, of the recipes that answered every block. A figure that cannot be had is None.
    """
    known = _join([each.known for each in blocks])
    losses = {
        role: np.where(known, _join([each.judged[role] for each in blocks]), np.nan)
        for role in (PICK, EWMA, GARCH, BEST)
    }
    symbol, session = _join([each.symbol for each in blocks]), _join([each.session for each in blocks])
    names = symbol[np.nonzero(known)[0]]
    mean = {role: _mean(loss[known]) for role, loss in losses.items()}
    best = Counter(each.best for each in reversed(blocks))  # of equals the last comes first
    return {
        "sessions": len(np.unique(session[known.any(axis=1)])),
        "symbols": len(np.unique(names)),
        "rows": int(known.sum()),
        **{f"skill_vs_{role}": metrics.skill(mean[PICK], mean[role]) for role in (EWMA, GARCH, BEST)},
        "best_baseline": best.most_common(1)[0][0],
        "dm_p_vs_gjr_garch": diebold_mariano(losses[PICK], losses[GARCH], session),
        "skill_by_step": [
            metrics.skill(_mean(losses[PICK][on, step]), _mean(losses[GARCH][on, step]))
            for step, on in enumerate(known.T)
        ],
        "skill_by_symbol_geomean": metrics.skill_geomean(losses[PICK][known], losses[GARCH][known], names),
        **_coverage(blocks, known, np.asarray(levels)),
        "invalid_forecasts": sum(each.invalid for each in blocks),
        "rel_mse": _relative(blocks, known, names),
        "models": _models(blocks, known),
    }


def diebold_mariano(losses: Array, others: Array, session: NDArray[np.datetime64]) -> float | None:
    """One-sided p of losses (N, H) being lower than others, by date; NaN where not scored.

    None with fewer than ten dates; 1 where nothing differs.
    """
    date = session.astype("datetime64[D]").astype(np.int64)
    mine, theirs = metrics.loss_by_date(losses, date), metrics.loss_by_date(others, date)
    if len(mine) < 10:
        return None
    p = metrics.diebold_mariano(mine, theirs, metrics.lags(losses.shape[1], len(mine)))[1]
    return float(p) if np.isfinite(p) else 1.0


def _coverage(blocks: Sequence[Scores], known: NDArray[np.bool_], levels: Array) -> dict[str, float | None]:
    quantiles = _join([each.quantiles for each in blocks])
    actual = np.where(known, _join([each.actual for each in blocks]), np.nan)
    hits = {share: metrics.inside(quantiles, actual, levels, share) for share in SHARES}
    unit = _join([each.unit for each in blocks])
    counted = known.any(axis=1) & np.isfinite(unit)
    third = np.full(len(unit), -1)
    third[counted] = metrics.terciles(unit[counted])
    gap = metrics.worst_coverage_gap(quantiles, actual, levels, third, JUDGED_SHARES)
    covered = {
        f"coverage_{share * 100:.0f}": None if hit is None else _mean(hit[known])
        for share, hit in hits.items()
    }
    return covered | {"worst_coverage_gap_by_step_and_volatility": gap}


def _relative(blocks: Sequence[Scores], known: NDArray[np.bool_], names: NDArray[np.str_]) -> float | None:
    """Squared error of the mean over that of the last price: ratio by symbol, geometric mean."""
    mean, last = (np.concatenate([each.squared[place] for each in blocks])[known] for place in (0, 1))
    gain = metrics.skill_geomean(mean, last, names)
    return None if gain is None else 1 - gain


def _models(blocks: Sequence[Scores], known: NDArray[np.bool_]) -> dict[str, float]:
    """Mean pinball of the recipes that answered every block, lowest first."""
    result = {
        name: _mean(_join([each.models[name] for each in blocks])[known])
        for name in blocks[-1].models
        if all(name in each.models for each in blocks)
    }
    usable = {name: loss for name, loss in result.items() if loss is not None}
    return dict(sorted(usable.items(), key=lambda each: each[1]))


def _mean(values: Array) -> float | None:
    return float(values.mean()) if len(values) and np.isfinite(values).all() else None


def _join(parts: Sequence[NDArray[Any]]) -> NDArray[Any]:
    return np.concatenate(list(parts))
