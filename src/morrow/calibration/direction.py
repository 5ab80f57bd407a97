"""Direction probabilities, shrunk to the extent that the calibrate sessions do not support them.

The probability of a fall implied by a forecast's quantiles varies between rows even when direction is
unpredictable. So one number shrinks it towards one half for all rows: p ↦ ½ + share · (p − ½). A share of 0
gives one half for every row; a share of 1 changes nothing.
Sources: Gneiting & Raftery (2007), Strictly Proper Scoring Rules; Newey & West (1987) for the variance.
"""

import numpy as np
from numpy.typing import NDArray

from morrow.metrics import long_run_variances

Array = NDArray[np.float64]

FEWEST = 20  # minimum sessions with outcomes; with fewer, the share is 0
ERRORS = 1.0  # standard errors by which the loss must beat that of one half
GRID = np.linspace(0, 1, 101)
CERTAIN = 1e-6  # probabilities are clipped this far from 0 and 1 for scoring


def fit_share(down: Array, returns: Array, session: NDArray[np.int64]) -> float:
    """Fit the share of the distance from one half to keep, 0 to 1, on the calibrate sessions.

    The share has the lowest mean log loss, if that beats one half by more than a standard error of the
    difference across sessions; the error allows for overlapping steps. Otherwise it is 0.

    Args:
        down: (R, H) probability of a fall.
        returns: (R, H) outcomes, NaN where unknown; a zero return counts as half a fall.
        session: (R,) number of the cutoff.
    """
    known = np.isfinite(returns) & np.isfinite(down)
    row, step = np.nonzero(known)
    sessions, code = np.unique(session[row], return_inverse=True)
    if len(sessions) < FEWEST:
        return 0.0
    fell = (1 - np.sign(returns[row, step])) / 2
    edge = down[row, step] - 0.5
    rows = np.bincount(code)
    best, lowest, kept = 0.0, 0.0, np.zeros(len(row))
    for tried in GRID[1:]:
        p = np.clip(0.5 + tried * edge, CERTAIN, 1 - CERTAIN)
        more = -fell * np.log(p) - (1 - fell) * np.log(1 - p) - np.log(2)
        if more.mean() < lowest:
            best, lowest, kept = float(tried), float(more.mean()), more
    if not best:
        return 0.0
    sums = np.bincount(code, kept - kept.mean()).astype(np.float64)
    lags = min(2 * down.shape[1] + 4, len(sessions) - 1)
    variance = len(sums) * float(long_run_variances(sums[:, None], lags)[0])
    error = np.sqrt(max(variance, 0.0)) / rows.sum()
    return best if -lowest > ERRORS * error else 0.0


def shrink_probabilities(down: Array, part: float | None) -> Array:
    """Shrink probabilities of a fall towards one half, keeping a share of the distance; None keeps all."""
    return down if part is None else np.asarray(0.5 + part * (down - 0.5))
