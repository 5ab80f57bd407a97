"""Losses, intervals and what quantiles imply, against scikit-learn, scoringrules, SciPy and by hand."""

import numpy as np
import pytest
import scipy.stats
import scoringrules
from sklearn.metrics import mean_pinball_loss

from morrow import metrics
from morrow.errors import ShapeError

LEVELS = np.array([0.1, 0.5, 0.9])
NINE = np.array([0.025, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.975])
DRAW = np.random.default_rng(3)
QUANTILES = np.sort(0.02 * DRAW.standard_normal((200, 3)), axis=1)
ACTUAL = 0.02 * DRAW.standard_normal(200)
WIDE = np.sort(0.02 * DRAW.standard_normal((300, 9)), axis=1)
HAPPENED = 0.02 * DRAW.standard_normal(300)
CLOSELY = {"rel": 1e-9, "abs": 1e-9}


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
    """An interval whose ends are not among the levels has no coverage."""
    assert metrics.inside(QUANTILES, ACTUAL, LEVELS, 0.95) is None
    assert metrics.inside(QUANTILES, ACTUAL, np.array([0.1, 0.5, 0.8]), 0.8) is None


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


def test_pinball_agrees_with_scoringrules() -> None:
    """Row by row and level by level, the loss is scoringrules' quantile score."""
    expected = scoringrules.quantile_score(HAPPENED[:, None], WIDE, NINE)
    assert metrics.pinball(WIDE, HAPPENED, NINE) == pytest.approx(expected, **CLOSELY)


def test_crps_agrees_with_scoringrules_on_even_levels() -> None:
    """At the middles of even bins the trapezoid is scoringrules' mean less half a bin at each end."""
    levels = (np.arange(400) + 0.5) / 400
    quantiles = np.sort(DRAW.standard_normal((20, 400)), axis=1)
    actual = DRAW.standard_normal(20)
    ends = metrics.pinball(quantiles, actual, levels)[:, [0, -1]].sum(axis=1) / 400
    expected = scoringrules.crps_quantile(actual, quantiles, levels) - ends
    assert metrics.crps(quantiles, actual, levels) == pytest.approx(expected, **CLOSELY)


@pytest.mark.parametrize(("share", "low", "high"), [(0.8, 2, 6), (0.9, 1, 7), (0.95, 0, 8)])
def test_interval_score_agrees_with_scoringrules(share: float, low: int, high: int) -> None:
    """Winkler's score and the width are those of the interval's own columns."""
    expected = scoringrules.interval_score(HAPPENED, WIDE[:, low], WIDE[:, high], 1 - share)
    assert metrics.interval_score(WIDE, HAPPENED, NINE, share) == pytest.approx(expected, **CLOSELY)
    wide = metrics.width(WIDE, NINE, share)
    assert wide == pytest.approx(WIDE[:, high] - WIDE[:, low], **CLOSELY)


def test_interval_score_by_hand() -> None:
    """On an end it is the width; 2 beyond an 80 % interval of width 4 it is 4 + 10 × 2."""
    quantiles = np.tile([1.0, 2.0, 5.0], (3, 1))
    score = metrics.interval_score(quantiles, np.array([1.0, 5.0, 7.0]), np.array([0.1, 0.5, 0.9]), 0.8)
    assert score == pytest.approx([4, 4, 24])


def test_an_interval_without_its_levels() -> None:
    """Where an end is not among the levels there is neither width nor score."""
    assert metrics.width(WIDE, NINE, 0.6) is None
    assert metrics.interval_score(WIDE, HAPPENED, NINE, 0.6) is None


def test_log_score_agrees_with_scoringrules_and_scipy() -> None:
    """The score is scoringrules' and minus SciPy's log density."""
    location, scale = DRAW.standard_normal((2, 3, 40))
    scale, freedom = np.exp(scale), DRAW.uniform(2.1, 30, (3, 40))
    actual = DRAW.standard_normal(40)
    score = metrics.log_score_t(location, scale, freedom, actual)
    assert score == pytest.approx(scoringrules.logs_t(actual, freedom, location, scale), **CLOSELY)
    assert score == pytest.approx(-scipy.stats.t.logpdf(actual, freedom, location, scale), **CLOSELY)
