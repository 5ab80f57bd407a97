"""Maximum-likelihood volatility fits by arch, per symbol, with Student t innovations and several starts."""

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from morrow.baselines.base import Array, FitSettings, Rows
from morrow.child_processes import map_in_processes

if TYPE_CHECKING:
    from morrow.panel import Panel

WIDTH = 6  # parameters per symbol
PERCENT = 100.0  # returns are fitted in percent, which suits the optimiser
SHORTEST = 250  # minimum returns for a fit
WORTH_PROCESSES = 64  # minimum symbols for starting processes


@dataclass(frozen=True)
class Family:
    """A volatility model: arch's process of order (1, shocks, 1), and how its parameters change with units.

    Attributes:
        volatility: name of arch's process.
        shocks: number of asymmetric shocks.
        to_unit: converts parameters of returns to those of returns times a factor.
        from_unit: the inverse of ``to_unit``.
        lasts: whether the variance under given parameters does not grow indefinitely.
    """

    volatility: Literal["GARCH", "EGARCH"]
    shocks: int
    to_unit: Callable[[Array, float], Array]
    from_unit: Callable[[Array, float], Array]
    lasts: Callable[[Array], bool]


def fit_series(returns: Array, family: Family, start: Array | None = None) -> Array | None:
    """Parameters of one symbol's log returns (T,), then degrees of freedom and mean square, or None.

    The optimiser starts from an earlier fit's parameters if there are any, then from its own defaults with
    returns in percent, then in standard deviations. The first fit that converges is used.

    Returns:
        None if there are too few returns, if all are equal, or if no start leads to an optimum whose
        variance does not grow indefinitely; the caller counts these and falls back.
    """
    known = returns[np.isfinite(returns)]
    if len(known) < SHORTEST or not np.ptp(known):
        return None
    starts = [] if start is None or not np.isfinite(start).all() else [(PERCENT, start[:-1])]
    for factor, first in [*starts, (PERCENT, None), (1 / float(np.std(known)), None)]:
        optimum = _optimum(known, family, factor, first)
        if optimum is not None:
            return np.append(optimum, np.mean(np.square(known)))
    return None


def fit_symbols(
    panel: "Panel", rows: Rows, settings: FitSettings, one: Callable[[Array, Array | None], Array | None]
) -> tuple[dict[str, Any], Array]:
    """Fit all symbols in the fit rows: parameters (N, 6), NaN where a fit fails, and which fits failed.

    Each fit starts from the parameters of the last fitted model, if there is one.

    Args:
        panel: returns; only sessions before the settings' end are used.
        rows: (M,) fit rows.
        settings: end, last model and processes.
        one: fits one symbol's returns from a start; a module-level function, or a partial of one.
    """
    returns, symbols = panel.returns, np.unique(panel.symbol[rows])
    inside = panel.session < settings.end
    own = [returns[(panel.symbol == symbol) & inside] for symbol in symbols]
    last: Mapping[str, Array] = {}
    if settings.last:
        last = dict(zip(settings.last.document["symbols"], settings.last.arrays["parameters"], strict=True))
    starts = [last.get(panel.symbols[symbol]) for symbol in symbols]
    parameters = np.full((len(panel.symbols), WIDTH), np.nan)
    failed = []
    for symbol, optimum in zip(symbols, fit_each(one, own, starts, settings.processes), strict=True):
        if optimum is None:
            failed.append(panel.symbols[symbol])
        else:
            parameters[symbol] = optimum
    return {"not_converged": failed}, parameters


def fit_each(
    one: Callable[[Array, Array | None], Array | None],
    returns: Sequence[Array],
    starts: Sequence[Array | None],
    processes: int,
) -> list[Array | None]:
    """Fit every symbol, in parallel if there are several processes and enough symbols to be worth it.

    Args:
        one: fits one symbol's returns from a start; a module-level function, or a partial of one.
        returns: (T,) of each symbol.
        starts: of each symbol, None without an earlier fit.
        processes: number to use; starting them takes a few seconds, which a few dozen symbols make up for.
    """
    if processes == 1 or len(returns) < WORTH_PROCESSES:
        return list(map(one, returns, starts))
    size = -(-len(returns) // (4 * processes))
    purpose = "fitted the volatilities of symbols"
    return list(map_in_processes(one, returns, starts, processes=processes, purpose=purpose, chunk=size))


def _optimum(returns: Array, family: Family, factor: float, start: Array | None) -> Array | None:
    from arch import univariate  # noqa: PLC0415 (takes seconds)

    model = univariate.ZeroMean(factor * returns, rescale=False)
    model.volatility = getattr(univariate, family.volatility)(p=1, o=family.shocks, q=1)
    model.distribution = univariate.StudentsT()
    first = None if start is None else family.to_unit(start, factor)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # failed fits are counted, not printed
        try:
            result = model.fit(disp="off", show_warning=False, starting_values=first)
        except (ValueError, np.linalg.LinAlgError):  # the likelihood is not finite at the start
            return None
    optimum = np.asarray(result.params, dtype=np.float64)
    if result.convergence_flag != 0 or not np.isfinite(optimum).all():
        return None
    optimum = family.from_unit(optimum, factor)
    return optimum if family.lasts(optimum) else None
