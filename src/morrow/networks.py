"""Recurrent networks that answer quantiles which cannot cross, at every session of a sequence."""

from collections.abc import Iterator, Mapping

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from morrow.config import NetworkRecipe

LARGEST_LOG_SCALE = 1.5  # a network may widen or narrow its start by up to e^1.5


class QuantileNetwork(nn.Module):
    """A stack of recurrent layers and a head of H steps × Q quantiles.

    The head starts at given quantiles and moves them by a location, a scale and the widths between
    neighbours; widths are positive, so quantiles stay in order.
    """

    def __init__(self, recipe: NetworkRecipe, inputs: int, start: Tensor, center: int) -> None:
        """Build for ``inputs`` features, starting at (H, Q) quantiles whose median is column ``center``."""
        super().__init__()
        options = {
            "input_size": inputs,
            "hidden_size": recipe.width,
            "num_layers": recipe.layers,
            "dropout": recipe.dropout if recipe.layers > 1 else 0.0,
            "batch_first": True,
        }
        self.cell: nn.RNNBase
        if recipe.kind == "lstm":
            self.cell = nn.LSTM(**options)
        elif recipe.kind == "gru":
            self.cell = nn.GRU(**options)
        else:
            self.cell = nn.RNN(nonlinearity=recipe.nonlinearity, **options)
        self.center = center
        self.horizon, self.levels = start.shape
        self.dropout = nn.Dropout(recipe.dropout)
        self.head = nn.Linear(recipe.width, self.horizon * (self.levels + 1))
        self.location: Tensor
        self.register_buffer("location", start[:, center].clone())
        self.width: Tensor
        self.register_buffer("width", _inverse_softplus(start.diff(dim=1)))
        self._initialise(recipe)

    def _initialise(self, recipe: NetworkRecipe) -> None:
        for name, weight in self.cell.named_parameters():
            if "weight_hh" in name:
                for block in torch.split(weight.data, recipe.width):
                    nn.init.orthogonal_(block)
            elif "weight_ih" in name:
                nn.init.xavier_uniform_(weight.data)
            else:
                nn.init.zeros_(weight.data)
                if recipe.kind == "lstm" and "bias_ih" in name:  # gates lie input, forget, cell, output
                    weight.data[recipe.width : 2 * recipe.width] = 1.0
        nn.init.normal_(self.head.weight, std=0.01)
        nn.init.zeros_(self.head.bias)

    def forward(self, features: Tensor, skip: int = 0) -> Tensor:
        """(B, L, F) scaled features to (B, L − skip, H, Q) quantiles in units of volatility.

        The first ``skip`` positions are read without a gradient and not answered.
        """
        state = None
        if skip:
            with torch.no_grad():
                _, state = self.cell(features[:, :skip])
        hidden, _ = self.cell(features[:, skip:], state)  # (B, L − skip, W)
        return self.quantiles(self.head(self.dropout(hidden)))

    def quantiles(self, raw: Tensor) -> Tensor:
        """(..., H × (Q + 1)) outputs of the head to (..., H, Q) quantiles in order."""
        raw = raw.reshape(*raw.shape[:-1], self.horizon, self.levels + 1)
        scale = torch.exp(LARGEST_LOG_SCALE * torch.tanh(raw[..., :1] / LARGEST_LOG_SCALE))
        middle = self.location.unsqueeze(-1) + raw[..., 1:2]
        widths = nn.functional.softplus(raw[..., 2:] + self.width) * scale
        lowest = middle - widths[..., : self.center].sum(-1, keepdim=True)
        return torch.cat([lowest, widths], dim=-1).cumsum(-1)


def pinball(quantiles: Tensor, actual: Tensor, levels: Tensor) -> Tensor:
    """Quantile loss, (..., H, Q) against (..., H): (..., H), mean over levels."""
    error = actual.unsqueeze(-1) - quantiles
    return (error * (levels - (error.detach() < 0).to(error.dtype))).mean(-1)


def build(recipe: NetworkRecipe, inputs: int, start: NDArray[np.float32], center: int) -> QuantileNetwork:
    """A network with fresh weights, drawn from torch's current seed."""
    return QuantileNetwork(recipe, inputs, torch.from_numpy(start), center)


def restore(
    recipe: NetworkRecipe,
    inputs: int,
    shape: tuple[int, int],
    center: int,
    weights: Mapping[str, NDArray[np.float32]],
) -> QuantileNetwork:
    """A network with the given weights, ready to answer; ``shape`` is (H, Q)."""
    start = torch.arange(shape[1], dtype=torch.float32).expand(shape)
    network = QuantileNetwork(recipe, inputs, start, center)
    network.load_state_dict({name: torch.from_numpy(np.array(value)) for name, value in weights.items()})
    return network.eval()


def weights(network: QuantileNetwork) -> dict[str, NDArray[np.float32]]:
    """All parameters and buffers by name."""
    return {name: value.detach().numpy().copy() for name, value in network.state_dict().items()}


def chunk_rows(
    first: NDArray[np.int64], start: NDArray[np.int64], length: NDArray[np.int64], chunk: int
) -> NDArray[np.int64]:
    """Rows of B chunks: (B, L). Past the end of its series a chunk repeats the last row.

    Args:
        first: (B,) row of each chunk's series' first bar.
        start: (B,) position in the series where the chunk starts.
        length: (B,) bars of the series.
        chunk: L.
    """
    position = np.minimum(start[:, None] + np.arange(chunk), length[:, None] - 1)
    return np.asarray(first[:, None] + position)


def answer(
    network: QuantileNetwork,
    features: NDArray[np.float32],
    rows: NDArray[np.int64],
    position: NDArray[np.int64],
    window: int,
    stride: int,
) -> NDArray[np.float32]:
    """Quantiles at the given rows: (N,) -> (N, H, Q), in units of volatility.

    A row is read in the chunk that its position in the series belongs to, whatever comes later, so
    that the same bars give the same answer on every night. It sees up to ``window + stride`` bars.

    Args:
        network: in evaluation mode.
        features: (R, F) scaled.
        rows: (N,) rows to answer.
        position: (N,) their positions in their series; at least ``window`` each.
        window: sessions read before the first answer of a chunk.
        stride: sessions of a chunk that are answered.
    """
    start = (position - window) // stride * stride
    origin = rows - position + start  # row where the chunk begins
    heads, which = np.unique(origin, return_inverse=True)
    result = np.empty((len(rows), network.horizon, network.levels), dtype=np.float32)
    with torch.inference_mode():
        for low, high in _batches(len(heads), 256):
            asked = np.flatnonzero((which >= low) & (which < high))
            local = rows[asked] - heads[which[asked]]
            span = int(local.max()) + 1 if len(asked) else window
            block = np.minimum(heads[low:high, None] + np.arange(span), len(features) - 1)
            hidden, _ = network.cell(torch.from_numpy(features[block]))
            picked = hidden[torch.from_numpy(which[asked] - low), torch.from_numpy(local)]
            result[asked] = network.quantiles(network.head(picked)).numpy()
    return result


def _batches(count: int, size: int) -> Iterator[tuple[int, int]]:
    for low in range(0, count, size):
        yield low, min(low + size, count)


def _inverse_softplus(widths: Tensor) -> Tensor:
    widths = widths.clamp_min(1e-4)
    return widths + torch.log(-torch.expm1(-widths))
