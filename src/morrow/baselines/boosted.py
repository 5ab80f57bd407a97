"""Gradient-boosted quantiles from scikit-learn, stored as arrays of tree nodes rather than as objects.

Three levels of each step are boosted. The others are placed between and beyond them in the proportions of
the pooled quantiles.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from morrow.baselines.anchors import anchor_columns, place_levels
from morrow.baselines.base import (
    Answer,
    Array,
    Baseline,
    FitSettings,
    Parts,
    Rows,
    pooled_quantiles,
    with_prefix_removed,
)
from morrow.recipes import baseline

if TYPE_CHECKING:
    from sklearn.ensemble import HistGradientBoostingRegressor

    from morrow.fitted_model import FittedModel
    from morrow.panel import Panel

REALS = ("value", "num_threshold")
FIELDS = (*REALS, "feature_idx", "left", "right", "is_leaf", "missing_go_to_left")
MOVES = 100  # more than the depth of any tree here


@baseline()
class BoostedRecipe(Baseline):
    """Gradient-boosted quantiles of scikit-learn on the networks' features.

    Three levels per step are boosted, the others placed in the proportions of the pooled quantiles.
    """

    reads_features: ClassVar[bool] = True

    kind: Literal["boosted"]
    rows: int = Field(20_000, ge=100, description="fit rows drawn at random, seeded")
    trees: int = Field(60, ge=1, description="rounds of boosting")
    leaves: int = Field(8, ge=2, description="of a tree, at most")
    rate: float = Field(0.06, gt=0, description="learning rate")

    def fit(self, panel: "Panel", rows: Rows, settings: FitSettings) -> Parts:
        """Boost on a random sample of the rows."""
        return {}, fit_trees(
            panel.features[rows], panel.scale_targets(rows), settings.levels, self, settings.seed
        )

    def answer(self, model: "FittedModel", panel: "Panel", rows: Rows) -> Answer:
        """Quantiles specific to each row, in units of its EWMA volatility."""
        levels = np.asarray(model.document["forecast"]["levels"])
        return predict_quantiles(model.arrays, panel.features[rows], levels), panel.compute_scale(rows)


def fit_trees(
    features: NDArray[np.float32],
    scaled: NDArray[np.float32],
    levels: Array,
    recipe: BoostedRecipe,
    seed: int,
) -> dict[str, NDArray[Any]]:
    """Fit the trees of each step and boosted level.

    Args:
        features: (R, F), NaN allowed.
        scaled: (R, H) returns in units of volatility, NaN where unknown.
        levels: (Q,) ascending.
        recipe: numbers of sampled rows, trees and leaves, and the learning rate.
        seed: of the sample.

    Returns:
        arrays by name; ``STEP.ANCHOR.FIELD`` is (trees, nodes), and ``shape`` (H, Q) holds the pooled
        quantiles that place the other levels.
    """
    from sklearn.ensemble import HistGradientBoostingRegressor  # noqa: PLC0415 (takes a second)

    draw = np.random.default_rng(seed)
    chosen = np.sort(draw.permutation(len(features))[: recipe.rows])
    features, drawn = features[chosen], scaled[chosen]
    arrays: dict[str, NDArray[Any]] = {"shape": pooled_quantiles(scaled, levels)}
    for step in range(scaled.shape[1]):
        known = np.isfinite(drawn[:, step])
        for anchor, column in enumerate(anchor_columns(levels)):
            booster = HistGradientBoostingRegressor(
                loss="quantile",
                quantile=float(levels[column]),
                learning_rate=recipe.rate,
                max_iter=recipe.trees,
                max_leaf_nodes=recipe.leaves,
                min_samples_leaf=50,
                early_stopping=False,
                random_state=seed,
            ).fit(features[known], drawn[known, step])
            arrays |= {f"{step}.{anchor}.{name}": value for name, value in tree_nodes(booster).items()}
    return arrays


def tree_nodes(booster: "HistGradientBoostingRegressor") -> dict[str, NDArray[Any]]:
    """Export a booster's trees as (trees, nodes) arrays, padded with zero-valued leaves, and its baseline."""
    trees = [predictors[0].nodes for predictors in booster._predictors]  # noqa: SLF001 (no public API)
    size = max(len(tree) for tree in trees)
    tables: dict[str, NDArray[Any]] = {}
    for name in FIELDS:
        table = np.zeros((len(trees), size), dtype=np.float64 if name in REALS else np.int64)
        for row, tree in enumerate(trees):
            table[row, : len(tree)] = tree[name]
        tables[name] = table
    tables["start"] = np.asarray(booster._baseline_prediction, dtype=np.float64).reshape(-1)  # noqa: SLF001
    return tables


def predict(trees: Mapping[str, NDArray[Any]], features: NDArray[np.float32]) -> Array:
    """Predict as the booster would: (R, F) -> (R,). A missing feature follows the branch the tree stores."""
    values = features.astype(np.float64)
    total = np.full(len(values), float(trees["start"][0]))
    rows = np.arange(len(values))
    for tree in range(len(trees["value"])):
        node = np.zeros(len(values), dtype=np.int64)
        for _ in range(MOVES):
            inner = trees["is_leaf"][tree, node] == 0
            if not inner.any():
                break
            value = values[rows, trees["feature_idx"][tree, node]]
            unknown = np.isnan(value) & (trees["missing_go_to_left"][tree, node] == 1)
            goes_left = (value <= trees["num_threshold"][tree, node]) | unknown
            child = np.where(goes_left, trees["left"][tree, node], trees["right"][tree, node])
            node = np.where(inner, child, node)
        total += trees["value"][tree, node]
    return total


def predict_quantiles(
    arrays: Mapping[str, NDArray[Any]], features: NDArray[np.float32], levels: Array
) -> NDArray[np.float32]:
    """Scaled quantiles in order: (R, F) -> (R, H, Q)."""
    pooled = arrays["shape"]
    result = np.empty((len(features), *pooled.shape))
    for step, quantiles in enumerate(pooled):
        trees = (with_prefix_removed(arrays, f"{step}.{anchor}.") for anchor in range(3))
        ends = np.array([predict(each, features) for each in trees])
        result[:, step] = place_levels(ends, quantiles, levels)
    return result.astype(np.float32)
