"""The registry of recipes: baselines and heads register here, and the configuration is built from it.

It is a layer below the configuration, and imports neither a model nor the panel that it is fitted to.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar

from morrow.section import Section, import_modules, kinds_of


class BaselineRecipe(Section):
    """Options of a simple forecaster.

    Attributes:
        kind: tells the tables of recipes apart; each class narrows it to its own names.
        reads_features: whether its forecast depends on the panel's features.
        takes_seconds: whether its fit takes long enough to start it before the ones that do not.
    """

    reads_features: ClassVar[bool] = False
    takes_seconds: ClassVar[bool] = True

    kind: str


Class = TypeVar("Class", bound=type[BaselineRecipe])


@dataclass(frozen=True)
class HeadDeclaration:
    """What the configuration needs to know about a head, and the class that implements it.

    Attributes:
        name: in a recipe.
        losses: the losses that it can be trained with, the default first.
        options: a table of the recipe options that apply to this head only.
        beside: for such an option, another option and the value it must have for the first to apply.
        implementation: class of the head.
    """

    name: str
    losses: tuple[str, ...]
    options: type[Section]
    beside: Mapping[str, tuple[str, str]]
    implementation: Any


_HEADS: dict[str, HeadDeclaration] = {}
_BASELINES: dict[str, type[BaselineRecipe]] = {}
_SHIPPED: dict[str, dict[str, Any]] = {}


def baseline(ships: Mapping[str, Mapping[str, Any]] | None = None) -> Callable[[Class], Class]:
    """Register an options class, with its fit and forecast, as a kind of recipe.

    Args:
        ships: options of the recipes included in every configuration, by name; by default one per kind of
            the class, under the kind's own name and with the default options.
    """

    def register(section: Class) -> Class:
        kinds = kinds_of(section)
        if taken := [kind for kind in kinds if kind in _BASELINES]:
            raise ValueError(f"{section.__name__}: another baseline is of kind {', '.join(taken)}")
        _BASELINES.update(dict.fromkeys(kinds, section))
        named = {kind: {"kind": kind} for kind in kinds} if ships is None else ships
        _SHIPPED.update({name: dict(options) for name, options in named.items()})
        return section

    return register


def baselines() -> Mapping[str, type[BaselineRecipe]]:
    """All kinds of baseline, with their options classes."""
    import_modules("morrow.baselines")
    return _BASELINES


def shipped_baselines() -> Mapping[str, dict[str, Any]]:
    """Options of the baselines included in every configuration, by name."""
    import_modules("morrow.baselines")
    return _SHIPPED


def register_head(declaration: HeadDeclaration) -> None:
    """Register a head; its file does this through the decorator :func:`morrow.heads.base.head`."""
    if declaration.name in _HEADS:
        raise ValueError(f"another head is named {declaration.name}")
    for other in _HEADS.values():
        if shared := declaration.options.model_fields.keys() & other.options.model_fields.keys():
            raise ValueError(f"heads {other.name} and {declaration.name} both declare {sorted(shared)}")
    _HEADS[declaration.name] = declaration


def heads() -> Mapping[str, HeadDeclaration]:
    """All network heads, by name."""
    import_modules("morrow.heads")
    return _HEADS
