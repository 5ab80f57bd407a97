"""Quantiles stay in order, and numbers computed from them stay within bounds, for any input."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from morrow import calibration, metrics, networks
from morrow.config import NetworkRecipe
from morrow.heads import Start

pytestmark = pytest.mark.no_cover  # unit tests run the same lines, and coverage doubles the seconds

LEVELS = np.array([0.025, 0.1, 0.5, 0.9, 0.975])
START = Start(
    np.array([[-2.0, -1.0, 0.0, 1.0, 2.0]] * 2, dtype=np.float32), np.full((2, 3), 1 / 3, dtype=np.float32)
)
# Five levels whose median stands in each column.
GRIDS = [tuple(0.5 + 0.1 * (column - center) for column in range(5)) for center in range(5)]
HUGE = st.floats(-(2.0**100), 2.0**100, width=32)
returns = st.floats(-2, 2, width=64)


def ordered(values: np.ndarray) -> bool:
    """Whether quantiles are numbers and never fall along the last axis."""
    return bool(np.isfinite(values).all() and (np.diff(values, axis=-1) >= 0).all())


@given(
    raw=arrays.arrays(np.float32, (4, 12), elements=HUGE),
    center=st.integers(0, 4),
    head=st.sampled_from(["quantile", "student-t", "point", "direction"]),
)
def test_whatever_the_head_says_quantiles_are_in_order(raw: np.ndarray, center: int, head: str) -> None:
    """Outputs of any head of any size give quantiles that do not cross."""
    recipe = NetworkRecipe.model_validate({"kind": "rnn", "width": 4, "head": head})
    net = networks.build(recipe, 3, START, GRIDS[center]).eval()
    outputs = torch.from_numpy(raw).reshape(4, 2, 6)[..., : net.head.outputs]
    with torch.inference_mode():
        found = net.head.quantiles(outputs).numpy()
    assert ordered(found)


@given(
    features=arrays.arrays(np.float32, (12, 1, 3), elements=st.floats(-1e6, 1e6, width=32)),
    scale=st.floats(0, 1e4),
    kind=st.sampled_from(["rnn", "lstm", "gru"]),
)
def test_whatever_the_weights_quantiles_are_in_order(features: np.ndarray, scale: float, kind: str) -> None:
    """Weights and features of any size give quantiles that do not cross, at every session."""
    torch.manual_seed(3)
    recipe = NetworkRecipe.model_validate({"kind": kind, "width": 4})
    net = networks.build(recipe, 3, START, LEVELS.tolist()).eval()
    with torch.inference_mode():
        for parameter in net.parameters():
            parameter.copy_(scale * torch.randn(parameter.shape))
        found = net.head.quantiles(net(torch.from_numpy(features))).numpy()
    assert ordered(found)


@given(
    quantiles=arrays.arrays(np.float32, (6, 2, 5), elements=st.floats(-100, 100, width=32)),
    actual=arrays.arrays(np.float32, (6, 2), elements=st.floats(-100, 100, width=32)),
)
def test_calibrated_quantiles_are_in_order(quantiles: np.ndarray, actual: np.ndarray) -> None:
    """Shifts fitted to anything leave quantiles in order."""
    quantiles = np.sort(quantiles, axis=-1)
    shift = calibration.fit(quantiles, actual, LEVELS)
    assert ordered(calibration.apply(quantiles, shift))


@given(
    quantiles=arrays.arrays(np.float64, (5,), elements=returns),
    actual=returns,
    factor=st.floats(1e-6, 1e6),
)
def test_losses_are_never_negative_and_scale(quantiles: np.ndarray, actual: float, factor: float) -> None:
    """Pinball and CRPS are not negative, and are in the unit of what is forecast."""
    row, outcome = np.sort(quantiles)[None], np.array([actual])
    for loss in (metrics.pinball, metrics.crps):
        found = loss(row, outcome, LEVELS)
        assert (found >= 0).all()
        assert np.allclose(loss(row * factor, outcome * factor, LEVELS), factor * found, rtol=1e-9)


@given(quantiles=arrays.arrays(np.float64, (5,), elements=returns), shift=st.floats(-1, 1))
def test_growth_lies_between_the_quantiles(quantiles: np.ndarray, shift: float) -> None:
    """The expected price lies between the outermost quantiles and moves with them."""
    row = np.sort(quantiles)[None]
    found = metrics.growth(row, LEVELS)[0]
    assert np.exp(row[0, 0]) * (1 - 1e-12) <= found <= np.exp(row[0, -1]) * (1 + 1e-12)
    assert np.isclose(metrics.growth(row + shift, LEVELS)[0], found * np.exp(shift))


@given(quantiles=arrays.arrays(np.float64, (5,), elements=returns), shift=st.floats(0, 1))
def test_probability_down_is_a_probability(quantiles: np.ndarray, shift: float) -> None:
    """The probability of a fall lies within the outermost levels and does not grow with the forecast."""
    row = np.sort(quantiles)[None]
    found = metrics.probability_down(row, LEVELS)[0]
    assert LEVELS[0] <= found <= LEVELS[-1]
    assert metrics.probability_down(row + shift, LEVELS)[0] <= found + 1e-12


@given(actual=arrays.arrays(np.float64, (30,), elements=returns), guess=returns)
def test_the_true_quantile_loses_least(actual: np.ndarray, guess: float) -> None:
    """Among sure numbers, the empirical quantile has the lowest mean pinball loss of its level."""
    for level in LEVELS:
        best = np.quantile(actual, level, method="inverted_cdf")
        losses = [
            metrics.pinball(np.full((30, 1), value), actual, np.array([level])).mean()
            for value in (best, guess)
        ]
        assert losses[0] <= losses[1] + 1e-12
