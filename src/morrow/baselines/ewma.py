"""Last price, EWMA volatility and the empirical quantiles of returns in units of it."""

import numpy as np
from numpy.typing import NDArray

from morrow.errors import HistoryError


def fit(scaled: NDArray[np.float32], levels: NDArray[np.float64]) -> NDArray[np.float32]:
    """Empirical quantiles (H, Q) of scaled returns (R, H), NaN where unknown.

    Raises:
        HistoryError: a step has no return at all.
    """
    if not np.isfinite(scaled).any(axis=0).all():
        raise HistoryError("no return is known on the fit sessions for some step; bring more history")
    result: NDArray[np.float32] = np.nanquantile(scaled.astype(np.float64), levels, axis=0).T.astype(
        np.float32
    )
    return result


def answer(quantiles: NDArray[np.float32], rows: int) -> NDArray[np.float32]:
    """The same scaled quantiles for every row: (H, Q) -> (R, H, Q)."""
    return np.broadcast_to(quantiles, (rows, *quantiles.shape))
