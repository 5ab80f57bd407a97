"""The tutorial's recipe on one symbol of a source: its errors and the last price's, and a chart of both."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from morrow import charts, sources, tutorial
from morrow.config import TutorialRecipe
from morrow.errors import ConfigError
from morrow.steps.context import Night

FOLDER = "tutorial"


@dataclass(frozen=True)
class TutorialResult:
    """Errors of one recipe on one symbol.

    Attributes:
        name, symbol: the recipe and the symbol.
        basis: "adj_close", or "close" where the source has no adjusted one.
        sessions: predicted ones; ``first`` and ``last`` of them.
        measures: mse, mae, last_mse, last_mae, rel_mse, rel_mae; in the unit of the closes.
        seconds: of training.
        leak: what it has seen of the future, None if nothing.
        chart: PNG of true against predicted closes.
    """

    name: str
    symbol: str
    basis: str
    sessions: int
    first: str
    last: str
    measures: dict[str, float]
    seconds: float
    leak: str | None
    chart: Path


def run_tutorial(night: Night, name: str, symbol: str) -> TutorialResult:
    """Train on the first part of a symbol's closes as the source has them, and predict the rest.

    Raises:
        ConfigError: the recipe is no tutorial.
        SourceError: the source is unreadable or does not have the symbol.
        HistoryError: it has too few closes.
    """
    recipe = night.config.recipes[name]
    if not isinstance(recipe, TutorialRecipe):
        raise ConfigError(f'recipe "{name}" is of kind "{recipe.kind}", and a tutorial is asked for')
    night.tell("step", {"step": f"{name} on {symbol}"})
    frame, basis = read_closes(night, symbol)
    course = tutorial.train_and_predict(frame[basis].to_numpy(float), recipe, night.config.training.seed)
    days = frame["session"].to_numpy("datetime64[us]")[course.first :]
    folder = night.config.folder(night.config.paths.work) / night.universe / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    chart = folder / f"{name}-{_file_name(symbol)}.png"
    measures = course.measures()
    own, last_price = ((measures[f"{prefix}mse"], measures[f"{prefix}mae"]) for prefix in ("", "last_"))
    title = (
        f"{name}, {symbol}: true and predicted {basis}; MSE {own[0]:.3g} and MAE {own[1]:.3g}, "
        f"of the last price {last_price[0]:.3g} and {last_price[1]:.3g}"
    )
    charts.true_against_predicted(
        chart, symbol, days, course.actual, course.predicted, course.last, night.options.currency, title
    )
    first, last = (str(day)[:10] for day in (days[0], days[-1]))
    return TutorialResult(
        name, symbol, basis, len(days), first, last, measures, course.seconds, course.leak, chart
    )


def read_closes(night: Night, symbol: str) -> tuple[pd.DataFrame, str]:
    """One symbol's sessions and closes in order, adjusted where the source gives that."""
    wanted = night.options.model_copy(update={"symbols": (symbol,)})
    rows = sources.fetch(wanted, night.config.root, night.as_of, raw=night.raw_replies).rows
    given: Any = rows.get("adj_close")
    basis = "adj_close" if given is not None and given.notna().any() else "close"
    usable = rows["session"].notna() & (rows[basis] > 0)
    return rows[usable].sort_values("session", kind="stable").drop_duplicates("session"), basis


def _file_name(symbol: str) -> str:
    return "".join(letter if letter.isalnum() or letter in ".-_" else "-" for letter in symbol)
