"""The tutorial's recipe: what it measures, what it sees, and what it refuses."""

import numpy as np
import pytest

from morrow import tutorial
from morrow.config import TutorialRecipe
from morrow.errors import HistoryError

QUICK = {"epochs": 2, "width": 4, "layers": 1}


def walk(count: int = 200) -> np.ndarray:
    """Closes of a seeded random walk."""
    return 100 * np.exp(np.cumsum(0.01 * np.random.default_rng(5).standard_normal(count)))


def test_the_last_fifth_is_predicted_and_the_last_price_stands_beside_it() -> None:
    """Of 200 closes the last 40 are predicted; the last price of each is the close before it."""
    closes = walk()
    told = tutorial.train_and_predict(closes, TutorialRecipe(kind="tutorial", **QUICK), 1)
    assert told.first == 160
    assert len(told.predicted) == 40
    np.testing.assert_array_equal(told.actual, closes[160:])
    np.testing.assert_array_equal(told.last, closes[159:-1])


def test_measures_by_hand() -> None:
    """Squared and absolute errors are means in the unit of the series, and ratios are to the last price."""
    told = tutorial.TutorialForecast(
        first=1,
        actual=np.array([10.0, 12.0]),
        predicted=np.array([13.0, 13.0]),
        last=np.array([9.0, 10.0]),
        seconds=0.0,
        leak=None,
    )
    assert told.measures() == {
        "mse": 5.0, "mae": 2.0, "last_mse": 2.5, "last_mae": 1.5, "rel_mse": 2.0, "rel_mae": 2.0 / 1.5,
    }  # fmt: skip


def test_scaled_on_its_training_part_it_sees_nothing_of_the_future() -> None:
    """The first prediction does not move with later closes, but does where the scaling sees them all."""
    closes = walk()
    later = closes.copy()
    later[161:] *= 3
    for scaled_on, moves in (("train", False), ("whole", True)):
        recipe = TutorialRecipe(kind="tutorial", scaled_on=scaled_on, **QUICK)
        before, after = (tutorial.train_and_predict(each, recipe, 1) for each in (closes, later))
        assert (before.predicted[0] != after.predicted[0]) == moves
        assert (before.leak is not None) == moves


def test_the_same_seed_gives_the_same_bits() -> None:
    """Two trainings from one seed predict the same, from two seeds they do not."""
    recipe = TutorialRecipe(kind="tutorial", **QUICK)
    first, again, other = (tutorial.train_and_predict(walk(), recipe, seed).predicted for seed in (1, 1, 2))
    assert first.tobytes() == again.tobytes() != other.tobytes()


@pytest.mark.parametrize(
    ("closes", "said"),
    [
        (walk(40), r"^40 closes are too few for a window of 10 and a batch of 32 .*bring more history$"),
        (np.full(200, 5.0), r"^the closes never change"),
    ],
)
def test_series_that_cannot_be_learnt_are_refused(closes: np.ndarray, said: str) -> None:
    """A short series and one that never moves are refused in one line."""
    with pytest.raises(HistoryError, match=said):
        tutorial.train_and_predict(closes, TutorialRecipe(kind="tutorial"), 1)
