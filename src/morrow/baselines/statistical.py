"""Automatic ARIMA and exponential smoothing of log prices, by statsforecast; normal intervals.

Both are stored as the numbers of an ARIMA, since additive exponential smoothing is one. Between fits, each
session filters it without statsforecast, an optional extra that only fitting needs.

Source: Hyndman & Khandakar (2008), Journal of Statistical Software 27(3); the equivalence: Hyndman, Koehler,
Ord & Snyder (2008), Forecasting with Exponential Smoothing, chapter 11.
"""

import importlib
import warnings
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from pydantic import Field

from morrow.baselines.base import (
    Answer,
    Array,
    Baseline,
    FitSettings,
    Parts,
    Rows,
    parameters_by_row,
    series_spans,
)
from morrow.errors import ConfigError
from morrow.recipes import baseline

if TYPE_CHECKING:
    from morrow.fitted_model import FittedModel
    from morrow.panel import Panel

ORDER = 5  # maximum, of either polynomial
WIDTH = 4 + 2 * ORDER  # differences, mean, deviation, initial trend, AR and MA coefficients
SHORTEST = 60  # minimum prices for a fit


class StatsforecastBaseline(Baseline):
    """A model of statsforecast that is an ARIMA of log prices, one fit per symbol."""

    sessions: int = Field(1_000, ge=100, le=10_000, description="last fit sessions of a symbol that are read")

    def model(self, models: Any) -> Any:
        """Build the model to fit from the classes in ``statsforecast.models``."""
        raise NotImplementedError

    def parameters(self, fitted: Any, trend: float) -> Array:
        """Parameters (WIDTH,) of a fitted model; ``trend`` is the mean of the log returns."""
        raise NotImplementedError

    def fit(self, panel: "Panel", rows: Rows, settings: FitSettings) -> Parts:
        """Fit the last sessions of every symbol in the fit rows."""
        parameters = np.full((len(panel.symbols), WIDTH), np.nan)
        inside = panel.session < settings.end
        failed = []
        for symbol in np.unique(panel.symbol[rows]):
            own = np.flatnonzero((panel.symbol == symbol) & inside)
            last = own[panel.series[own] == panel.series[own[-1]]][-self.sessions :]
            fitted = self.fit_series(np.log(panel.adjusted[last]))
            if fitted is None:
                failed.append(panel.symbols[symbol])
            else:
                parameters[symbol] = fitted
        return {"not_converged": failed}, {"parameters": parameters}

    def fit_series(self, log_prices: Array) -> Array | None:
        """Parameters (WIDTH,) of one symbol's log prices (T,), or None if there is no stable fit.

        Raises:
            ConfigError: statsforecast is not installed.
        """
        models = _import_statsforecast(self.kind)
        if len(log_prices) < SHORTEST or not np.ptp(log_prices):
            return None
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # failed fits are counted, not printed
            try:
                fitted = self.model(models).fit(log_prices).model_
            except Exception:  # noqa: BLE001 (statsforecast raises bare exceptions; failed fits are counted)
                return None
        parameters = self.parameters(fitted, float(np.mean(np.diff(log_prices))))
        return parameters if is_stable(parameters) else None

    def answer(self, model: "FittedModel", panel: "Panel", rows: Rows) -> Answer:
        """Normal quantiles around the filtered mean; without a fit, EWMA quantiles around the last price."""
        from scipy.special import ndtri  # noqa: PLC0415 (takes a second)

        mean, deviation = np.zeros((len(rows), panel.horizon)), panel.compute_scale(rows)
        own = parameters_by_row(model.arrays["parameters"], model, panel)
        for index, start, end in series_spans(panel.position, rows):
            if np.isfinite(own[start]).all():
                prices = np.log(panel.adjusted[start:end])
                moves, deviation[index] = forecast_moves(prices, own[start], panel.horizon)
                mean[index] = moves[rows[index] - start]
        normal = ndtri(np.asarray(model.document["forecast"]["levels"]))
        root = panel.compute_scale(rows)
        return ((mean[..., None] + deviation[..., None] * normal) / root[..., None]).astype(np.float32), root


@baseline()
class StatisticalRecipe(StatsforecastBaseline):
    """AutoARIMA or AutoETS of statsforecast on log prices, normal intervals; needs make setup-bench."""

    kind: Literal["arima", "ets"]

    def model(self, models: Any) -> Any:
        """AutoARIMA, or AutoETS with additive errors and no seasonality."""
        if self.kind == "arima":
            return models.AutoARIMA(season_length=1, seasonal=False, max_p=ORDER, max_q=ORDER)
        return models.AutoETS(season_length=1, model="AZN")

    def parameters(self, fitted: Any, trend: float) -> Array:
        """Parameters of the ARIMA itself, or of the ARIMA equivalent to the smoothing."""
        return _of_arima(fitted, trend) if self.kind == "arima" else _of_smoothing(fitted, trend)


def forecast_moves(log_prices: Array, parameters: Array, horizon: int) -> tuple[Array, Array]:
    """Mean log return over the next 1..H bars at every bar, and its standard deviation: (T, H) and (H,).

    Args:
        log_prices: (T,) of one series; the filter starts at the first.
        parameters: (WIDTH,).
        horizon: H.
    """
    from scipy.signal import lfilter  # noqa: PLC0415 (takes a second)

    order, (mean, deviation, trend) = int(parameters[0]), parameters[1:4]
    ar, ma = parameters[4 : 4 + ORDER], parameters[4 + ORDER :]
    steps = np.diff(log_prices, prepend=log_prices[0] - trend)  # (T,)
    differenced = [log_prices, steps, np.diff(steps, prepend=trend)][order] - mean
    error = lfilter(np.r_[1.0, -ar], np.r_[1.0, ma], differenced)
    ahead = np.empty((len(log_prices), horizon))
    for step in range(horizon):
        ahead[:, step] = sum(
            ar[lag] * (ahead[:, step - lag - 1] if lag < step else _lagged(differenced, lag - step))
            for lag in range(ORDER)
        ) + sum(ma[lag] * _lagged(error, lag - step) for lag in range(step, ORDER))
    ahead += mean
    if order == 0:
        mean_moves = ahead - log_prices[:, None]
    elif order == 1:
        mean_moves = np.cumsum(ahead, axis=1)
    else:
        mean_moves = np.cumsum(steps[:, None] + np.cumsum(ahead, axis=1), axis=1)
    impulse = lfilter(np.r_[1.0, ma], np.r_[1.0, -ar], np.eye(1, horizon)[0])
    for _ in range(order):
        impulse = np.cumsum(impulse)
    return mean_moves, deviation * np.sqrt(np.cumsum(np.square(impulse)))


def is_stable(parameters: Array) -> bool:
    """Whether shocks and the filter's start die out: no root of either polynomial beyond the unit circle."""
    if not np.isfinite(parameters).all() or parameters[2] <= 0:
        return False
    ar, ma = np.roots(np.r_[1.0, -parameters[4 : 4 + ORDER]]), np.roots(np.r_[1.0, parameters[4 + ORDER :]])
    return bool((np.abs(np.r_[ar, ma]) <= 1).all())


def _lagged(values: Array, lag: int) -> Array:
    """Values ``lag`` bars earlier, zero before the first."""
    return values if lag == 0 else np.concatenate([np.zeros(min(lag, len(values))), values[:-lag]])


def _of_arima(model: Any, trend: float) -> Array:
    ar_order, ma_order, _, _, _, differences, _ = model["arma"]
    coefficients = model["coef"]
    parameters = np.zeros(WIDTH)
    mean = coefficients.get("intercept", coefficients.get("drift", 0.0))
    parameters[:4] = differences, mean, np.sqrt(model["sigma2"]), trend
    for lag in range(ar_order):
        parameters[4 + lag] = coefficients[f"ar{lag + 1}"]
    for lag in range(ma_order):
        parameters[4 + ORDER + lag] = coefficients[f"ma{lag + 1}"]
    return parameters


def _of_smoothing(model: Any, trend: float) -> Array:
    """The ARIMA equivalent to an additive smoothing of a level, a level and a trend, or a damped trend."""
    _, kind, _, damped = model["components"]
    alpha, beta, _, phi = (float(value) for value in model["par"][:4])
    parameters = np.zeros(WIDTH)
    parameters[:4] = 1, 0.0, np.sqrt(model["sigma2"]), trend
    if kind == "N":
        parameters[4 + ORDER] = alpha - 1
    elif damped == "D":
        parameters[4] = phi
        parameters[4 + ORDER :][:2] = alpha + phi * beta - 1 - phi, (1 - alpha) * phi
    else:
        parameters[0], parameters[3] = 2, float(model["states"][-1, 1])
        parameters[4 + ORDER :][:2] = alpha + beta - 2, 1 - alpha
    return parameters


def _import_statsforecast(kind: str) -> Any:
    try:
        return importlib.import_module("statsforecast.models")
    except ImportError as error:
        raise ConfigError(
            f'a recipe of kind "{kind}" needs statsforecast, which is not installed ({error}); '
            "run make setup-bench, or take the recipe out of training.recipes"
        ) from None
