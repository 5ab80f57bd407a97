"""The LSTM of many tutorials, on one symbol's scaled closes, compared with the last price.

It is a demonstration: it forecasts a price level, not a distribution, and takes part in no contest.
"""

from dataclasses import dataclass
from time import perf_counter

import numpy as np
import torch
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits
from torch import Tensor, nn

from morrow.config import TutorialRecipe
from morrow.errors import HistoryError

Array = NDArray[np.float64]
LEAK = "closes are scaled on the whole series, test part included"


@dataclass(frozen=True, eq=False)
class TutorialForecast:
    """Predictions on the test part of a series, with those of the last price.

    Attributes:
        first: index of the first predicted close in the series.
        actual, predicted, last: (T,) closes, predictions and last prices, in the unit of the series.
        seconds: of training.
        leak: what the recipe saw of the future, None if nothing.
    """

    first: int
    actual: Array
    predicted: Array
    last: Array
    seconds: float
    leak: str | None

    def measures(self) -> dict[str, float]:
        """MSE and MAE of the prediction and of the last price, and their ratios; below 1 is skill."""
        mse, mae = _errors(self.actual, self.predicted)
        last_mse, last_mae = _errors(self.actual, self.last)
        return {
            "mse": mse,
            "mae": mae,
            "last_mse": last_mse,
            "last_mae": last_mae,
            "rel_mse": mse / last_mse,
            "rel_mae": mae / last_mae,
        }


@dataclass(frozen=True, eq=False)
class ScaledCloses:
    """Closes scaled to [0, 1] over the part that the scaling was fitted to.

    Attributes:
        values: (T,).
        low, spread: the close that became 0, and its distance from the close that became 1.
    """

    values: NDArray[np.float32]
    low: float
    spread: float


class Stack(nn.Module):
    """LSTM layers and one linear output of the last state, initialised as in the tutorials' library."""

    def __init__(self, recipe: TutorialRecipe) -> None:
        super().__init__()
        self.cell = nn.LSTM(1, recipe.width, recipe.layers, batch_first=True)
        self.head = nn.Linear(recipe.width, 1)
        for name, weight in self.cell.named_parameters():
            if "weight_hh" in name:
                nn.init.orthogonal_(weight)
            elif "weight_ih" in name:
                nn.init.xavier_uniform_(weight)
            else:
                nn.init.zeros_(weight)
                if "bias_ih" in name:  # gates lie input, forget, cell, output
                    weight.data[recipe.width : 2 * recipe.width] = 1.0
                else:  # the tutorials' cell has one bias
                    weight.requires_grad = False
        nn.init.xavier_uniform_(self.head.weight)
        nn.init.zeros_(self.head.bias)

    def forward(self, windows: Tensor) -> Tensor:
        """The next close after each window: (B, L) scaled closes -> (B,)."""
        hidden, _ = self.cell(windows.unsqueeze(-1))  # (B, L, W)
        prediction: Tensor = self.head(hidden[:, -1]).squeeze(-1)
        return prediction


def train_and_predict(closes: Array, recipe: TutorialRecipe, seed: int) -> TutorialForecast:
    """Train on the first part of a series, and predict each later close from the window before it.

    Args:
        closes: (T,) one symbol's closes in order, all positive.
        recipe: its options.
        seed: of the initial weights and of the order of the windows.

    Raises:
        HistoryError: the series is too short for a window and a batch, or never changes.
    """
    train, scaled = scale_closes(closes, recipe)
    windows = np.lib.stride_tricks.sliding_window_view(scaled.values[:-1], recipe.window)  # (T - L, L)
    targets = scaled.values[recipe.window :]  # (T - L,)
    cut = train - recipe.window
    start = perf_counter()
    with threadpool_limits(limits=1):
        model = _train(windows[:cut], targets[:cut], recipe, seed)
        with torch.inference_mode():
            predicted = model(torch.from_numpy(windows[cut:].copy())).numpy().astype(np.float64)
    return TutorialForecast(
        first=train,
        actual=closes[train:],
        predicted=predicted * scaled.spread + scaled.low,
        last=closes[train - 1 : -1],
        seconds=perf_counter() - start,
        leak=LEAK if recipe.scaled_on == "whole" else None,
    )


def scale_closes(closes: Array, recipe: TutorialRecipe) -> tuple[int, ScaledCloses]:
    """Number of closes to train on, and all closes scaled as the recipe says.

    Raises:
        HistoryError: as :func:`train_and_predict`.
    """
    train = int(len(closes) * recipe.train_share)
    if train < recipe.window + recipe.batch or train == len(closes):
        raise HistoryError(
            f"{len(closes)} closes are too few for a window of {recipe.window} and a batch of {recipe.batch} "
            f"in their first {recipe.train_share:.0%}; bring more history"
        )
    fitted_to = closes if recipe.scaled_on == "whole" else closes[:train]
    low, spread = float(fitted_to.min()), float(np.ptp(fitted_to))
    if spread <= 0:
        raise HistoryError("the closes never change, so they cannot be scaled")
    return train, ScaledCloses(((closes - low) / spread).astype(np.float32), low, spread)


def _train(
    windows: NDArray[np.float32], targets: NDArray[np.float32], recipe: TutorialRecipe, seed: int
) -> Stack:
    """Train on every window once per epoch, in a new order each time."""
    torch.manual_seed(seed)
    inputs, outputs = torch.from_numpy(windows.copy()), torch.from_numpy(targets.copy())
    model = Stack(recipe)
    trainable = [weight for weight in model.parameters() if weight.requires_grad]
    optimiser = torch.optim.Adam(trainable, lr=recipe.rate, eps=1e-7)
    for _ in range(recipe.epochs):
        for rows in torch.split(torch.randperm(len(inputs)), recipe.batch):
            loss = nn.functional.mse_loss(model(inputs[rows]), outputs[rows])
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]  # torch has no type for it
            optimiser.step()
    return model.eval()


def _errors(actual: Array, predicted: Array) -> tuple[float, float]:
    gap = actual - predicted
    return float(np.mean(gap**2)), float(np.mean(np.abs(gap)))
