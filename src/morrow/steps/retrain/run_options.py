"""The options of a night's recipes that are worth comparing, by group, as the parameters of their runs."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from morrow.config import NetworkRecipe, Section

NETWORK, TRAINING = "network", "training"
# Options of how a network is trained; all others say what it is.
TRAINED_WITH = frozenset(
    (
        "optimiser", "momentum", "rate", "schedule", "warm_up", "plateau", "weight_decay", "l1", "half_life",
        "clip", "batch", "stride", "epochs", "patience", "proof", "average", "networks", "precision",
        "budget_s",
    )
)  # fmt: skip
ELSEWHERE = ("kind", "device", "trials")  # the run's kind, and what changes no answer


def select_options(recipes: Mapping[str, Section]) -> dict[str, dict[str, Any]]:
    """By recipe, the options that differ from their default or between recipes of the same table.

    An option that one recipe sets and another leaves alone is in both, so that MLflow can draw an axis of it.
    A network's options are named ``network/...`` or ``training/...``, those of others by their kind.
    """
    tables: dict[type[Section], list[dict[str, Any]]] = defaultdict(list)
    for recipe in recipes.values():
        tables[type(recipe)].append(recipe.model_dump(mode="json"))
    return {
        name: {
            _name_group(recipe, option): value
            for option, value in recipe.model_dump(mode="json").items()
            if option not in ELSEWHERE and _matters(type(recipe), option, tables[type(recipe)])
        }
        for name, recipe in recipes.items()
    }


def _matters(table: type[Section], option: str, given: list[dict[str, Any]]) -> bool:
    default = table.model_fields[option].get_default()
    values = [each[option] for each in given]
    return any(value != values[0] for value in values) or values[0] != default


def _name_group(recipe: Section, option: str) -> str:
    if isinstance(recipe, NetworkRecipe):
        return f"{TRAINING if option in TRAINED_WITH else NETWORK}/{option}"
    return f"{getattr(recipe, 'kind', 'recipe')}/{option}"
