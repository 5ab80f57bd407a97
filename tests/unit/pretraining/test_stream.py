"""Training on simulated markets: reproducible, and better than its start."""

import numpy as np
import pytest

from morrow.pretraining.network_weights import make_recipe
from morrow.pretraining.sequences import draw_sequences
from morrow.pretraining.stream import Size, pretrain

TINY = Size(2, 64)


def test_the_same_seed_gives_the_same_weights() -> None:
    """Weights and the scaling of the inputs depend on the seed alone, to the bit."""
    recipe = make_recipe("rnn", 1, 4)
    first, again, other = (pretrain(recipe, TINY, seed) for seed in (1, 1, 2))
    assert all(np.array_equal(first[name], again[name]) for name in first)
    assert not np.array_equal(first["head.weight"], other["head.weight"])


def test_progress_counts_positions() -> None:
    """After each simulation the sessions with a loss and the mean loss are told."""
    facts: list[dict[str, float]] = []
    pretrain(make_recipe("gru", 1, 4), TINY, 1, progress=facts.append)
    assert [each["positions"] > 50_000 * index for index, each in enumerate(facts, start=1)] == [True, True]
    assert facts[1]["loss"] < 0.2


def test_targets_are_returns_in_units() -> None:
    """A target of step h has about the deviation of h sessions' return; none reaches past its path."""
    drawn = draw_sequences(3, 32)
    assert np.nanstd(drawn.target, axis=(0, 1)) == pytest.approx(np.full(7, 1.1), abs=0.35)
    ends = np.isnan(drawn.target[-1]).all(axis=1)
    assert ends.sum() == 32  # half of the sequences end with their path
