"""The class of every baseline: options that fit rows of a panel and answer others; shared calculations."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from morrow.errors import HistoryError
from morrow.recipes import BaselineRecipe

if TYPE_CHECKING:
    from morrow.fitted_model import FittedModel
    from morrow.panel import Panel

Array = NDArray[np.float64]
Rows = NDArray[np.int64]
Parts = tuple[dict[str, Any], dict[str, NDArray[Any]]]
Answer = tuple[NDArray[np.float32], Array]


@dataclass(frozen=True)
class FitSettings:
    """What a fit needs besides the panel and its rows.

    Attributes:
        end: number of the session before which returns and prices may be used.
        through: number of the last session whose close may be used in any way.
        seed: of everything drawn at random.
        levels: (Q,) of the quantiles, ascending.
        last: an earlier model of the same recipe, from whose parameters a likelihood may start.
        processes: that a recipe with one fit per symbol may use.
    """

    end: int
    through: int
    seed: int
    levels: Array
    last: "FittedModel | None" = None
    processes: int = 1


class Baseline(BaselineRecipe):
    """Options of a simple forecaster, with its fit and its answer."""

    def fit(self, panel: "Panel", rows: Rows, settings: FitSettings) -> Parts:
        """Entries that the model's document gains, and arrays by name, fitted on (N,) rows of a panel."""
        raise NotImplementedError

    def answer(self, model: "FittedModel", panel: "Panel", rows: Rows) -> Answer:
        """Quantiles before calibration, and the volatility that is their unit: (N, H, Q) and (N, H)."""
        raise NotImplementedError


def empirical_quantiles(scaled: NDArray[np.float32], levels: Array) -> NDArray[np.float32]:
    """Quantiles (H, Q) of scaled returns (R, H), NaN where unknown.

    Raises:
        HistoryError: a step has no return at all.
    """
    if not np.isfinite(scaled).any(axis=0).all():
        raise HistoryError("no return is known on the fit sessions for some step; bring more history")
    result: NDArray[np.float32] = pooled_quantiles(scaled, levels).astype(np.float32)
    return result


def pooled_quantiles(scaled: NDArray[np.float32], levels: Array) -> Array:
    """Quantiles (H, Q) of scaled returns (R, H), as :func:`empirical_quantiles` in double precision."""
    return np.asarray(np.nanquantile(scaled.astype(np.float64), levels, axis=0).T)


def standardised_quantiles(panel: "Panel", rows: Rows, scale: Array, levels: Array) -> NDArray[np.float32]:
    """Quantiles (H, Q) of the rows' returns in units of a forecast volatility (N, H), pooled over symbols.

    Every model of volatility ends with them; :func:`repeat_quantiles` gives them back.
    """
    return empirical_quantiles((panel.target[rows] / scale).astype(np.float32), levels)


def repeat_quantiles(quantiles: NDArray[np.float32], rows: int) -> NDArray[np.float32]:
    """The same scaled quantiles for every row: (H, Q) -> (R, H, Q)."""
    return np.broadcast_to(quantiles, (rows, *quantiles.shape))


def index_symbols(panel: "Panel", names: Sequence[str], unknown: int) -> Rows:
    """Index of each of the panel's symbols among names that a model knows: (N,); ``unknown`` for another.

    A symbol that was renamed since has the index of its newest name that the model knows.
    """
    index = {name: position for position, name in enumerate(names)}
    all_names = [(name, *reversed(panel.former.get(name, ()))) for name in panel.symbols]
    return np.array([next((index[name] for name in each if name in index), unknown) for each in all_names])


def symbol_codes(model: "FittedModel", panel: "Panel") -> Rows:
    """Index of each of the panel's symbols among the model's (N,), their number for an unknown one."""
    names = model.document["symbols"]
    return index_symbols(panel, names, len(names))


def parameters_by_row(parameters: Array, model: "FittedModel", panel: "Panel") -> Array:
    """Parameters of the model's symbols (N, K) at each row of a panel: (R, K), NaN for an unknown one."""
    padded = np.vstack([parameters, np.full(parameters.shape[1], np.nan)])
    return np.asarray(padded[symbol_codes(model, panel)][panel.symbol])


def series_spans(position: Rows, rows: Rows) -> list[tuple[Rows, int, int]]:
    """Of each series with a given row: indices of those in ``rows``, first row, and last given row + 1.

    Args:
        position: (R,) of each row of the panel in its series, 0 where one begins.
        rows: (N,) of the panel, in any order.
    """
    starts = np.flatnonzero(position == 0)
    series = np.searchsorted(starts, rows, side="right") - 1
    order = np.argsort(series, kind="stable")
    edges = np.flatnonzero(np.diff(series[order])) + 1
    return [
        (index, int(starts[series[index[0]]]), int(rows[index].max()) + 1)
        for index in np.split(order, edges)
        if len(index)
    ]


def with_prefix_removed(arrays: Mapping[str, NDArray[Any]], prefix: str) -> dict[str, NDArray[Any]]:
    """The arrays whose names begin with a prefix, by the rest of their names."""
    return {name.removeprefix(prefix): value for name, value in arrays.items() if name.startswith(prefix)}
