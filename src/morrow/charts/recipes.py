"""Figures of one recipe's training, calibration and features, and of all recipes side by side.

Arguments are those of the functions of ``morrow.charts``.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, NullFormatter, StrMethodFormatter

from morrow.charts import style
from morrow.errors import ShapeError
from morrow.metrics import Array

STEPS = LinearSegmentedColormap.from_list("steps", ["#E9A63A", "#C2457A", "#31197C"])
NAMED = 5  # lines for which a legend has room
CUT, OTHERS = 10.0, "#A9BDCC"  # percent up to which all bars are drawn to scale; color of other recipes


def loss_curve(history: Sequence[Mapping[str, float]], title: str) -> Figure:
    """The figure of :func:`morrow.charts.loss_curve`."""
    if not history:
        raise ShapeError("loss curve: the history has no epoch; draw only recipes that train by epochs")
    figure = style.page(title)
    axes = style.plot_area(figure, (0.1, 0.14, 0.86, 0.66), "epoch", "pinball loss of the scaled return")
    table = np.array(
        [[row[name] for name in ("network", "epoch", "fit_loss", "stop_loss")] for row in history]
    )
    networks = np.unique(table[:, 0])
    for position, network in enumerate(networks):
        _, epoch, fit, stop = table[table[:, 0] == network].T
        color = style.PALETTE[position % len(style.PALETTE)]
        axes.plot(epoch, fit, color=color, alpha=0.35, linewidth=0.9)
        label = f"network {network:g}"
        if np.isfinite(stop).any():
            best = int(np.nanargmin(stop))
            label += f": {stop[best]:.5g} at epoch {epoch[best]:g}"
            axes.plot(epoch[best], stop[best], "o", color=color, markersize=7, markeredgecolor="white")
        axes.plot(epoch, stop, color=color, label=label if position < NAMED else "_")
        for start in {row.get("start_loss", np.nan) for row in history if row["network"] == network}:
            axes.axhline(start, color=color, linewidth=0.8, linestyle=":")
    axes.plot([], [], color=style.QUIET, alpha=0.6, linewidth=0.9, label="faint: loss on the fit sessions")
    if any("start_loss" in row for row in history):
        axes.plot([], [], color=style.QUIET, linestyle=":", linewidth=0.8, label="dotted: before training")
    axes.xaxis.set_major_locator(MaxNLocator(10, integer=True, min_n_ticks=1))
    _cut_the_start(axes, table)
    style.legend(axes, columns=3)
    return figure


def _cut_the_start(axes: Axes, table: Array) -> None:
    """End the scale above the third epoch if the first two would flatten all later ones."""
    late = table[table[:, 1] >= table[:, 1].min() + 2, 2:]
    if not np.isfinite(late).any():
        return
    low, high = np.nanmin(table[:, 2:]), np.nanmax(late)
    if np.nanmax(table[:, 2:]) - low > 2 * (high - low) > 0:
        axes.set_ylim(low - 0.05 * (high - low), high + 0.15 * (high - low))
        axes.text(
            0.99,
            0.97,
            "the first epochs lie above",
            transform=axes.transAxes,
            ha="right",
            va="top",
            fontsize=8,
        )


def error_by_step(
    pinball: Mapping[str, Array], absolute: Mapping[str, Array], currency: str, title: str
) -> Figure:
    """The figure of :func:`morrow.charts.error_by_step`."""
    lengths = {np.shape(values) for values in (*pinball.values(), *absolute.values())}
    if not pinball or not absolute or len(lengths) != 1 or lengths <= {(0,), ()}:
        raise ShapeError(
            f"error by step: got shapes {sorted(lengths)}; give both sides at least one line, "
            "and all of them as many steps"
        )
    figure = style.page(title)
    boxes = ((0.1, 0.14, 0.38, 0.66), (0.58, 0.14, 0.4, 0.66))
    labels = ("pinball loss of the log return [bp]", f"mean absolute error of the median [{currency}]")
    for box, label, lines, unit in zip(boxes, labels, (pinball, absolute), (1e4, 1.0), strict=True):
        axes = style.plot_area(figure, box, "sessions ahead", label)
        for index, (name, values) in enumerate(lines.items()):
            front = index == len(lines) - 1
            look: dict[str, Any] = {"color": style.WARM, "linewidth": 3.0, "alpha": 0.55}
            if front:
                look = {"color": style.ACCENT, "marker": "o", "markersize": 3.5}
            axes.plot(np.arange(1, len(values) + 1), unit * values, label=name, **look)
        axes.xaxis.set_major_locator(MaxNLocator(10, integer=True, min_n_ticks=1))
        style.legend(axes)
    return figure


def reliability(levels: Array, observed: Array, title: str) -> Figure:
    """The figure of :func:`morrow.charts.reliability`."""
    shares = np.atleast_2d(observed)
    if shares.ndim != 2 or not shares.size or shares.shape[1] != len(levels):
        raise ShapeError(
            f"reliability: observed has shape {np.shape(observed)}; {len(levels)} levels need "
            f"(H, {len(levels)}) or ({len(levels)},)"
        )
    figure = style.page(title)
    below, apart = "outcomes below the quantile [%]", "observed − level [percentage points]"
    whole = style.plot_area(figure, (0.1, 0.14, 0.36, 0.67), "level [%]", below)
    differences = style.plot_area(figure, (0.57, 0.14, 0.41, 0.67), "level [%]", apart)
    named = style.spread(len(shares), NAMED)
    for step, share in enumerate(shares):
        color = STEPS(step / max(len(shares) - 1, 1)) if np.ndim(observed) == 2 else style.ACCENT
        label = f"step {step + 1}" if np.ndim(observed) == 2 else "all steps"
        look: dict[str, Any] = {"color": color, "linewidth": 0.6, "alpha": 0.5}
        if step in named:
            look = {"color": color, "marker": "o", "markersize": 3, "label": label}
        whole.plot(100 * levels, 100 * share, **look)
        differences.plot(100 * (share - levels), **look)
    _draw_scales(whole, differences, levels, float(np.nanmax(np.abs(shares - levels), initial=0.0)))
    style.legend(whole)
    return figure


def _draw_scales(whole: Axes, differences: Axes, levels: Array, farthest: float) -> None:
    """Draw the lines of perfect calibration, and ticks; below the differences, levels are evenly spaced."""
    whole.plot([0, 100], [0, 100], color=style.QUIET, linewidth=0.8)
    for ticks, limits in ((whole.set_xticks, whole.set_xlim), (whole.set_yticks, whole.set_ylim)):
        ticks([0, 25, 50, 75, 100])
        limits(-2, 102)
    labelled = style.spread(len(levels), 9)
    differences.axhline(0, color=style.QUIET, linewidth=0.8)
    differences.set_xticks(labelled, [f"{100 * level:.4g}" for level in levels[labelled]])
    reach = max(2.0, 110 * farthest)
    differences.set_ylim(-reach, reach)


def pit(levels: Array, shares: Array, title: str) -> Figure:
    """The figure of :func:`morrow.charts.pit`."""
    if shares.ndim != 2 or not len(shares) or shares.shape[1] != len(levels) + 1:
        raise ShapeError(
            f"pit: shares have shape {shares.shape}; {len(levels)} levels need (H, {len(levels) + 1})"
        )
    figure = style.page(title)
    across, up = "level of the outcome [%]", "share of outcomes, nominal share = 1"
    axes = style.plot_area(figure, (0.1, 0.14, 0.86, 0.67), across, up)
    edges = 100 * np.concatenate([[0.0], levels, [1.0]])
    nominal = np.diff(edges) / 100
    named = style.spread(len(shares), NAMED)
    for step, share in enumerate(shares):
        look: dict[str, Any] = {"linewidth": 0.6, "alpha": 0.5, "label": "_"}
        if step in named:
            look = {"label": f"step {step + 1}"}
        color = STEPS(step / max(len(shares) - 1, 1))
        axes.stairs(share / nominal, edges, baseline=None, color=color, **look)
    axes.axhline(1, color=style.QUIET, linewidth=0.8)
    axes.set_xticks([0, 25, 50, 75, 100])
    axes.set_xlim(0, 100)
    farthest = float(np.nanmax(np.abs(shares / nominal - 1), initial=0.0))
    axes.set_ylim(max(0.0, 1 - max(0.25, 1.1 * farthest)), 1 + max(0.25, 1.1 * farthest))
    style.legend(axes)
    return figure


def gradients(by_recipe: Mapping[str, Array], title: str) -> Figure:
    """The figure of :func:`morrow.charts.gradients`."""
    if not by_recipe or any(np.ndim(norms) != 1 or not len(norms) for norms in by_recipe.values()):
        raise ShapeError("gradients: give each recipe, and at least one, its norms (L,) with L of 1 or more")
    figure = style.page(title)
    across, up = "sessions back", "norm of the gradient, last session = 1"
    axes = style.plot_area(figure, (0.12, 0.14, 0.84, 0.66), across, up)
    for position, (name, norms) in enumerate(by_recipe.items()):
        color = style.PALETTE[position % len(style.PALETTE)]
        share = np.where(norms > 0, norms / norms[0] if norms[0] > 0 else np.nan, np.nan)
        half = int(np.argmax(np.append(share < 0.01, True)))
        label = f"{name}: below 1 % after {half}" if half < len(share) else f"{name}: never below 1 %"
        label = label if norms[0] > 0 else f"{name}: reads nothing"
        axes.plot(np.arange(len(share)), share, color=color, label=label if position < NAMED else "_")
    axes.set_yscale("log")
    axes.yaxis.set_major_formatter(StrMethodFormatter("{x:g}"))  # the scale's own writes TeX
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.yaxis.set_label_coords(-0.11, 0.5)  # beside numbers as long as 1e-08
    axes.axhline(0.01, color=style.QUIET, linewidth=0.8)
    axes.xaxis.set_major_locator(MaxNLocator(10, integer=True, min_n_ticks=1))
    style.legend(axes, columns=2)
    return figure


def comparison(
    names: Sequence[str],
    pinball: Sequence[float | None],
    reference: str | None,
    winner: str | None,
    title: str,
) -> Figure:
    """The figure of :func:`morrow.charts.comparison`."""
    if not names or len(names) != len(pinball):
        raise ShapeError(
            f"comparison: got {len(names)} names and {len(pinball)} losses; "
            "give every name its loss, and at least one"
        )
    losses = np.array([np.nan if value is None else value for value in pinball], dtype=np.float64)
    base = dict(zip(names, losses.tolist(), strict=True)).get(reference or "", np.nan)
    order = np.argsort(losses, kind="stable")  # NaN comes last
    loss, ranked = losses[order], [names[row] for row in order]
    if base > 0:
        gain, across = 100 * (1 - loss / base), f"skill: 1 − pinball loss ÷ pinball loss of {reference} [%]"
    else:
        gain, across = 100 * (loss / loss[0] - 1), "pinball loss above that of the best [%]"
    notes = [", champion" * (name == winner) + ", reference" * (name == reference) for name in ranked]
    figure = style.page(title)
    left = min(0.03 + 0.0105 * max(len(name) for name in ranked), 0.4)
    axes = style.plot_area(figure, (left, 0.14, 0.87 - left, 0.71), across, "")
    _draw_bars(axes, gain, notes)
    axes.set_yticks(np.arange(len(ranked)), ranked)
    for name, label in zip(ranked, axes.get_yticklabels(), strict=True):
        label.set_fontweight("bold" if name == winner else "normal")
    _draw_losses(axes, loss)
    return figure


def _draw_bars(axes: Axes, gain: Array, notes: Sequence[str]) -> None:
    """Draw a bar from zero for each gain in percent, with its figure and note on the right.

    A very long bar is cut, so that the others can still be compared.
    """
    reach = max(CUT, 4 * float(np.nanmax(gain, initial=0.0) if np.nanmin(gain, initial=0.0) < 0 else 0.0))
    length = np.clip(np.nan_to_num(gain), -reach, reach)
    colors = [style.ACCENT if "champion" in note else OTHERS for note in notes]
    axes.barh(np.arange(len(gain)), length, height=0.62, color=colors)
    low, high = min(length.min(), 0.0), max(length.max(), 0.0)
    span = high - low or 1.0
    for row, (value, note) in enumerate(zip(gain, notes, strict=True)):
        cut = ", bar cut" if abs(value) > reach else ""
        figures = f"{value:+.2f} %".replace("-", "−")
        text = f"{figures}{note}{cut}" if np.isfinite(value) else f"not scored{note}"
        axes.text(max(length[row], 0.0) + 0.012 * span, row, text, va="center")
    axes.axvline(0, color=style.INK, linewidth=0.7)
    axes.set_xlim(low - 0.02 * span, high + 0.4 * span)
    axes.set_ylim(len(gain) - 0.4, -0.6)
    axes.grid(visible=False)
    axes.spines["left"].set_visible(False)


def _draw_losses(axes: Axes, loss: Array) -> None:
    """Write the losses themselves in a column at the right edge of the page."""
    right = 1 + 0.11 / axes.get_position().width
    for row, value in enumerate(loss[np.isfinite(loss)]):
        across = axes.get_yaxis_transform()
        axes.text(right, row, f"{value:.6f}", transform=across, va="center", ha="right")
    axes.text(
        right, 1.0, "pinball loss", transform=axes.transAxes, ha="right", va="bottom", color=style.QUIET
    )


def importance(by_group: Mapping[str, Array], title: str) -> Figure:
    """The figure of :func:`morrow.charts.importance`."""
    if not by_group or any(np.ndim(rises) != 1 or not len(rises) for rises in by_group.values()):
        raise ShapeError("importance: give each group, and at least one, its rises (N,) with N of 1 or more")
    ranked = sorted(by_group, key=lambda group: -float(np.mean(by_group[group])))
    percent = [100 * np.asarray(by_group[group], dtype=np.float64) for group in ranked]
    means = [float(rises.mean()) for rises in percent]
    figure = style.page(title)
    across = "rise of the pinball loss with the group taken from another time [%]"
    left = min(0.05 + 0.0115 * max(len(group) for group in ranked), 0.4)
    axes = style.plot_area(figure, (left, 0.14, 0.96 - left, 0.7), across, "")
    rows = np.arange(len(ranked))
    axes.barh(rows, means, height=0.62, color=style.ACCENT, alpha=0.85)
    for row, rises in enumerate(percent):
        axes.plot(rises, np.full(len(rises), row), ".", color=style.INK, markersize=5)
    low, high = min(0.0, *(rises.min() for rises in percent)), max(0.0, *(rises.max() for rises in percent))
    span = high - low or 1.0
    for row, (mean, rises) in enumerate(zip(means, percent, strict=True)):
        text = f"{mean:+.2f} %".replace("-", "−")
        axes.text(max(float(rises.max()), 0.0) + 0.015 * span, row, text, va="center")
    axes.axvline(0, color=style.INK, linewidth=0.7)
    axes.set_yticks(rows, ranked)
    axes.set_xlim(low - 0.02 * span, high + 0.15 * span)
    axes.set_ylim(len(ranked) - 0.4, -0.6)
    axes.grid(visible=False)
    axes.spines["left"].set_visible(False)
    return figure
