"""Positions a second: of our whole loop, of the bare torch cell, and what the processor could do."""

from statistics import median
from time import perf_counter

import torch
from torch import Tensor, nn

from benchmarks.training import data
from morrow import training

BATCHES = (32, 64, 128, 256, 512)
GATES = {"rnn": 1, "gru": 3, "lstm": 4}
SECONDS = 2.0


def loop(kind: str) -> dict[str, float]:
    """Positions a second of our loop: batching, loss, gradient, clipping, optimiser, average."""
    setting = data.currencies()
    recipe = data.recipe(kind, epochs=7, patience=7)
    result = training.fit(setting.panel, setting.task(recipe))
    rates = [epoch["positions_per_s"] for epoch in result.history[1:]]
    return {"positions_per_s": median(rates), "inputs": float(len(setting.panel.names))}


def bare(kind: str, inputs: int) -> dict[str, float]:
    """Positions a second of torch's own cell with a linear head and the same loss, at its best batch."""
    rates = {batch: _bare(kind, inputs, batch) for batch in BATCHES}
    best = max(rates, key=lambda batch: rates[batch])
    return {"positions_per_s": rates[best], "batch": float(best)}


def _bare(kind: str, inputs: int, batch: int) -> float:
    torch.manual_seed(0)
    cell = {"rnn": nn.RNN, "gru": nn.GRU, "lstm": nn.LSTM}[kind](inputs, 64, 2, batch_first=True)
    outputs = data.FORECAST.horizon * len(data.FORECAST.levels)
    head = nn.Linear(64, outputs)
    levels = torch.tensor(data.FORECAST.levels)
    features = torch.randn(batch, data.CHUNK, inputs)
    target = torch.randn(batch, data.CHUNK, data.FORECAST.horizon, 1)
    weights = [*cell.parameters(), *head.parameters()]

    def step() -> None:
        hidden, _ = cell(features)
        answered = head(hidden).reshape(batch, data.CHUNK, data.FORECAST.horizon, len(levels))
        _pinball(answered, target, levels).backward()  # type: ignore[no-untyped-call]
        for weight in weights:
            weight.grad = None

    step()
    count, began = 0, perf_counter()
    while perf_counter() - began < SECONDS or count < 3:
        step()
        count += 1
    return count * batch * data.CHUNK / (perf_counter() - began)


def _pinball(answered: Tensor, target: Tensor, levels: Tensor) -> Tensor:
    gap = target - answered
    return torch.maximum(levels * gap, (levels - 1) * gap).mean()


def products() -> dict[str, float]:
    """Floating-point operations a second of the best of some matrix products."""
    best = 0.0
    for size in (256, 512, 1024):
        left, right = torch.randn(size, size), torch.randn(size, size)
        left @ right
        count, began = 0, perf_counter()
        while perf_counter() - began < SECONDS / 2:
            left @ right
            count += 1
        best = max(best, 2 * size**3 * count / (perf_counter() - began))
    return {"operations_per_s": best}


def operations(kind: str, inputs: int) -> float:
    """Floating-point operations a position of our loop, products alone.

    A layer's forward pass takes two products with each gate's weights and a backward pass twice as many;
    the first window of a chunk has no backward pass and no head.
    """
    width, gates = data.SIZE["width"], GATES[kind]
    cells = sum(2 * gates * width * (below + width) for below in (inputs, width))
    head = 2 * width * data.FORECAST.horizon * (len(data.FORECAST.levels) + 1)
    share = data.SIZE["stride"] / data.CHUNK
    return float(cells * (1 + 2 * share) + 3 * head * share)
