"""Linear quantile regression by scikit-learn on the networks' features, stored as coefficients.

Three levels of each step are regressed on a random sample of rows, because the linear programme takes a
minute for 30,000 of them. The other levels are placed in the proportions of the pooled quantiles.

Source: Koenker & Bassett (1978), Econometrica 46(1).
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from morrow.baselines.anchors import anchor_columns, place_levels
from morrow.baselines.base import Answer, Array, Baseline, FitSettings, Parts, Rows, pooled_quantiles
from morrow.recipes import baseline

if TYPE_CHECKING:
    from morrow.fitted_model import FittedModel
    from morrow.panel import Panel

SCALING = ("center", "spread", "low", "high")


@baseline()
class LinearRecipe(Baseline):
    """Linear quantile regression of scikit-learn on the networks' features.

    Levels are placed as of `boosted`; the linear programme takes a minute at 30,000 rows.
    """

    reads_features: ClassVar[bool] = True

    kind: Literal["linear"]
    rows: int = Field(2_000, ge=100, le=50_000, description="fit rows drawn at random, seeded")
    l1: float = Field(1e-3, ge=0, description="penalty on absolute coefficients")

    def fit(self, panel: "Panel", rows: Rows, settings: FitSettings) -> Parts:
        """Regress on a random sample of the rows."""
        features, scaled = panel.features[rows], panel.scale_targets(rows)
        return {}, fit_coefficients(features, scaled, settings.levels, self, settings.seed)

    def answer(self, model: "FittedModel", panel: "Panel", rows: Rows) -> Answer:
        """Quantiles specific to each row, in units of its EWMA volatility."""
        levels = np.asarray(model.document["forecast"]["levels"])
        return predict_quantiles(model.arrays, panel.features[rows], levels), panel.compute_scale(rows)


def fit_coefficients(
    features: NDArray[np.float32],
    scaled: NDArray[np.float32],
    levels: Array,
    recipe: LinearRecipe,
    seed: int,
) -> dict[str, NDArray[Any]]:
    """Fit the coefficients of each step and anchor level.

    Args:
        features: (R, F), NaN allowed.
        scaled: (R, H) returns in units of volatility, NaN where unknown.
        levels: (Q,) ascending.
        recipe: number of sampled rows, and penalty.
        seed: of the sample.

    Returns:
        ``coefficients`` (H, 3, 1 + F) with the intercept first, ``shape`` (H, Q) of the pooled quantiles,
        and the scaling of the features, each (F,).
    """
    from sklearn.linear_model import QuantileRegressor  # noqa: PLC0415 (takes a second)

    from morrow.features import Scaling  # noqa: PLC0415 (imports scikit-learn; takes a second)

    chosen = np.sort(np.random.default_rng(seed).permutation(len(features))[: recipe.rows])
    scaling = Scaling.fit(features[np.isfinite(features).all(axis=1)])
    inputs, drawn = scaling.apply(features[chosen]).astype(np.float64), scaled[chosen]
    columns = anchor_columns(levels)
    coefficients = np.empty((scaled.shape[1], len(columns), 1 + features.shape[1]))
    for step in range(scaled.shape[1]):
        known = np.isfinite(drawn[:, step])
        for anchor, column in enumerate(columns):
            model = QuantileRegressor(quantile=float(levels[column]), alpha=recipe.l1, solver="highs")
            model.fit(inputs[known], drawn[known, step])
            coefficients[step, anchor] = [model.intercept_, *model.coef_]
    fitted_scaling = {name: np.asarray(getattr(scaling, name)) for name in SCALING}
    return fitted_scaling | {"coefficients": coefficients, "shape": pooled_quantiles(scaled, levels)}


def predict_quantiles(
    arrays: Mapping[str, NDArray[Any]], features: NDArray[np.float32], levels: Array
) -> NDArray[np.float32]:
    """Scaled quantiles in order: (R, F) -> (R, H, Q)."""
    from morrow.features import Scaling  # noqa: PLC0415 (imports scikit-learn; takes a second)

    inputs = Scaling(**{name: arrays[name] for name in SCALING}).apply(features).astype(np.float64)
    steps = []
    for weights, pooled in zip(arrays["coefficients"], arrays["shape"], strict=True):
        ends = weights[:, :1] + weights[:, 1:] @ inputs.T  # (3, R)
        steps.append(place_levels(ends, pooled, levels))
    return np.stack(steps, axis=1).astype(np.float32)
