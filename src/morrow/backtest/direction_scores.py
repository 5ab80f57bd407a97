"""Leaderboard scores for direction and ranking: rise probabilities, hit rates and rank correlations."""

import numpy as np

from morrow import calibration, metrics
from morrow.backtest.jobs import Result, scored_rows
from morrow.config import NetworkRecipe
from morrow.heads import direction as direction_head
from morrow.panel import Panel, Parts

Array = metrics.Array


def score_directions(
    panel: Panel, parts: Parts, result: Result, quantiles: Array, levels: Array
) -> dict[str, object]:
    """Direction scores on the test sessions, over all known rows and steps.

    ``brier`` and ``log_loss`` score the three classes down, flat and up for a recipe with the direction
    head; they are None for other recipes. All other scores use the probability of a rise. With the
    direction head, that is P(up) plus half of P(flat). Otherwise it is derived from the quantiles and
    shrunk by the share fitted on the calibrate sessions.
    ``brier_up_base`` is the score of a constant forecast: the share of rises, by step, observed before the
    select sessions.

    Args:
        panel: the panel.
        parts: the parts of the data.
        result: the recipe's result.
        quantiles: (R, H, Q) forecasts on the test sessions.
        levels: (Q,) quantile levels.
    """
    rows = scored_rows(panel, parts.test)
    actual = panel.target[rows].astype(np.float64)
    known = np.isfinite(actual)
    likely = None if result.probabilities is None else result.probabilities[-len(rows) :].astype(np.float64)
    if likely is None:
        down = metrics.probability_down(quantiles.reshape(-1, len(levels)), levels)
        believed = calibration.shrink_probabilities(down, result.model.document.get("direction"))
        up = 1 - believed.reshape(actual.shape)
    else:
        up = likely[..., 2] + likely[..., 1] / 2
    base = np.broadcast_to(_base_rate(panel, parts), actual.shape)
    matrix = metrics.confusion(up[known], actual[known])
    date = np.broadcast_to(panel.session[rows][:, None], actual.shape)[known]
    lags = metrics.lags(panel.horizon, len(np.unique(date)))
    p = metrics.pesaran_timmermann_by_date(up[known] - 0.5, actual[known], date, lags)[1]
    return {
        **_three_classes(panel, rows, result, likely),
        "brier_up": float(metrics.brier_up(up[known], actual[known]).mean()),
        "brier_up_base": float(metrics.brier_up(base[known], actual[known]).mean()),
        "log_loss_up": float(metrics.log_loss_up(up[known], actual[known]).mean()),
        "balanced_accuracy": metrics.balanced_accuracy(matrix),
        "pesaran_timmermann_p": float(p) if np.isfinite(p) else None,
        "confusion": matrix.tolist(),
    }


def _base_rate(panel: Panel, parts: Parts) -> Array:
    """Share of rises by step (H,) over the rows before the select sessions; 0.5 where none is known.

    The parts are purged, so all targets of these rows lie before the select sessions.
    """
    past = panel.target[scored_rows(panel, (0, parts.calibrate[1]))].astype(np.float64)
    known = np.isfinite(past)
    count = known.sum(axis=0)
    total = np.where(known, metrics.rises(past), 0.0).sum(axis=0)
    return np.where(count > 0, total / np.maximum(count, 1), 0.5)


def _three_classes(
    panel: Panel, rows: np.ndarray, result: Result, likely: Array | None
) -> dict[str, float | None]:
    """Scores of the down, flat and up probabilities, averaged over known rows and steps."""
    recipe = result.recipe
    if likely is None or not isinstance(recipe, NetworkRecipe):
        return {"brier": None, "log_loss": None}
    happened = direction_head.classify_moves(panel.scale_targets(rows), direction_head.flat_band(recipe))
    known = np.isfinite(happened)
    outcome = happened[known].astype(np.int64)
    return {
        "brier": float(metrics.brier(likely[known], outcome).mean()),
        "log_loss": float(metrics.log_loss(likely[known], outcome).mean()),
    }


def score_ranking(panel: Panel, parts: Parts, quantiles: Array, levels: Array) -> dict[str, float | None]:
    """Mean Pearson and rank correlation of forecast medians with outcomes, per session and step.

    None if no cross-section has ten known rows.
    """
    rows = scored_rows(panel, parts.test)
    row, step = np.nonzero(np.isfinite(panel.target[rows]))
    actual = panel.target[rows][row, step].astype(np.float64)
    middle = metrics.median(quantiles, levels)[row, step]
    section = panel.session[rows][row] * panel.horizon + step
    correlations = {
        "ic": metrics.information(middle, actual, section),
        "rank_ic": metrics.rank_information(middle, actual, section),
    }
    return {
        name: float(np.nanmean(each)) if np.isfinite(each).any() else None
        for name, each in correlations.items()
    }
