"""Importance of each group of features to a fitted model: its loss when the group is moved in time."""

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from morrow import features, forecast, metrics
from morrow.fitted_model import FittedModel
from morrow.panel import Panel

MOST_SYMBOLS, MOST_ROWS, REPEATS = 6, 300, 3

Rows = NDArray[np.int64]


def measure_importance(
    fitted: FittedModel, panel: Panel, part: tuple[int, int], rows: Rows, seed: int
) -> dict[str, NDArray[np.float64]] | None:
    """Relative rise of the pinball loss when a group's features are moved in time: permutation by rotation.

    Within the part, and the window before it, all columns of the group are rotated together along each
    symbol's bars, by a random offset between a quarter and three quarters of them: the group keeps its own
    course and the relations between its columns, and loses those with the other groups and the outcome.
    The loss is that before calibration.

    Args:
        fitted: a model that was fitted before the part.
        panel: with the features.
        part: half-open range of session numbers.
        rows: (N,) of the part, to be scored; at most ``MOST_ROWS`` of ``MOST_SYMBOLS`` symbols are drawn.
        seed: of the draws and the offsets.

    Returns:
        for each group the relative rises, one per repeat; None if the model reads no feature.

    Source: Breiman (2001), Machine Learning 45(1).
    """
    draw = np.random.default_rng(seed)
    names = np.unique(panel.symbol[rows])
    chosen = np.sort(draw.permutation(names)[:MOST_SYMBOLS])
    rows = np.sort(draw.permutation(rows[np.isin(panel.symbol[rows], chosen)])[:MOST_ROWS])
    small, rows = _restrict_symbols(panel, chosen, rows)
    low = part[0] - int(fitted.document["forecast"]["window"])
    moving = [
        np.flatnonzero((small.symbol == code) & (small.session >= low) & (small.session < part[1]))
        for code in chosen
    ]
    rises = {}
    with threadpool_limits(limits=1):  # more threads would only wait for each other
        usual = _compute_loss(fitted, small, rows)
        for group, columns in find_group_columns(panel.names).items():
            losses = [
                _compute_loss(fitted, _rotate(small, moving, columns, draw), rows) for _ in range(REPEATS)
            ]
            rises[group] = np.asarray(losses) / usual - 1
    return rises if any(each.any() for each in rises.values()) else None


def find_group_columns(names: tuple[str, ...]) -> Mapping[str, Rows]:
    """Columns of the features by their group, in the order of the features."""
    columns: dict[str, list[int]] = {}
    for column, name in enumerate(names):
        group = features.REGISTRY[name].group if name in features.REGISTRY else "own"
        columns.setdefault(group, []).append(column)
    return {group: np.array(own) for group, own in columns.items()}


def _restrict_symbols(panel: Panel, chosen: Rows, rows: Rows) -> tuple[Panel, Rows]:
    """The panel with the bars of some symbols only, and the indexes of the rows in it."""
    inside = np.flatnonzero(np.isin(panel.symbol, chosen))
    total = len(panel.symbol)
    parts: dict[str, Any] = {}
    for each in fields(panel):
        value = getattr(panel, each.name)
        if isinstance(value, np.ndarray) and each.name != "sessions" and len(value) == total:
            parts[each.name] = value[inside]
    return replace(panel, **parts), np.searchsorted(inside, rows)


def _rotate(panel: Panel, moving: list[Rows], columns: Rows, draw: np.random.Generator) -> Panel:
    values = panel.features.copy()
    for own in moving:
        offset = int(draw.integers(len(own) // 4, 3 * len(own) // 4 + 1))
        values[own[:, None], columns] = np.roll(values[own[:, None], columns], offset, axis=0)
    return replace(panel, features=values)


def _compute_loss(fitted: FittedModel, panel: Panel, rows: Rows) -> float:
    """Mean pinball of the log return over rows, known steps and levels."""
    quantiles, scale = forecast.predict_scaled(fitted, panel, rows)
    levels = np.asarray(fitted.document["forecast"]["levels"])
    actual = panel.target[rows].astype(np.float64)
    known = np.isfinite(actual)
    answers = (quantiles * scale[..., None])[known].astype(np.float64)
    return float(metrics.pinball(answers, actual[known], levels).mean())
