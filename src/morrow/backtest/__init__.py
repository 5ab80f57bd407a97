"""Train recipes in parallel on the earlier parts of the data and score them out of fold on the later ones."""

from morrow.backtest.board import in_parts, leaderboard, outcomes
from morrow.backtest.ensembles import link_jobs
from morrow.backtest.folds import run_folds
from morrow.backtest.jobs import (
    HISTORY,
    LOSSES,
    PROBABILITIES,
    QUANTILES,
    Job,
    Result,
    kind,
    losses,
    make_fit_task,
    refuse_empty,
    result,
    scored_rows,
)
from morrow.backtest.meetings import find_known_through, meet
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
    "find_known_through",
    "in_parts",
    "kind",
    "leaderboard",
    "link_jobs",
    "losses",
    "make_fit_task",
    "meet",
    "outcomes",
    "refit",
    "refuse_empty",
    "result",
    "run",
    "run_all",
    "run_folds",
    "scored_rows",
]
