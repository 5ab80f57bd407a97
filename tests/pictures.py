"""Arguments of pictures, and ways to read what was drawn."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from morrow.metrics import Array

LEVELS = np.array([0.025, 0.1, 0.5, 0.9, 0.975])
SPREAD = np.array([-20.0, -10.0, 0.0, 10.0, 20.0])
DAYS = pd.date_range("2025-12-01", periods=100, freq="B")
HISTORY = [
    {"network": 0.0, "epoch": 0.0, "fit_loss": 0.5, "stop_loss": 0.40},
    {"network": 0.0, "epoch": 1.0, "fit_loss": 0.4, "stop_loss": 0.30},
    {"network": 0.0, "epoch": 2.0, "fit_loss": 0.3, "stop_loss": 0.35},
]


def fan_arguments(steps: int = 3, **changes: Any) -> dict[str, Any]:
    """A fan over closes 1..70 whose quantiles lie around 70, the further the later."""
    arguments = {
        "symbol": "A",
        "past": np.arange(1.0, 71.0),
        "past_sessions": DAYS[:70],
        "quantiles": 70 + SPREAD * np.arange(1, steps + 1)[:, None],
        "levels": LEVELS,
        "sessions": DAYS[70 : 70 + steps],
        "realised": None,
        "currency": "USD",
        "title": "what is shown",
    }
    return arguments | changes


def true_arguments(count: int = 4, **changes: Any) -> dict[str, Any]:
    """Closes 100, 101, ... where the last price is one short of each and the median half of one."""
    actual = 100.0 + np.arange(count)
    arguments = {
        "symbol": "A",
        "sessions": DAYS[:count],
        "actual": actual,
        "predicted": actual - 0.5,
        "last_price": actual - 1,
        "currency": "USD",
        "title": "what is shown",
    }
    return arguments | changes


def line(axes: Axes, label: str) -> Array:
    """Heights of the line with this label; fails if there is none or more than one."""
    (found,) = [one for one in axes.lines if one.get_label() == label]
    return np.asarray(found.get_ydata(), dtype=np.float64)


def labels(axes: Axes) -> list[str]:
    """Texts of the legend."""
    legend = axes.get_legend()
    return [] if legend is None else [text.get_text() for text in legend.get_texts()]


def texts(figure: Figure) -> str:
    """All that is written beside the data."""
    found = [*figure.texts, *(text for axes in figure.axes for text in axes.texts)]
    return "\n".join(text.get_text() for text in found)


def widths(axes: Axes) -> list[float]:
    """Lengths of the bars, from the top."""
    return [bar.get_width() for bar in axes.patches if isinstance(bar, Rectangle)]
