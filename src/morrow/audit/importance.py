"""What a fitted model owes to each group of features: its loss when the group tells of another time."""

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


def importance(
    fitted: FittedModel, panel: Panel, part: tuple[int, int], rows: Rows, seed: int
) -> dict[str, NDArray[np.float64]] | None:
    """Rise of the pinball loss when a group's features are those of another time: permutation by rotation.

    Within the part, and the window before it, all columns of the group are rotated together along each
    symbol's bars, by a drawn offset between a quarter and three quarters of them: the group keeps its own
    course and the ties between its columns, and loses those with the other groups and the outcome. The
    loss is that before calibration.

    Args:
        fitted: a model that was fitted before the part.
        panel: with the features.
        part: half-open range of session numbers.
        rows: (N,) of the part, to be scored; at most ``MOST_ROWS`` of ``MOST_SYMBOLS`` symbols are drawn.
        seed: of the draws and the offsets.

    Returns:
        for each group the relative rises, one a repeat; None if the model reads no feature.

    Source: Breiman (2001), Machine Learning 45(1).
    """
    draw = np.random.default_rng(seed)
    names = np.unique(panel.symbol[rows])
    chosen = np.sort(draw.permutation(names)[:MOST_SYMBOLS])
    rows = np.sort(draw.permutation(rows[np.isin(panel.symbol[rows], chosen)])[:MOST_ROWS])
    small, rows = _of_symbols(panel, chosen, rows)
    low = part[0] - int(fitted.document["forecast"]["window"])
    moving = [
        np.flatnonzero((small.symbol == code) & (small.session >= low) & (small.session < part[1]))
        for code in chosen
    ]
    found = {}
    with threadpool_limits(limits=1):  # threads only wait for each other here
        usual = _loss(fitted, small, rows)
        for group, columns in groups(panel.names).items():
            losses = [_loss(fitted, _rotated(small, moving, columns, draw), rows) for _ in range(REPEATS)]
            found[group] = np.asarray(losses) / usual - 1
    return found if any(rises.any() for rises in found.values()) else None


def groups(names: tuple[str, ...]) -> Mapping[str, Rows]:
    """Places of the features by their group, in the order of the features."""
    found: dict[str, list[int]] = {}
    for place, name in enumerate(names):
        group = features.REGISTRY[name].group if name in features.REGISTRY else "own"
        found.setdefault(group, []).append(place)
    return {group: np.array(places) for group, places in found.items()}


def _of_symbols(panel: Panel, chosen: Rows, rows: Rows) -> tuple[Panel, Rows]:
    """The panel of some symbols' bars alone, and the rows' places in it."""
    kept = np.flatnonzero(np.isin(panel.symbol, chosen))
    total = len(panel.symbol)
    parts: dict[str, Any] = {}
    for each in fields(panel):
        value = getattr(panel, each.name)
        if isinstance(value, np.ndarray) and each.name != "sessions" and len(value) == total:
            parts[each.name] = value[kept]
    return replace(panel, **parts), np.searchsorted(kept, rows)


def _rotated(panel: Panel, moving: list[Rows], columns: Rows, draw: np.random.Generator) -> Panel:
    values = panel.features.copy()
    for own in moving:
        offset = int(draw.integers(len(own) // 4, 3 * len(own) // 4 + 1))
        values[own[:, None], columns] = np.roll(values[own[:, None], columns], offset, axis=0)
    return replace(panel, features=values)


def _loss(fitted: FittedModel, panel: Panel, rows: Rows) -> float:
    """Mean pinball of the log return over rows, known steps and levels."""
    quantiles, scale = forecast.scaled(fitted, panel, rows)
    levels = np.asarray(fitted.document["forecast"]["levels"])
    actual = panel.target[rows].astype(np.float64)
    known = np.isfinite(actual)
    answers = (quantiles * scale[..., None])[known].astype(np.float64)
    return float(metrics.pinball(answers, actual[known], levels).mean())
