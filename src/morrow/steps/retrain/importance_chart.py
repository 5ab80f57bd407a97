"""The chart of feature importance for the best recipe of the night that reads features."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from morrow import audit, backtest, charts
from morrow.backtest import Result
from morrow.baselines.boosted import BoostedRecipe
from morrow.config import NetworkRecipe
from morrow.panel import Panel
from morrow.steps.context import Night
from morrow.steps.results import Plan
from morrow.steps.retrain.train import folds_of

FILE = "importance.png"


def draw(
    night: Night,
    plan: Plan,
    panel: Panel,
    finished: Sequence[Result],
    table: Sequence[Mapping[str, Any]],
    winner: str,
    place: Path,
) -> None:
    """Write it for the winner, or for the best network (or boosted recipe) on the select sessions.

    Of those, the first that reads features at all; without one there is no picture.
    """
    select = folds_of(night, panel)[-1].select  # earlier ones were seen by the last fold's models
    rows = backtest.scored_rows(panel, select)
    for result in _readers(finished, table, winner):
        importances = audit.measure_importance(result.model, panel, select, rows, night.config.training.seed)
        if importances is not None:
            title = (
                f"{night.universe} {result.name}: groups of features on the select sessions, "
                f"cutoff {plan.cutoff}"
            )
            charts.importance(place / FILE, importances, title)
            return


def _readers(finished: Sequence[Result], table: Sequence[Mapping[str, Any]], winner: str) -> list[Result]:
    """The recipes that are given features and forecast a distribution, in the order to be tried."""
    select = {row["name"]: row["pinball_select"] for row in table}
    able = [
        each
        for each in finished
        if isinstance(each.recipe, NetworkRecipe | BoostedRecipe) and each.can_win and each.name in select
    ]
    return sorted(
        able,
        key=lambda each: (each.name != winner, isinstance(each.recipe, BoostedRecipe), select[each.name]),
    )
