"""Recipes that start from another one: ``base = "gru"`` takes its options, and those given beside it win."""

from collections.abc import Mapping
from typing import Any

from morrow.errors import ConfigError, did_you_mean

BASE = "base"


def resolve_bases(recipes: Mapping[str, Any]) -> dict[str, Any]:
    """The recipes as their files give them, each with the options of its base.

    Raises:
        ConfigError: a base is not a recipe, or recipes start from each other in a circle.
    """
    return {name: _resolve(name, recipes, ()) for name in recipes}


def _resolve(name: str, recipes: Mapping[str, Any], derived: tuple[str, ...]) -> Any:
    options = recipes[name]
    if not isinstance(options, Mapping) or BASE not in options:
        return options
    base, chain = options[BASE], (*derived, name)
    if not isinstance(base, str) or base not in recipes:
        known = ", ".join(recipes)
        raise ConfigError(
            f'recipes.{name}.base "{base}" is not a recipe; known: {known}{did_you_mean(str(base), recipes)}'
        )
    if base in chain:
        circle = ", ".join(f'"{each}"' for each in (*chain, base))
        raise ConfigError(f"recipes.{name}.base: these recipes start from each other: {circle}")
    own = {option: value for option, value in options.items() if option != BASE}
    return {**_resolve(base, recipes, chain), **own}
