"""Sequences from simulated markets: the same inputs as a panel gives, and targets in units."""

import numpy as np
import pandas as pd
import pytest

from morrow.pretraining import inputs
from morrow.pretraining.sequences import draw_sequences, inputs_and_targets
from morrow.pretraining.simulation import Markets, simulate
from tests.conftest import bars, panel_of


def prices_of(markets: Markets, paths: np.ndarray) -> pd.DataFrame:
    """A ``prices`` frame of some paths' bars, or of their closes where they have none."""
    before = 100 * np.exp(np.cumsum(markets.returns[:, paths].astype(np.float64), axis=0))
    before = np.concatenate([np.full((1, len(paths)), 100.0), before])
    frames = []
    for place, path in enumerate(paths):
        frame = bars({f"S{place:02}": before[1:, place]})
        for name, values in (("open", markets.opened), ("high", markets.high), ("low", markets.low)):
            frame[name] = before[:-1, place] * np.exp(values[:, path].astype(np.float64))
        frames.append(frame)
    return pd.concat(frames, ignore_index=True)


@pytest.mark.parametrize("has_bars", [True, False])
def test_a_network_is_trained_on_what_a_panel_gives(has_bars: bool) -> None:
    """Inputs and targets of a simulated market are those of the panel of its prices."""
    markets = simulate(48, 300, 9)
    drawn = markets.parameters
    sizes = np.bincount(drawn.market)[drawn.market]
    chosen = np.flatnonzero((drawn.has_bars == has_bars) & (sizes > 1))
    paths = np.flatnonzero(drawn.market == drawn.market[chosen[0]])
    values, target = inputs_and_targets(markets)
    panel = panel_of(prices_of(markets, paths))
    found = inputs.panel_inputs(panel)
    for place, path in enumerate(paths):
        rows = panel.symbol == place
        assert found[rows] == pytest.approx(values[:, path], abs=2e-3, nan_ok=True)
        known = np.isfinite(target[:-1, path, 0])
        ours = (panel.target[rows][:, 0] / panel.unit[rows])[:-1]
        assert ours[known] == pytest.approx(target[:-1, path, 0][known], abs=2e-3)


def test_targets_are_returns_in_units() -> None:
    """A target of step h has about the deviation of h sessions' return; none reaches past its path."""
    drawn = draw_sequences(3, 32)
    assert np.nanstd(drawn.target, axis=(0, 1)) == pytest.approx(np.full(7, 1.1), abs=0.35)
    ends = np.isnan(drawn.target[-1]).all(axis=1)
    assert ends.sum() == 32  # half of the sequences end with their path
