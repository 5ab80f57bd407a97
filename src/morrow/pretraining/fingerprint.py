"""A few figures of a pretrained network that the code must come to again.

They lie in its card. Code that simulates, trains or reads otherwise than the code that made the weights gives
other figures, whatever file the change is in; a change that only renames or rearranges gives the same ones.
"""

import numpy as np
import torch

from morrow.config.recipes import PRETRAINED_SIZES
from morrow.pretraining.network_weights import PretrainedNetwork, build_network, make_recipe
from morrow.pretraining.sequences import inputs_and_targets
from morrow.pretraining.simulation import simulate
from morrow.pretraining.stream import Size, pretrain

SEED = 71
SMALL = Size(3, 24)  # one gradient step a simulation
PATHS, SESSIONS = 24, 120
STEPS = (1, 5, 20)
LEVELS = np.array([0.05, 0.5, 0.95])


def measure_first_losses(kind: str) -> list[float]:
    """Mean losses of the first three gradient steps of a small training, each on markets of its own."""
    losses: list[float] = []
    recipe = make_recipe(kind, *PRETRAINED_SIZES[kind])
    pretrain(recipe, SMALL, SEED, progress=lambda facts: losses.append(round(facts["loss"], 6)))
    return losses


def measure_answers(network: PretrainedNetwork) -> list[list[float]]:
    """Mean quantiles after the last session of some simulated paths, by step and level, in units."""
    values, _ = inputs_and_targets(simulate(PATHS, SESSIONS, SEED))
    reader = build_network(network.recipe, network.weights, max(STEPS), LEVELS)
    with torch.inference_mode():
        raw = reader(torch.from_numpy(network.scaling.apply(values)))
        answers = reader.head.quantiles(raw)[-1].mean(dim=0).numpy()
    return [[round(float(value), 5) for value in answers[step - 1]] for step in STEPS]
