"""How forecasts are judged: pure statistics of forecasts against what happened, on arrays.

Ends of intervals count as inside; no change, forecast or realised, counts half to each direction.
"""

from morrow.metrics.comparisons import diebold_mariano, loss_by_date, skill, skill_geomean
from morrow.metrics.coverage import (
    christoffersen,
    conditional_coverage,
    coverage_gaps,
    kupiec,
    terciles,
    worst_coverage_gap,
)
from morrow.metrics.densities import log_score_t, pooled_log_score
from morrow.metrics.dependence import lags, long_run_variance, mean_test
from morrow.metrics.directions import (
    balanced_accuracy,
    brier,
    brier_up,
    confusion,
    direction_hits,
    log_loss,
    log_loss_up,
    pesaran_timmermann,
    pesaran_timmermann_by_date,
    rises,
)
from morrow.metrics.quantiles import (
    Array,
    crps,
    crps_sample,
    growth,
    inside,
    interval,
    interval_score,
    median,
    pinball,
    probability_down,
    width,
)
from morrow.metrics.ranks import information, rank_information, ranks
from morrow.metrics.totals import MEASURES, SHARES, Outcomes, evaluate, measures
from morrow.metrics.uniformity import (
    chi_square,
    expected,
    kolmogorov_smirnov,
    pit,
    pit_bins,
    pit_histogram,
    uniform_by_date,
)

__all__ = [
    "MEASURES",
    "SHARES",
    "Array",
    "Outcomes",
    "balanced_accuracy",
    "brier",
    "brier_up",
    "chi_square",
    "christoffersen",
    "conditional_coverage",
    "confusion",
    "coverage_gaps",
    "crps",
    "crps_sample",
    "diebold_mariano",
    "direction_hits",
    "evaluate",
    "expected",
    "growth",
    "information",
    "inside",
    "interval",
    "interval_score",
    "kolmogorov_smirnov",
    "kupiec",
    "lags",
    "log_loss",
    "log_loss_up",
    "log_score_t",
    "long_run_variance",
    "loss_by_date",
    "mean_test",
    "measures",
    "median",
    "pesaran_timmermann",
    "pesaran_timmermann_by_date",
    "pinball",
    "pit",
    "pit_bins",
    "pit_histogram",
    "pooled_log_score",
    "probability_down",
    "rank_information",
    "ranks",
    "rises",
    "skill",
    "skill_geomean",
    "terciles",
    "uniform_by_date",
    "width",
    "worst_coverage_gap",
]
