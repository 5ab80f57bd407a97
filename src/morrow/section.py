"""A table of ``morrow.toml``: frozen, strict, and where there are several of a sort, told apart by its kind.

It stands below every room, so that a file which declares options need not import the configuration.
"""

import importlib
import pkgutil
from typing import Annotated, Any, get_args

from pydantic import BaseModel, ConfigDict, StringConstraints

Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]


class Section(BaseModel):
    """A frozen table of the configuration that refuses unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def kinds_of(section: type[Section]) -> tuple[str, ...]:
    """The values of ``kind`` that a table allows."""
    return get_args(section.model_fields["kind"].annotation)


def by_kind(union: Any) -> dict[str, type[Section]]:
    """Every ``kind`` that a discriminated union allows, and the table that it stands for."""
    return {kind: member for member in get_args(get_args(union)[0]) for kind in kinds_of(member)}


def import_modules(package: str) -> None:
    """Import every module of a package, so that what its files declare is registered."""
    folder = importlib.import_module(package)
    for module in pkgutil.iter_modules(folder.__path__):
        importlib.import_module(f"{package}.{module.name}")
