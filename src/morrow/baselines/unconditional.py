"""Quantiles of past returns, regardless of market conditions: a model, and the fallback forecast."""

from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from morrow.baselines.base import (
    Answer,
    Array,
    Baseline,
    FitSettings,
    Parts,
    Rows,
    pooled_quantiles,
    symbol_codes,
)
from morrow.recipes import baseline

if TYPE_CHECKING:
    from morrow.fitted_model import FittedModel
    from morrow.panel import Panel

SHORTEST = 60  # minimum returns of a symbol for its own quantiles to be used
LONGEST = 750  # lookback of the fallback, in sessions


@baseline()
class UnconditionalRecipe(Baseline):
    """The quantiles of a symbol's past returns."""

    takes_seconds: ClassVar[bool] = False

    kind: Literal["unconditional"]

    def fit(self, panel: "Panel", rows: Rows, settings: FitSettings) -> Parts:
        """Compute each symbol's quantiles, and those pooled over all symbols."""
        table = fit_quantiles(panel.symbol[rows], len(panel.symbols), panel.target[rows], settings.levels)
        return {}, {"quantiles": table}

    def answer(self, model: "FittedModel", panel: "Panel", rows: Rows) -> Answer:
        """A symbol's quantiles, or pooled ones if it is unknown, in units of its EWMA volatility."""
        table = model.arrays["quantiles"][symbol_codes(model, panel)[panel.symbol[rows]]]
        root = panel.compute_scale(rows)
        return (table / root[..., None]).astype(np.float32), root


def fit_quantiles(
    code: Rows, symbols: int, returns: NDArray[np.float32], levels: Array
) -> NDArray[np.float32]:
    """Quantiles of log returns by symbol: (N + 1, H, Q); the last is pooled, for unknown symbols.

    Args:
        code: (R,) symbol of each row, 0..N−1.
        symbols: N.
        returns: (R, H), NaN where unknown.
        levels: (Q,).
    """
    table = np.repeat(pooled_quantiles(returns, levels)[None], symbols + 1, axis=0)
    for symbol in range(symbols):
        own = returns[code == symbol]
        if np.isfinite(own).sum(axis=0).min(initial=len(own)) >= SHORTEST:
            table[symbol] = pooled_quantiles(own, levels)
    return table.astype(np.float32)


def trailing_quantiles(adjusted: Array, horizon: int, levels: Array) -> NDArray[np.float32]:
    """Fallback forecast at the end of a series, from its own trailing returns: (T,) prices -> (H, Q).

    Uses at most ``LONGEST`` sessions, all of them known at the end.
    """
    log = np.log(adjusted[-LONGEST - horizon :])
    return np.stack([np.quantile(log[h:] - log[:-h], levels) for h in range(1, horizon + 1)]).astype(
        np.float32
    )
