"""Each head's loss against scipy or its closed form, and what it begins with and answers."""

from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from scipy import stats

from morrow import metrics, networks
from morrow.config import NetworkRecipe
from morrow.heads import Head, Start
from morrow.heads.direction import Direction, classify_moves
from morrow.heads.point import Point
from morrow.heads.student_t import StudentT

LEVELS = (0.1, 0.25, 0.5, 0.75, 0.9)
QUANTILES = np.array([[-1.6, -0.7, 0.1, 0.8, 1.9], [-1.3, -0.6, 0.0, 0.5, 1.2]], dtype=np.float32)
SHARES = np.array([[0.3, 0.2, 0.5], [0.25, 0.25, 0.5]], dtype=np.float32)
START = Start(QUANTILES, SHARES)
ROWS = 200


def head(**options: Any) -> Head:
    """A head of H = 2 steps as a recipe names it."""
    return networks.build(NetworkRecipe(kind="rnn", width=4, **options), 3, START, LEVELS).head


def outputs(built: Head) -> torch.Tensor:
    """Random raw outputs (ROWS, H, K)."""
    draw = np.random.default_rng(5)
    return torch.from_numpy(draw.standard_normal((ROWS, 2, built.outputs)).astype(np.float32))


def outcomes() -> NDArray[np.float32]:
    """Random targets (ROWS, H)."""
    return np.random.default_rng(6).standard_t(4, (ROWS, 2)).astype(np.float32)


def test_pinball_agrees_with_numpy() -> None:
    """The loss that is trained on is the loss that is judged on, averaged over levels."""
    built, actual = head(), outcomes()
    raw = outputs(built)
    quantiles = built.quantiles(raw).numpy().astype(float)
    expected = metrics.pinball(quantiles, actual.astype(float), np.array(LEVELS)).mean(-1)
    assert built.loss(raw, torch.from_numpy(actual)).numpy() == pytest.approx(expected, rel=1e-4, abs=1e-6)


def test_student_t_likelihood_agrees_with_scipy() -> None:
    """The loss is minus scipy's log density at location, scale and degrees of freedom."""
    built, actual = head(head="student-t"), outcomes()
    assert isinstance(built, StudentT)
    raw = outputs(built)
    location, scale, freedom = (part.numpy().astype(float) for part in built.density(raw))
    assert freedom.min() > 2.1
    assert freedom.max() < 100
    expected = -stats.t.logpdf(actual, freedom, location, scale)
    assert built.loss(raw, torch.from_numpy(actual)).numpy() == pytest.approx(expected, rel=1e-3, abs=1e-3)


def test_student_t_quantiles_are_scipys() -> None:
    """Quantiles are those of the density, and the distribution function leads back to the levels."""
    built = head(head="student-t")
    assert isinstance(built, StudentT)
    raw = outputs(built)
    location, scale, freedom = (part.numpy().astype(float)[..., None] for part in built.density(raw))
    found = built.quantiles(raw).numpy()
    assert found == pytest.approx(stats.t.ppf(LEVELS, freedom, location, scale), rel=1e-4, abs=1e-5)
    assert stats.t.cdf(found, freedom, location, scale) == pytest.approx(
        np.broadcast_to(LEVELS, found.shape), abs=1e-5
    )


def test_student_t_begins_at_the_quartiles_that_it_was_given() -> None:
    """Where the outputs are zero the density has the start's median and distance of quartiles."""
    built = head(head="student-t")
    found = built.quantiles(torch.zeros(1, 2, 3)).numpy()[0]
    assert found[:, 2] == pytest.approx(QUANTILES[:, 2], abs=1e-6)
    assert found[:, 3] - found[:, 1] == pytest.approx(QUANTILES[:, 3] - QUANTILES[:, 1], rel=1e-4)


@pytest.mark.parametrize(("loss", "threshold"), [("squared", None), ("huber", 0.5)])
def test_point_losses_by_hand(loss: str, threshold: float | None) -> None:
    """Half the squared error; Huber's is that up to the threshold and a line of its slope beyond."""
    options: dict[str, Any] = {"loss": loss} | ({"huber": threshold} if threshold else {})
    built, actual = head(head="point", **options), outcomes()
    assert isinstance(built, Point)
    raw = outputs(built)
    error = np.abs(actual - (QUANTILES[:, 2] + raw[..., 0].numpy()))
    expected = 0.5 * error**2
    if threshold:
        expected = np.where(error <= threshold, expected, threshold * (error - 0.5 * threshold))
    assert built.loss(raw, torch.from_numpy(actual)).numpy() == pytest.approx(expected, rel=1e-4, abs=1e-6)


def test_a_point_is_the_same_at_every_level() -> None:
    """A point's distribution is nobody's until its residuals are known."""
    built = head(head="point")
    raw = outputs(built)
    found = built.quantiles(raw).numpy()
    assert found == pytest.approx(np.repeat((QUANTILES[:, 2] + raw[..., 0].numpy())[..., None], 5, axis=-1))


@pytest.mark.parametrize("weights", [(1.0, 1.0, 1.0), (2.0, 1.0, 0.5), "balanced"])
def test_cross_entropy_by_hand(weights: Any) -> None:
    """Minus the log of the chosen class's tilted share, times its weight."""
    built = head(head="direction", class_weights=weights)
    assert isinstance(built, Direction)
    raw = outputs(built)
    chosen = np.random.default_rng(7).integers(0, 3, (ROWS, 2))
    weight = 1 / (3 * SHARES) if weights == "balanced" else np.broadcast_to(weights, (2, 3))
    tilted = np.exp(raw.numpy()) * SHARES * weight
    tilted /= tilted.sum(axis=-1, keepdims=True)
    picked = np.take_along_axis(tilted, chosen[..., None], axis=-1)[..., 0]
    own = np.take_along_axis(np.broadcast_to(weight, (ROWS, 2, 3)), chosen[..., None], axis=-1)[..., 0]
    found = built.loss(raw, torch.from_numpy(chosen.astype(np.float32))).numpy()
    assert found == pytest.approx(-own * np.log(picked), rel=1e-4, abs=1e-6)


@pytest.mark.parametrize("weights", [(1.0, 1.0, 1.0), (3.0, 1.0, 0.2), "balanced"])
def test_class_weights_move_no_probability(weights: Any) -> None:
    """The loss is least where the answered probabilities are the true ones, whatever the weights."""
    built = head(head="direction", class_weights=weights)
    assert isinstance(built, Direction)
    truth = torch.tensor([[0.6, 0.1, 0.3], [0.2, 0.5, 0.3]])
    raw = torch.zeros(1, 2, 3, requires_grad=True)
    optimiser = torch.optim.LBFGS([raw], max_iter=200, line_search_fn="strong_wolfe")

    def closure() -> torch.Tensor:
        optimiser.zero_grad()
        by_class = torch.stack([built.loss(raw, torch.full((1, 2), float(kind)))[0] for kind in range(3)], 1)
        loss = (truth * by_class).sum()
        loss.backward()
        return loss

    optimiser.step(closure)
    assert built.log_probabilities(raw).exp()[0].detach().numpy() == pytest.approx(truth.numpy(), abs=2e-3)


def test_direction_begins_at_the_shares_and_answers_the_unconditional() -> None:
    """Without a word from the network the classes have their shares; quantiles are always the start's."""
    built = head(head="direction", class_weights="balanced")
    assert isinstance(built, Direction)
    assert built.log_probabilities(torch.zeros(1, 2, 3)).exp()[0].numpy() == pytest.approx(SHARES)
    assert built.quantiles(outputs(built))[0].numpy() == pytest.approx(QUANTILES)


def test_moves_within_the_band_are_flat() -> None:
    """Moves are down, flat or up by the band in volatilities, its ends included; unknown ones stay so."""
    moves = np.array([[-1.0, -0.25, 0.0, 0.25, 0.26, np.nan]], dtype=np.float32)
    assert classify_moves(moves, 0.25)[0] == pytest.approx([0, 1, 1, 1, 2, np.nan], nan_ok=True)
    built = head(head="direction", flat=0.3)
    assert built.targets(moves, moves)[0] == pytest.approx([0, 1, 1, 1, 1, np.nan], nan_ok=True)
