"""Answer with a fitted model: quantiles of the log return for rows of a panel, and the forecast table."""

from morrow.forecast.adapting import adapted, documented
from morrow.forecast.answers import gradient_by_distance, log_scores, predict, probabilities, raw, scaled
from morrow.forecast.composite import mean
from morrow.forecast.outside import fallback
from morrow.forecast.table import from_prices, panel_of, table

__all__ = [
    "adapted",
    "documented",
    "fallback",
    "from_prices",
    "gradient_by_distance",
    "log_scores",
    "mean",
    "panel_of",
    "predict",
    "probabilities",
    "raw",
    "scaled",
    "table",
]
