"""Clocks: which session's market a symbol follows all along."""

import numpy as np
import pytest

from morrow.checks.measures.clocks import fit_clocks, shift_market

SESSIONS = 700


@pytest.mark.parametrize("seed", range(12))
def test_a_wild_block_of_another_session_is_no_clock(seed: int) -> None:
    """Sixty bars of far larger moves, a session late, leave the symbol the market of its own session."""
    draw = np.random.default_rng(seed)
    others = draw.normal(size=(SESSIONS, 1)).astype(np.float32)
    moves = 0.3 * others + 0.5 * draw.normal(size=others.shape)
    moves[-60:] = 2.5 * shift_market(others, -1)[-60:]
    before, same, after = fit_clocks(moves.astype(np.float32), others)[0][:, 0]
    assert (before, after) == (0, 0)
    assert same > 0.1


@pytest.mark.parametrize("lag", [-1, 1])
def test_a_lead_or_lag_that_holds_all_along_is_a_clock(lag: int) -> None:
    """An exchange that closes a session before or after the others has that session's weight alone."""
    draw = np.random.default_rng(9)
    others = draw.normal(size=(SESSIONS, 1)).astype(np.float32)
    moves = 0.8 * shift_market(others, lag) + 0.4 * draw.normal(size=others.shape)
    weights = fit_clocks(moves.astype(np.float32), others)[0][:, 0]
    assert weights[lag + 1] == pytest.approx(0.8, abs=0.05)
    assert np.count_nonzero(weights) == 1
