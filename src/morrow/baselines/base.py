"""The base class of baselines, whose options fit some panel rows and forecast others; shared calculations."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from morrow.baselines.volatility_range import replace_runaways
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
        end: session number; only returns and prices before it may be used.
        through: number of the last session whose close may be used in any way.
        seed: seed of all random draws.
        levels: (Q,) quantile levels, ascending.
        last: an earlier model of the same recipe; its parameters may initialise a likelihood fit.
        processes: number of processes that a recipe with one fit per symbol may use.
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
        """Fit on (N,) rows of a panel; return entries for the model's document, and arrays by name."""
        raise NotImplementedError

    def answer(self, model: "FittedModel", panel: "Panel", rows: Rows) -> Answer:
        """Quantiles before calibration, and the volatility they are in units of: (N, H, Q) and (N, H)."""
        raise NotImplementedError


def empirical_quantiles(scaled: NDArray[np.float32], levels: Array) -> NDArray[np.float32]:
    """Quantiles (H, Q) of scaled returns (R, H), NaN where unknown.

    Raises:
        HistoryError: a step has no known return.
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

    The last step of fitting every volatility model; :func:`repeat_quantiles` turns them into forecasts. Rows
    whose volatility has left its range are standardised by their EWMA volatility, as they will be forecast.
    """
    scale, _ = replace_runaways(panel, rows, scale)
    return empirical_quantiles((panel.target[rows] / scale).astype(np.float32), levels)


def repeat_quantiles(quantiles: NDArray[np.float32], rows: int) -> NDArray[np.float32]:
    """Repeat the same scaled quantiles for every row: (H, Q) -> (R, H, Q)."""
    return np.broadcast_to(quantiles, (rows, *quantiles.shape))


def index_symbols(panel: "Panel", names: Sequence[str], unknown: int) -> Rows:
    """Index of each of the panel's symbols among a model's known names: (N,); ``unknown`` for the rest.

    A symbol renamed since the fit gets the index of its most recent name that the model knows.
    """
    index = {name: position for position, name in enumerate(names)}
    all_names = [(name, *reversed(panel.former.get(name, ()))) for name in panel.symbols]
    return np.array([next((index[name] for name in each if name in index), unknown) for each in all_names])


def symbol_codes(model: "FittedModel", panel: "Panel") -> Rows:
    """Index of each panel symbol among the model's symbols (N,); the number of these for an unknown one."""
    names = model.document["symbols"]
    return index_symbols(panel, names, len(names))


def parameters_by_row(parameters: Array, model: "FittedModel", panel: "Panel") -> Array:
    """Parameters of the model's symbols (N, K) at each row of a panel: (R, K), NaN for an unknown one."""
    padded = np.vstack([parameters, np.full(parameters.shape[1], np.nan)])
    return np.asarray(padded[symbol_codes(model, panel)][panel.symbol])


def series_spans(position: Rows, rows: Rows) -> list[tuple[Rows, int, int]]:
    """For each series with a given row: these rows' indices in ``rows``, its first row, last given row + 1.

    Args:
        position: (R,) position of each panel row in its series, 0 at the start of a series.
        rows: (N,) panel rows, in any order.
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
    """Select the arrays whose names start with a prefix, and remove the prefix from the names."""
    return {name.removeprefix(prefix): value for name, value in arrays.items() if name.startswith(prefix)}
