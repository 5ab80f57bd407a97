"""One gradient step: learning rate schedule, penalties, clipping, optimiser and weight averaging."""

import copy
import math
from dataclasses import dataclass

import torch
from torch import Tensor

from morrow.config import NetworkRecipe
from morrow.networks.network import Network

STEPS_AN_EPOCH = 8


@dataclass
class Schedule:
    """The learning rate by gradient step.

    Attributes:
        recipe: gives the rate, schedule, warm-up and epochs.
        restarts: number of restarts; each halves the rate.
        cuts: steps at which a plateau halved the rate.
    """

    recipe: NetworkRecipe
    restarts: int
    cuts: tuple[int, ...] = ()

    def rate(self, step: int) -> float:
        """Learning rate of a step; steps count from 0."""
        recipe = self.recipe
        rate = recipe.rate * 0.5**self.restarts
        if step < recipe.warm_up:
            rate *= (step + 1) / recipe.warm_up
        if recipe.schedule == "cosine":
            rate *= 0.5 * (1 + math.cos(math.pi * step / (recipe.epochs * STEPS_AN_EPOCH)))
        if recipe.schedule == "plateau":
            rate *= 0.5 ** sum(step >= cut for cut in self.cuts)
        return rate


class Stepper:
    """Updates a network's weights and their exponential moving average."""

    def __init__(self, network: Network, recipe: NetworkRecipe, schedule: Schedule) -> None:
        """Initialize the average as a copy of the network."""
        self.network, self.recipe, self.schedule = network, recipe, schedule
        self.average = copy.deepcopy(network)
        self.weights: list[Tensor] = list(network.parameters())
        self.averaged: list[Tensor] = list(self.average.parameters())
        self.matrices = [weight for weight in self.weights if weight.dim() > 1]
        self.optimiser = _optimiser(self.weights, recipe)

    def step(self, loss: Tensor, step: int) -> float:
        """Take one gradient step; return the gradient norm before clipping. Steps count from 0.

        If the loss or the norm is not finite, the weights do not change.
        """
        self.optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        gradients = [weight.grad for weight in self.weights if weight.grad is not None]
        if self.recipe.l1:
            for matrix in self.matrices:
                if matrix.grad is not None:
                    matrix.grad.add_(matrix.detach().sign(), alpha=self.recipe.l1)
        norm = torch.nn.utils.get_total_norm(gradients)
        size = float(norm)
        if not math.isfinite(size) or not math.isfinite(float(loss.detach())):
            return size
        torch.nn.utils.clip_grads_with_norm_(self.weights, self.recipe.clip, norm)
        rate = self.schedule.rate(step)
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        if self.recipe.optimiser == "sgd" and self.recipe.weight_decay:
            with torch.no_grad():
                torch._foreach_mul_(self.weights, 1 - rate * self.recipe.weight_decay)
        self.optimiser.step()
        # A lower decay in early steps removes the random initial weights from the average.
        decay = min(self.recipe.average, (1 + step) / (10 + step))
        with torch.no_grad():
            torch._foreach_lerp_(self.averaged, self.weights, 1 - decay)
        return size


def _optimiser(weights: list[Tensor], recipe: NetworkRecipe) -> torch.optim.Optimizer:
    if recipe.optimiser == "sgd":
        return torch.optim.SGD(weights, lr=recipe.rate, momentum=recipe.momentum)
    if recipe.optimiser == "adam":
        return torch.optim.Adam(weights, lr=recipe.rate, fused=True)
    return torch.optim.AdamW(weights, lr=recipe.rate, weight_decay=recipe.weight_decay, fused=True)
