"""The tables ``[universes.NAME.source]``: where prices come from, one class a kind."""

from typing import Annotated, Literal

from pydantic import Field

from morrow.config.strict import Section


class BundledSource(Section):
    """Prices that come with an installed package."""

    kind: Literal["bundled"]
    dataset: Literal["us5", "ecb-fx"]


class FileSource(Section):
    """A CSV (plain or gzipped) or Parquet file, long or wide."""

    kind: Literal["csv", "parquet"]
    path: str
    layout: Literal["long", "wide"] = "long"
    columns: dict[str, str] = Field(
        default_factory=dict,
        description="the file's name of symbol, session, open, high, low, close, adj_close and volume",
    )
    symbol: str | None = Field(None, description="the symbol's name, when the file has only one")


Source = Annotated[BundledSource | FileSource, Field(discriminator="kind")]
