"""Simulated markets against closed forms: autocorrelation, kurtosis, leverage, the GARCH recursion, bars."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from morrow.panel import session_variance
from morrow.pretraining.priors import PARTS, Parameters, draw_parameters
from morrow.pretraining.simulation import (
    GARCH_BOUNDS,
    Markets,
    _simulate_bars,
    _simulate_returns,
    simulate,
)

PATHS, SESSIONS = 256, 2000


def plain(paths: int = PATHS, **changes: Any) -> Parameters:
    """Parameters of one volatility part, normal shocks and nothing else, but for what is changed."""
    drawn = draw_parameters(paths, np.random.default_rng(3))
    zero = np.zeros(paths, dtype=np.float32)
    spread = np.zeros((PARTS, paths), dtype=np.float32)
    spread[1] = 0.4
    base: dict[str, Any] = {
        "market": np.arange(paths),
        "size": zero + np.float32(0.01),
        "decay": np.full((PARTS, paths), 0.95, dtype=np.float32),
        "spread": spread,
        "feedback": np.zeros((PARTS, paths), dtype=np.float32),
        "freedom": zero + np.float32(1e6),
        "garch": np.zeros(paths, bool),
        "has_bars": np.ones(paths, bool),
        "coarse": zero + np.float32(1),
    }
    names = ("leverage", "loading", "shared", "jump_rate", "break_rate", "memory", "tick")
    return (
        replace(drawn, **base, **dict.fromkeys(names, zero))
        if not changes
        else replace(plain(paths), **{name: np.asarray(value) for name, value in changes.items()})
    )


def returns(parameters: Parameters, sessions: int = SESSIONS, seed: int = 1) -> tuple[np.ndarray, ...]:
    """Returns, volatility and the volatility that a range shows: (T, N) each."""
    return _simulate_returns(parameters, sessions, np.random.default_rng(seed))


def constant(value: float, *shape: int) -> np.ndarray:
    """One value for all paths."""
    return np.full(shape or (PATHS,), value, dtype=np.float32)


def autocorrelation(values: np.ndarray, lag: int) -> float:
    """Mean over paths, around the common mean (T, N)."""
    centred = values - values.mean()
    return float((centred[lag:] * centred[:-lag]).mean() / np.square(centred).mean())


@pytest.mark.parametrize("lag", [1, 5, 20])
def test_the_log_volatility_is_autoregressive(lag: int) -> None:
    """One part of the log volatility has autocorrelation decay ** lag and its own spread."""
    _, volatility, _ = returns(plain())
    log = np.log(volatility)
    assert autocorrelation(log, lag) == pytest.approx(0.95**lag, abs=0.03)
    assert log.std() == pytest.approx(0.4, rel=0.05)


def test_several_parts_add_up() -> None:
    """With three parts the autocorrelation is their mean, weighted by their variances."""
    spread = np.repeat(np.array([[0.3], [0.3], [0.2]], dtype=np.float32), PATHS, axis=1)
    decay = np.repeat(np.array([[0.7], [0.95], [0.99]], dtype=np.float32), PATHS, axis=1)
    _, volatility, _ = returns(plain(spread=spread, decay=decay))
    weight = np.array([0.09, 0.09, 0.04])
    expected = (weight * np.array([0.7, 0.95, 0.99]) ** 5).sum() / weight.sum()
    assert autocorrelation(np.log(volatility), 5) == pytest.approx(expected, abs=0.04)


def test_kurtosis_of_a_log_normal_volatility() -> None:
    """Normal shocks on a log volatility of variance v have kurtosis 3 e^(4 v)."""
    spread = np.zeros((PARTS, PATHS), dtype=np.float32)
    spread[1] = 0.25
    moves, _, _ = returns(plain(spread=spread))
    kurtosis = (moves**4).mean() / (moves**2).mean() ** 2
    assert kurtosis == pytest.approx(3 * np.exp(4 * 0.25**2), rel=0.05)


def test_kurtosis_of_student_t_shocks() -> None:
    """With a constant volatility and nu degrees of freedom it is 3 (nu - 2) / (nu - 4), the variance one."""
    nothing = np.zeros((PARTS, PATHS), dtype=np.float32)
    moves, volatility, _ = returns(plain(spread=nothing, freedom=constant(10)))
    shocks = moves / volatility
    assert shocks.var() == pytest.approx(1, rel=0.01)
    assert (shocks**4).mean() == pytest.approx(4, rel=0.06)


@pytest.mark.parametrize("leverage", [-0.6, 0.0, 0.6])
def test_leverage_has_its_sign(leverage: float) -> None:
    """A shock is correlated with the next change of the log volatility as the parameter says."""
    moves, volatility, _ = returns(plain(leverage=constant(leverage)))
    log = np.log(volatility)
    change = log[1:] - 0.95 * log[:-1]
    shock = (moves / volatility)[:-1]
    assert np.corrcoef(shock.ravel(), change.ravel())[0, 1] == pytest.approx(leverage, abs=0.02)


def test_a_market_shares_its_shocks() -> None:
    """Two paths of one market correlate by the product of their loadings; of two markets not at all."""
    market = np.repeat(np.arange(PATHS // 2), 2)
    moves, volatility, _ = returns(plain(market=market, loading=constant(np.sqrt(0.5))))
    shocks = moves / volatility
    assert (shocks[:, ::2] * shocks[:, 1::2]).mean() == pytest.approx(0.5, abs=0.01)
    assert (shocks[:, 1:-1:2] * shocks[:, 2::2]).mean() == pytest.approx(0, abs=0.01)


def test_a_garch_path_follows_its_recursion() -> None:
    """The volatility of a GARCH path is what the recursion makes of its returns."""
    parameters = plain(
        garch=np.ones(PATHS, bool), alpha=constant(0.05), gamma=constant(0.08), beta=constant(0.88)
    )
    moves, volatility, _ = returns(parameters, 300)
    variance = np.float64(1e-4)
    expected = np.full(PATHS, variance)
    for t in range(300):
        assert np.square(volatility[t]) == pytest.approx(expected, rel=1e-3)
        rise = (0.05 + 0.08 * (moves[t] < 0)) * np.square(moves[t].astype(float))
        expected = variance * (1 - 0.05 - 0.88 - 0.04) + rise + 0.88 * expected
        expected = np.clip(expected, GARCH_BOUNDS[0] ** 2 * variance, GARCH_BOUNDS[1] ** 2 * variance)


def test_bars_hold_their_close_and_show_the_variance() -> None:
    """High and low span open and close; the range shows the true variance but for a twelfth."""
    parameters = plain(overnight=constant(0.2))
    moves, volatility, scale = returns(parameters, 1000)
    opened, high, low = _simulate_bars(parameters, moves, scale, np.random.default_rng(1))
    assert (high >= np.maximum(opened, moves)).all()
    assert (low <= np.minimum(opened, moves)).all()
    shown = session_variance(opened, high, low, moves, 0.0)
    assert (shown / np.square(volatility)).mean() == pytest.approx(0.92, rel=0.03)
    assert opened.var() == pytest.approx(0.2 * moves.var(), rel=0.05)


def test_the_same_seed_gives_the_same_markets() -> None:
    """Every array is drawn anew by its seed alone."""

    def arrays(drawn: Markets) -> list[np.ndarray]:
        return [drawn.returns, drawn.volatility, drawn.high, drawn.low]

    first, again, other = (simulate(64, 200, seed) for seed in (5, 5, 6))
    for one, two, three in zip(arrays(first), arrays(again), arrays(other), strict=True):
        assert np.array_equal(one, two, equal_nan=True)
        assert not np.array_equal(one, three, equal_nan=True)
