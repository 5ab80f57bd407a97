"""Linear quantile regression of scikit-learn on the networks' features, kept as coefficients.

Three levels a step are regressed on a draw of the rows, for the linear programme takes a minute at 30,000
of them; the other levels are placed in the proportions of the pooled quantiles.

Source: Koenker & Bassett (1978), Econometrica 46(1).
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import QuantileRegressor

from morrow.baselines import placed
from morrow.config import LinearRecipe
from morrow.features import Scaling

Array = NDArray[np.float64]
SCALING = ("center", "spread", "low", "high")


def fit(
    features: NDArray[np.float32],
    scaled: NDArray[np.float32],
    levels: Array,
    recipe: LinearRecipe,
    seed: int,
) -> dict[str, NDArray[Any]]:
    """Coefficients of each step and anchor.

    Args:
        features: (R, F), NaN allowed.
        scaled: (R, H) returns in units of volatility, NaN where unknown.
        levels: (Q,) ascending.
        recipe: rows drawn and penalty.
        seed: of the draw.

    Returns:
        ``coefficients`` (H, 3, 1 + F) with the intercept first, ``shape`` (H, Q) of the pooled quantiles,
        and the scaling of the features, each (F,).
    """
    chosen = np.sort(np.random.default_rng(seed).permutation(len(features))[: recipe.rows])
    scaling = Scaling.fit(features[np.isfinite(features).all(axis=1)])
    inputs, drawn = scaling.apply(features[chosen]).astype(np.float64), scaled[chosen]
    columns = placed.anchors(levels)
    coefficients = np.empty((scaled.shape[1], len(columns), 1 + features.shape[1]))
    for step in range(scaled.shape[1]):
        known = np.isfinite(drawn[:, step])
        for anchor, column in enumerate(columns):
            model = QuantileRegressor(quantile=float(levels[column]), alpha=recipe.l1, solver="highs")
            model.fit(inputs[known], drawn[known, step])
            coefficients[step, anchor] = [model.intercept_, *model.coef_]
    found = {name: np.asarray(getattr(scaling, name)) for name in SCALING}
    pooled = np.nanquantile(scaled.astype(np.float64), levels, axis=0).T
    return found | {"coefficients": coefficients, "shape": pooled}


def answer(
    arrays: Mapping[str, NDArray[Any]], features: NDArray[np.float32], levels: Array
) -> NDArray[np.float32]:
    """Scaled quantiles in order: (R, F) -> (R, H, Q)."""
    inputs = Scaling(**{name: arrays[name] for name in SCALING}).apply(features).astype(np.float64)
    steps = []
    for weights, pooled in zip(arrays["coefficients"], arrays["shape"], strict=True):
        ends = weights[:, :1] + weights[:, 1:] @ inputs.T  # (3, R)
        steps.append(placed.spread(ends, pooled, levels))
    return np.stack(steps, axis=1).astype(np.float32)
