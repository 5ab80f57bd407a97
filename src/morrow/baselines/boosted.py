"""Gradient-boosted quantiles of scikit-learn, kept as arrays of tree nodes rather than as objects.

Three levels a step are boosted; the others are placed between and beyond them in the proportions of
the pooled quantiles.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingRegressor

from morrow.baselines import placed
from morrow.config import BoostedRecipe

Array = NDArray[np.float64]
REALS = ("value", "num_threshold")
FIELDS = (*REALS, "feature_idx", "left", "right", "is_leaf", "missing_go_to_left")
MOVES = 100  # more than the depth of any tree here


def fit(
    features: NDArray[np.float32],
    scaled: NDArray[np.float32],
    levels: Array,
    recipe: BoostedRecipe,
    seed: int,
) -> dict[str, NDArray[Any]]:
    """Trees for each step and boosted level.

    Args:
        features: (R, F), NaN allowed.
        scaled: (R, H) returns in units of volatility, NaN where unknown.
        levels: (Q,) ascending.
        recipe: rows drawn, trees, leaves and rate.
        seed: of the draw.

    Returns:
        arrays by name; ``STEP.ANCHOR.FIELD`` is (trees, nodes), and ``shape`` (H, Q) holds the pooled
        quantiles that place the other levels.
    """
    draw = np.random.default_rng(seed)
    chosen = np.sort(draw.permutation(len(features))[: recipe.rows])
    features, drawn = features[chosen], scaled[chosen]
    pooled = np.nanquantile(scaled.astype(np.float64), levels, axis=0).T  # (H, Q)
    arrays: dict[str, NDArray[Any]] = {"shape": pooled}
    for step in range(scaled.shape[1]):
        known = np.isfinite(drawn[:, step])
        for anchor, column in enumerate(placed.anchors(levels)):
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
            arrays |= {f"{step}.{anchor}.{name}": value for name, value in nodes(booster).items()}
    return arrays


def nodes(booster: HistGradientBoostingRegressor) -> dict[str, NDArray[Any]]:
    """A booster's trees as (trees, nodes) arrays, padded with leaves of value 0, and its start value."""
    trees = [predictors[0].nodes for predictors in booster._predictors]  # noqa: SLF001 (no public face)
    size = max(len(tree) for tree in trees)
    found: dict[str, NDArray[Any]] = {}
    for name in FIELDS:
        table = np.zeros((len(trees), size), dtype=np.float64 if name in REALS else np.int64)
        for row, tree in enumerate(trees):
            table[row, : len(tree)] = tree[name]
        found[name] = table
    found["start"] = np.asarray(booster._baseline_prediction, dtype=np.float64).reshape(-1)  # noqa: SLF001
    return found


def walk(trees: Mapping[str, NDArray[Any]], features: NDArray[np.float32]) -> Array:
    """What the booster would predict: (R, F) -> (R,). An unknown feature goes where the tree says."""
    values = features.astype(np.float64)
    total = np.full(len(values), float(trees["start"][0]))
    rows = np.arange(len(values))
    for tree in range(len(trees["value"])):
        node = np.zeros(len(values), dtype=np.int64)
        for _ in range(MOVES):
            inner = trees["is_leaf"][tree, node] == 0
            if not inner.any():
                break
            asked = values[rows, trees["feature_idx"][tree, node]]
            unknown = np.isnan(asked) & (trees["missing_go_to_left"][tree, node] == 1)
            goes_left = (asked <= trees["num_threshold"][tree, node]) | unknown
            child = np.where(goes_left, trees["left"][tree, node], trees["right"][tree, node])
            node = np.where(inner, child, node)
        total += trees["value"][tree, node]
    return total


def answer(
    arrays: Mapping[str, NDArray[Any]], features: NDArray[np.float32], levels: Array
) -> NDArray[np.float32]:
    """Scaled quantiles in order: (R, F) -> (R, H, Q)."""
    pooled = arrays["shape"]
    result = np.empty((len(features), *pooled.shape))
    for step, quantiles in enumerate(pooled):
        ends = np.array([walk(_of(arrays, f"{step}.{anchor}."), features) for anchor in range(3)])
        result[:, step] = placed.spread(ends, quantiles, levels)
    return result.astype(np.float32)


def _of(arrays: Mapping[str, NDArray[Any]], prefix: str) -> dict[str, NDArray[Any]]:
    return {name.removeprefix(prefix): value for name, value in arrays.items() if name.startswith(prefix)}
