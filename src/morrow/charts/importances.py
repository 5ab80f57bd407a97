"""The figure of what a recipe owes to its groups of features."""

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure

from morrow.charts import style
from morrow.errors import ShapeError
from morrow.metrics import Array


def importance(by_group: Mapping[str, Array], title: str) -> Figure:
    """The figure of :func:`morrow.charts.importance`."""
    if not by_group or any(np.ndim(rises) != 1 or not len(rises) for rises in by_group.values()):
        raise ShapeError("importance: give each group, and at least one, its rises (N,) with N of 1 or more")
    ranked = sorted(by_group, key=lambda group: -float(np.mean(by_group[group])))
    percent = [100 * np.asarray(by_group[group], dtype=np.float64) for group in ranked]
    means = [float(rises.mean()) for rises in percent]
    figure = style.page(title)
    across = "rise of the pinball loss when the group tells of another time [%]"
    left = min(0.05 + 0.0115 * max(len(group) for group in ranked), 0.4)
    axes = style.plot_area(figure, (left, 0.14, 0.96 - left, 0.7), across, "")
    places = np.arange(len(ranked))
    axes.barh(places, means, height=0.62, color=style.ACCENT, alpha=0.85)
    for place, rises in enumerate(percent):
        axes.plot(rises, np.full(len(rises), place), ".", color=style.INK, markersize=5)
    low, high = min(0.0, *(rises.min() for rises in percent)), max(0.0, *(rises.max() for rises in percent))
    span = high - low or 1.0
    for place, (mean, rises) in enumerate(zip(means, percent, strict=True)):
        text = f"{mean:+.2f} %".replace("-", "−")
        axes.text(max(float(rises.max()), 0.0) + 0.015 * span, place, text, va="center")
    axes.axvline(0, color=style.INK, linewidth=0.7)
    axes.set_yticks(places, ranked)
    axes.set_xlim(low - 0.02 * span, high + 0.15 * span)
    axes.set_ylim(len(ranked) - 0.4, -0.6)
    axes.grid(visible=False)
    axes.spines["left"].set_visible(False)
    return figure
