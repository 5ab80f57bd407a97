"""GJR-GARCH(1,1,1) with Student t innovations: a fit a symbol, variances filtered by session.

Source: Glosten, Jagannathan & Runkle (1993), Journal of Finance 48(5).
"""

import warnings

import numpy as np
from arch.univariate import GARCH, StudentsT, ZeroMean
from numpy.typing import NDArray
from scipy.signal import lfilter

Array = NDArray[np.float64]

PERCENT = 100.0  # returns are fitted in per cent, where the optimiser is at home
SHORTEST = 250  # returns that a fit needs


def fit(returns: Array) -> Array | None:
    """Parameters (omega, alpha, gamma, beta) of one symbol's log returns (T,), or None.

    None where there are too few returns, the optimiser did not converge, or the variance it found
    does not stay finite; the caller counts these and falls back.
    """
    returns = returns[np.isfinite(returns)]
    if len(returns) < SHORTEST or not np.ptp(returns):
        return None
    model = ZeroMean(PERCENT * returns, rescale=False)
    model.volatility = GARCH(p=1, o=1, q=1)
    model.distribution = StudentsT()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a fit that fails is counted, not printed
        result = model.fit(disp="off", show_warning=False)
    omega, alpha, gamma, beta = (float(value) for value in result.params[:4])
    stationary = alpha + gamma / 2 + beta < 1
    if result.convergence_flag != 0 or not np.isfinite(result.params).all() or not stationary:
        return None
    return np.array([omega / PERCENT**2, alpha, gamma, beta])


def volatility(returns: Array, parameters: Array, horizon: int) -> Array:
    """Volatility of the log return over the next 1..H sessions, at every bar: (T,) -> (T, H).

    The variance starts at its long-run mean and is filtered by each return; steps ahead are the
    analytic expectation, summed. The first return of a series may be NaN and counts as zero news.
    """
    omega, alpha, gamma, beta = parameters
    persistence = alpha + gamma / 2 + beta
    mean = omega / (1 - persistence)
    square = np.where(np.isfinite(returns), np.square(returns), mean)
    news = omega + (alpha + gamma * (returns < 0)) * square
    ahead, _ = lfilter([1.0], [1.0, -beta], news, zi=[beta * mean])  # (T,) variance of the next session
    power = persistence ** np.arange(horizon)
    steps = mean + power * (ahead[:, None] - mean)  # (T, H)
    return np.asarray(np.sqrt(np.cumsum(steps, axis=1)))


def scales(
    returns: Array, position: NDArray[np.int64], unit: Array, parameters: Array, horizon: int
) -> Array:
    """Volatility over the next 1..H sessions at every row of a panel: (R, H).

    Args:
        returns: (R,) one-session log returns, series after series.
        position: (R,) 0 where a series begins.
        unit: (R,) EWMA volatility, which serves where a symbol has no fit.
        parameters: (R, 4) of each row's symbol, NaN without a fit; the same within a series.
        horizon: H.
    """
    scale = unit[:, None] * np.sqrt(np.arange(1, horizon + 1))
    starts = np.flatnonzero(position == 0)
    for start, end in zip(starts, [*starts[1:], len(returns)], strict=True):
        if np.isfinite(parameters[start]).all():
            scale[start:end] = volatility(returns[start:end], parameters[start], horizon)
    return scale
