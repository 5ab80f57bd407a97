"""The quantiles of past returns, whatever the market is doing: as a model, and as the fallback."""

import numpy as np
from numpy.typing import NDArray

SHORTEST = 60  # returns of a symbol before its own quantiles are used
LONGEST = 750  # sessions that a fallback looks back


def fit(
    code: NDArray[np.int64], symbols: int, returns: NDArray[np.float32], levels: NDArray[np.float64]
) -> NDArray[np.float32]:
    """Quantiles of log returns by symbol: (N + 1, H, Q); the last is pooled, for symbols not known.

    Args:
        code: (R,) symbol of each row, 0..N−1.
        symbols: N.
        returns: (R, H), NaN where unknown.
        levels: (Q,).
    """
    pooled = np.nanquantile(returns.astype(np.float64), levels, axis=0).T  # (H, Q)
    table = np.repeat(pooled[None], symbols + 1, axis=0)
    for symbol in range(symbols):
        own = returns[code == symbol]
        if np.isfinite(own).sum(axis=0).min(initial=len(own)) >= SHORTEST:
            table[symbol] = np.nanquantile(own.astype(np.float64), levels, axis=0).T
    return table.astype(np.float32)


def trailing(adjusted: NDArray[np.float64], horizon: int, levels: NDArray[np.float64]) -> NDArray[np.float32]:
    """Fallback forecast at the end of a series, from its own last returns: (T,) prices -> (H, Q).

    Uses at most ``LONGEST`` sessions, all of them known at the end.
    """
    log = np.log(adjusted[-LONGEST - horizon :])
    return np.stack([np.quantile(log[h:] - log[:-h], levels) for h in range(1, horizon + 1)]).astype(
        np.float32
    )
