"""The recipes that take part: the configured ones, which may be champion, and baselines that judge them."""

from dataclasses import dataclass

from pydantic import TypeAdapter

from morrow import backtest
from morrow.config import RECIPES, Config, Recipe

_RECIPE: TypeAdapter[Recipe] = TypeAdapter(Recipe)


@dataclass(frozen=True)
class Participants:
    """The recipes of a walk.

    Attributes:
        recipes: all, by name.
        candidates: those that may be champion, as configured.
        ewma, garch: the names of the two that every universe is judged against.
    """

    recipes: dict[str, Recipe]
    candidates: tuple[str, ...]
    ewma: str
    garch: str


def choose_participants(config: Config, *, every: bool) -> Participants:
    """The configured recipes, EWMA and GJR-GARCH-t whether configured or not, and all baselines if asked."""
    recipes = {name: config.recipes[name] for name in config.training.recipes}
    ewma, garch = find_or_add(recipes, "ewma"), find_or_add(recipes, "gjr-garch-t")
    if every:
        shipped = {name: _RECIPE.validate_python(options) for name, options in RECIPES.items()}
        for name, recipe in shipped.items():
            if backtest.kind(recipe) == "baseline" and recipe.kind != "tutorial":
                recipes.setdefault(name, recipe)
    return Participants(recipes, config.training.recipes, ewma, garch)


def find_or_add(recipes: dict[str, Recipe], shipped: str) -> str:
    """The first recipe of a kind; where there is none, the shipped one is added under a free name.

    Args:
        recipes: by name; may be added to.
        shipped: a recipe of the package, whose name is its kind.
    """
    for name, recipe in recipes.items():
        if recipe.kind == shipped:
            return name
    name = shipped if shipped not in recipes else f"{shipped}-judging"
    recipes[name] = _RECIPE.validate_python(RECIPES[shipped])
    return name
