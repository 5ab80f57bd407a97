"""Fallback forecasts for rows outside the training range and all other rows that no model forecasts."""

import numpy as np
from numpy.typing import NDArray

from morrow.baselines import unconditional
from morrow.panel import Panel

BLOCK = 1024  # rows of trailing returns processed at once


def answer_fallback(
    panel: Panel, rows: NDArray[np.int64], levels: NDArray[np.float64]
) -> NDArray[np.float32]:
    """Unconditional quantiles of the log return from each row's own trailing returns: (N,) -> (N, H, Q).

    They equal :func:`morrow.baselines.unconditional.trailing_quantiles` for the last row of a series.
    """
    horizon = panel.horizon
    longest = unconditional.LONGEST + horizon
    answers = np.empty((len(rows), horizon, len(levels)), dtype=np.float32)
    whole = panel.position[rows] + 1 >= longest
    places = np.flatnonzero(whole)
    log = np.log(panel.adjusted)
    for first in range(0, len(places), BLOCK):
        some = places[first : first + BLOCK]
        path = log[rows[some, None] + np.arange(1 - longest, 1)]  # (n, LONGEST + H)
        for step in range(1, horizon + 1):
            moves = path[:, step:] - path[:, :-step]
            answers[some, step - 1] = np.quantile(moves, levels, axis=1).T
    for place in np.flatnonzero(~whole):
        row = int(rows[place])
        start = row - int(panel.position[row])
        answers[place] = unconditional.trailing_quantiles(panel.adjusted[start : row + 1], horizon, levels)
    return answers
