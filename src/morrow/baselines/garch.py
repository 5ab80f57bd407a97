"""GARCH(1,1) with Student t innovations, with or without GJR's term for falls: a fit a symbol.

Source: Bollerslev (1987), Review of Economics and Statistics 69(3); Glosten, Jagannathan & Runkle (1993),
Journal of Finance 48(5).
"""

import numpy as np
from arch.univariate import GARCH
from numpy.typing import NDArray
from scipy.signal import lfilter

from morrow.baselines import likelihood
from morrow.baselines.likelihood import Family

Array = NDArray[np.float64]
Rows = NDArray[np.int64]

USUAL_TAILS = 6.0  # degrees of freedom where they were not kept
WIDTH = 6  # parameters of a symbol
ROUNDING = 1e-6  # by which an optimum on the bound of integrated variance may exceed it


def fit(returns: Array, start: Array | None = None, *, falls: bool = True) -> Array | None:
    """Parameters (omega, alpha, gamma, beta, nu, mean square) of one symbol's log returns (T,), or None.

    Args:
        returns: (T,) one-session log returns; unknown ones are left out.
        start: (6,) parameters of an earlier fit to start from.
        falls: whether there is GJR's gamma; it is 0 without.

    Returns:
        None where :func:`morrow.baselines.likelihood.fit` finds nothing.
    """
    return likelihood.fit(returns, GJR if falls else PLAIN, start)


def completed(parameters: Array) -> Array:
    """Parameters (N, 6) of ones that may be older, (N, 4), and lack the tails and the mean square.

    Their fits were stationary, so the mean square is the variance in the long run; no answer needs the tails.
    """
    if parameters.shape[1] == WIDTH:
        return parameters
    omega, alpha, gamma, beta = parameters.T
    mean = omega / (1 - alpha - gamma / 2 - beta)
    return np.column_stack([parameters, np.full(len(parameters), USUAL_TAILS), mean])


def persistence(parameters: Array) -> float:
    """Share of a variance that is expected to be left at the session after."""
    _, alpha, gamma, beta = parameters[:4]
    return float(alpha + gamma / 2 + beta)


def variances(returns: Array, parameters: Array) -> Array:
    """Variance of the next session's log return at every bar: (T,) -> (T,).

    The variance starts at the mean square of the returns of the fit and is filtered by each return; an
    unknown return, as a series' first, counts as the square that was expected of it.
    """
    omega, alpha, gamma, beta, _, mean = parameters
    known = np.isfinite(returns)
    news = omega + np.where(
        known, (alpha + gamma * (returns < 0)) * np.square(returns), (alpha + gamma / 2) * mean
    )
    ahead, _ = lfilter([1.0], [1.0, -beta], news, zi=[beta * mean])
    return np.asarray(ahead)


def volatility(returns: Array, parameters: Array, horizon: int) -> Array:
    """Volatility of the log return over the next 1..H sessions, at every bar: (T,) -> (T, H).

    Steps ahead are the analytic expectation of :func:`variances`, summed.
    """
    return np.sqrt(totals(variances(returns, parameters), parameters, horizon))


def totals(ahead: Array, parameters: Array, horizon: int) -> Array:
    """Expected variance over the next 1..H sessions, from that of the next: (T,) -> (T, H)."""
    power = persistence(parameters) ** np.arange(horizon)
    gained = np.concatenate([[0.0], np.cumsum(power)[:-1]]) * parameters[0]
    return np.asarray(np.cumsum(power * ahead[:, None] + gained, axis=1))


def scales(
    returns: Array,
    position: Rows,
    unit: Array,
    parameters: Array,
    horizon: int,
    asked: Rows | None = None,
) -> Array:
    """Volatility over the next 1..H sessions at rows of a panel: (N, H).

    Args:
        returns: (R,) one-session log returns, series after series.
        position: (R,) 0 where a series begins.
        unit: (R,) EWMA volatility, which serves where a symbol has no fit.
        parameters: (R, 6) of each row's symbol, NaN without a fit; the same within a series.
        horizon: H.
        asked: (N,) rows; all of them by default. Only their series are filtered.
    """
    asked = np.arange(len(returns)) if asked is None else asked
    scale = unit[asked, None] * np.sqrt(np.arange(1, horizon + 1))
    for place, start, end in spans(position, asked):
        if np.isfinite(parameters[start]).all():
            found = volatility(returns[start:end], parameters[start], horizon)
            scale[place] = found[asked[place] - start]
    return scale


def spans(position: Rows, asked: Rows) -> list[tuple[Rows, int, int]]:
    """Of each series with a row that is asked for: places among ``asked``, first row, and last asked + 1."""
    starts = np.flatnonzero(position == 0)
    series = np.searchsorted(starts, asked, side="right") - 1
    order = np.argsort(series, kind="stable")
    edges = np.flatnonzero(np.diff(series[order])) + 1
    return [
        (place, int(starts[series[place[0]]]), int(asked[place].max()) + 1)
        for place in np.split(order, edges)
        if len(place)
    ]


def _to_unit(parameters: Array, factor: float) -> Array:
    return np.asarray(parameters * np.array([factor**2, 1, 1, 1, 1]))


def _without_falls(parameters: Array, factor: float) -> Array:
    return np.delete(_to_unit(parameters, factor), 2)


GJR = Family(
    make=lambda: GARCH(p=1, o=1, q=1),
    to_unit=_to_unit,
    from_unit=lambda found, factor: _to_unit(found, 1 / factor),
    lasts=lambda found: persistence(found) <= 1 + ROUNDING,
)
PLAIN = Family(
    make=lambda: GARCH(p=1, o=0, q=1),
    to_unit=_without_falls,
    from_unit=lambda found, factor: _to_unit(np.insert(found, 2, 0.0), 1 / factor),
    lasts=lambda found: persistence(found) <= 1 + ROUNDING,
)
