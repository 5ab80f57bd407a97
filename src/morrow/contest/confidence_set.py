"""How sure one sample is of each recipe: the model confidence set, and errors of mean losses."""

import numpy as np
import pandas as pd

from morrow import metrics

RESAMPLES = 1_000
SEED = 20


def measure_confidence(losses: pd.DataFrame, horizon: int) -> dict[str, float]:
    """The p-value with which each recipe leaves the model confidence set; the set of level a has p > a.

    The statistic is the largest t over pairs of recipes, by the moving-block bootstrap, whose blocks are as
    long as daily losses of overlapping forecasts depend on each other. Recipes of the same losses to a
    millionth stand and fall together.

    Args:
        losses: (T dates, recipes) mean loss of a date, in time order.
        horizon: sessions ahead of the longest forecast.

    Source: Hansen, Lunde & Nason (2011), Econometrica 79(2); arch.bootstrap.MCS.
    """
    groups = _group_equals(losses)
    if len(groups) == 1 or len(losses) < 2 * horizon + 2:
        return dict.fromkeys(losses.columns, 1.0)
    from arch.bootstrap import MCS  # noqa: PLC0415 (statsmodels: seconds)

    block = max(2 * horizon, round(len(losses) ** (1 / 3)))
    test = MCS(
        losses[list(groups)].to_numpy(np.float64),
        size=0.05,
        reps=RESAMPLES,
        block_size=min(block, len(losses) // 2),
        method="R",
        bootstrap="moving block",
        seed=SEED,
    )
    test.compute()
    names = list(groups)
    by_place = test.pvalues["Pvalue"].to_dict()
    return {other: float(by_place[names.index(name)]) for name in names for other in groups[name]}


def measure_errors(losses: pd.DataFrame, horizon: int) -> dict[str, float]:
    """Standard error of each recipe's mean loss against the field's median recipe of each date.

    The median takes out what makes a date hard for all, so a recipe that does as most do has a small error,
    and one that stands apart a large one. With HAC variance over dates; 0 where nothing differs, or where
    fewer than two dates tell nothing.

    Args:
        losses: (T dates, recipes) mean loss of a date, in time order.
        horizon: sessions ahead of the longest forecast.
    """
    apart = losses.sub(losses.median(axis=1), axis=0).to_numpy(np.float64)
    if len(apart) < 2:
        return dict.fromkeys(losses.columns, 0.0)
    lags = metrics.lags(horizon, len(apart))
    variances = np.maximum(metrics.long_run_variances(apart, lags), 0.0)
    errors = np.sqrt(variances / len(apart))
    return {name: float(error) for name, error in zip(losses.columns, errors, strict=True)}


def _group_equals(losses: pd.DataFrame) -> dict[str, list[str]]:
    """Recipes by the first one whose losses are theirs: equal columns have no variance to test with."""
    groups: dict[str, list[str]] = {}
    for name in losses.columns:
        twin = next(
            (first for first in groups if np.allclose(losses[first], losses[name], rtol=1e-6, atol=0)), None
        )
        groups.setdefault(twin or name, []).append(name)
    return groups
