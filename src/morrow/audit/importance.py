"""Importance of each feature group to a fitted model: the rise in loss when the group is shifted in time."""

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
    """Relative rise of the pinball loss when a group's features are shifted in time: permutation by rotation.

    Within the part and the window before it, all columns of the group are rotated together along each
    symbol's bars, by a random offset between a quarter and three quarters of their number: the group keeps
    its own dynamics and the relations between its columns, and loses those with other groups and the outcome.
    The loss is measured before calibration.

    Args:
        fitted: a model fitted before the part.
        panel: with the model's features.
        part: half-open range of session indexes.
        rows: (N,) rows of the part to score; at most ``MOST_ROWS`` of ``MOST_SYMBOLS`` symbols are drawn.
        seed: seed of the draws and offsets.

    Returns:
        For each group the relative rises, one per repeat; None if the model reads no features.

    Source: Breiman (2001), Machine Learning 45(1).
    """
    draw = np.random.default_rng(seed)
    names = np.unique(panel.symbol[rows])
    chosen = np.sort(draw.permutation(names)[:MOST_SYMBOLS])
    rows = np.sort(draw.permutation(rows[np.isin(panel.symbol[rows], chosen)])[:MOST_ROWS])
    small, rows = restrict_symbols(panel, chosen, rows)
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
    """Map each group to its feature columns, in feature order."""
    columns: dict[str, list[int]] = {}
    for column, name in enumerate(names):
        group = features.REGISTRY[name].group if name in features.REGISTRY else "own"
        columns.setdefault(group, []).append(column)
    return {group: np.array(own) for group, own in columns.items()}


def restrict_symbols(panel: Panel, chosen: Rows, rows: Rows) -> tuple[Panel, Rows]:
    """Restrict the panel to the bars of some symbols, and map the rows to indexes in it."""
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
    """Mean pinball loss of the log return over rows, known steps and levels."""
    quantiles, scale = forecast.predict_scaled(fitted, panel, rows)
    levels = np.asarray(fitted.document["forecast"]["levels"])
    actual = panel.target[rows].astype(np.float64)
    known = np.isfinite(actual)
    answers = (quantiles * scale[..., None])[known].astype(np.float64)
    return float(metrics.pinball(answers, actual[known], levels).mean())
