"""Charts as one small HTML file each: lines and bands that tell their values when pointed at.

A page fetches nothing, and its template escapes what a source wrote.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import numpy as np
from jinja2 import Environment, StrictUndefined, Template
from matplotlib.ticker import MaxNLocator

from morrow import metrics
from morrow.charts import style
from morrow.charts.style import Sessions
from morrow.errors import ShapeError
from morrow.metrics import Array

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 860, 440, 70, 845, 24, 395  # units of the picture
BAND_COLORS = ("#9CC4E4", "#6BA4D3", "#4A8CC2", "#2F73AB")
NAMED_TICKS = 8


@dataclass(frozen=True)
class Series:
    """One line, or a band between two.

    Attributes:
        name: in the legend and beside its values.
        color: of CSS.
        low: (N,) values, NaN where there is none.
        high: (N,) of a band's upper edge; None for a line.
    """

    name: str
    color: str
    low: Array
    high: Array | None = None


def draw_fan(
    symbol: str,
    past: Array,
    past_sessions: Sessions,
    quantiles: Array,
    levels: Array,
    sessions: Sessions,
    currency: str,
    title: str,
) -> str:
    """A page of the last closes and the forecast's nested bands and median.

    Args:
        symbol: name of the series.
        past: (T,) closes through the cutoff, T ≥ 1, quote currency.
        past_sessions: (T,).
        quantiles: (H, Q) prices, quote currency.
        levels: (Q,) ascending, each in (0, 1).
        sessions: (H,) targets.
        currency: of the quote.
        title: of the page.

    Raises:
        ShapeError: the arrays do not fit one another.
    """
    style.require_one_length("fan", past=past, past_sessions=past_sessions)
    style.require_one_length("fan", sessions=sessions, quantiles=quantiles)
    if quantiles.shape[1:] != (len(levels),):
        raise ShapeError(f"fan: quantiles have shape {quantiles.shape}, for {len(levels)} levels")
    known = len(past)
    paths = np.vstack([np.full((known - 1, len(levels)), np.nan), np.full(len(levels), past[-1]), quantiles])
    series = [Series("close", "currentColor", np.append(past, np.full(len(sessions), np.nan)))]
    pairs = [(low, len(levels) - 1 - low) for low in range(len(levels) // 2)]
    for depth, (low, high) in enumerate(pairs):
        name = f"{100 * (levels[high] - levels[low]):.4g} % between {levels[low]:g} and {levels[high]:g}"
        series.append(Series(name, BAND_COLORS[depth % len(BAND_COLORS)], paths[:, low], paths[:, high]))
    series.append(Series("median", style.WARM, metrics.median(paths, levels)))
    days = [f"{day:%Y-%m-%d}" for day in [*_stamps(past_sessions), *_stamps(sessions)]]
    names = [*days[:known], *(f"{day} (+{step})" for step, day in enumerate(days[known:], start=1))]
    return draw_lines(title, "session", f"{symbol} close [{currency}]", names, series)


def draw_losses(history: Sequence[Mapping[str, float]], title: str) -> str:
    """A page of the fit and stop losses of each network by epoch.

    Args:
        history: ``network``, ``epoch``, ``fit_loss`` and ``stop_loss`` of each epoch.
        title: of the page.

    Raises:
        ShapeError: the history is empty.
    """
    if not history:
        raise ShapeError("losses: the history has no epoch; draw only recipes that train by epochs")
    epochs = sorted({int(row["epoch"]) for row in history})
    series = []
    for position, network in enumerate(sorted({row["network"] for row in history})):
        by_epoch = {int(row["epoch"]): row for row in history if row["network"] == network}
        color = style.PALETTE[position % len(style.PALETTE)]
        for key, words in (("stop_loss", "stop loss"), ("fit_loss", "fit loss")):
            values = np.array([by_epoch.get(epoch, {}).get(key, np.nan) for epoch in epochs], np.float64)
            shade = color if key == "stop_loss" else f"{color}80"
            series.append(Series(f"network {int(network) + 1}: {words}", shade, values))
    return draw_lines(title, "epoch", "loss in units of the target", [str(epoch) for epoch in epochs], series)


def draw_lines(title: str, across: str, up: str, names: Sequence[str], series: Sequence[Series]) -> str:
    """A page of lines and bands over equally spaced places.

    Args:
        title: of the page.
        across: of the horizontal axis.
        up: of the vertical axis, with its unit.
        names: (N,) of the places.
        series: each of N values.

    Raises:
        ShapeError: lengths differ, or no value is finite.
    """
    edges = np.array([one.low if edge == 0 else one.high for one in series for edge in (0, 1)
                      if edge == 0 or one.high is not None], dtype=np.float64)  # fmt: skip
    if edges.ndim != 2 or edges.shape[1] != len(names) or not np.isfinite(edges).any():
        raise ShapeError(f"lines: values have shape {edges.shape}, and must be finite at {len(names)} places")
    ticks = MaxNLocator(6).tick_values(np.nanmin(edges), np.nanmax(edges))
    low, high = float(ticks[0]), float(ticks[-1])
    place = np.linspace(LEFT, RIGHT, len(names)) if len(names) > 1 else np.array([(LEFT + RIGHT) / 2])

    def height(values: Any) -> Any:
        return np.asarray(BOTTOM - (values - low) / (high - low) * (BOTTOM - TOP))

    return _template().render(
        title=title, across=across, up=up, width=WIDTH, height=HEIGHT, left=LEFT, right=RIGHT, bottom=BOTTOM,
        up_ticks=[{"at": f"{height(tick):.1f}", "text": f"{tick:.6g}"} for tick in ticks],
        across_ticks=[{"at": f"{place[at]:.1f}", "text": names[at]} for at in _named_places(len(names))],
        series=[_draw_series(one, place, height) for one in series],
        readings=[
            {"at": round(float(place[at]), 1), "text": _word_values(name, series, at)}
            for at, name in enumerate(names)
        ],
    )  # fmt: skip


def _draw_series(one: Series, place: Array, height: Any) -> dict[str, Any]:
    edges = [edge for edge in (one.low, one.high) if edge is not None]
    lines = [_join_points(place, height(edge)) for edge in edges]
    area = " ".join([lines[0], *reversed(lines[1].split())]) if one.high is not None else ""
    return {"name": one.name, "color": one.color, "area": area, "lines": [] if area else lines}


def _join_points(place: Array, heights: Array) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in zip(place, heights, strict=True) if np.isfinite(y))


def _named_places(count: int) -> list[int]:
    return [int(at) for at in style.spread(count, NAMED_TICKS)]


def _word_values(name: str, series: Sequence[Series], at: int) -> str:
    words = []
    for one in series:
        if np.isfinite(one.low[at]):
            end = "" if one.high is None else f" to {one.high[at]:.6g}"
            words.append(f"{one.name}: {one.low[at]:.6g}{end}")
    return f"{name}: {'; '.join(words)}"


def _stamps(sessions: Sessions) -> Any:
    return sessions.astype("datetime64[D]").tolist() if isinstance(sessions, np.ndarray) else sessions


@cache
def _template() -> Template:
    text = (resources.files("morrow.charts") / "page.html").read_text(encoding="utf-8")
    return Environment(autoescape=True, undefined=StrictUndefined).from_string(text)
