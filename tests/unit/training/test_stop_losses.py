"""The loss on the stop sessions, and the epoch that it chooses."""

from typing import Any

import numpy as np
import pytest
import torch

from morrow import training
from morrow.config import NetworkRecipe
from morrow.heads import Start, make
from morrow.panel import Panel
from morrow.training import stop_losses
from morrow.training.stop_losses import mean_loss
from morrow.training.training_request import Course
from tests.conftest import TINY, bars, panel_of, train

LEVELS = np.array([0.25, 0.5, 0.75])


def test_the_mean_is_over_known_steps() -> None:
    """Rows count by their known steps, whatever block they fall into."""
    draw = np.random.default_rng(4)
    target = torch.from_numpy(draw.standard_normal((stop_losses.BLOCK + 5, 2)).astype(np.float32))
    target[::3, 1] = torch.nan
    head = make(NetworkRecipe(kind="rnn", head="point", target="raw"), 1, Start.blank(2, 3), LEVELS)
    raw = torch.zeros((*target.shape, 1))
    errors = target.numpy()[np.isfinite(target.numpy())] - 1  # the blank start's median is 1
    assert mean_loss(head, raw, target) == pytest.approx(np.square(errors).mean() / 2, rel=1e-5)


def noise() -> Panel:
    """Four walks with nothing to learn."""
    steps = 0.01 * np.random.default_rng(5).standard_normal((4, 420))
    return panel_of(
        bars({f"S{index}": row for index, row in enumerate(100 * np.exp(np.cumsum(steps, axis=1)))})
    )


@pytest.mark.parametrize(
    "options",
    [
        {"kind": "rnn"},
        {"kind": "gru", "symbols": "embedding"},
        {"kind": "lstm", "supervision": "last", "stride": 64},
    ],
    ids=lambda options: options["kind"],
)
def test_the_best_trained_epoch_is_kept(options: dict[str, Any]) -> None:
    """Even on noise no network is thrown back to its start, and a refit repeats its steps."""
    panel = noise()
    recipe = NetworkRecipe(**{**TINY, "rate": 0.1, "proof": 1.0, **options})
    trained = train(panel, "x", recipe=recipe)
    (course,) = training.courses(trained.fitted.document)
    best = min(trained.history, key=lambda epoch: epoch["stop_loss"])
    assert course.steps == (best["epoch"] + 1) * training.STEPS_AN_EPOCH
    again = train(panel, "x", recipe=recipe, stop=None, courses=(course,)).fitted
    assert all(again.arrays[name].tobytes() == trained.fitted.arrays[name].tobytes() for name in again.arrays)


def test_a_training_that_fell_short_is_told() -> None:
    """Networks that a budget ended or that began again are counted in words."""
    done, cut = Course("", 16), Course("", 8, ended="budget")
    assert training.remark([]) == training.remark([done, done]) == ""
    assert training.remark([done, cut]) == "1 of 2 stopped by the time budget"
    assert training.remark([Course("", 8, restarts=1, ended="budget"), done]) == (
        "1 of 2 stopped by the time budget, 1 of 2 begun again at half the rate"
    )


def test_every_epoch_has_the_start_and_the_machine_beside_it() -> None:
    """The start's loss is one number throughout, and each epoch says how busy process and machine were."""
    history = train(noise(), "x", recipe=NetworkRecipe(kind="rnn", **TINY)).history
    assert len({epoch["start_loss"] for epoch in history}) == 1
    for epoch in history:
        assert (
            0 < epoch["system/process_memory_megabytes"] < epoch["system/system_memory_usage_megabytes"] * 2
        )
        assert 0 < epoch["system/system_memory_usage_percentage"] <= 100
        assert epoch["system/process_cpu_percentage"] >= 0
        assert 0 <= epoch["system/cpu_utilization_percentage"] <= 100
