"""Stacks of recurrent cells: weight initialisation and the forward pass."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from morrow.config import NetworkRecipe
from morrow.networks.cpu_layers import Gru, Rnn

State = Tensor | tuple[Tensor, Tensor]


def stack(recipe: NetworkRecipe, inputs: int) -> nn.RNNBase:
    """Build a recipe's cells for ``inputs`` values per session, sessions first: (L, B, F) to (L, B, W).

    :func:`initialise` draws their weights.
    """
    options = {
        "input_size": inputs,
        "hidden_size": recipe.width,
        "num_layers": recipe.layers,
        "dropout": recipe.dropout if recipe.layers > 1 else 0.0,
        "bidirectional": recipe.direction == "bidirectional",
    }
    if recipe.kind == "lstm":
        return nn.LSTM(**options)
    if recipe.kind == "gru":
        return nn.GRU(**options)
    return nn.RNN(nonlinearity=recipe.nonlinearity, **options)


def initialise(cell: nn.RNNBase, recipe: NetworkRecipe) -> None:
    """Set orthogonal recurrent blocks, Glorot input weights, and zero biases except one for forget gates."""
    for name, weight in cell.named_parameters():
        if "weight_hh" in name:
            for block in torch.split(weight.data, recipe.width):
                nn.init.orthogonal_(block)
        elif "weight_ih" in name:
            nn.init.xavier_uniform_(weight.data)
        else:
            nn.init.zeros_(weight.data)
            if recipe.kind == "lstm" and "bias_ih" in name:  # gate order: input, forget, cell, output
                weight.data[recipe.width : 2 * recipe.width] = 1.0


def run(cell: nn.RNNBase, features: Tensor, state: State | None, dropout: float) -> tuple[Tensor, State]:
    """Run a stack over (L, B, F) from a state (None for zeros): its last layer (L, B, W), and the new state.

    Runs layer by layer on a CPU, where torch's own RNN, GRU and dropout are slow; otherwise calls torch.

    Args:
        cell: the stack; dropout between layers applies only in training.
        features: sessions first.
        state: (layers, B, W), or a pair of these with an LSTM's cell states; it gets no gradient.
        dropout: share dropped between layers.
    """
    if features.device.type != "cpu" or cell.bidirectional or torch.is_autocast_enabled("cpu"):
        whole: tuple[Tensor, State] = cell(features, state)
        return whole
    if state is None:
        zeros = features.new_zeros(cell.num_layers, features.shape[1], cell.hidden_size)
        state = (zeros, zeros) if isinstance(cell, nn.LSTM) else zeros
    out, ended = features, []
    for layer, weights in enumerate(cell.all_weights):
        if layer:
            out = drop_values(out, dropout if cell.training else 0.0)
        out, last = _layer(cell, out, _of_layer(state, layer), weights)
        ended.append(last)
    if isinstance(cell, nn.LSTM):
        return out, (torch.cat([h for h, _ in ended]), torch.cat([c for _, c in ended]))
    return out, torch.cat([h for h, _ in ended])


def _of_layer(state: State, layer: int) -> tuple[Tensor, Tensor]:
    hidden, cells = state if isinstance(state, tuple) else (state, state)
    return hidden[layer : layer + 1], cells[layer : layer + 1]


def _layer(
    cell: nn.RNNBase, features: Tensor, state: tuple[Tensor, Tensor], weights: Sequence[Tensor]
) -> tuple[Tensor, tuple[Tensor, Tensor]]:
    """One layer's states (L, B, W) and its last (1, B, W), given twice if there is no cell state."""
    w_ih, w_hh, b_ih, b_hh = weights
    if isinstance(cell, nn.LSTM):
        out, h, c = torch.lstm(features, state, list(weights), True, 1, 0.0, cell.training, False, False)
        return out, (h, c)
    if isinstance(cell, nn.RNN):
        relu = cell.nonlinearity == "relu"
        out = Rnn.apply(features, state[0][0], w_ih, w_hh, b_ih, b_hh, relu)  # type: ignore[no-untyped-call]
    else:
        out = Gru.apply(features, state[0][0], w_ih, w_hh, b_ih, b_hh)  # type: ignore[no-untyped-call]
    return out, (out[-1:], out[-1:])


def drop_values(values: Tensor, share: float) -> Tensor:
    """Apply dropout: set a random share of the values to zero and scale up the rest to keep the mean.

    The share is rounded to the nearest 1/65,536: each value takes sixteen random bits, and one draw serves
    four values.
    """
    if not share:
        return values
    dropped = round(share * 65_536)
    draws = torch.empty((values.numel() + 3) // 4, dtype=torch.int64, device=values.device)
    bits = draws.random_(-(2**63), None).view(torch.int16)[: values.numel()].view(values.shape)
    return values * (bits >= dropped - 32_768).to(values.dtype).mul_(65_536 / (65_536 - dropped))
