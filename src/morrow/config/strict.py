"""What every table of ``morrow.toml`` is: frozen, strict, and where there are several, told by its kind."""

from typing import Annotated, Any, get_args

from pydantic import BaseModel, ConfigDict, StringConstraints

Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]


class Section(BaseModel):
    """A frozen table of the configuration that refuses unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def by_kind(union: Any) -> dict[str, type[Section]]:
    """Every ``kind`` that a discriminated union allows, and the table that it stands for."""
    members = get_args(get_args(union)[0])
    return {kind: member for member in members for kind in get_args(member.model_fields["kind"].annotation)}
