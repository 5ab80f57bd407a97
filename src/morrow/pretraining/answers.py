"""Forecasts of a pretrained network that never saw the universe."""

from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray

from morrow import networks
from morrow.config import ZERO_SHOT_KIND
from morrow.panel import Panel
from morrow.pretraining import inputs
from morrow.pretraining.network_weights import build_network, load_network

FEWEST_BARS = 60  # of a symbol, before its first answer
FIRST_KNOWN = 21  # position of the first bar with inputs: its volatility and the one before are known
WINDOW = 64  # sessions read before the first answer of a chunk, where there are as many

Rows = NDArray[np.int64]


def replace_features(panel: Panel) -> Panel:
    """The panel with the pretrained networks' inputs for its features, known from the second unit on."""
    return replace(
        panel,
        names=inputs.NAMES,
        features=inputs.panel_inputs(panel),
        reach=np.asarray(panel.position - FIRST_KNOWN),
    )


def forecast_zero_shot(
    panel: Panel, rows: Rows, levels: NDArray[np.float64], kind: str = ZERO_SHOT_KIND
) -> NDArray[np.float32]:
    """Quantiles of the log return from a pretrained network as it is shipped: (N,) -> (N, H, Q), in order.

    Args:
        panel: bars through the rows' sessions.
        rows: (N,), each with ``FEWEST_BARS`` bars or more in its series.
        levels: (Q,) ascending.
        kind: rnn, lstm or gru.

    Raises:
        RegistryError: the shipped weights cannot be used.
    """
    shipped, panel = load_network(kind), replace_features(panel)
    network = build_network(shipped.recipe, shipped.weights, panel.horizon, np.asarray(levels))
    scaled = torch.from_numpy(shipped.scaling.apply(panel.features))
    answers = networks.answer(network, scaled, rows, panel.reach[rows], WINDOW)
    return np.asarray(answers * panel.compute_scale(rows)[..., None], dtype=np.float32)
