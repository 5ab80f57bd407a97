"""Unconditional quantiles by hand, as a model and as the fallback."""

import numpy as np
import pytest

from morrow.baselines import unconditional

LEVELS = np.array([0.1, 0.5, 0.9])


def test_unconditional_quantiles_by_hand() -> None:
    """A symbol with sixty returns has its own quantiles; one with fewer, and a stranger, have the pooled."""
    returns = np.concatenate([np.linspace(0, 1, 101), np.linspace(5, 6, 59)])[:, None].astype(np.float32)
    code = np.repeat([0, 1], [101, 59])
    table = unconditional.fit_quantiles(code, 2, returns, LEVELS)
    assert table.shape == (3, 1, 3)
    assert table[0, 0] == pytest.approx(LEVELS, abs=1e-6)
    pooled = np.quantile(returns, LEVELS)
    assert table[1, 0] == pytest.approx(pooled)
    assert table[2, 0] == pytest.approx(pooled)


def test_unconditional_counts_known_returns_only() -> None:
    """Sixty rows of which one is unknown are not sixty returns."""
    returns = np.ones((60, 1), dtype=np.float32)
    returns[0] = np.nan
    own, other = returns, np.full((60, 1), 3, dtype=np.float32)
    table = unconditional.fit_quantiles(np.repeat([0, 1], 60), 2, np.concatenate([own, other]), LEVELS)
    assert table[0].tolist() == table[2].tolist()
    assert table[1].ravel().tolist() == [3, 3, 3]


def test_trailing_fallback_by_hand() -> None:
    """A price that grows by a fixed rate has h times that rate as every quantile of h sessions."""
    found = unconditional.trailing_quantiles(np.exp(0.01 * np.arange(70)), 2, LEVELS)
    assert found == pytest.approx(np.array([[0.01] * 3, [0.02] * 3]), rel=1e-5)
    jump = unconditional.trailing_quantiles(np.array([1.0] * 30 + [np.e] * 31), 1, np.array([0.5, 1.0]))
    assert jump.tolist() == [[0.0, 1.0]]


def test_trailing_fallback_looks_back_750_sessions() -> None:
    """What lies more than 750 sessions and a horizon back has no say."""
    wild = np.where(np.arange(1000) % 2, 1.0, 5.0)
    calm = np.ones(752)
    assert not unconditional.trailing_quantiles(np.concatenate([wild, calm]), 2, LEVELS).any()
    assert unconditional.trailing_quantiles(np.concatenate([wild, calm[:-3]]), 2, np.array([0.0, 1.0])).any()
