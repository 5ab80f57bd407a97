"""Training on simulated markets: reproducible, and better than its start."""

import numpy as np

from morrow.pretraining.network_weights import make_recipe
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
