"""The audit of tutorials' scalers on one symbol."""

from collections.abc import Sequence

import pandas as pd

from morrow import audit
from morrow.audit import Leak
from morrow.config import TutorialRecipe
from morrow.steps.context import Night
from morrow.workbench.tutorial import read_closes


def audit_tutorials(
    night: Night, names: Sequence[str], symbol: str, prices: pd.DataFrame | None = None
) -> dict[str, tuple[Leak, ...]]:
    """Audit the scaling of tutorials' recipes on one symbol's closes.

    Args:
        night: of one universe.
        names: of the recipes; others than tutorials are passed over.
        symbol: whose closes.
        prices: stored bars to take them from; by default the source's.

    Returns:
        the leaks by recipe.

    Raises:
        SourceError: the source is unreadable or does not have the symbol.
        HistoryError: it has too few closes.
    """
    if prices is None:
        frame, basis = read_closes(night, symbol)
        values = frame[basis].to_numpy(float)
    else:
        frame = prices[prices["symbol"] == symbol]
        values = (frame["close"] * frame["split_factor"] * frame["dividend_factor"]).to_numpy(float)
    days = frame["session"].to_numpy("datetime64[us]")
    recipes = {name: night.config.recipes[name] for name in names}
    return {
        name: audit.audit_tutorial(values, days, symbol, name, recipe)
        for name, recipe in recipes.items()
        if isinstance(recipe, TutorialRecipe)
    }
