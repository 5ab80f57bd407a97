"""Sequences of inputs and targets from simulated markets."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from morrow.features import unit_volatility
from morrow.panel import session_variance
from morrow.pretraining import grid, inputs
from morrow.pretraining.simulation import Markets, simulate

SESSIONS = 1000  # of one simulation
SEGMENT = 500  # sessions of a sequence
LARGEST = 20.0  # absolute target, in units

Array = NDArray[np.float32]


@dataclass(frozen=True)
class Sequences:
    """B sequences of T sessions from simulated paths, each cut from one path.

    Attributes:
        inputs: (T, B, F) of :mod:`morrow.pretraining.inputs`; NaN until known.
        target: (T, B, S) log return over each step of the grid, in units times the root of the step; NaN
            where the path ends before it.
    """

    inputs: Array
    target: Array


def draw_sequences(seed: int, paths: int) -> Sequences:
    """Simulate ``paths`` paths and cut them into sequences, in random order."""
    markets = simulate(paths, SESSIONS, seed)
    values, target = inputs_and_targets(markets)
    cut = [slice(low, low + SEGMENT) for low in range(0, SESSIONS, SEGMENT)]
    order = np.random.default_rng((seed, 1)).permutation(paths * len(cut))
    return Sequences(
        np.concatenate([values[part] for part in cut], axis=1)[:, order],
        np.concatenate([target[part] for part in cut], axis=1)[:, order],
    )


def inputs_and_targets(markets: Markets) -> tuple[Array, Array]:
    """Inputs (T, N, F) and targets (T, N, S) of simulated paths, as a panel of each market gives them."""
    returns = markets.returns.T.astype(np.float64)  # (N, T)
    returns[:, 0] = np.nan
    count, sessions = returns.shape
    unit = np.stack([unit_volatility(path, np.full(sessions, 1e-9)) for path in returns])
    before = np.concatenate([np.full((count, 1), np.nan), unit[:, :-1]], axis=1)
    close = markets.returns.T.astype(np.float64)
    variance = session_variance(markets.opened.T, markets.high.T, markets.low.T, close, 0.0)
    variance[:, 0] = np.nan
    place = markets.parameters.market[:, None] * sessions + np.arange(sessions)
    groups = int(markets.parameters.market[-1]) + 1
    shared = inputs.summarise_market(
        returns.ravel(), (returns / before).ravel(), place.ravel(), groups * sessions
    )
    shared = shared.reshape(len(shared), groups, sessions)[:, markets.parameters.market]
    values = inputs.series_inputs(inputs.Series(returns, variance, unit), shared)
    return values.transpose(1, 0, 2), _targets(returns, unit).transpose(1, 0, 2)


def _targets(returns: NDArray[np.float64], unit: NDArray[np.float64]) -> Array:
    """Targets (N, T, S)."""
    count, sessions = returns.shape
    path = np.nancumsum(returns, axis=1)
    target = np.full((count, sessions, len(grid.STEPS)), np.nan, dtype=np.float32)
    for index, step in enumerate(grid.STEPS):
        moves = (path[:, step:] - path[:, :-step]) / (unit[:, :-step] * np.sqrt(step))
        target[:, :-step, index] = np.clip(moves, -LARGEST, LARGEST)
    return target
