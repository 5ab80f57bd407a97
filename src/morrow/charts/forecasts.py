"""Figures of one symbol's forecasts. Arguments are those of the functions of ``morrow.charts``."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from morrow import metrics
from morrow.charts import style
from morrow.charts.style import Sessions
from morrow.errors import ShapeError
from morrow.metrics import Array

PAST, RECENT = 60, 60  # sessions before the fan, and of true against predicted
NAIVE, MEDIAN = "#F2CD8A", "#00406E"
BANDS = LinearSegmentedColormap.from_list("bands", ["#D3E4F2", "#6BA4D3"])


def fan(
    symbol: str,
    past: Array,
    past_sessions: Sessions,
    quantiles: Array,
    levels: Array,
    sessions: Sessions,
    realised: Array | None,
    currency: str,
    title: str,
) -> Figure:
    """The figure of :func:`morrow.charts.fan`."""
    style.require_one_length("fan", past=past, past_sessions=past_sessions)
    known = np.full(len(sessions), np.nan) if realised is None else realised
    style.require_one_length("fan", sessions=sessions, quantiles=quantiles, realised=known)
    if quantiles.shape != (len(sessions), len(levels)):
        raise ShapeError(
            f"fan: quantiles have shape {quantiles.shape}; {len(sessions)} sessions and {len(levels)} levels "
            f"need {(len(sessions), len(levels))}"
        )
    past, past_sessions = past[-PAST:], past_sessions[-PAST:]
    figure = style.page(title)
    axes = style.plot_area(figure, (0.1, 0.17, 0.86, 0.66), "", f"{symbol} close [{currency}]")
    before, ahead = _positions(len(past), len(sessions))
    _draw_bands(axes, ahead, np.vstack([np.full(len(levels), past[-1]), quantiles]), levels)
    axes.plot(before, past, color=style.INK, label="close")
    if np.isfinite(known).any():
        path = np.append(past[-1], known)
        axes.plot(ahead, path, ":", color=style.WARM, marker="o", markersize=3, label="realised")
    _draw_time(axes, before, past_sessions, ahead, sessions)
    style.legend(axes)
    return figure


def _positions(past: int, steps: int) -> tuple[Array, Array]:
    """Horizontal positions: (T,) of the past, which ends at 0, and (H + 1,) of 0 and the steps.

    Steps are drawn wider than the past, up to 38 % of the page together, so that a few are still readable.
    """
    share = min(0.38, 0.12 + 0.06 * steps)
    width = max(1.0, share / (1 - share) * max(past, 20) / steps)
    return np.arange(1.0 - past, 1.0), width * np.arange(steps + 1.0)


def _draw_bands(axes: Axes, ahead: Array, paths: Array, levels: Array) -> None:
    """Nested bands of (H + 1, Q) quantile paths, the outermost first, and the median."""
    lower, upper = np.flatnonzero(levels < 0.5 - 1e-9), np.flatnonzero(levels > 0.5 + 1e-9)[::-1]
    innermost = max(min(len(lower), len(upper)) - 1, 1)
    for depth, (low, high) in enumerate(zip(lower, upper, strict=False)):
        central = abs(levels[low] + levels[high] - 1) < 1e-9
        ends = f"{100 * levels[low]:.4g}–{100 * levels[high]:.4g} %"
        label = f"{100 * (levels[high] - levels[low]):.4g} %" if central else ends
        axes.fill_between(
            ahead, paths[:, low], paths[:, high], color=BANDS(depth / innermost), linewidth=0, label=label
        )
    if len(lower) + len(upper) < len(levels):
        axes.plot(ahead, metrics.median(paths, levels), color=MEDIAN, label="median")


def _draw_time(axes: Axes, before: Array, past_sessions: Sessions, ahead: Array, sessions: Sessions) -> None:
    """The cutoff and ticks: dates below the past, dates and steps below the fan."""
    end, steps = ahead[-1] * 1.02, len(sessions)
    labelled = style.spread(len(before), 5)
    labelled = labelled[
        before[labelled] < -0.07 * (end - before[0])
    ]  # leaves room for the cutoff's own label
    every = max(steps // 5, 1)
    targets = np.arange(every - 1, steps, every)
    cutoff = f"{style.dates(past_sessions[-1:])[0]}\ncutoff"
    names = [f"{day}\n+{step + 1}" for day, step in zip(style.dates(sessions[targets]), targets, strict=True)]
    axes.set_xticks(
        [*before[labelled], 0.0, *ahead[targets + 1]],
        [*style.dates_and_years(past_sessions[labelled]), cutoff, *names],
    )
    axes.axvline(0, color=style.QUIET, linewidth=0.7)
    axes.set_xlim(before[0] - 0.01 * end, end)
    across = axes.get_xaxis_transform()
    axes.text(before[0], -0.235, "past sessions", transform=across)
    axes.text(end, -0.235, "sessions ahead, drawn wider", transform=across, ha="right")


def true_against_predicted(
    symbol: str,
    sessions: Sessions,
    actual: Array,
    predicted: Array,
    last_price: Array,
    currency: str,
    title: str,
) -> Figure:
    """The figure of :func:`morrow.charts.true_against_predicted`."""
    style.require_one_length(
        "true against predicted", sessions=sessions, actual=actual, predicted=predicted, last_price=last_price
    )
    figure = style.page(title)
    prices = style.plot_area(figure, (0.1, 0.45, 0.86, 0.38), "", f"{symbol} close [{currency}]")
    errors = style.plot_area(figure, (0.1, 0.12, 0.86, 0.25), "", f"error [{currency}]")
    recent = slice(-RECENT, None)
    position = np.arange(len(sessions[recent]))
    for axes, base in ((prices, np.zeros(len(position))), (errors, actual[recent])):
        naive, median = last_price[recent] - base, predicted[recent] - base
        axes.plot(position, naive, color=NAIVE, linewidth=4, label="last price (no change)")
        axes.plot(position, median, color=style.ACCENT, linewidth=1.2, label="median, one step ahead")
        axes.set_xlim(-0.5, max(len(position) - 0.5, 1))
    prices.plot(
        position, actual[recent], color=style.INK, marker=".", markersize=5, linewidth=0.6, label="close"
    )
    errors.axhline(0, color=style.INK, linewidth=0.6)
    labelled = style.spread(len(position), 7)
    prices.set_xticks(labelled, [""] * len(labelled))
    errors.set_xticks(labelled, style.dates_and_years(sessions[recent][labelled]))
    words = _mean_errors(actual, predicted, last_price, currency)
    errors.text(0, 1.04, words, transform=errors.transAxes, fontsize=8)
    style.legend(prices)
    return figure


def _mean_errors(actual: Array, predicted: Array, last_price: Array, currency: str) -> str:
    """Text with the mean absolute errors of both forecasts, over the sessions where both are known."""
    both = np.isfinite(actual) & np.isfinite(predicted) & np.isfinite(last_price)
    if not both.any():
        return "forecast − close; no close is known yet"
    ours, naive = (float(np.abs(forecast - actual)[both].mean()) for forecast in (predicted, last_price))
    better = metrics.skill(ours, naive)
    words = "" if better is None else f": {100 * abs(better):.2f} % {'better' if better >= 0 else 'worse'}"
    return (
        f"forecast − close; mean absolute error ({both.sum()} sessions): median {ours:.4g} {currency}, "
        f"last price {naive:.4g}{words}"
    )
