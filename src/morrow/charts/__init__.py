"""Draw forecasts and recipes as PNG files, and as pages that answer; the same data give the same bytes.

Nothing is computed here that a table does not have. Matplotlib's global state stays as it was, and no window
system is needed.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

from morrow.charts import forecasts, recipes
from morrow.charts.pages import draw_fan, draw_losses
from morrow.charts.style import Sessions, style_context, write
from morrow.metrics import Array

__all__ = [
    "comparison",
    "draw_fan",
    "draw_losses",
    "error_by_step",
    "fan",
    "gradients",
    "importance",
    "loss_curve",
    "pit",
    "reliability",
    "true_against_predicted",
]


def fan(
    path: Path,
    symbol: str,
    past: Array,
    past_sessions: Sessions,
    quantiles: Array,
    levels: Array,
    sessions: Sessions,
    realised: Array | None,
    currency: str,
    title: str,
) -> None:
    """Write a fan chart: the last 60 closes, then nested bands and the median of the forecast.

    The fan opens at the last close; its sessions are drawn wider than those of the past.

    Args:
        path: PNG file to write, in an existing folder.
        symbol: name of the series.
        past: (T,) closes through the cutoff, T ≥ 1, quote currency.
        past_sessions: (T,).
        quantiles: (H, Q) prices, quote currency; the median is drawn if level 0.5 is there.
        levels: (Q,) ascending, each in (0, 1).
        sessions: (H,) targets.
        realised: (H,) closes on the cutoff's share basis, NaN where unknown; None for none.
        currency: of the quote.
        title: of the picture.

    Raises:
        ShapeError: the arrays do not fit one another.
    """
    with style_context():
        drawn = forecasts.fan(
            symbol, past, past_sessions, quantiles, levels, sessions, realised, currency, title
        )
        write(path, drawn)


def true_against_predicted(
    path: Path,
    symbol: str,
    sessions: Sessions,
    actual: Array,
    predicted: Array,
    last_price: Array,
    currency: str,
    title: str,
) -> None:
    """Write closes, the median one step ahead and the last price, and the errors of both below.

    A forecast that follows the last price looks right without any skill, so both are drawn. The picture has
    the last 60 sessions; the mean absolute errors in its text are those of all sessions.

    Args:
        path: PNG file to write, in an existing folder.
        symbol: name of the series.
        sessions: (N,) targets, N ≥ 1.
        actual: (N,) closes, quote currency, NaN where unknown.
        predicted: (N,) medians forecast for them.
        last_price: (N,) closes one session before.
        currency: of the quote.
        title: of the picture.

    Raises:
        ShapeError: the arrays are empty or not of one length.
    """
    with style_context():
        drawn = forecasts.true_against_predicted(
            symbol, sessions, actual, predicted, last_price, currency, title
        )
        write(path, drawn)


def loss_curve(path: Path, history: Sequence[Mapping[str, float]], title: str) -> None:
    """Write losses by epoch: stop loss, best epoch, fit loss and start of each network.

    Args:
        path: PNG file to write, in an existing folder.
        history: ``network``, ``epoch``, ``fit_loss`` and ``stop_loss`` of each epoch, in order; where it has
            ``start_loss`` too, the stop loss before the first epoch is drawn.
        title: of the picture.

    Raises:
        ShapeError: the history is empty.
    """
    with style_context():
        write(path, recipes.loss_curve(history, title))


def reliability(path: Path, levels: Array, observed: Array, title: str) -> None:
    """Write the share of outcomes below each quantile against its level, and their difference.

    Args:
        path: PNG file to write, in an existing folder.
        levels: (Q,) ascending, each in (0, 1).
        observed: (H, Q) fractions, one row per step, or (Q,) for all steps together.
        title: of the picture.

    Raises:
        ShapeError: ``observed`` has another shape.
    """
    with style_context():
        write(path, recipes.reliability(levels, observed, title))


def error_by_step(
    path: Path,
    pinball: Mapping[str, Array],
    absolute: Mapping[str, Array],
    currency: str,
    title: str,
) -> None:
    """Write errors by step: pinball losses on the left, absolute errors in price on the right.

    Args:
        path: PNG file to write, in an existing folder.
        pinball: for each name the losses (H,) of the log return by step, NaN where unknown; the last name is
            drawn in front.
        absolute: for each name the mean absolute errors (H,), quote currency.
        currency: of the quote.
        title: of the picture.

    Raises:
        ShapeError: a mapping is empty, or lengths differ.
    """
    with style_context():
        write(path, recipes.error_by_step(pinball, absolute, currency, title))


def pit(path: Path, levels: Array, shares: Array, title: str) -> None:
    """Write the share of outcomes between neighbouring quantiles over the nominal share; one is right.

    A hump in the middle means that forecasts are too wide, high ends that they are too narrow, and a slope
    that they are biased.

    Args:
        path: PNG file to write, in an existing folder.
        levels: (Q,) ascending, each in (0, 1).
        shares: (H, Q + 1) of the outcomes in each bin between the levels, one row per step.
        title: of the picture.

    Raises:
        ShapeError: ``shares`` has another shape.
    """
    with style_context():
        write(path, recipes.pit(levels, shares, title))


def gradients(path: Path, by_recipe: Mapping[str, Array], title: str) -> None:
    """Write how the gradient of a forecast falls with distance back in time, one line per recipe, log scale.

    Args:
        path: PNG file to write, in an existing folder.
        by_recipe: for each recipe the norms (L,), L ≥ 1; index 0 is the session of the forecast.
        title: of the picture.

    Raises:
        ShapeError: there is no recipe, or norms have another shape.
    """
    with style_context():
        write(path, recipes.gradients(by_recipe, title))


def importance(path: Path, by_group: Mapping[str, Array], title: str) -> None:
    """Write the rise of a recipe's loss without each group of features, largest first, one dot per repeat.

    Args:
        path: PNG file to write, in an existing folder.
        by_group: for each group the relative rises of its loss (N,), N ≥ 1.
        title: of the picture.

    Raises:
        ShapeError: there is no group, or rises have another shape.
    """
    with style_context():
        write(path, recipes.importance(by_group, title))


def comparison(
    path: Path,
    names: Sequence[str],
    pinball: Sequence[float | None],
    reference: str | None,
    winner: str | None,
    title: str,
) -> None:
    """Write one bar per recipe, best first: skill against the reference, or loss above the best without one.

    Args:
        path: PNG file to write, in an existing folder.
        names: of the recipes, each once.
        pinball: their mean losses on the test sessions; None or NaN without one.
        reference: name of the recipe with skill 0; None, or a recipe without a loss, for none.
        winner: the champion's recipe, highlighted; None for none.
        title: of the picture.

    Raises:
        ShapeError: there are no names, or another number of losses.
    """
    with style_context():
        write(path, recipes.comparison(names, pinball, reference, winner, title))
