"""Whether what is fitted to scale inputs sees past the sessions it is fitted on."""

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

from morrow import tutorial
from morrow.audit import future
from morrow.audit.leaks import SCALER, Leak
from morrow.audit.sight import Build, Sight, lag
from morrow.config import Forecast, NetworkRecipe, TutorialRecipe
from morrow.panel import Panel, Parts
from morrow.training import Assignment, fit_rows
from morrow.training.material import gather

Numbers = Mapping[str, NDArray[np.floating]]
Fit = Callable[[Panel], Numbers]
TOLERANCE = 1e-6


def audit_scaler(
    build: Build, prices: pd.DataFrame, fit: Fit, last: np.datetime64, seed: int = 0
) -> tuple[Leak, ...]:
    """Audit what is fitted on a panel's early sessions: the later ones are rewritten, and it is fitted again.

    Args:
        build: from bars to a panel.
        prices: one universe's rows.
        fit: from a panel to the numbers fitted on it, by name.
        last: session that the fit may still see.
        seed: of the futures.

    Returns:
        a leak for each name whose numbers change; its lag counts from ``last``.
    """
    axis = np.sort(prices["session"].unique()).astype("datetime64[D]")
    sight = Sight(build, prices, build(prices), axis, seed)
    at = int(np.searchsorted(axis, last, side="right")) - 1
    usual = fit(sight.base)
    tried: dict[int, Numbers] = {}

    def changed(after: int) -> set[str]:
        if after not in tried:
            tried[after] = fit(sight.panel(future.REWRITTEN, after))
        return {each for each in usual if not _same(usual[each], tried[after][each])}

    def furthest(what: str) -> int | None:
        return lag(lambda after: what in changed(after), at, at, len(axis))

    day = str(axis[at])
    first = changed(at)
    return tuple(Leak(SCALER, what, "", day, furthest(what)) for what in usual if what in first)


def material_of(recipes: Mapping[str, NetworkRecipe], parts: Parts, forecast: Forecast) -> Fit:
    """What the training of networks fits on the fit sessions, as the training itself does it.

    Args:
        recipes: by name.
        parts: of time.
        forecast: levels and window.

    Returns:
        from a panel to the scaled inputs of each feature on the fit sessions, the unit of the target and
        where the heads begin, each named with its recipe.
    """

    def fit(panel: Panel) -> Numbers:
        found: dict[str, NDArray[np.floating]] = {}
        for name, recipe in recipes.items():
            for what, numbers in _material(panel, name, recipe, parts, forecast).items():
                found[f"of {name} on {what}"] = numbers
        return found

    return fit


def _material(panel: Panel, name: str, recipe: NetworkRecipe, parts: Parts, forecast: Forecast) -> Numbers:
    rows = fit_rows(panel, parts.fit)
    through = parts.stop[0] - 1
    task = Assignment(name, recipe, parts.fit, None, through, 0, forecast.levels, forecast.window)
    material, shares = gather(panel, rows, task, recipe, torch.device("cpu"))
    read = (panel.session < parts.fit[1]) & (panel.reach >= 0)
    inputs = material.features.numpy()[read]
    found: dict[str, NDArray[np.floating]] = {each: inputs[:, k] for k, each in enumerate(panel.names)}
    if material.constant is not None:
        found["the target"] = material.constant
    found["the heads' start"] = np.concatenate([share.start.quantiles.ravel() for share in shares])
    return found


def audit_tutorial(
    closes: NDArray[np.float64],
    sessions: NDArray[np.datetime64],
    symbol: str,
    name: str,
    recipe: TutorialRecipe,
) -> tuple[Leak, ...]:
    """Audit a tutorial's scaling: the closes of the test part are rewritten, and those before scaled again.

    Args:
        closes: (T,) of one symbol, all positive.
        sessions: (T,) theirs.
        symbol: whose they are.
        name: of the recipe.
        recipe: its options.

    Raises:
        HistoryError: the series is too short, or never moves.
    """
    train, usual = tutorial.scale_closes(closes, recipe)

    def sees(after: int) -> bool:
        draw = np.random.default_rng(after)
        other = closes.copy()
        other[after + 1 :] *= future.shocks(draw, len(other) - after - 1)
        return not _same(usual.values[:train], tutorial.scale_closes(other, recipe)[1].values[:train])

    if not sees(train - 1):
        return ()
    ahead = lag(sees, train - 1, train - 1, len(closes))
    return (Leak(SCALER, f"of {name}", symbol, str(sessions[train - 1])[:10], ahead),)


def _same(one: NDArray[np.floating], two: NDArray[np.floating]) -> bool:
    if one.shape != two.shape:
        return False
    near = np.isclose(one, two, rtol=TOLERANCE, atol=TOLERANCE, equal_nan=True)
    return bool(near.all())
