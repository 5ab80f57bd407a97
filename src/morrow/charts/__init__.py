"""Pictures of forecasts and recipes as PNG files: the same data give the same bytes.

Nothing is judged here. Matplotlib's global state is left as it was, and no window system is asked for.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

from morrow.charts import forecasts, importances, recipes
from morrow.charts.style import Sessions, styled, write
from morrow.metrics import Array

__all__ = [
    "comparison",
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
    """Write a fan chart: the last 60 closes, then nested bands and the median of what may follow.

    The fan opens at the last close; its sessions are drawn wider than those of the past.

    Args:
        path: PNG file to write, in an existing folder.
        symbol: name of the series.
        past: (T,) closes through the cutoff, T ≥ 1, quote currency.
        past_sessions: (T,).
        quantiles: (H, Q) prices, quote currency; without level 0.5 no median is drawn.
        levels: (Q,) ascending, each in (0, 1).
        sessions: (H,) targets.
        realised: (H,) closes on the cutoff's share basis, NaN where not yet known; None for none.
        currency: of the quote.
        title: what is shown, in words.

    Raises:
        ShapeError: the arrays do not fit one another.
    """
    with styled():
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
    """Write closes against the median one step ahead and the last price, and the errors of both below.

    A forecast that follows the last price looks right and knows nothing: both are drawn, for the last 60
    sessions; the mean absolute errors that are named are those of all sessions.

    Args:
        path: PNG file to write, in an existing folder.
        symbol: name of the series.
        sessions: (N,) targets, N ≥ 1.
        actual: (N,) closes, quote currency, NaN where not known.
        predicted: (N,) medians forecast for them.
        last_price: (N,) closes one session before.
        currency: of the quote.
        title: what is shown, in words.

    Raises:
        ShapeError: the arrays are empty or not of one length.
    """
    with styled():
        drawn = forecasts.true_against_predicted(
            symbol, sessions, actual, predicted, last_price, currency, title
        )
        write(path, drawn)


def loss_curve(path: Path, history: Sequence[Mapping[str, float]], title: str) -> None:
    """Write the losses by epoch: the stop loss of each network with its best epoch, its fit loss, its start.

    Args:
        path: PNG file to write, in an existing folder.
        history: ``network``, ``epoch``, ``fit_loss`` and ``stop_loss`` of each epoch, in order; where it has
            ``start_loss`` too, the stop loss of the untrained network is drawn.
        title: what is shown, in words.

    Raises:
        ShapeError: the history is empty.
    """
    with styled():
        write(path, recipes.loss_curve(history, title))


def reliability(path: Path, levels: Array, observed: Array, title: str) -> None:
    """Write the share of outcomes below each quantile against its level, and the difference of the two.

    Args:
        path: PNG file to write, in an existing folder.
        levels: (Q,) ascending, each in (0, 1).
        observed: (H, Q) fractions, a row a step, or (Q,) for all steps together.
        title: what is shown, in words.

    Raises:
        ShapeError: ``observed`` has another shape.
    """
    with styled():
        write(path, recipes.reliability(levels, observed, title))


def error_by_step(
    path: Path,
    pinball: Mapping[str, Array],
    absolute: Mapping[str, Array],
    currency: str,
    title: str,
) -> None:
    """Write how errors grow with the step: pinball losses at the left, absolute errors in price at the right.

    Args:
        path: PNG file to write, in an existing folder.
        pinball: losses (H,) of the log return by step, NaN where not known, by whose they are; the last one
            is drawn in front.
        absolute: mean absolute errors (H,) in the quote currency, likewise.
        currency: of the quote.
        title: what is shown, in words.

    Raises:
        ShapeError: one of the two is empty, or their lengths differ.
    """
    with styled():
        write(path, recipes.error_by_step(pinball, absolute, currency, title))


def pit(path: Path, levels: Array, shares: Array, title: str) -> None:
    """Write how many outcomes lie between neighbouring quantiles, over how many should: at one if right.

    A hump in the middle says that forecasts are too wide, high ends too narrow, a slope that they are off.

    Args:
        path: PNG file to write, in an existing folder.
        levels: (Q,) ascending, each in (0, 1).
        shares: (H, Q + 1) of the outcomes in each bin between the levels, a row a step; each sums to 1.
        title: what is shown, in words.

    Raises:
        ShapeError: ``shares`` has another shape.
    """
    with styled():
        write(path, recipes.pit(levels, shares, title))


def gradients(path: Path, by_recipe: Mapping[str, Array], title: str) -> None:
    """Write how the gradient of an answer falls with distance back in time, a line a recipe, on a log scale.

    Args:
        path: PNG file to write, in an existing folder.
        by_recipe: for each recipe the norms (L,), L ≥ 1; place 0 is the session that is answered at.
        title: what is shown, in words.

    Raises:
        ShapeError: there is no recipe, or norms of another shape.
    """
    with styled():
        write(path, recipes.gradients(by_recipe, title))


def importance(path: Path, by_group: Mapping[str, Array], title: str) -> None:
    """Write how much worse a recipe gets without each group of features, worst on top, a dot a repeat.

    Args:
        path: PNG file to write, in an existing folder.
        by_group: for each group the relative rises of its loss (N,), N ≥ 1.
        title: what is shown, in words.

    Raises:
        ShapeError: there is no group, or rises of another shape.
    """
    with styled():
        write(path, importances.importance(by_group, title))


def comparison(
    path: Path,
    names: Sequence[str],
    pinball: Sequence[float | None],
    reference: str | None,
    winner: str | None,
    title: str,
) -> None:
    """Write a bar a recipe, best on top: skill against the reference, or loss above the best's without one.

    Args:
        path: PNG file to write, in an existing folder.
        names: of the recipes, each once.
        pinball: their mean losses on the test sessions; None or NaN where not scored.
        reference: name of the recipe with skill 0; None, or one without a loss, for none.
        winner: the champion's recipe, highlighted; None for none.
        title: what is shown, in words.

    Raises:
        ShapeError: there are no names, or another number of losses.
    """
    with styled():
        write(path, recipes.comparison(names, pinball, reference, winner, title))
