"""Train recipes on the early parts of time, side by side, and score them out of fold on the later ones."""

from morrow.backtest.board import in_parts, leaderboard, outcomes
from morrow.backtest.ensembles import joined
from morrow.backtest.jobs import (
    HISTORY,
    LOSSES,
    PROBABILITIES,
    QUANTILES,
    Job,
    Result,
    assignment,
    kind,
    losses,
    refuse_empty,
    result,
    scored_rows,
)
from morrow.backtest.processes import Progress, run_all
from morrow.backtest.refit import refit
from morrow.backtest.run import run

__all__ = [
    "HISTORY",
    "LOSSES",
    "PROBABILITIES",
    "QUANTILES",
    "Job",
    "Progress",
    "Result",
    "assignment",
    "in_parts",
    "joined",
    "kind",
    "leaderboard",
    "losses",
    "outcomes",
    "refit",
    "refuse_empty",
    "result",
    "run",
    "run_all",
    "scored_rows",
]
