"""The table ``[features]``: which features of the bars the models read."""

from pydantic import Field

from morrow.section import Section


class Features(Section):
    """The features that the models read, and a module with a user's own."""

    select: tuple[str, ...] = Field(
        ("default",), min_length=1, description="names of features and groups, and default"
    )
    module: str | None = Field(
        None, min_length=1, description="a Python file with features of one's own, beside morrow.toml"
    )
