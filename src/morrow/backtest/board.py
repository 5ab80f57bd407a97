"""The leaderboard: every measure of every recipe on the test sessions."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from morrow import metrics
from morrow.backtest.jobs import Result, kind, scored_rows
from morrow.config import NetworkRecipe
from morrow.networks import heads
from morrow.panel import Panel, Parts


def outcomes(panel: Panel, part: tuple[int, int], before: int) -> metrics.Outcomes:
    """What the models are scored against on one part; MASE is scaled on sessions before ``before``."""
    rows = scored_rows(panel, part)
    change = np.abs(np.diff(panel.adjusted, prepend=np.nan))
    usable = (panel.position > 0) & (panel.session < before)
    count = np.bincount(panel.symbol[usable], minlength=len(panel.symbols))
    total = np.bincount(panel.symbol[usable], weights=change[usable], minlength=len(panel.symbols))
    scale = np.divide(total, count, out=np.full(len(total), np.nan), where=(count > 0) & (total > 0))
    basis = panel.close[rows] / panel.adjusted[rows]
    return metrics.Outcomes(
        symbol=np.asarray(panel.symbols)[panel.symbol[rows]],
        close=panel.close[rows],
        scale=scale[panel.symbol[rows]] * basis,
        actual=panel.target[rows].astype(np.float64),
    )


def _direction(panel: Panel, parts: Parts, result: Result, selected: int) -> dict[str, float | None]:
    """Scores of probabilities of down, flat and up, mean over known rows and steps of the test sessions."""
    found, recipe = result.probabilities, result.recipe
    if found is None or not isinstance(recipe, NetworkRecipe):
        return {"brier": None, "log_loss": None}
    rows = scored_rows(panel, parts.test)
    happened = heads.classes(panel.scaled[rows], recipe.flat)
    known = np.isfinite(happened)
    likely, outcome = found[selected:][known].astype(np.float64), happened[known].astype(np.int64)
    return {
        "brier": float(metrics.brier(likely, outcome).mean()),
        "log_loss": float(metrics.log_loss(likely, outcome).mean()),
    }


def leaderboard(
    panel: Panel, parts: Parts, results: Sequence[Result], levels: Sequence[float]
) -> list[dict[str, Any]]:
    """A row a recipe, lowest pinball on the test sessions first.

    Every figure is on the test sessions but ``pinball_select``; ``by_step`` and ``by_symbol`` hold the
    same measures in parts. ``brier`` and ``log_loss`` are of recipes with the head direction, else None.
    """
    facts = outcomes(panel, parts.test, parts.select[0])
    selected = len(scored_rows(panel, parts.select))
    table: list[dict[str, Any]] = []
    for result in results:
        quantiles = result.quantiles[selected:].astype(np.float64)
        found = metrics.evaluate(quantiles, facts, levels)
        loss = result.losses
        table.append(
            {
                "name": result.name,
                "kind": kind(result.recipe),
                **found,
                **_direction(panel, parts, result, selected),
                "pinball_select": float(loss.loc[loss["part"] == "select", "loss"].mean()),
                "train_s": result.seconds,
            }
        )
    ewma = {each.name for each in results if each.recipe.kind == "ewma"}
    reference = next((row["pinball"] for row in table if row["name"] in ewma), None)
    for row in table:
        row["skill_vs_ewma"] = metrics.skill(row["pinball"], reference)
    return sorted(table, key=lambda row: (row["pinball"], row["name"]))
