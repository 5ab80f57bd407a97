"""Ensembles: recipes that answer with the weighted mean of other recipes' quantiles."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from pydantic import Field

from morrow.errors import ConfigError
from morrow.section import Section

NETWORKS = ("rnn", "lstm", "gru")
GROUPS = ("networks", "baselines", "everything")
FEWEST = 2


class EnsembleRecipe(Section):
    """The weighted mean of other recipes' quantiles, level by level."""

    kind: Literal["ensemble"]
    members: tuple[str, ...] = Field(
        ("everything",),
        description="recipes in training.recipes, or networks, baselines, everything: those of them there",
    )
    weights: Literal["equal", "calibrate"] = Field(
        "equal", description="calibrate: of lowest pinball on the calibrate sessions, half way to equal"
    )


def resolve(recipe: EnsembleRecipe, recipes: Mapping[str, Any], trained: Sequence[str]) -> tuple[str, ...]:
    """Names of an ensemble's members, each once, in the order of the trained recipes.

    Args:
        recipe: the ensemble.
        recipes: every recipe that is known, by name.
        trained: names of those that are trained with it (``training.recipes``). A group means those of
            them that can be members: no ensembles, and no networks with the head direction.

    Raises:
        ConfigError: a member is not trained or cannot be one, or there are fewer than two.
    """
    wanted: set[str] = set()
    for member in recipe.members:
        if member in GROUPS:
            wanted |= {name for name in trained if _is_in(recipes[name], member)}
        elif member not in trained:
            raise ConfigError(
                f'members names "{member}", which is not in training.recipes; '
                f"there are {', '.join(trained)}, and the groups {', '.join(GROUPS)}"
            )
        elif not _is_in(recipes[member], "everything"):
            raise ConfigError(
                f'members names "{member}", which forecasts no distribution of its own to be averaged: an '
                "ensemble has no ensembles, tutorials or recipes with the head direction among its members"
            )
        else:
            wanted.add(member)
    if len(wanted) < FEWEST:
        raise ConfigError(
            f"members {', '.join(recipe.members)} are {len(wanted)} of training.recipes, and an ensemble has "
            "two or more; add recipes or leave the ensemble out"
        )
    return tuple(name for name in trained if name in wanted)


def _is_in(recipe: Any, group: str) -> bool:
    """Whether a recipe can be a member, and belongs to a group."""
    network = recipe.kind in NETWORKS
    able = recipe.kind not in ("ensemble", "tutorial") and not (network and recipe.head == "direction")
    return able and group in ("everything", "networks" if network else "baselines")
