"""Simulated returns and what arch fits to them."""

import warnings
from functools import cache
from typing import Any

import numpy as np
from arch.univariate import StudentsT, ZeroMean
from numpy.typing import NDArray

Array = NDArray[np.float64]
PARAMETERS = np.array([2e-6, 0.03, 0.08, 0.9, 6.0, 2e-6 / 0.03])  # omega, alpha, gamma, beta, nu, mean square


def clustered(sessions: int, seed: int = 0) -> Array:
    """GJR-GARCH returns with Student t shocks."""
    draw = np.random.default_rng(seed)
    omega, alpha, gamma, beta = PARAMETERS[:4]
    variance, returns = omega / (1 - alpha - gamma / 2 - beta), np.empty(sessions)
    for step in range(sessions):
        returns[step] = np.sqrt(variance) * draw.standard_t(6) * np.sqrt(4 / 6)
        variance = omega + (alpha + gamma * (returns[step] < 0)) * returns[step] ** 2 + beta * variance
    return returns


@cache
def moves(sessions: int = 900) -> Array:
    """GJR-GARCH returns with Student t shocks."""
    draw = np.random.default_rng(1)
    omega, alpha, gamma, beta, nu, variance = PARAMETERS
    returns = np.empty(sessions)
    for step in range(sessions):
        returns[step] = np.sqrt(variance) * draw.standard_t(nu) * np.sqrt((nu - 2) / nu)
        variance = omega + (alpha + gamma * (returns[step] < 0)) * returns[step] ** 2 + beta * variance
    return returns


def reference(volatility: Any) -> Any:
    """What arch fits to the same returns."""
    model = ZeroMean(100 * moves(), rescale=False)
    model.volatility, model.distribution = volatility, StudentsT()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return model.fit(disp="off", show_warning=False)
