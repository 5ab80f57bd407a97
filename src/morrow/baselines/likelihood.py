"""Maximum likelihood of arch for one symbol's volatility with Student t innovations, from several starts."""

import multiprocessing
import warnings
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

import numpy as np
from arch.univariate import StudentsT, ZeroMean
from arch.univariate.volatility import VolatilityProcess
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from morrow.lifetimes import die_with_parent

Array = NDArray[np.float64]

PERCENT = 100.0  # returns are fitted in per cent, where the optimiser is at home
SHORTEST = 250  # returns that a fit needs
WORTH_PROCESSES = 64  # symbols


@dataclass(frozen=True)
class Family:
    """A kind of volatility: how arch makes it, and how its parameters change with the unit of returns.

    Attributes:
        make: arch's process.
        to_unit: parameters of returns times a factor, from those of returns.
        from_unit: the other way about.
        lasts: whether the variance of some parameters does not grow for ever.
    """

    make: Callable[[], VolatilityProcess]
    to_unit: Callable[[Array, float], Array]
    from_unit: Callable[[Array, float], Array]
    lasts: Callable[[Array], bool]


def fit(returns: Array, family: Family, start: Array | None = None) -> Array | None:
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
        found = _optimum(known, family, factor, first)
        if found is not None:
            return np.append(found, np.mean(np.square(known)))
    return None


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
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, spawn, initializer=_one_thread) as pool:
        return list(pool.map(one, returns, starts, chunksize=size))


def _one_thread() -> None:
    """As training runs, so that sums are rounded alike wherever a symbol is fitted."""
    die_with_parent()
    threadpool_limits(limits=1)


def _optimum(returns: Array, family: Family, factor: float, start: Array | None) -> Array | None:
    model = ZeroMean(factor * returns, rescale=False)
    model.volatility, model.distribution = family.make(), StudentsT()
    first = None if start is None else family.to_unit(start, factor)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a fit that fails is counted, not printed
        try:
            result = model.fit(disp="off", show_warning=False, starting_values=first)
        except (ValueError, np.linalg.LinAlgError):  # a likelihood that is not finite where it started
            return None
    found = np.asarray(result.params, dtype=np.float64)
    if result.convergence_flag != 0 or not np.isfinite(found).all():
        return None
    found = family.from_unit(found, factor)
    return found if family.lasts(found) else None
