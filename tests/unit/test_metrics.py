import math

import numpy as np
import pytest
import sklearn.metrics
from sklearn.metrics import mean_absolute_error, mean_pinball_loss, mean_squared_error

from morrow import metrics
from morrow.errors import ShapeError
from morrow.metrics import Outcomes

LEVELS = np.array([0.1, 0.5, 0.9])
DRAW = np.random.default_rng(3)
QUANTILES = np.sort(0.02 * DRAW.standard_normal((200, 3)), axis=1)
ACTUAL = 0.02 * DRAW.standard_normal(200)
CLOSE = DRAW.uniform(20, 200, 200)
NAMES = np.where(np.arange(200) < 90, "A", "B")


def measured(**changes: np.ndarray) -> dict[str, float | None]:
    """The totals over the random rows."""
    rows = {"quantiles": QUANTILES, "actual": ACTUAL, "levels": LEVELS, "symbol": NAMES, "close": CLOSE}
    return metrics.measures(**rows | {"scale": np.ones(200)} | changes)


def test_pinball_by_hand() -> None:
    """Quantiles 1, 2, 4 against 3 lose 0.1 × 2, 0.5 × 1 and 0.1 × 1."""
    loss = metrics.pinball(np.array([1.0, 2.0, 4.0]), np.array(3.0), LEVELS)
    assert loss == pytest.approx([0.2, 0.5, 0.1])


def test_pinball_of_a_hit_is_zero() -> None:
    """A quantile that equals what happened loses nothing."""
    assert metrics.pinball(np.full((2, 3), 5.0), np.full(2, 5.0), LEVELS).tolist() == [[0.0] * 3] * 2


@pytest.mark.parametrize("column", [0, 1, 2])
def test_pinball_agrees_with_scikit_learn(column: int) -> None:
    """The mean loss of each level is scikit-learn's."""
    ours = metrics.pinball(QUANTILES, ACTUAL, LEVELS)[:, column].mean()
    assert ours == pytest.approx(mean_pinball_loss(ACTUAL, QUANTILES[:, column], alpha=LEVELS[column]))


@pytest.mark.parametrize("shape", [(200, 2), (199, 3), (200,)])
def test_pinball_refuses_other_shapes(shape: tuple[int, ...]) -> None:
    """Quantiles that do not fit outcomes and levels are refused, with both shapes in the message."""
    with pytest.raises(ShapeError, match=r"200.*3"):
        metrics.pinball(np.zeros(shape), ACTUAL, LEVELS)


def test_crps_of_a_uniform_distribution() -> None:
    """A forecast uniform on (0, 1) scores ∫ (F(z) − 1{z ≥ x})² dz = (x³ + (1 − x)³) / 3 at x."""
    levels = np.linspace(0, 1, 2001)
    outcomes = np.array([0.0, 0.2, 0.5, 0.9])
    score = metrics.crps(np.tile(levels, (4, 1)), outcomes, levels)
    assert score == pytest.approx((outcomes**3 + (1 - outcomes) ** 3) / 3, abs=1e-6)


def test_crps_of_a_point_is_the_absolute_error() -> None:
    """A forecast without spread scores its absolute error, over the share of levels that there is."""
    levels = np.linspace(0, 1, 1001)
    assert metrics.crps(np.full((1, 1001), 2.0), np.array([5.0]), levels) == pytest.approx([3.0])


def test_inside_includes_both_ends() -> None:
    """The central 80 % interval includes its ends."""
    quantiles = np.tile([1.0, 2.0, 3.0], (4, 1))
    inside = metrics.inside(quantiles, np.array([0.9, 1.0, 3.0, 3.1]), LEVELS, 0.8)
    assert inside is not None
    assert inside.tolist() == [0, 1, 1, 0]


def test_inside_without_its_levels() -> None:
    """An interval whose ends are not among the levels has no coverage, and so have the totals."""
    assert metrics.inside(QUANTILES, ACTUAL, LEVELS, 0.95) is None
    assert metrics.inside(QUANTILES, ACTUAL, np.array([0.1, 0.5, 0.8]), 0.8) is None
    assert measured()["coverage_95"] is None
    assert measured(levels=np.array([0.2, 0.5, 0.9]))["coverage_80"] is None


def test_median_is_the_column_of_one_half() -> None:
    """The median is the quantile of level 0.5, wherever that is."""
    assert metrics.median(np.array([[1.0, 2.0, 3.0]]), np.array([0.5, 0.7, 0.9])).tolist() == [1.0]


def test_growth_by_hand() -> None:
    """Prices 1, 2, 3 at levels .1, .5, .9: .1 × 1 + .4 × 1.5 + .4 × 2.5 + .1 × 3 = 2."""
    assert metrics.growth(np.log([[1.0, 2.0, 3.0]]), LEVELS) == pytest.approx([2.0])


def test_growth_of_no_change_is_one() -> None:
    """A forecast of no change expects the last price, exactly as the levels weigh to one."""
    assert metrics.growth(np.zeros((1, 3)), LEVELS) == pytest.approx([1.0])


@pytest.mark.parametrize(
    ("quantiles", "probability"),
    [
        ([0.0, 0.0, 0.0], 0.5),  # a sure no change: split evenly
        ([-1.0, 0.0, 1.0], 0.5),
        ([-1.0, 1.0, 2.0], 0.3),  # half-way between .1 and .5
        ([-3.0, -1.0, 1.0], 0.7),
        ([-3.0, -2.0, -1.0], 0.9),  # never beyond the outermost level
        ([1.0, 2.0, 3.0], 0.1),
        ([-2.0, -2.0, -2.0], 0.9),
        ([2.0, 2.0, 2.0], 0.1),
        ([0.0, 0.0, 4.0], 0.3),  # a jump from .1 to .5 at zero
        ([-4.0, 0.0, 0.0], 0.7),
    ],
)
def test_probability_down_by_hand(quantiles: list[float], probability: float) -> None:
    """The level at which the quantile function crosses zero, linear between levels."""
    assert metrics.probability_down(np.array([quantiles]), LEVELS) == pytest.approx([probability])


def test_probabilities_mirror() -> None:
    """Turning a forecast upside down turns its probability of a fall into that of a rise."""
    down = metrics.probability_down(QUANTILES, LEVELS)
    mirrored = metrics.probability_down(-QUANTILES[:, ::-1], LEVELS)
    assert down + mirrored == pytest.approx(np.ones(200))


def test_direction_counts_no_change_as_a_half() -> None:
    """Right sign 1, wrong sign 0, no change on either side one half."""
    hits = metrics.direction_hits(np.array([1.0, 1, -2, 0, 0, 3]), np.array([2.0, -1, -1, 5, 0, 0]))
    assert hits.tolist() == [1, 0, 1, 0.5, 0.5, 0.5]


def test_measures_agree_with_scikit_learn() -> None:
    """MSE and RMSE of the mean and MAE of the median are scikit-learn's, in price units."""
    found = measured()
    realised = CLOSE * np.exp(ACTUAL)
    squared = mean_squared_error(realised, CLOSE * metrics.growth(QUANTILES, LEVELS))
    assert found["mse"] == pytest.approx(squared)
    assert found["rmse"] == pytest.approx(math.sqrt(squared))
    assert found["mae"] == pytest.approx(mean_absolute_error(realised, CLOSE * np.exp(QUANTILES[:, 1])))
    losses = [mean_pinball_loss(ACTUAL, QUANTILES[:, k], alpha=LEVELS[k]) for k in range(3)]
    assert found["pinball"] == pytest.approx(np.mean(losses))
    assert found["rows"] == 200


def test_measures_by_hand() -> None:
    """Two symbols whose errors are known: ratios are geometric means, MASE a mean over symbols."""
    # The last price is 100; A went to 110 and B to 90, and the sure forecasts said 108 and 95.
    quantiles = np.log(np.tile([[1.08], [0.95]], (1, 3)))
    found = metrics.measures(
        quantiles, np.log([1.1, 0.9]), LEVELS, np.array(["A", "B"]), np.array([100.0, 100.0]),
        np.array([1.0, 10.0]),
    )  # fmt: skip
    assert found["mse"] == pytest.approx((4 + 25) / 2)
    assert found["mae"] == pytest.approx((2 + 5) / 2)
    assert found["rel_mse"] == pytest.approx(math.sqrt(4 / 100 * 25 / 100))
    assert found["rel_mae"] == pytest.approx(math.sqrt(2 / 10 * 5 / 10))
    assert found["mase"] == pytest.approx((2 / 1 + 5 / 10) / 2)
    assert found["directional_accuracy"] == 1
    assert found["coverage_80"] == 0
    # Twice the integral of level × error over .1 to .9, of a point forecast.
    assert found["crps"] == pytest.approx((0.8 * 2 + 0.8 * 5) / 2)


def test_rel_mse_does_not_see_the_size_of_prices() -> None:
    """Quoting one symbol in another currency changes no ratio and no return-based measure."""
    there = measured(close=np.where(NAMES == "A", 1e4, 1.0) * CLOSE)
    for name in ("rel_mse", "rel_mae", "pinball", "directional_accuracy", "coverage_80"):
        assert there[name] == pytest.approx(measured()[name])


def test_the_last_price_is_its_own_equal() -> None:
    """Forecasting no change has a relative error of one and a directional accuracy of one half."""
    found = measured(quantiles=np.zeros((200, 3)))
    assert found["rel_mse"] == pytest.approx(1)
    assert found["rel_mae"] == pytest.approx(1)
    assert found["directional_accuracy"] == 0.5


def test_what_cannot_be_computed_is_none() -> None:
    """No row, no movement and no known scale leave the measures that need them empty."""
    nothing = np.empty(0)
    empty = metrics.measures(np.empty((0, 3)), nothing, LEVELS, np.array([], dtype=str), nothing, nothing)
    assert empty == dict.fromkeys(metrics.MEASURES) | {"rows": 0}
    still = measured(actual=np.zeros(200), scale=np.full(200, np.nan))
    assert (still["rel_mse"], still["rel_mae"], still["mase"]) == (None, None, None)


def test_an_unknown_scale_leaves_its_symbol_out() -> None:
    """MASE averages the symbols whose scale is known."""
    half = measured(scale=np.where(NAMES == "A", np.nan, 2.0))
    realised, middle = CLOSE * np.exp(ACTUAL), CLOSE * np.exp(QUANTILES[:, 1])
    assert half["mase"] == pytest.approx(np.abs(realised - middle)[NAMES == "B"].mean() / 2)


def outcomes() -> Outcomes:
    """40 rows × 2 steps, the second step of A's rows unknown."""
    symbol = NAMES[70:110]
    actual = ACTUAL[:80].reshape(40, 2).copy()
    actual[symbol == "A", 1] = np.nan
    return Outcomes(symbol, CLOSE[:40], np.ones(40), actual)


def test_evaluate_splits_by_step_and_by_symbol() -> None:
    """Totals, steps and symbols are the measures of exactly the known rows that each names."""
    facts = outcomes()
    quantiles = QUANTILES[:80].reshape(40, 2, 3)
    found = metrics.evaluate(quantiles, facts, LEVELS.tolist())
    steps, symbols = found["by_step"], found["by_symbol"]
    assert isinstance(steps, list)
    assert isinstance(symbols, dict)
    assert [step["rows"] for step in steps] == [40, 20]
    assert (symbols["A"]["rows"], symbols["B"]["rows"], found["rows"]) == (20, 40, 60)
    first = mean_pinball_loss(facts.actual[:, 0], quantiles[:, 0, 1], alpha=0.5)
    every = metrics.pinball(quantiles[:, 0], facts.actual[:, 0], LEVELS)
    assert every[:, 1].mean() == pytest.approx(first)
    assert steps[0]["pinball"] == pytest.approx(every.mean())
    total = (steps[0]["pinball"] * 40 + steps[1]["pinball"] * 20) / 60
    assert found["pinball"] == pytest.approx(total)
    assert found["pinball"] == pytest.approx((symbols["A"]["pinball"] + 2 * symbols["B"]["pinball"]) / 3)


@pytest.mark.parametrize(
    ("loss", "reference", "skill"), [(0.9, 1.0, 0.1), (1.0, None, None), (None, 1.0, None), (1.0, 0.0, None)]
)
def test_skill(loss: float | None, reference: float | None, skill: float | None) -> None:
    """Skill is one less the ratio of losses, and unknown where either loss is or the reference is zero."""
    assert metrics.skill(loss, reference) == (None if skill is None else pytest.approx(skill))


def test_brier_and_log_loss_agree_with_scikit_learn() -> None:
    """Scores of class probabilities are scikit-learn's, and by hand where the answer is plain."""
    draw = np.random.default_rng(3)
    likely = draw.dirichlet([1, 1, 1], 200)
    happened = draw.integers(0, 3, 200)
    assert metrics.log_loss(likely, happened).mean() == pytest.approx(
        sklearn.metrics.log_loss(happened, likely, labels=[0, 1, 2])
    )
    expected = sklearn.metrics.brier_score_loss(happened, likely, labels=[0, 1, 2], scale_by_half=False)
    assert metrics.brier(likely, happened).mean() == pytest.approx(expected)
    assert metrics.brier(np.array([[1.0, 0, 0], [0, 0, 1]]), np.array([0, 1])).tolist() == [0, 2]
    assert metrics.log_loss(np.array([[0.5, 0.5, 0.0]]), np.array([1])).tolist() == [np.log(2)]
    assert np.isfinite(metrics.log_loss(np.array([[1.0, 0, 0]]), np.array([2]))).all()
