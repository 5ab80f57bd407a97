"""``[features]``: what the models are shown of the bars."""

from pydantic import Field

from morrow.section import Section


class Features(Section):
    """Which features the models are shown, and a module with a user's own."""

    select: tuple[str, ...] = Field(
        ("default",), min_length=1, description="names of features and groups, and default"
    )
    module: str | None = Field(
        None, min_length=1, description="a Python file with features of one's own, beside morrow.toml"
    )
