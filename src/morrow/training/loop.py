"""The training loop of one network: epochs of gradient steps, early stopping, best averaged weights."""

import copy
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from morrow import networks
from morrow.config import NetworkRecipe
from morrow.errors import MorrowError
from morrow.networks import STEPS_AN_EPOCH, Network, Schedule, Stepper
from morrow.pretraining import build_network, load_network
from morrow.training import system_metrics
from morrow.training.batches import Batch, Batches
from morrow.training.dataset import Dataset, Share
from morrow.training.stop_losses import mean_loss
from morrow.training.training_request import Course, Progress


class NotFiniteError(MorrowError):
    """A loss or gradient became NaN or infinite; the caller may restart the training."""


@dataclass
class Loop:
    """The training of one network.

    Attributes:
        dataset, share, recipe: the training data and the hyperparameters.
        entropy: the seed for all random draws.
        index: the network's index within the recipe.
        course: the initial course, including the number of earlier restarts.
        deadline: end of the time budget, on the clock of :func:`time.perf_counter`.
    """

    dataset: Dataset
    share: Share
    recipe: NetworkRecipe
    levels: tuple[float, ...]
    entropy: tuple[int, ...]
    index: int
    course: Course
    deadline: float = np.inf
    epochs: list[dict[str, float]] = field(default_factory=list, init=False)

    def __post_init__(self) -> None:
        """Draw the network's initial weights."""
        seeds = np.random.SeedSequence(list(self.entropy)).spawn(2)
        torch.manual_seed(int(seeds[0].generate_state(1)[0]))
        dataset, device = self.dataset, self.dataset.features.device
        known = len(dataset.embedded) if self.recipe.symbols == "embedding" else 0
        inputs = dataset.features.shape[1]
        if self.recipe.start == "pretrained":
            weights, horizon = load_network(self.recipe.kind).weights, dataset.target.shape[1]
            network = build_network(self.recipe, weights, horizon, np.asarray(self.levels))
        else:
            network = networks.build(self.recipe, inputs, self.share.start, self.levels, known)
        self.network = network.to(device).train()
        self.untrained = copy.deepcopy(self.network).eval()  # its loss is logged
        if self.recipe.start != "pretrained":  # with zero weights, a head answers its initial value
            torch.nn.init.zeros_(self.untrained.head.weight)
        self.schedule = Schedule(self.recipe, self.course.restarts, self.course.cuts)
        self.stepper = Stepper(self.network, self.recipe, self.schedule)
        self.batches = Batches(dataset, self.share, self.recipe, np.random.default_rng(seeds[1]))
        system_metrics.sample()  # start measuring CPU use for the first epoch

    def repeat(self) -> Network:
        """Repeat a known course and return the averaged network.

        Raises:
            NotFiniteError: as in :meth:`run`.
        """
        for step in range(self.course.steps):
            self._step(step)
        return self.stepper.average.eval()

    def run(self, progress: Progress) -> tuple[Network, Course]:
        """Train to the end and return the averaged network of the best epoch, with its course.

        What it is worth beside its start is for the recipe's weight to say, not for the stop sessions.

        Raises:
            NotFiniteError: a loss or gradient is NaN or infinite.
        """
        average, start = self.stepper.average, self._compute_stop_loss(self.untrained)
        best, best_epoch, cut, ended = np.inf, -1, -1, "epochs"
        if self.recipe.start == "pretrained":  # which has learnt already, and may stay as it is
            best = start
        kept = copy.deepcopy(average.state_dict())
        for epoch in range(self.recipe.epochs):
            judged, facts = self._epoch(epoch)
            self.epochs.append(facts | {"start_loss": start})
            progress(self.epochs[-1])
            if judged < best:
                best, best_epoch = judged, epoch
                kept = copy.deepcopy(average.state_dict())
            elif epoch - best_epoch >= self.recipe.patience:
                ended = "patience"
                break
            if self.recipe.schedule == "plateau" and epoch - max(best_epoch, cut) >= self.recipe.plateau:
                cut = epoch
                self.schedule.cuts = (*self.schedule.cuts, (epoch + 1) * STEPS_AN_EPOCH)
            if time.perf_counter() > self.deadline:
                ended = "budget"
                break
        average.load_state_dict(kept)
        steps = (best_epoch + 1) * STEPS_AN_EPOCH
        cuts = tuple(each for each in self.schedule.cuts if each < steps)
        return average.eval(), replace(self.course, steps=steps, cuts=cuts, ended=ended)

    def _epoch(self, epoch: int) -> tuple[float, dict[str, float]]:
        began = time.perf_counter()
        first = epoch * STEPS_AN_EPOCH
        taken = [self._step(first + step) for step in range(STEPS_AN_EPOCH)]
        seconds = time.perf_counter() - began
        judged = self.stop_loss()
        if not np.isfinite(judged):
            raise NotFiniteError(f"stop loss {judged} after epoch {epoch}")
        return judged, {
            "network": float(self.index),
            "epoch": float(epoch),
            "fit_loss": float(np.mean([loss for loss, _ in taken])),
            "gradient_norm": float(np.mean([norm for _, norm in taken])),
            "stop_loss": judged,
            "learning_rate": self.schedule.rate(first + STEPS_AN_EPOCH - 1),
            "positions_per_s": STEPS_AN_EPOCH * self.recipe.batch * self.batches.chunk / seconds,
            **system_metrics.sample(),
        }

    def _step(self, step: int) -> tuple[float, float]:
        loss = self.loss(self.batches.next())
        norm = self.stepper.step(loss, step)
        value = float(loss.detach())
        if not np.isfinite(value) or not np.isfinite(norm):
            raise NotFiniteError(
                f"loss {value} and gradient norm {norm} at step {step} with rate {self.schedule.rate(step):g}"
            )
        return value, norm

    def loss(self, batch: Batch) -> Tensor:
        """Weighted mean loss of a batch."""
        with precision(self.recipe, batch.features.device):
            raw = self.network(batch.features, batch.skip, batch.symbols)
        losses = self.network.head.loss(raw.float(), batch.target)
        return (losses * batch.weight).sum() / batch.weight.sum().clamp_min(1e-12)

    def stop_loss(self) -> float:
        """Mean loss of the averaged network on the stop sessions."""
        return self._compute_stop_loss(self.stepper.average)

    def _compute_stop_loss(self, network: Network) -> float:
        """Mean loss of a network on the stop sessions."""
        share = self.share
        with precision(self.recipe, self.dataset.features.device):
            raw = networks.read(
                network.eval(),
                self.dataset.features,
                share.stop,
                share.stop_position,
                self.dataset.window,
                share.stop_code,
            )
        return mean_loss(network.head, raw, share.stop_target)


@contextmanager
def precision(recipe: NetworkRecipe, device: torch.device) -> Iterator[Any]:
    """Run networks in the recipe's precision."""
    with torch.autocast(device.type, dtype=torch.bfloat16, enabled=recipe.precision == "bf16") as context:
        yield context
