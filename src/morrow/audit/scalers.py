"""Whether what is fitted to scale inputs sees past the sessions it is fitted on."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

from morrow import tutorial
from morrow.audit import future
from morrow.audit.leaks import SCALER, Leak
from morrow.audit.sight import Build, Sight, lag
from morrow.config import NetworkRecipe, TutorialRecipe
from morrow.networks import Start
from morrow.panel import Panel, Parts
from morrow.training import Assignment, fit_rows
from morrow.training.material import gather

Numbers = Mapping[str, NDArray[np.floating]]
Fit = Callable[[Panel], Numbers]
TOLERANCE = 1e-6


def audit_scaler(
    build: Build, prices: pd.DataFrame, fit: Fit, last: np.datetime64, name: str, seed: int = 0
) -> tuple[Leak, ...]:
    """Audit what is fitted on a panel's early sessions: the later ones are rewritten, and it is fitted again.

    Args:
        build: from bars to a panel.
        prices: one universe's rows.
        fit: from a panel to the numbers fitted on it, by name.
        last: session that the fit may still see.
        name: of what is fitted, for the report.
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
    return tuple(
        Leak(SCALER, f"{name} of {what}", "", day, furthest(what)) for what in usual if what in first
    )


def material_of(recipe: NetworkRecipe, parts: Parts, settings: Mapping[str, object]) -> Fit:
    """What the training of a network fits on the fit sessions, as the training itself does it.

    Args:
        recipe: of the network.
        parts: of time.
        settings: ``levels`` and ``window`` of the forecast.

    Returns:
        from a panel to the scaled inputs of each feature on the fit sessions, the unit of the target and
        where the heads begin.
    """
    levels, window = settings["levels"], settings["window"]
    if not isinstance(levels, Sequence) or not isinstance(window, int):
        raise TypeError(f"levels must be a sequence and window an integer, got {levels!r} and {window!r}")

    def fit(panel: Panel) -> Numbers:
        rows = fit_rows(panel, parts.fit)
        through = parts.stop[0] - 1
        task = Assignment(recipe.kind, recipe, parts.fit, parts.stop, through, 0, tuple(levels), window)
        material, shares = gather(panel, rows, task, recipe, torch.device("cpu"))
        read = (panel.session < parts.fit[1]) & (panel.reach >= 0)
        inputs = material.features.numpy()[read]
        found: dict[str, NDArray[np.floating]] = {
            feature: inputs[:, place] for place, feature in enumerate(panel.names)
        }
        if material.constant is not None:
            found["the target"] = material.constant
        starts: list[Start] = [share.start for share in shares]
        found["the heads' start"] = np.concatenate([each.quantiles.ravel() for each in starts])
        return found

    return fit


def audit_tutorial(
    closes: NDArray[np.float64], sessions: NDArray[np.datetime64], symbol: str, name: str, recipe: TutorialRecipe
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
    train, usual = tutorial.scaled(closes, recipe)

    def sees(after: int) -> bool:
        draw = np.random.default_rng(after)
        other = closes.copy()
        other[after + 1 :] *= future.shocks(draw, len(other) - after - 1)
        return not _same(usual.values[:train], tutorial.scaled(other, recipe)[1].values[:train])

    if not sees(train - 1):
        return ()
    ahead = lag(sees, train - 1, train - 1, len(closes))
    return (Leak(SCALER, f"of {name}", symbol, str(sessions[train - 1])[:10], ahead),)


def _same(one: NDArray[np.floating], two: NDArray[np.floating]) -> bool:
    if one.shape != two.shape:
        return False
    near = np.isclose(one, two, rtol=TOLERANCE, atol=TOLERANCE, equal_nan=True)
    return bool(near.all())
