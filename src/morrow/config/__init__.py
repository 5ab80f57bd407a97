"""The one run configuration: ``morrow.toml``, frozen and strict, with ``MORROW_...`` overrides.

Nothing is read at import. Every path is relative to the folder of ``morrow.toml``.
"""

from morrow.config.loading import PREFIX, Config, identity, load
from morrow.config.membership import Members, MembershipFile, MembershipQuery
from morrow.config.sections import (
    RECIPES,
    BoostedRecipe,
    EwmaRecipe,
    Forecast,
    GarchRecipe,
    Ingest,
    NetworkRecipe,
    Paths,
    Recipe,
    RegistrySection,
    Time,
    Training,
    UnconditionalRecipe,
    Universe,
)
from morrow.config.sources import (
    BundledSource,
    EcbSource,
    FileSource,
    LiveSource,
    Source,
    SqlSource,
    TableSource,
    TiingoSource,
    YahooSource,
    without_user,
)
from morrow.config.strict import Name, Section

__all__ = [
    "PREFIX",
    "RECIPES",
    "BoostedRecipe",
    "BundledSource",
    "Config",
    "EcbSource",
    "EwmaRecipe",
    "FileSource",
    "Forecast",
    "GarchRecipe",
    "Ingest",
    "LiveSource",
    "Members",
    "MembershipFile",
    "MembershipQuery",
    "Name",
    "NetworkRecipe",
    "Paths",
    "Recipe",
    "RegistrySection",
    "Section",
    "Source",
    "SqlSource",
    "TableSource",
    "TiingoSource",
    "Time",
    "Training",
    "UnconditionalRecipe",
    "Universe",
    "YahooSource",
    "identity",
    "load",
    "without_user",
]
