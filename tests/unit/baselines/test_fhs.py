"""Filtered historical simulation against paths gone one by one, and arch's residuals."""

import numpy as np
import pytest
from arch.univariate import GARCH

from morrow.baselines import fhs, garch
from tests.returns import PARAMETERS, moves, reference

LEVELS = np.array([0.1, 0.5, 0.9])


def test_fhs_against_brute_force() -> None:
    """Quantiles at a place of the grid are those of paths gone one by one with the same shocks."""
    draw = np.random.default_rng(4)
    shocks, place = draw.standard_t(5, (400, 3)), 20
    omega, alpha, gamma, beta, _, mean = PARAMETERS
    start = mean * np.exp(fhs.GRID[place])
    sums = np.empty((400, 3))
    for path, row in enumerate(shocks):
        variance, total = start, 0.0
        for step, shock in enumerate(row):
            move = np.sqrt(variance) * shock
            total += move
            sums[path, step] = total
            variance = omega + (alpha + gamma * (move < 0)) * move**2 + beta * variance
    scale = np.sqrt(garch.totals(np.array([start]), PARAMETERS, 3)[0])
    found = fhs.simulate_quantiles(PARAMETERS, shocks, LEVELS, 3)
    assert found[place] == pytest.approx(np.quantile(sums, LEVELS, axis=0).T / scale[:, None], rel=1e-5)
    assert fhs.interpolate(found, fhs.GRID[[place]])[0] == pytest.approx(found[place], rel=1e-5)
    middle = fhs.interpolate(found, fhs.GRID[[place]] + 0.125)[0]
    assert middle == pytest.approx((found[place] + found[place + 1]) / 2, rel=1e-5)
    assert fhs.interpolate(found, np.array([-99.0, 99.0])) == pytest.approx(found[[0, -1]])


def test_fhs_residuals_are_archs() -> None:
    """Standardised residuals are arch's for the same parameters, once the first variance is forgotten."""
    found = garch.fit_parameters(moves())
    assert found is not None
    shocks = fhs.standardised_residuals(np.concatenate([[np.nan], moves()]), found)
    assert len(shocks) == 900
    assert shocks[300:] == pytest.approx(reference(GARCH(p=1, o=1, q=1)).std_resid[300:], rel=1e-3)
