"""Who stays in the model confidence set, who leaves, and how large the errors of mean losses are."""

import numpy as np
import pandas as pd
import pytest

from morrow.contest.confidence_set import measure_confidence, measure_errors


def dates(**shifts: float) -> pd.DataFrame:
    """400 dates of losses that share a day's level, with noise of their own and a shift each."""
    draw = np.random.default_rng(2)
    level = draw.gamma(4.0, 0.25, 400)
    return pd.DataFrame({name: level + draw.normal(shift, 0.1, 400) for name, shift in shifts.items()})


def test_a_recipe_that_is_clearly_worse_leaves_and_equals_stay() -> None:
    """Two recipes of one quality cannot be told apart; one that is ten errors worse can."""
    confidence = measure_confidence(dates(one=0.0, other=0.0, worse=0.1), 5)
    assert confidence["worse"] < 0.01
    assert min(confidence["one"], confidence["other"]) > 0.1
    assert max(confidence.values()) == 1.0


def test_the_same_losses_twice_share_their_fate() -> None:
    """A copy stands and falls with its original, and leaves the others' figures alone."""
    frame = dates(one=0.0, other=0.02)
    alone = measure_confidence(frame, 5)
    doubled = measure_confidence(frame.assign(copy=frame["other"]), 5)
    assert doubled == {**alone, "copy": alone["other"]}


def test_it_is_the_same_every_time() -> None:
    """The bootstrap draws the same blocks each time, so that a night run again decides the same."""
    frame = dates(one=0.0, other=0.01, third=0.02)
    assert measure_confidence(frame, 5) == measure_confidence(frame, 5)


def test_without_enough_dates_nobody_leaves() -> None:
    """A single recipe, and too few dates for a block, tell nothing apart."""
    assert measure_confidence(dates(one=0.0), 5) == {"one": 1.0}
    assert measure_confidence(dates(one=0.0, other=1.0)[:11], 5) == {"one": 1.0, "other": 1.0}


def test_the_error_is_that_of_the_distance_to_the_median() -> None:
    """What all share makes nobody uncertain: a recipe near the median has no error, one that is apart has."""
    draw = np.random.default_rng(3)
    level, noise = draw.gamma(4.0, 0.25, 2_000), draw.normal(0.0, 0.1, 2_000)
    near = {"above": level + 0.01, "middle": level, "below": level - 0.01}
    errors = measure_errors(pd.DataFrame({**near, "fourth": level + 0.005, "far": level + 2 + noise}), 1)
    assert errors["far"] == pytest.approx(0.1 / np.sqrt(2_000), rel=0.2)
    assert max(errors[name] for name in near) < 1e-9


def test_overlapping_forecasts_have_larger_errors() -> None:
    """Daily differences that go on for five dates tell as little as a fifth of as many."""
    noise = np.repeat(np.random.default_rng(4).normal(0.0, 0.1, 400), 5)
    frame = pd.DataFrame({"one": np.ones(2_000), "other": np.ones(2_000), "far": 1 + noise})
    assert measure_errors(frame, 5)["far"] == pytest.approx(0.1 / np.sqrt(400), rel=0.25)
    assert measure_errors(frame[:1], 5) == {"one": 0.0, "other": 0.0, "far": 0.0}
