"""Train a network on simulated markets alone, each session seen once."""

from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from morrow import networks
from morrow.baselines.base import empirical_quantiles
from morrow.config import NetworkRecipe
from morrow.errors import NightError
from morrow.features import Scaling
from morrow.heads import Start
from morrow.networks import STEPS_AN_EPOCH, Network, Schedule, Stepper
from morrow.pretraining import grid
from morrow.pretraining.network_weights import SCALING, make_scaling
from morrow.pretraining.sequences import Sequences, draw_sequences

WARM_UP = 38  # sessions of a sequence that are read without a loss
BATCH = 128  # sequences a gradient step
SIMULATIONS = 100_000  # seeds of simulations that belong to one seed
OPTIONS = {"rate": 3e-3, "schedule": "cosine", "warm_up": 100, "weight_decay": 1e-4, "average": 0.998}

Progress = Callable[[dict[str, float]], None]


@dataclass(frozen=True)
class Size:
    """How much a network is trained on: ``simulations`` of ``paths`` paths each."""

    simulations: int
    paths: int = 1024


def pretrain(
    recipe: NetworkRecipe, size: Size, seed: int, device: str = "cpu", progress: Progress = lambda _: None
) -> dict[str, NDArray[np.float32]]:
    """Train a network on simulated markets; return its weights and the scaling of its inputs by name.

    Args:
        recipe: cell, layers and width, of :func:`morrow.pretraining.make_recipe`.
        size: of the training.
        seed: of the simulated markets and of the first weights.
        device: cpu or cuda.
        progress: called after every simulation with positions (sessions with a loss), seconds and the loss.

    Raises:
        NightError: a loss is not finite.
    """
    torch.manual_seed(seed)
    drawn = draw_sequences(seed * SIMULATIONS, size.paths)
    mean = np.nanmean(drawn.inputs, axis=(0, 1))
    deviation = np.nanstd(drawn.inputs, axis=(0, 1)) + np.float32(1e-6)
    steps = size.simulations * -(-drawn.inputs.shape[1] // BATCH)
    options = recipe.model_copy(update={**OPTIONS, "epochs": -(-steps // STEPS_AN_EPOCH)})
    network = networks.build(options, len(mean), _start(drawn), grid.LEVELS).to(device).train()
    learner = _Learner(network, options, make_scaling(mean, deviation), device)
    began = perf_counter()
    for index in range(size.simulations):
        if index:
            drawn = draw_sequences(seed * SIMULATIONS + index, size.paths)
        loss = learner.learn(drawn)
        progress({"positions": learner.positions, "seconds": perf_counter() - began, "loss": loss})
    weights = networks.weights(learner.stepper.average)
    return {**weights, **dict(zip(SCALING, (mean, deviation), strict=True))}


class _Learner:
    """A network in training: gradient steps taken so far, and sessions with a loss."""

    def __init__(self, network: Network, options: NetworkRecipe, scaling: Scaling, device: str) -> None:
        self.network, self.scaling, self.device = network, scaling, device
        self.stepper = Stepper(network, options, Schedule(options, 0))
        self.steps, self.positions = 0, 0

    def learn(self, drawn: Sequences) -> float:
        """Take a gradient step on each batch of sequences; the mean loss before the steps."""
        losses = []
        for low in range(0, drawn.inputs.shape[1], BATCH):
            loss, count = _loss(self.network, drawn, slice(low, low + BATCH), self.scaling, self.device)
            norm = self.stepper.step(loss, self.steps)
            losses.append(float(loss.detach()))
            if not np.isfinite(losses[-1] + norm):
                raise NightError(
                    f"the loss of step {self.steps} is {losses[-1]}; lower the rate of pretraining"
                )
            self.steps, self.positions = self.steps + 1, self.positions + count
        return float(np.mean(losses))


def _start(drawn: Sequences) -> Start:
    steps = len(grid.STEPS)
    quantiles = empirical_quantiles(drawn.target.reshape(-1, steps)[::8], np.asarray(grid.LEVELS))
    return Start(quantiles, np.full((steps, 3), 1 / 3, dtype=np.float32))


def _loss(
    network: Network, drawn: Sequences, chosen: slice, scaling: Scaling, device: str
) -> tuple[Tensor, int]:
    """Mean loss of some sequences, and how many of their sessions have one."""
    values, target = drawn.inputs[:, chosen], drawn.target[WARM_UP:, chosen]
    known = np.isfinite(values[WARM_UP:, :, :1]) & np.isfinite(target)
    raw = network(torch.from_numpy(scaling.apply(values)).to(device), WARM_UP)
    losses = network.head.loss(raw, torch.from_numpy(np.where(known, target, 0)).to(device))
    mask = torch.from_numpy(known).to(device)
    return (losses * mask).sum() / mask.sum().clamp_min(1), int(known[..., 0].sum())
