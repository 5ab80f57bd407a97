"""The table ``[universes.NAME.membership]``: where the membership of the universe is read from."""

from typing import Annotated, Literal

from pydantic import Field

from morrow.section import Section
from morrow.source_kinds import Database


class Spells(Section):
    """Options that all membership tables share; each has one row per spell."""

    columns: dict[str, str] = Field(
        default_factory=dict, description="the table's name of symbol, from, to, kind, successor and terminal"
    )


class MembershipFile(Spells):
    """A CSV or Parquet file."""

    kind: Literal["csv", "parquet"]
    path: str


class MembershipQuery(Spells, Database):
    """A table or a query of any database that SQLAlchemy reaches."""

    kind: Literal["sql"]


Members = Annotated[MembershipFile | MembershipQuery, Field(discriminator="kind")]
