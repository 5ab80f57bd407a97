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

FIRST_KNOWN = 21  # position of the first bar with inputs: its volatility and the one before are known
WINDOW = 64  # sessions read before the first answer of a chunk, where there are as many

Rows = NDArray[np.int64]


def replace_features(panel: Panel) -> Panel:
    """The panel with the pretrained networks' inputs for its features, computed once for a panel."""
    return panel.compute_once("pretrained", lambda: _replace(panel, inputs.panel_inputs(panel)))


def _replace(panel: Panel, features: NDArray[np.float32]) -> Panel:
    """The panel with these inputs (R, F), known from the second unit on."""
    reach = np.asarray(panel.position - FIRST_KNOWN)
    return replace(panel, names=inputs.NAMES, features=features, reach=reach)


def forecast_zero_shot(
    panel: Panel, rows: Rows, levels: NDArray[np.float64], kind: str = ZERO_SHOT_KIND
) -> NDArray[np.float32]:
    """Quantiles of the log return from a pretrained network as it is shipped: (N,) -> (N, H, Q), in order.

    Args:
        panel: bars through the rows' sessions.
        rows: (N,), each with :data:`morrow.panel.SHORTEST` bars or more in its series.
        levels: (Q,) ascending.
        kind: rnn, lstm or gru.

    Raises:
        RegistryError: the shipped weights cannot be used.
    """
    shipped = load_network(kind)
    panel = _replace(panel, inputs.panel_inputs(panel, np.unique(panel.series[rows])))
    network = build_network(shipped.recipe, shipped.weights, panel.horizon, np.asarray(levels))
    read = networks.find_rows_read(shipped.recipe, rows, panel.reach[rows], WINDOW)
    scaled = torch.from_numpy(shipped.scaling.apply_at(read, panel.features))
    answers = networks.answer(network, scaled, rows, panel.reach[rows], WINDOW)
    return np.asarray(answers * panel.compute_scale(rows)[..., None], dtype=np.float32)
