"""The training loop of recurrent networks: chunks, early stopping, averaged weights."""

import copy
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from morrow import networks
from morrow.baselines import ewma
from morrow.config import NetworkRecipe
from morrow.errors import HistoryError, NightError
from morrow.features import Scaling
from morrow.panel import Panel
from morrow.training.assignment import Assignment, Progress, fit_rows

STEPS_AN_EPOCH = 8


@dataclass(frozen=True)
class _Material:
    """What the networks of one recipe share."""

    features: NDArray[np.float32]  # (R, F) scaled
    target: NDArray[np.float32]  # (R, H) scaled, NaN where it must not count
    first: NDArray[np.int64]  # (S,) first row of each series whose features are all known
    bars: NDArray[np.int64]  # (S,) bars from there to the end of the fit sessions
    start: NDArray[np.float32]  # (H, Q) quantiles where a network begins
    center: int


def fit_networks(
    panel: Panel, rows: NDArray[np.int64], task: Assignment, recipe: NetworkRecipe, progress: Progress
) -> tuple[dict[str, Any], dict[str, NDArray[Any]], list[dict[str, float]]]:
    """Fit every network of a recipe, one after the other, each from its own seed.

    Args:
        panel: rows, features and targets.
        rows: (N,) rows whose targets count.
        task: sessions to fit on and to stop on.
        recipe: the cell, its size and how it is fitted.
        progress: hears of every epoch.

    Returns:
        what the document must say (scaler, steps), arrays named ``INDEX.PARAMETER``, and the epochs.

    Raises:
        HistoryError: no series is longer than the window, or no stop session can be judged.
        NightError: the loss became NaN or infinite.
    """
    levels = np.asarray(task.levels)
    scaling = Scaling.fit(panel.features[rows])
    scaled = panel.scaled
    counted = np.full_like(scaled, np.nan)
    counted[rows] = scaled[rows]
    first = np.flatnonzero(panel.reach == 0)
    inside = (panel.session < task.fit[1]) & (panel.reach >= 0)
    bars = np.bincount(panel.series[inside], minlength=int(panel.series.max()) + 1)[panel.series[first]]
    long = bars > task.window
    if not long.any():
        raise HistoryError(
            f"recipe {task.name}: no series has more than the window of {task.window} sessions to fit on; "
            "lower forecast.window or bring more history"
        )
    material = _Material(
        scaling.apply(panel.features),
        counted,
        first[long],
        bars[long],
        ewma.fit(scaled[rows], levels),
        int(np.argmin(np.abs(levels - 0.5))),
    )
    arrays: dict[str, NDArray[Any]] = {}
    steps, history = [], []
    for index in range(recipe.networks):
        loop = _Loop(panel, material, task, recipe, index, scaled)
        network, taken, epochs = loop.run(progress)
        arrays |= {f"{index}.{name}": value for name, value in networks.weights(network).items()}
        steps.append(taken)
        history += epochs
    return {"scaling": scaling.document(), "steps": steps}, arrays, history


class _Loop:
    """The training loop of one network."""

    def __init__(
        self,
        panel: Panel,
        material: _Material,
        task: Assignment,
        recipe: NetworkRecipe,
        index: int,
        scaled: NDArray[np.float32],
    ) -> None:
        self.material, self.task, self.recipe, self.index = material, task, recipe, index
        seeds = np.random.SeedSequence([task.seed, index]).spawn(2)
        torch.manual_seed(int(seeds[0].generate_state(1)[0]))
        self.draw = np.random.default_rng(seeds[1])
        self.network = networks.build(recipe, material.features.shape[1], material.start, material.center)
        self.average = copy.deepcopy(self.network)
        self.optimiser = torch.optim.AdamW(
            self.network.parameters(), lr=recipe.rate, weight_decay=recipe.weight_decay
        )
        self.levels = torch.tensor(task.levels, dtype=torch.float32)
        # How often each series may start a chunk: as many places as leave one position with a loss.
        places = np.maximum(material.bars - task.window, 1).astype(np.float64)
        self.chance = places / places.sum()
        self.stop_rows = np.empty(0, dtype=np.int64)
        if task.stop:
            rows = fit_rows(panel, task.stop)
            self.stop_rows = rows[panel.reach[rows] >= task.window]
        self.stop_position = panel.reach[self.stop_rows]
        self.stop_target = torch.from_numpy(scaled[self.stop_rows])

    def run(self, progress: Progress) -> tuple[networks.QuantileNetwork, int, list[dict[str, float]]]:
        """Train; return the averaged network at its best step, that step, and the epochs."""
        if self.task.stop is None:
            taken = self.task.steps[self.index]
            for step in range(taken):
                self._step(step)
            return self.average.eval(), taken, []
        if not len(self.stop_rows):
            raise HistoryError(f"recipe {self.task.name}: no stop session has a bar that can be judged")
        best, best_steps, best_weights = np.inf, 0, copy.deepcopy(self.average.state_dict())
        epochs: list[dict[str, float]] = []
        for epoch in range(self.recipe.epochs):
            losses = [self._step(epoch * STEPS_AN_EPOCH + step) for step in range(STEPS_AN_EPOCH)]
            stop_loss = self._stop_loss()
            epochs.append(
                {
                    "network": float(self.index),
                    "epoch": float(epoch),
                    "fit_loss": float(np.mean([loss for loss, _ in losses])),
                    "gradient_norm": float(np.mean([norm for _, norm in losses])),
                    "stop_loss": stop_loss,
                }
            )
            progress(epochs[-1])
            if stop_loss < best:
                best, best_steps = stop_loss, (epoch + 1) * STEPS_AN_EPOCH
                best_weights = copy.deepcopy(self.average.state_dict())
            elif (epoch + 1) * STEPS_AN_EPOCH - best_steps >= self.recipe.patience * STEPS_AN_EPOCH:
                break
        self.average.load_state_dict(best_weights)
        return self.average.eval(), best_steps, epochs

    def _step(self, step: int) -> tuple[float, float]:
        features, target = self._batch()
        quantiles = self.network(features, self.task.window)
        loss = networks.pinball(quantiles, target.nan_to_num(), self.levels)
        known = torch.isfinite(target)
        loss = (loss * known).sum() / known.sum().clamp_min(1)
        self.optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        norm = torch.nn.utils.clip_grad_norm_(self.network.parameters(), self.recipe.clip)
        if not torch.isfinite(loss) or not torch.isfinite(norm):
            raise NightError(
                f"recipe {self.task.name}: loss {loss.item()} and gradient norm {norm.item()} "
                f"at step {step}; lower its rate"
            )
        self.optimiser.step()
        # Early averages forget faster, or the random start would stay in them.
        decay = min(self.recipe.average, (1 + step) / (10 + step))
        with torch.no_grad():
            for mean, now in zip(self.average.parameters(), self.network.parameters(), strict=True):
                mean.lerp_(now, 1 - decay)
        return loss.item(), norm.item()

    def _batch(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Chunks (B, L, F), and targets (B, L − window, H) of what follows the first window of each.

        What lies past the fit sessions counts for nothing.
        """
        material, window = self.material, self.task.window
        chunk = window + self.recipe.stride
        series = self.draw.choice(len(self.chance), size=self.recipe.batch, p=self.chance)
        bars = material.bars[series]
        latest = np.maximum(bars - chunk, 0)
        # A start may fall before the series begins; clipping it gives early bars their share.
        start = np.clip(self.draw.integers(window - chunk + 1, latest + chunk - window), 0, latest)
        rows = networks.chunk_rows(material.first[series], start, bars, chunk)
        target = material.target[rows[:, window:]]
        target[start[:, None] + np.arange(window, chunk) >= bars[:, None]] = np.nan
        return torch.from_numpy(material.features[rows]), torch.from_numpy(target)

    def _stop_loss(self) -> float:
        quantiles = networks.answer(
            self.average.eval(),
            self.material.features,
            self.stop_rows,
            self.stop_position,
            self.task.window,
            self.recipe.stride,
        )
        loss = networks.pinball(torch.from_numpy(quantiles), self.stop_target.nan_to_num(), self.levels)
        known = torch.isfinite(self.stop_target)
        return float((loss * known).sum() / known.sum())
