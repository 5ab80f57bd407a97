"""Maximum likelihood of arch for each symbol's volatility with Student t innovations, from several starts."""

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from morrow.baselines.base import Array, FitSettings, Rows
from morrow.child_processes import map_in_processes

if TYPE_CHECKING:
    from morrow.panel import Panel

WIDTH = 6  # parameters of a symbol
PERCENT = 100.0  # returns are fitted in per cent, which suits the optimiser
SHORTEST = 250  # returns that a fit needs
WORTH_PROCESSES = 64  # symbols


@dataclass(frozen=True)
class Family:
    """A kind of volatility: arch's process of order (1, shocks, 1), and how its unit changes its parameters.

    Attributes:
        volatility: name of arch's process.
        shocks: how many asymmetric shocks it has.
        to_unit: parameters of returns times a factor, from those of returns.
        from_unit: the other way about.
        lasts: whether the variance of some parameters does not grow for ever.
    """

    volatility: Literal["GARCH", "EGARCH"]
    shocks: int
    to_unit: Callable[[Array, float], Array]
    from_unit: Callable[[Array, float], Array]
    lasts: Callable[[Array], bool]


def fit_series(returns: Array, family: Family, start: Array | None = None) -> Array | None:
    """Parameters of one symbol's log returns (T,), then degrees of freedom and mean square, or None.

    The optimiser starts from an earlier fit's parameters where there are any, then from its own values
    in per cent, then in standard deviations; the first that converges is taken.

    Returns:
        None where there are too few returns or none that differ, or no start leads to an optimum whose
        variance does not grow for ever; the caller counts these and falls back.
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
    """Parameters (N, 6) of every symbol that the fit rows name, NaN where the fit fails, and which failed.

    Each starts from the parameters of the last fitted model, where there is one.

    Args:
        panel: returns; those of sessions before the settings' end count.
        rows: (M,) fit rows.
        settings: end, last model and processes.
        one: fits one symbol's returns from a start; a module's function, or a partial of one.
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
    """Fit every symbol, several at a time where there are processes for it and enough symbols to pay.

    Args:
        one: fits one symbol's returns from a start; a module's function, or a partial of one.
        returns: (T,) of each symbol.
        starts: of each symbol, None where there was no fit before.
        processes: to use; their start takes some seconds, which some dozens of symbols make up for.
    """
    if processes == 1 or len(returns) < WORTH_PROCESSES:
        return list(map(one, returns, starts))
    size = -(-len(returns) // (4 * processes))
    purpose = "fitted the volatilities of symbols"
    return list(map_in_processes(one, returns, starts, processes=processes, purpose=purpose, chunk=size))


def _optimum(returns: Array, family: Family, factor: float, start: Array | None) -> Array | None:
    from arch import univariate  # noqa: PLC0415 (seconds)

    model = univariate.ZeroMean(factor * returns, rescale=False)
    model.volatility = getattr(univariate, family.volatility)(p=1, o=family.shocks, q=1)
    model.distribution = univariate.StudentsT()
    first = None if start is None else family.to_unit(start, factor)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a fit that fails is counted, not printed
        try:
            result = model.fit(disp="off", show_warning=False, starting_values=first)
        except (ValueError, np.linalg.LinAlgError):  # a likelihood that is not finite where it started
            return None
    optimum = np.asarray(result.params, dtype=np.float64)
    if result.convergence_flag != 0 or not np.isfinite(optimum).all():
        return None
    optimum = family.from_unit(optimum, factor)
    return optimum if family.lasts(optimum) else None
