"""A piecewise linear regression of the log volatility of the next sessions, by a Student t likelihood.

Its output multiplies a volatility known at the cutoff. Its coefficients have a normal prior, so a short
history moves them little: with n rows the penalty weighs 1 / n of one row. It serves as a baseline, and as
the unit of the networks' regressed targets.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from morrow.baselines import garch
from morrow.baselines.base import (
    Answer,
    Array,
    Baseline,
    FitSettings,
    Parts,
    Rows,
    parameters_by_row,
    repeat_quantiles,
    standardised_quantiles,
    with_prefix_removed,
)
from morrow.baselines.likelihood import fit_symbols
from morrow.recipes import baseline

if TYPE_CHECKING:
    from morrow.fitted_model import FittedModel
    from morrow.panel import Panel

PREFIX = "regression."  # of its arrays' names, which may be stored among a network's
BLOCK = 262_144  # rows whose inputs are held in memory at once
FREEDOM = 5.0  # degrees of freedom of the likelihood: fat tails must not dominate the scale
PRECISION = 700.0  # of the prior on a coefficient shared by all steps, per unit of a scaled feature
STEP_PRECISION = 10 * PRECISION  # of the prior on one step's deviation from it
KNOT = 0.7  # interquartile ranges from the median
ITERATIONS = 200
FARTHEST = 20.0  # largest log that the optimiser may try
LARGEST_LOG = 1.5  # the volatility is multiplied by e^-1.5 to e^1.5


@baseline()
class RegressionRecipe(Baseline):
    """Volatility regressed on the networks' features and a GJR-GARCH: what a regressed target starts from.

    The log volatility is piecewise linear in them.
    """

    reads_features: ClassVar[bool] = True

    kind: Literal["regression"]

    def fit(self, panel: "Panel", rows: Rows, settings: FitSettings) -> Parts:
        """Regress the volatility, then pool the quantiles of standardised returns."""
        from morrow.features import Scaling  # noqa: PLC0415 (imports scikit-learn; takes a second)

        scaling = Scaling.fit(panel.features[rows])
        features = scaling.apply(panel.features)
        arrays = fit_arrays(panel, rows, settings, features)
        scale = panel_volatility(arrays, panel, features)[rows]
        quantiles = standardised_quantiles(panel, rows, scale, settings.levels)
        return {"scaling": scaling.document()}, arrays | {"quantiles": quantiles}

    def answer(self, model: "FittedModel", panel: "Panel", rows: Rows) -> Answer:
        """The same quantiles for every row, in units of its regressed volatility."""
        return repeat_quantiles(model.arrays["quantiles"], len(rows)), model_volatility(model, panel, rows)


def fit_arrays(
    panel: "Panel", rows: Rows, settings: FitSettings, features: NDArray[np.float32]
) -> dict[str, NDArray[Any]]:
    """Arrays named ``regression.NAME``: GARCH parameters by symbol, coefficients and intercepts.

    Args:
        panel: returns and targets.
        rows: (N,) fit rows, whose targets are used.
        settings: the session before which returns are used for the GARCH, which ignores any earlier fit.
        features: (R, F) scaled.
    """
    _, parameters = fit_symbols(panel, rows, replace(settings, last=None), garch.fit_parameters)
    own = parameters[panel.symbol]
    arrays = fit_coefficients(_inputs_at(own, panel, features[rows], rows), panel.scale_targets(rows))
    return {f"{PREFIX}{name}": value for name, value in (arrays | {"garch": parameters}).items()}


def arrays_of(model: "FittedModel") -> dict[str, NDArray[Any]]:
    """The arrays of :func:`fit_arrays` in a fitted model."""
    return {name: value for name, value in model.arrays.items() if name.startswith(PREFIX)}


def panel_volatility(
    arrays: Mapping[str, NDArray[Any]], panel: "Panel", features: NDArray[np.float32]
) -> Array:
    """Volatility (R, H) of the log return over the next sessions, from the arrays of :func:`fit_arrays`."""
    named = with_prefix_removed(arrays, PREFIX)
    own, volatility = named["garch"][panel.symbol], panel.compute_scale()
    for low in range(0, len(volatility), BLOCK):  # all inputs at once would take more memory than the panel
        rows = np.arange(low, min(low + BLOCK, len(volatility)))
        volatility[rows] *= multiplier(named, _inputs_at(own, panel, features[rows], rows))
    return volatility


def model_volatility(model: "FittedModel", panel: "Panel", rows: Rows) -> Array:
    """Volatility (N, H) at panel rows, from a fitted baseline or a network with a regressed target."""
    from morrow.features import Scaling  # noqa: PLC0415 (imports scikit-learn; takes a second)

    named = with_prefix_removed(model.arrays, PREFIX)
    own = parameters_by_row(named["garch"], model, panel)
    features = Scaling.restore(model.document["scaling"]).apply(panel.features[rows])
    volatility: Array = panel.compute_scale(rows) * multiplier(named, _inputs_at(own, panel, features, rows))
    return volatility


def fit_coefficients(
    inputs: NDArray[np.float32], standard: NDArray[np.float32]
) -> dict[str, NDArray[np.float32]]:
    """Fit the coefficients of the log of the multiplier.

    Args:
        inputs: (R, F), scaled, finite, R ≥ 1.
        standard: (R, H) returns divided by the volatility known at the cutoff, NaN where unknown.

    Returns:
        ``coefficients`` (F, H) and ``intercept`` (H,).

    Source: the scale part of Rigby & Stasinopoulos (2005), Generalized additive models for location, scale
    and shape, Applied Statistics 54(3).
    """
    from scipy.optimize import minimize  # noqa: PLC0415 (takes a second)

    known = np.isfinite(standard)
    target = np.where(known, standard, 0.0).astype(np.float32)
    count, features, steps = max(int(known.sum()), 1), inputs.shape[1], standard.shape[1]
    rows = count / steps

    def loss(flat: Array) -> tuple[float, Array]:
        shared, own, intercept = _split(flat, features, steps)
        log = inputs @ (shared[:, None] + own).astype(np.float32) + intercept.astype(np.float32)
        log = np.clip(log, -FARTHEST, FARTHEST)
        square = np.square(target * np.exp(-log))
        value = np.where(known, log + (FREEDOM + 1) / 2 * np.log1p(square / FREEDOM), 0.0)
        slope = np.where(known, 1 - (FREEDOM + 1) * square / (FREEDOM + square), 0.0) / count
        by_step = inputs.T @ slope  # (F, H)
        penalty = (PRECISION * np.square(shared).sum() + STEP_PRECISION * np.square(own).sum()) / rows
        gradient = [
            by_step.sum(axis=1) + 2 * PRECISION * shared / rows,
            (by_step + 2 * STEP_PRECISION * own / rows).ravel(),
            slope.sum(axis=0),
        ]
        return float(value.sum(dtype=np.float64) / count + penalty), np.concatenate(gradient).astype(float)

    start = np.zeros(features + features * steps + steps)
    optimum = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": ITERATIONS}).x
    shared, own, intercept = _split(optimum, features, steps)
    return {
        "coefficients": (shared[:, None] + own).astype(np.float32),
        "intercept": intercept.astype(np.float32),
    }


def multiplier(arrays: Mapping[str, NDArray[Any]], inputs: NDArray[np.float32]) -> NDArray[np.float32]:
    """Multiplier of each step's volatility: (R, F) -> (R, H), positive."""
    log = inputs @ arrays["coefficients"] + arrays["intercept"]
    return np.asarray(np.exp(np.clip(log, -LARGEST_LOG, LARGEST_LOG)), dtype=np.float32)


def _inputs_at(
    parameters: Array, panel: "Panel", features: NDArray[np.float32], rows: Rows
) -> NDArray[np.float32]:
    """:func:`regression_inputs` at rows (N,), from GARCH parameters (R, 6) and scaled features (N, F)."""
    ahead = garch.panel_scales(panel, rows, parameters)
    return regression_inputs(features, ahead, panel.compute_scale(rows))


def regression_inputs(features: NDArray[np.float32], ahead: Array, root: Array) -> NDArray[np.float32]:
    """Inputs of the regression: the features, and log ratios of another volatility forecast to the known one.

    Each appears three times: unchanged, and as its excess above and below a knot on either side of the
    median. So the log volatility is piecewise linear in each.

    Args:
        features: (R, F) scaled.
        ahead: (R, H) the other forecast of the volatility over the next 1..H sessions, log return.
        root: (R, H) the volatility known at the cutoff.

    Returns:
        (R, 3 (F + 2)): the features, then the logs of ``ahead`` over ``root`` at the first and the last
        step, 0 where either is unknown; then the excesses of all these above, and below, the knots.

    Source: the hinges of Friedman (1991), Multivariate Adaptive Regression Splines, Annals of Statistics
    19(1).
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = np.log(ahead[:, [0, -1]] / root[:, [0, -1]])
    ratio = np.nan_to_num(np.clip(ratio, -LARGEST_LOG, LARGEST_LOG), nan=0.0)
    plain = np.concatenate([features, ratio.astype(np.float32)], axis=1)
    knot = np.float32(KNOT)
    return np.concatenate([plain, np.maximum(plain - knot, 0), np.maximum(-plain - knot, 0)], axis=1)


def _split(flat: Array, features: int, steps: int) -> tuple[Array, Array, Array]:
    """Coefficients shared by all steps (F,), those of each step (F, H), and the intercepts (H,)."""
    middle = features + features * steps
    return flat[:features], flat[features:middle].reshape(features, steps), flat[middle:]
