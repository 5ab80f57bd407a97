"""What differs between two models, their losses and their metrics."""

import numpy as np
import pandas as pd

from morrow.fitted_model import FittedModel
from morrow.workbench.model_differences import compare_losses, compare_metrics, compare_models


def model(weights: list[float], **document: object) -> FittedModel:
    """A model with one array."""
    return FittedModel(document, {"w": np.array(weights, np.float32)})


def test_weights_are_compared_to_the_bit() -> None:
    """One bit is a difference, and so is the sign of zero; counts and the largest gap are named."""
    assert compare_models(model([0.0, 1.0]), model([0.0, 1.0])) == []
    assert compare_models(model([1.0, 2.0, 3.0]), model([1.0, 2.5, 3.25])) == [
        "2 of 3 weights differ, by at most 0.5"
    ]
    assert compare_models(model([1.0]), model([float(np.nextafter(np.float32(1), np.float32(2)))])) != []
    assert compare_models(model([0.0]), model([-0.0])) == ["1 of 1 weights differ, by at most 0"]


def test_arrays_and_entries_that_only_one_has_are_named() -> None:
    """And shapes, and the nested entries of the document, of which the first five are listed."""
    other = FittedModel({}, {"v": np.zeros(1), "w": np.zeros((2, 2))})
    assert compare_models(model([0.0]), other)[:2] == [
        "only one of the two has the weights v",
        "the weights w have another shape or type",
    ]
    changes = compare_models(
        model([], a={"b": 1}, c=[1], **{f"n{k}": 0 for k in range(6)}),
        model([], a={"b": 2}, c=None, **{f"n{k}": 1 for k in range(6)}),
    )
    assert changes[:2] == ["a.b was 1 and is 2", "c was [1] and is absent"]
    assert changes[-1] == "and 3 more"


def test_losses_are_compared_row_by_row() -> None:
    """By symbol, session, step and part, in whatever order; a row that only one has is counted."""
    losses = pd.DataFrame(
        {"symbol": ["A", "A", "B"], "session": [1, 2, 1], "step": 1, "part": "test", "loss": [0.1, 0.2, 0.3]}
    )
    assert compare_losses(losses, losses.iloc[::-1]) == []
    changed = losses.assign(loss=[0.1, 0.25, 0.3])
    assert compare_losses(losses, changed) == ["1 of 3 losses differ, by at most 0.05"]
    assert compare_losses(losses, losses[:2]) == [
        "1 of 3 losses are of forecasts that only one of the two made"
    ]


def test_metrics_that_both_have_are_compared() -> None:
    """Those that change most, relative to what they were, come first."""
    assert compare_metrics({"a": 1.0, "b": 2.0, "c": 3.0}, {"a": 1.0, "b": 2.02, "c": 3.3, "d": 1.0}) == [
        "c was 3 and is 3.3",
        "b was 2 and is 2.02",
    ]
