"""Random batches: chunks of series gathered from one array of features, time-major."""

from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from morrow import networks
from morrow.config import NetworkRecipe
from morrow.training.dataset import Dataset, Share


class Batch(NamedTuple):
    """The sequences of one gradient step.

    Attributes:
        features: (L, B, F).
        target: (A, B, H) for the A sessions with a loss; zero where the target is masked.
        weight: (A, B, H) loss weight; zero where the target is masked.
        symbols: (B,) embedding indices; None without an embedding.
        skip: number of sessions before the first one with a loss.
    """

    features: Tensor
    target: Tensor
    weight: Tensor
    symbols: Tensor | None
    skip: int


class Batches:
    """Draws random batches from one network's share of the dataset."""

    def __init__(
        self, dataset: Dataset, share: Share, recipe: NetworkRecipe, draw: np.random.Generator
    ) -> None:
        """Draw each series with probability proportional to its number of positions with a loss."""
        self.dataset, self.share, self.recipe, self.draw = dataset, share, recipe, draw
        self.last = recipe.supervision == "last"
        places = np.maximum(share.bars - dataset.window, 1).astype(np.float64)
        self.chance = places / places.sum()
        self.chunk = dataset.window + (0 if self.last else recipe.stride)

    def next(self) -> Batch:
        """Draw a batch. Positions past the fit sessions or the end of a series get zero weight."""
        series = self.draw.choice(len(self.chance), size=self.recipe.batch, p=self.chance)
        return self._windows(series) if self.last else self._chunks(series)

    def _chunks(self, series: NDArray[np.int64]) -> Batch:
        share, window, chunk = self.share, self.dataset.window, self.chunk
        bars = share.bars[series]
        latest = np.maximum(bars - chunk, 0)
        # A start may fall before the series begins; clipping keeps early bars from being undersampled.
        start = np.clip(self.draw.integers(window - chunk + 1, latest + chunk - window), 0, latest)
        rows = networks.chunk_rows(share.first[series], start, bars, chunk).T  # (L, B)
        beyond = start + np.arange(window, chunk)[:, None] >= bars
        return self._batch(rows, rows[window:], beyond, series, window)

    def _windows(self, series: NDArray[np.int64]) -> Batch:
        window = self.dataset.window
        end = self.share.first[series] + self.draw.integers(window - 1, self.share.bars[series])
        rows = networks.window_rows(end, window).T
        return self._batch(rows, end[None], np.zeros((1, len(series)), dtype=bool), series, 0)

    def _batch(
        self,
        rows: NDArray[np.int64],
        answered: NDArray[np.int64],
        beyond: NDArray[np.bool_],
        series: NDArray[np.int64],
        skip: int,
    ) -> Batch:
        dataset = self.dataset
        device = dataset.features.device
        places = torch.from_numpy(np.ascontiguousarray(answered)).to(device)
        target = dataset.target[places]
        counts = torch.isfinite(target) & ~torch.from_numpy(beyond).to(device).unsqueeze(-1)
        weight = counts.to(target.dtype)
        if dataset.weight is not None:
            weight = weight * dataset.weight[places].unsqueeze(-1)
        places_read = torch.from_numpy(rows.reshape(-1)).to(device)
        features = dataset.features.index_select(0, places_read).view(*rows.shape, -1)
        return Batch(features, torch.where(counts, target, 0.0), weight, self._symbols(series, device), skip)

    def _symbols(self, series: NDArray[np.int64], device: torch.device) -> Tensor | None:
        """Embedding indices of the series, some replaced at random by the index for unknown symbols."""
        if self.recipe.symbols != "embedding":
            return None
        unknown = self.draw.random(len(series)) < self.recipe.unknown
        code = np.where(unknown, len(self.dataset.embedded), self.share.code[series])
        return torch.from_numpy(code).to(device)
