"""Boosted quantiles against scikit-learn."""

from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingRegressor

from morrow.baselines import boosted
from morrow.baselines.boosted import BoostedRecipe

NINE = np.array([0.025, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.975])


def booster(missing: bool = False) -> tuple[HistGradientBoostingRegressor, NDArray[np.float32]]:
    """A small fitted booster and the features it was fitted on."""
    draw = np.random.default_rng(5)
    features = draw.standard_normal((600, 4)).astype(np.float32)
    target = features[:, 0] * np.abs(features[:, 1]) + draw.standard_normal(600)
    if missing:
        features[draw.random((600, 4)) < 0.15] = np.nan
    options = {"max_iter": 15, "max_leaf_nodes": 6, "learning_rate": 0.2, "early_stopping": False}
    return HistGradientBoostingRegressor(loss="quantile", quantile=0.9, **options).fit(
        features, target
    ), features


@pytest.mark.parametrize("missing", [False, True], ids=["complete", "with-unknowns"])
def test_walking_the_trees_is_predicting(missing: bool) -> None:
    """The trees as arrays answer what scikit-learn's booster predicts, on rows seen and unseen."""
    model, features = booster(missing)
    unseen = np.random.default_rng(6).standard_normal((200, 4)).astype(np.float32)
    for rows in (features, unseen, unseen * 100):
        assert boosted.predict(boosted.tree_nodes(model), rows) == pytest.approx(model.predict(rows))


def test_unknown_features_walk_where_scikit_learn_sends_them() -> None:
    """Also a feature that was always known in training may be unknown when asked."""
    model, features = booster()
    holes = features[:100].copy()
    holes[::2, 0] = np.nan
    holes[::3, 2] = np.nan
    assert boosted.predict(boosted.tree_nodes(model), holes) == pytest.approx(model.predict(holes))


@cache
def learned(
    levels: tuple[float, ...] = tuple(NINE),
) -> tuple[dict[str, NDArray[np.generic]], NDArray[np.float32]]:
    """Boosted quantiles of returns whose spread is a feature."""
    draw = np.random.default_rng(7)
    features = draw.uniform(0.5, 2.0, (2000, 2)).astype(np.float32)
    scaled = (features[:, :1] * draw.standard_normal((2000, 2))).astype(np.float32)
    scaled[:5, 1] = np.nan
    recipe = BoostedRecipe(kind="boosted", rows=1500, trees=40, rate=0.1)
    return boosted.fit_trees(features, scaled, np.array(levels), recipe, 1), features


def test_boosted_quantiles_follow_the_spread() -> None:
    """Where the feature says that the spread is wide, the forecast interval is wide."""
    arrays, features = learned()
    answer = boosted.predict_quantiles(arrays, features, NINE)
    assert answer.shape == (2000, 2, 9)
    assert (np.diff(answer, axis=-1) >= 0).all()
    width = answer[:, 0, 6] - answer[:, 0, 2]
    wide, narrow = features[:, 0] > 1.8, features[:, 0] < 0.7
    assert width[wide].mean() / width[narrow].mean() == pytest.approx(1.9 / 0.6, rel=0.25)


def test_other_levels_keep_the_pooled_proportions() -> None:
    """A level between or beyond the boosted ones lies as far from the median as among all returns."""
    arrays, features = learned()
    answer = boosted.predict_quantiles(arrays, features[:3], NINE).astype(np.float64)
    pooled = arrays["shape"].astype(np.float64)
    for step in range(2):
        share = (pooled[step, 8] - pooled[step, 4]) / (pooled[step, 6] - pooled[step, 4])
        found = (answer[:, step, 8] - answer[:, step, 4]) / (answer[:, step, 6] - answer[:, step, 4])
        assert found == pytest.approx(np.full(3, share), rel=1e-4)


@pytest.mark.parametrize("levels", [(0.5, 0.7, 0.9), (0.1, 0.3, 0.5), (0.4, 0.5, 0.6)])
def test_boosted_levels_may_be_anywhere(levels: tuple[float, ...]) -> None:
    """The median may be the first or the last level; quantiles are finite and in order all the same."""
    arrays, features = learned(levels)
    answer = boosted.predict_quantiles(arrays, features[:50], np.array(levels))
    assert np.isfinite(answer).all()
    assert (np.diff(answer, axis=-1) >= 0).all()


def test_boosted_survives_returns_that_are_mostly_zero() -> None:
    """Where most returns are zero the anchors coincide, and quantiles are still finite and in order."""
    draw = np.random.default_rng(8)
    features = draw.standard_normal((500, 2)).astype(np.float32)
    scaled = np.where(draw.random((500, 1)) < 0.95, 0, draw.standard_normal((500, 1))).astype(np.float32)
    recipe = BoostedRecipe(kind="boosted", rows=500, trees=3)
    answer = boosted.predict_quantiles(boosted.fit_trees(features, scaled, NINE, recipe, 1), features, NINE)
    assert np.isfinite(answer).all()
    assert (np.diff(answer, axis=-1) >= 0).all()


def test_the_draw_of_rows_is_seeded() -> None:
    """The same seed draws the same rows and grows the same trees."""
    one, two = learned()[0], learned.__wrapped__()[0]
    assert one.keys() == two.keys()
    assert all(one[name].tobytes() == two[name].tobytes() for name in one)
