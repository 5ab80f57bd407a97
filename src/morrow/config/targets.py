"""The tables ``[targets.NAME]`` of ``morrow.toml``: where exports are delivered beside their folder."""

from typing import Annotated, Literal
from urllib.parse import unquote, urlsplit

from pydantic import Field, StringConstraints, model_validator

from morrow.section import Section

SchemaName = Annotated[str, StringConstraints(pattern=r"^[a-z_][a-z0-9_]{0,62}$")]


class FolderTarget(Section):
    """A second folder with the same files, such as a network share."""

    kind: Literal["folder"]
    path: str = Field(min_length=1, description="relative to the folder of morrow.toml")


class DeltaTarget(Section):
    """A Delta table of all exports."""

    kind: Literal["delta-table"]
    path: str = Field(min_length=1, description="a folder, or an object store's URI")


class DatabaseTarget(Section):
    """A database that SQLAlchemy reaches, with a schema of its own where it has schemas."""

    kind: Literal["database"]
    url: str | None = Field(None, description="SQLAlchemy's URL, without a password")
    url_env: str | None = Field(None, description="environment variable that holds the URL, password and all")
    schema_name: SchemaName = Field("morrow", description="of the tables; SQLite has none")
    timeout_s: float = Field(30, gt=0, le=3600, description="longest time for connecting")

    @model_validator(mode="after")
    def _one_url_without_password(self) -> "DatabaseTarget":
        if (self.url is None) == (self.url_env is None):
            raise ValueError("give url or url_env, and not both")
        if self.url is not None and (urlsplit(self.url).password or "password=" in unquote(self.url).lower()):
            raise ValueError(
                "url holds a password; put the URL into an environment variable and name that: url_env"
            )
        return self


Target = Annotated[FolderTarget | DeltaTarget | DatabaseTarget, Field(discriminator="kind")]
