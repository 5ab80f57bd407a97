"""Fallback forecasts for rows outside the training range and all other rows that no model forecasts."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from morrow import pretraining
from morrow.baselines import unconditional
from morrow.panel import Fallback, Panel

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


def answer_fallbacks(
    panel: Panel, fallback: Sequence[Fallback], levels: NDArray[np.float64]
) -> NDArray[np.float32]:
    """Quantiles of the log return of the sessions after the panel's last one: (N,) -> (N, H, Q).

    A pretrained network answers the rows with the flag ``zero-shot``. The others have the unconditional
    quantiles of their own trailing returns, a stale one's over the sessions since its last bar as well.

    Raises:
        RegistryError: the pretrained network cannot be used.
    """
    answers = np.empty((len(fallback), panel.horizon, len(levels)), dtype=np.float32)
    zero_shot = np.array([one.is_zero_shot for one in fallback], dtype=bool)
    rows = np.array([one.row for one in fallback], dtype=np.int64)
    if zero_shot.any():
        answers[zero_shot] = pretraining.forecast_zero_shot(panel, rows[zero_shot], levels)
    for index in np.flatnonzero(~zero_shot):
        answers[index] = _answer_unconditionally(panel, int(rows[index]), levels)
    return answers


def _answer_unconditionally(panel: Panel, row: int, levels: NDArray[np.float64]) -> NDArray[np.float32]:
    """Quantiles (H, Q) from a symbol's last row, covering the sessions since then and those ahead."""
    start, behind = row - int(panel.position[row]), len(panel.sessions) - 1 - int(panel.session[row])
    adjusted, horizon = panel.adjusted[start : row + 1], behind + panel.horizon
    return unconditional.trailing_quantiles(adjusted, horizon, levels)[behind:]
