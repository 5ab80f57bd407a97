"""A stack of recurrent cells with a head: build it, restore it from arrays, and export it as arrays."""

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from morrow.config import NetworkRecipe
from morrow.heads import Head, Start, make
from morrow.networks import cells


class Network(nn.Module):
    """Maps sequences of features to raw outputs that its head interprets."""

    def __init__(
        self, recipe: NetworkRecipe, inputs: int, start: Start, levels: NDArray[np.float64], known: int
    ) -> None:
        """Build for ``inputs`` features and, with symbol embeddings, ``known`` symbols plus one unknown."""
        super().__init__()
        self.recipe, self.known = recipe, known
        vector = recipe.embedding if recipe.symbols == "embedding" else 0
        self.cell = cells.stack(recipe, inputs + vector)
        sides = 2 if recipe.direction == "bidirectional" else 1
        self.head: Head = make(recipe, recipe.width * sides, start, levels)
        cells.initialise(self.cell, recipe)
        nn.init.normal_(self.head.weight, std=0.01)
        nn.init.zeros_(self.head.bias)
        self.embedding = nn.Embedding(known + 1, vector) if vector else None
        if self.embedding is not None:
            nn.init.normal_(self.embedding.weight, std=0.1)

    def forward(self, features: Tensor, skip: int = 0, symbols: Tensor | None = None) -> Tensor:
        """Map scaled features (L, B, F) to raw outputs (L − skip, B, H, K), or to the last session's only.

        The first ``skip`` sessions are read without a gradient and give no output. With supervision of the
        last session, the output is (1, B, H, K) and ``skip`` must be zero.

        Args:
            features: sessions first.
            skip: sessions.
            symbols: (B,) indices of the embedded symbols, ``known`` for an unknown one.
        """
        hidden = cells.drop_values(
            self.compute_states(features, skip, symbols), self.recipe.dropout if self.training else 0.0
        )
        answered: Tensor = self.head(hidden)
        return answered

    def compute_states(self, features: Tensor, skip: int = 0, symbols: Tensor | None = None) -> Tensor:
        """Hidden states that the head reads: (L − skip, B, W), or (1, B, W) with supervision of the last.

        A bidirectional stack gives (1, B, 2 W): the forward state at the end of the window concatenated with
        the backward state at its start, where each direction has read the whole window.
        """
        if self.embedding is not None and symbols is not None:
            vectors = self.embedding(symbols).expand(len(features), -1, -1)
            features = torch.cat([features, vectors], dim=-1)
        state = None
        if skip:
            with torch.no_grad():
                _, state = cells.run(self.cell, features[:skip], None, self.recipe.dropout)
        states, last = cells.run(self.cell, features[skip:], state, self.recipe.dropout)
        if self.recipe.supervision == "every":
            return states
        ended = last[0] if isinstance(last, tuple) else last  # (layers × sides, B, W)
        if self.recipe.direction == "forward":
            return ended[-1:]
        return torch.cat([ended[-2:-1], ended[-1:]], dim=-1)


def build(
    recipe: NetworkRecipe, inputs: int, start: Start, levels: Sequence[float], known: int = 0
) -> Network:
    """Build a network with new weights, drawn from torch's current seed."""
    return Network(recipe, inputs, start, np.asarray(levels), known)


def restore(
    recipe: NetworkRecipe,
    inputs: int,
    horizon: int,
    levels: Sequence[float],
    weights: Mapping[str, NDArray[np.float32]],
) -> Network:
    """Build a network with the given weights, in evaluation mode."""
    named = {name: torch.from_numpy(np.array(value)) for name, value in weights.items()}
    known = len(named["embedding.weight"]) - 1 if "embedding.weight" in named else 0
    network = Network(recipe, inputs, Start.blank(horizon, len(levels)), np.asarray(levels), known)
    network.load_state_dict(named)
    return network.eval()


def weights(network: Network) -> dict[str, NDArray[np.float32]]:
    """All parameters and buffers, keyed by name."""
    return {name: value.detach().cpu().numpy().copy() for name, value in network.state_dict().items()}
