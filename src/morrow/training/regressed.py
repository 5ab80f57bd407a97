"""The unit of a regressed target: volatilities that a regression on the features and a GARCH expects."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from morrow.baselines import garch, regression
from morrow.panel import Panel
from morrow.training.assignment import Assignment
from morrow.training.parameters import garch_parameters

BLOCK = 262_144  # rows whose inputs are held at once
Arrays = dict[str, NDArray[Any]]


def fit(panel: Panel, rows: NDArray[np.int64], task: Assignment, features: NDArray[np.float32]) -> Arrays:
    """Arrays named ``regression.NAME``: GARCH parameters by symbol, coefficients and intercepts.

    Args:
        panel: returns and targets.
        rows: (N,) fit rows, whose targets count.
        task: until which session returns count for the GARCH.
        features: (R, F) scaled.
    """
    parameters = garch_parameters(panel, rows, task)
    found = regression.fit(_inputs(parameters, panel, features, rows), panel.scale_targets(rows))
    return {f"regression.{name}": value for name, value in (found | {"garch": parameters}).items()}


def scale(arrays: Mapping[str, NDArray[Any]], panel: Panel, features: NDArray[np.float32]) -> NDArray[Any]:
    """(R, H) volatility of the log return over the next sessions, by the arrays of :func:`fit`."""
    own = {name.removeprefix("regression."): value for name, value in arrays.items()}
    found = panel.compute_scale()
    for low in range(0, len(found), BLOCK):  # or the inputs outweigh the panel
        rows = np.arange(low, min(low + BLOCK, len(found)))
        found[rows] *= regression.answer(own, _inputs(own["garch"], panel, features, rows))
    return found


def _inputs(
    parameters: NDArray[np.float64], panel: Panel, features: NDArray[np.float32], rows: NDArray[np.int64]
) -> NDArray[np.float32]:
    own = parameters[panel.symbol]
    ahead = garch.scales(panel.returns, panel.position, panel.unit, own, panel.horizon, rows)
    return regression.inputs(features[rows], ahead, panel.compute_scale(rows))
