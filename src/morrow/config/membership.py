"""The table ``[universes.NAME.membership]``: where it is said who is in the universe when."""

from typing import Literal

from pydantic import Field

from morrow.config.strict import Section


class MembershipFile(Section):
    """A CSV or Parquet file with a row a spell."""

    kind: Literal["csv", "parquet"]
    path: str
    columns: dict[str, str] = Field(
        default_factory=dict, description="the file's name of symbol, from, to, kind, successor and terminal"
    )


Members = MembershipFile
