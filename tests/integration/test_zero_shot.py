"""The shipped networks on simulated paths, beside the filter that knows the parameters."""

import numpy as np
import pytest
import torch
from scipy.stats import t

from morrow.metrics import pinball
from morrow.pretraining import KINDS, load_network
from morrow.pretraining.grid import LEVELS
from morrow.pretraining.network_weights import build_network
from morrow.pretraining.sequences import inputs_and_targets
from morrow.pretraining.simulation import simulate

PATHS, SESSIONS, FIRST = 1024, 600, 200
GRID = np.asarray(LEVELS)


@pytest.mark.parametrize("kind", KINDS)
def test_zero_shot_is_near_the_filter_that_knows_a_garch_path(kind: str) -> None:
    """One session ahead on GJR-GARCH paths without jumps, the loss is within 1 % of the true recursion's.

    An EWMA, which knows the volatility of the last sessions alone, is farther away.
    """
    markets = simulate(PATHS, SESSIONS, 987)
    p = markets.parameters
    chosen = np.flatnonzero(p.garch & (p.jump_rate == 0) & (p.tick == 0) & (np.abs(p.memory) < 0.05))
    assert len(chosen) > 10
    inputs, target = inputs_and_targets(markets)
    shipped = load_network(kind)
    network = build_network(shipped.recipe, shipped.weights, 1, GRID)
    with torch.inference_mode():
        raw = network(torch.from_numpy(shipped.scaling.apply(np.ascontiguousarray(inputs[:, chosen]))))
        answered = network.head.quantiles(raw)[FIRST:-1, :, 0].numpy()
    happened = target[FIRST:-1, chosen, 0]
    # The recursion's volatility of the next session, in the unit of the targets, with its own Student t.
    unit = markets.returns[FIRST + 1 :, chosen] / happened
    scale = np.abs(markets.volatility[FIRST + 1 :, chosen] / unit)
    freedom = p.freedom[chosen].astype(np.float64)
    shocks = t.ppf(GRID, freedom[:, None]) * np.sqrt((freedom - 2) / freedom)[:, None]
    truth = scale[..., None] * shocks
    ewma = np.broadcast_to(np.quantile(happened[np.isfinite(happened)], GRID), truth.shape)
    known = np.isfinite(happened) & np.isfinite(scale)
    losses = {
        name: pinball(quantiles, happened, GRID).mean(axis=-1)[known].mean()
        for name, quantiles in {"network": answered, "truth": truth, "ewma": ewma}.items()
    }
    assert losses["truth"] < losses["network"] < losses["ewma"]
    assert losses["network"] / losses["truth"] < 1.01
