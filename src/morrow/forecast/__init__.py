"""Forecast with a fitted model: quantiles of the log return for panel rows, and the forecast table."""

from morrow.forecast.adaptive_calibration import adapt_quantiles, document_state
from morrow.forecast.answers import (
    gradient_by_distance,
    log_scores,
    predict,
    predict_baseline,
    predict_raw,
    predict_scaled,
    probabilities,
)
from morrow.forecast.fallback import answer_fallback, answer_fallbacks
from morrow.forecast.quantile_mean import average_quantiles
from morrow.forecast.table import build_panel, forecast_prices, table, zero_shot_table

__all__ = [
    "adapt_quantiles",
    "answer_fallback",
    "answer_fallbacks",
    "average_quantiles",
    "build_panel",
    "document_state",
    "forecast_prices",
    "gradient_by_distance",
    "log_scores",
    "predict",
    "predict_baseline",
    "predict_raw",
    "predict_scaled",
    "probabilities",
    "table",
    "zero_shot_table",
]
