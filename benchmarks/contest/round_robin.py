"""Every pair of recipes of a backtest on the same rows: losses by date, and the most they can differ by."""

from collections.abc import Sequence
from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from morrow import backtest, metrics
from morrow.backtest import Result
from morrow.panel import Panel, Parts

Array = NDArray[np.float64]


def meet_all(
    panel: Panel, parts: Parts, results: Sequence[Result], levels: Sequence[float]
) -> tuple[Array, Array, Array]:
    """What :func:`morrow.backtest.meet` says of every pair on the select and test sessions, read once.

    Returns:
        (T, R) losses; (T, R, R) bounds, by how much the second recipe's can exceed the first one's; and the
        losses (T,) of the forecast whose quantiles are the mean of all recipes'. Of each date the mean over
        symbols and steps.
    """
    rows = np.concatenate(
        [backtest.scored_rows(panel, parts.select), backtest.scored_rows(panel, parts.test)]
    )
    chosen = panel.session[rows] <= backtest.find_known_through(panel)
    rows = rows[chosen]
    actual = panel.target[rows].astype(np.float64)
    row, step = np.nonzero(np.isfinite(actual))
    session, outcome, grid = panel.session[rows][row], actual[row, step], np.asarray(levels, dtype=np.float64)
    forecasts = [each.quantiles[chosen][row, step].astype(np.float64) for each in results]

    def average(values: Array) -> Array:
        return np.asarray(pd.Series(values).groupby(session).mean())

    def score(quantiles: Array) -> Array:
        return average(metrics.pinball(quantiles, outcome, grid).mean(axis=-1))

    losses = np.column_stack([score(each) for each in forecasts])
    bounds = np.zeros((len(losses), len(results), len(results)))
    for one, other in combinations(range(len(results)), 2):
        there, back = find_largest_excesses(forecasts[one], forecasts[other], grid)
        bounds[:, one, other], bounds[:, other, one] = average(there), average(back)
    return losses, bounds, score(np.asarray(sum(forecasts)) / len(forecasts))


def find_largest_excesses(one: Array, other: Array, levels: Array) -> tuple[Array, Array]:
    """:func:`morrow.metrics.largest_excess` of the other forecast over the first, and the reverse.

    The difference of the losses is linear between the quantiles of both, so one pass over these gives its
    largest and its least value.
    """
    size = one.shape[-1]
    knots = np.concatenate([other, one], axis=-1)
    order = np.argsort(knots, axis=-1, kind="stable")
    widths = np.diff(np.take_along_axis(knots, order, axis=-1), axis=-1)
    slope = np.cumsum(np.where(order < size, 1.0, -1.0), axis=-1)[..., :-1] / size
    first = ((1 - levels) * (other - one)).mean(axis=-1)  # an outcome below every quantile
    rises = np.cumsum(slope * widths, axis=-1)
    highest, lowest = np.maximum(rises.max(axis=-1), 0.0), np.minimum(rises.min(axis=-1), 0.0)
    return np.maximum(first + highest, 0.0), np.maximum(-first - lowest, 0.0)
