"""The simple forecasters, by hand and against scikit-learn and arch."""

import warnings
from functools import cache

import numpy as np
import pytest
from arch.univariate import GARCH, StudentsT, ZeroMean
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingRegressor

from morrow.baselines import boosted, ewma, garch, placed, unconditional
from morrow.config import BoostedRecipe
from morrow.errors import HistoryError

Array = NDArray[np.float64]

LEVELS = np.array([0.1, 0.5, 0.9])
NINE = np.array([0.025, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.975])
PARAMETERS = np.array([2e-6, 0.03, 0.08, 0.9, 6.0, 2e-6 / 0.03])  # omega, alpha, gamma, beta, nu, mean square


def clustered(sessions: int, seed: int = 0) -> Array:
    """GJR-GARCH returns with Student t shocks."""
    draw = np.random.default_rng(seed)
    omega, alpha, gamma, beta = PARAMETERS[:4]
    variance, returns = omega / (1 - alpha - gamma / 2 - beta), np.empty(sessions)
    for step in range(sessions):
        returns[step] = np.sqrt(variance) * draw.standard_t(6) * np.sqrt(4 / 6)
        variance = omega + (alpha + gamma * (returns[step] < 0)) * returns[step] ** 2 + beta * variance
    return returns


# --- ewma ---


def test_ewma_quantiles_by_hand() -> None:
    """The quantiles of 0..10 are 1, 5 and 9, whatever is unknown beside them."""
    scaled = np.full((13, 2), np.nan, dtype=np.float32)
    scaled[:11, 0] = np.arange(11)
    scaled[2:, 1] = 10 * np.arange(11)
    found = ewma.fit(scaled, LEVELS)
    assert found == pytest.approx(np.array([[1, 5, 9], [10, 50, 90]]))
    assert ewma.answer(found, 4) == pytest.approx(np.tile(found, (4, 1, 1)))


def test_ewma_needs_a_return_for_every_step() -> None:
    """A step on which no return is known is an error, not a quantile of nothing."""
    scaled = np.ones((5, 2), dtype=np.float32)
    scaled[:, 1] = np.nan
    with pytest.raises(HistoryError, match="bring more history"):
        ewma.fit(scaled, LEVELS)


# --- unconditional ---


def test_unconditional_quantiles_by_hand() -> None:
    """A symbol with sixty returns has its own quantiles; one with fewer, and a stranger, have the pooled."""
    returns = np.concatenate([np.linspace(0, 1, 101), np.linspace(5, 6, 59)])[:, None].astype(np.float32)
    code = np.repeat([0, 1], [101, 59])
    table = unconditional.fit(code, 2, returns, LEVELS)
    assert table.shape == (3, 1, 3)
    assert table[0, 0] == pytest.approx(LEVELS, abs=1e-6)
    pooled = np.quantile(returns, LEVELS)
    assert table[1, 0] == pytest.approx(pooled)
    assert table[2, 0] == pytest.approx(pooled)


def test_unconditional_counts_known_returns_only() -> None:
    """Sixty rows of which one is unknown are not sixty returns."""
    returns = np.ones((60, 1), dtype=np.float32)
    returns[0] = np.nan
    own, other = returns, np.full((60, 1), 3, dtype=np.float32)
    table = unconditional.fit(np.repeat([0, 1], 60), 2, np.concatenate([own, other]), LEVELS)
    assert table[0].tolist() == table[2].tolist()
    assert table[1].ravel().tolist() == [3, 3, 3]


def test_trailing_fallback_by_hand() -> None:
    """A price that grows by a fixed rate has h times that rate as every quantile of h sessions."""
    found = unconditional.trailing(np.exp(0.01 * np.arange(70)), 2, LEVELS)
    assert found == pytest.approx(np.array([[0.01] * 3, [0.02] * 3]), rel=1e-5)
    jump = unconditional.trailing(np.array([1.0] * 30 + [np.e] * 31), 1, np.array([0.5, 1.0]))
    assert jump.tolist() == [[0.0, 1.0]]


def test_trailing_fallback_looks_back_750_sessions() -> None:
    """What lies more than 750 sessions and a horizon back has no say."""
    wild = np.where(np.arange(1000) % 2, 1.0, 5.0)
    calm = np.ones(752)
    assert not unconditional.trailing(np.concatenate([wild, calm]), 2, LEVELS).any()
    assert unconditional.trailing(np.concatenate([wild, calm[:-3]]), 2, np.array([0.0, 1.0])).any()


# --- gjr-garch-t ---


@pytest.mark.parametrize("horizon", [1, 5])
def test_garch_recursion_against_a_loop(horizon: int) -> None:
    """The filtered variance is the recursion, step by step, and steps ahead are its expectation."""
    returns = clustered(60)
    returns[0] = np.nan
    omega, alpha, gamma, beta, _, mean = PARAMETERS
    variance = mean
    found = garch.volatility(returns, PARAMETERS, horizon)
    for bar, move in enumerate(returns):
        news = (alpha + gamma / 2) * mean if np.isnan(move) else (alpha + gamma * (move < 0)) * move**2
        variance = omega + news + beta * variance
        total, ahead = 0.0, variance
        for step in range(horizon):
            total += ahead
            assert found[bar, step] == pytest.approx(np.sqrt(total))
            ahead = omega + (alpha + gamma / 2 + beta) * ahead


def test_garch_forecast_is_archs() -> None:
    """For the parameters that arch fitted, the volatility at the last bar is arch's analytic forecast."""
    returns = clustered(900, seed=2)
    parameters = garch.fit(returns)
    assert parameters is not None
    model = ZeroMean(100 * returns, rescale=False)
    model.volatility, model.distribution = GARCH(p=1, o=1, q=1), StudentsT()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fitted = model.fit(disp="off", show_warning=False)
    assert parameters[:5] == pytest.approx(fitted.params.to_numpy() / [1e4, 1, 1, 1, 1])
    assert parameters[5] == pytest.approx(np.square(returns).mean())
    ahead = fitted.forecast(horizon=5, method="analytic").variance.to_numpy()[-1] / 1e4
    ours = garch.volatility(returns, parameters, 5)[-1]
    assert ours == pytest.approx(np.sqrt(np.cumsum(ahead)), rel=1e-3)


def test_garch_finds_what_was_planted() -> None:
    """On a long simulated series the fitted persistence and long-run volatility are near the true ones."""
    parameters = garch.fit(clustered(4000, seed=3))
    assert parameters is not None
    omega, _, gamma, *_ = parameters
    persistence = garch.persistence(parameters)
    assert persistence == pytest.approx(0.97, abs=0.03)
    assert np.sqrt(omega / (1 - persistence)) == pytest.approx(np.sqrt(2e-6 / 0.03), rel=0.3)
    assert gamma > 0


@pytest.mark.parametrize(
    "returns",
    [clustered(249), np.zeros(400), np.full(400, 0.01), np.full(400, np.nan), np.empty(0)],
    ids=["short", "zero", "constant", "unknown", "none"],
)
def test_garch_gives_up(returns: Array) -> None:
    """Too few returns, or returns that do not vary, have no fit."""
    assert garch.fit(returns) is None


def test_garch_ignores_unknown_returns() -> None:
    """Unknown returns among enough known ones change nothing."""
    returns = clustered(300, seed=4)
    holes = np.insert(returns, [0, 100], np.nan)
    found, expected = garch.fit(holes), garch.fit(returns)
    assert found is not None
    assert expected is not None
    assert found == pytest.approx(expected)


def test_older_garch_parameters_are_completed() -> None:
    """Four parameters gain tails and the long-run variance, 0.1 / (1 - 0.05 - 0.05 - 0.85) = 2; six stay."""
    older = np.array([[0.1, 0.05, 0.1, 0.85], [np.nan] * 4])
    found = garch.completed(older)
    assert found.shape == (2, 6)
    assert found[0, [0, 1, 2, 3, 5]] == pytest.approx([0.1, 0.05, 0.1, 0.85, 2.0])
    assert np.isnan(found[1, :4]).all()
    assert garch.completed(found) is found


def test_garch_scales_fall_back_to_the_unit() -> None:
    """A symbol without a fit has the EWMA unit times the root of steps; one with a fit its own filter."""
    returns = np.concatenate([[np.nan], clustered(9), [np.nan], clustered(4)])
    position = np.concatenate([np.arange(10), np.arange(5)])
    parameters = np.full((15, 6), np.nan)
    parameters[10:] = PARAMETERS
    scale = garch.scales(returns, position, np.full(15, 0.02), parameters, 3)
    assert scale[:10] == pytest.approx(np.tile(0.02 * np.sqrt([1, 2, 3]), (10, 1)))
    assert scale[10:] == pytest.approx(garch.volatility(returns[10:], PARAMETERS, 3))


# --- boosted ---


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
        assert boosted.walk(boosted.nodes(model), rows) == pytest.approx(model.predict(rows))


def test_unknown_features_walk_where_scikit_learn_sends_them() -> None:
    """Also a feature that was always known in training may be unknown when asked."""
    model, features = booster()
    holes = features[:100].copy()
    holes[::2, 0] = np.nan
    holes[::3, 2] = np.nan
    assert boosted.walk(boosted.nodes(model), holes) == pytest.approx(model.predict(holes))


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
    return boosted.fit(features, scaled, np.array(levels), recipe, 1), features


def test_boosted_quantiles_follow_the_spread() -> None:
    """Where the feature says that the spread is wide, the forecast interval is wide."""
    arrays, features = learned()
    answer = boosted.answer(arrays, features, NINE)
    assert answer.shape == (2000, 2, 9)
    assert (np.diff(answer, axis=-1) >= 0).all()
    width = answer[:, 0, 6] - answer[:, 0, 2]
    wide, narrow = features[:, 0] > 1.8, features[:, 0] < 0.7
    assert width[wide].mean() / width[narrow].mean() == pytest.approx(1.9 / 0.6, rel=0.25)


def test_other_levels_keep_the_pooled_proportions() -> None:
    """A level between or beyond the boosted ones lies as far from the median as among all returns."""
    arrays, features = learned()
    answer = boosted.answer(arrays, features[:3], NINE).astype(np.float64)
    pooled = arrays["shape"].astype(np.float64)
    for step in range(2):
        share = (pooled[step, 8] - pooled[step, 4]) / (pooled[step, 6] - pooled[step, 4])
        found = (answer[:, step, 8] - answer[:, step, 4]) / (answer[:, step, 6] - answer[:, step, 4])
        assert found == pytest.approx(np.full(3, share), rel=1e-4)


@pytest.mark.parametrize("levels", [(0.5, 0.7, 0.9), (0.1, 0.3, 0.5), (0.4, 0.5, 0.6)])
def test_boosted_levels_may_be_anywhere(levels: tuple[float, ...]) -> None:
    """The median may be the first or the last level; quantiles are finite and in order all the same."""
    arrays, features = learned(levels)
    answer = boosted.answer(arrays, features[:50], np.array(levels))
    assert np.isfinite(answer).all()
    assert (np.diff(answer, axis=-1) >= 0).all()


def test_boosted_survives_returns_that_are_mostly_zero() -> None:
    """Where most returns are zero the anchors coincide, and quantiles are still finite and in order."""
    draw = np.random.default_rng(8)
    features = draw.standard_normal((500, 2)).astype(np.float32)
    scaled = np.where(draw.random((500, 1)) < 0.95, 0, draw.standard_normal((500, 1))).astype(np.float32)
    recipe = BoostedRecipe(kind="boosted", rows=500, trees=3)
    answer = boosted.answer(boosted.fit(features, scaled, NINE, recipe, 1), features, NINE)
    assert np.isfinite(answer).all()
    assert (np.diff(answer, axis=-1) >= 0).all()


def test_anchors_are_the_nearest_levels() -> None:
    """The boosted levels are those nearest to 0.1, 0.5 and 0.9."""
    assert placed.anchors(NINE) == [2, 4, 6]
    assert placed.anchors(np.array([0.2, 0.5, 0.7])) == [0, 1, 2]


def test_the_draw_of_rows_is_seeded() -> None:
    """The same seed draws the same rows and grows the same trees."""
    one, two = learned()[0], learned.__wrapped__()[0]
    assert one.keys() == two.keys()
    assert all(one[name].tobytes() == two[name].tobytes() for name in one)
