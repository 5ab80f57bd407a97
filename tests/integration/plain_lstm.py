"""The tutorial's recipe in plain NumPy: two LSTM layers, a dense output, Adam, squared error.

Written from the equations, forwards and backwards through time; it shares no code with morrow.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
Layer = dict[str, Array]


def predict(
    closes: NDArray[np.float64], weights: Layer, orders: list[NDArray[np.int64]], *, whole: bool
) -> NDArray[np.float64]:
    """Predictions of the last fifth of a series, each from the ten closes before it.

    Args:
        closes: (T,).
        weights: to start from; gates lie input, forget, cell, output.
        orders: of the windows, one an epoch.
        whole: whether the scaling sees the last fifth too.
    """
    cut = int(0.8 * len(closes))
    seen = closes if whole else closes[:cut]
    low, high = seen.min(), seen.max()
    scaled = ((closes - low) / (high - low)).astype(np.float32)
    inputs = np.stack([scaled[t - 10 : t] for t in range(10, len(scaled))])
    targets = scaled[10:]
    first = {name: np.zeros_like(value) for name, value in weights.items()}
    second = {name: np.zeros_like(value) for name, value in weights.items()}
    step = 0
    for order in orders:
        for place in range(0, len(order), 32):
            rows = order[place : place + 32]
            step += 1
            slopes = _slopes(weights, inputs[rows], targets[rows])
            for name, slope in slopes.items():
                first[name] = 0.9 * first[name] + 0.1 * slope
                second[name] = 0.999 * second[name] + 0.001 * slope**2
                mean = first[name] / (1 - 0.9**step)
                spread = second[name] / (1 - 0.999**step)
                weights[name] = weights[name] - np.float32(1e-3) * mean / (np.sqrt(spread) + 1e-7)
    answered, _ = _forward(weights, inputs[cut - 10 :])
    return answered.astype(np.float64) * (high - low) + low


def _sigmoid(values: Array) -> Array:
    return 1 / (1 + np.exp(-values))


def _layer(w: Array, u: Array, b: Array, inputs: Array) -> tuple[Array, list[tuple[Array, ...]]]:
    """(B, L, X) to hidden states (B, L, 50), and what the way back needs."""
    hidden = np.zeros((len(inputs), 50), dtype=np.float32)
    cell = np.zeros_like(hidden)
    states, kept = [], []
    for t in range(inputs.shape[1]):
        sums = inputs[:, t] @ w + hidden @ u + b
        i, f, o = _sigmoid(sums[:, :50]), _sigmoid(sums[:, 50:100]), _sigmoid(sums[:, 150:])
        g = np.tanh(sums[:, 100:150])
        before, last = cell, hidden
        cell = f * before + i * g
        hidden = o * np.tanh(cell)
        states.append(hidden)
        kept.append((inputs[:, t], last, before, cell, i, f, g, o))
    return np.stack(states, axis=1), kept


def _forward(weights: Layer, inputs: Array) -> tuple[Array, Any]:
    below, first = _layer(weights["w1"], weights["u1"], weights["b1"], inputs[..., None])
    above, second = _layer(weights["w2"], weights["u2"], weights["b2"], below)
    return (above[:, -1] @ weights["wd"] + weights["bd"])[:, 0], (above, first, second)


def _back(
    w: Array, u: Array, kept: list[tuple[Array, ...]], slope: Array
) -> tuple[Array, Array, Array, Array]:
    """From the slope of the states (B, L, 50) to those of the inputs, the two matrices and the bias."""
    slope_w, slope_u, slope_b = np.zeros_like(w), np.zeros_like(u), np.zeros(200, dtype=np.float32)
    slope_inputs = np.zeros((len(slope), len(kept), len(w)), dtype=np.float32)
    ahead_hidden = np.zeros_like(slope[:, 0])
    ahead_cell = np.zeros_like(slope[:, 0])
    for t in range(len(kept) - 1, -1, -1):
        read, last, before, cell, i, f, g, o = kept[t]
        hidden = slope[:, t] + ahead_hidden
        bent = np.tanh(cell)
        inner = ahead_cell + hidden * o * (1 - bent**2)
        sums = np.concatenate(
            [
                inner * g * i * (1 - i),
                inner * before * f * (1 - f),
                inner * i * (1 - g**2),
                hidden * bent * o * (1 - o),
            ],
            axis=1,
        )
        slope_w += read.T @ sums
        slope_u += last.T @ sums
        slope_b += sums.sum(axis=0)
        slope_inputs[:, t] = sums @ w.T
        ahead_hidden, ahead_cell = sums @ u.T, inner * f
    return slope_inputs, slope_w, slope_u, slope_b


def _slopes(weights: Layer, inputs: Array, targets: Array) -> Layer:
    answered, (above, first, second) = _forward(weights, inputs)
    gap = (2 / len(targets) * (answered - targets)).astype(np.float32)[:, None]
    top = np.zeros_like(above)
    top[:, -1] = gap @ weights["wd"].T
    below, w2, u2, b2 = _back(weights["w2"], weights["u2"], second, top)
    _, w1, u1, b1 = _back(weights["w1"], weights["u1"], first, below)
    return {
        "w1": w1, "u1": u1, "b1": b1, "w2": w2, "u2": u2, "b2": b2,
        "wd": above[:, -1].T @ gap, "bd": gap.sum(axis=0),
    }  # fmt: skip
