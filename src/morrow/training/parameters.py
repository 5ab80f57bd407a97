"""Parameters of models of volatility, a fit a symbol."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from morrow.baselines import garch, likelihood
from morrow.panel import Panel
from morrow.training.assignment import Assignment

Rows = NDArray[np.int64]


def garch_parameters(panel: Panel, rows: Rows, task: Assignment) -> NDArray[np.float64]:
    """GJR-GARCH-t parameters (N, 6) of the symbols that (M,) rows name, from returns before the fit's end.

    NaN for the others and where the fit fails.
    """
    return symbol_by_symbol(panel, rows, replace(task, last=None), garch.fit)[1]


def symbol_by_symbol(
    panel: Panel,
    rows: Rows,
    task: Assignment,
    one: Callable[[NDArray[np.float64], NDArray[np.float64] | None], NDArray[np.float64] | None],
) -> tuple[dict[str, Any], NDArray[np.float64]]:
    """Parameters (N, 6) of every symbol that the fit rows name, NaN where the fit fails, and who these are.

    Each starts from what the last fitted model found for it, where there is one.
    """
    returns, symbols = panel.returns, np.unique(panel.symbol[rows])
    inside = panel.session < task.fit[1]
    own = [returns[(panel.symbol == symbol) & inside] for symbol in symbols]
    before: Mapping[str, NDArray[np.float64]] = {}
    if task.last and task.last.arrays["parameters"].shape[1:] == (garch.WIDTH,):
        before = dict(zip(task.last.document["symbols"], task.last.arrays["parameters"], strict=True))
    starts = [before.get(panel.symbols[symbol]) for symbol in symbols]
    parameters = np.full((len(panel.symbols), garch.WIDTH), np.nan)
    failed = []
    for symbol, found in zip(symbols, likelihood.fit_each(one, own, starts, task.processes), strict=True):
        if found is None:
            failed.append(panel.symbols[symbol])
        else:
            parameters[symbol] = found
    return {"not_converged": failed}, parameters
