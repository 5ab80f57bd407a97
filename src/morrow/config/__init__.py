"""The configuration of a run: ``morrow.toml``, frozen and strict, with ``MORROW_...`` overrides.

Nothing is read at import. All paths are relative to the folder of ``morrow.toml``.
"""

from morrow.config.ensembles import EnsembleRecipe
from morrow.config.features import Features
from morrow.config.loading import PREFIX, Config, identity, load, load_recipe, shipped_recipe
from morrow.config.membership import Members, MembershipFile, MembershipQuery
from morrow.config.recipes import (
    KINDS,
    RECIPES,
    ZERO_SHOT,
    ZERO_SHOT_KIND,
    NetworkRecipe,
    Recipe,
    TutorialRecipe,
)
from morrow.config.sections import (
    Contest,
    Forecast,
    Ingest,
    Paths,
    RegistrySection,
    Retention,
    Time,
    Training,
    Universe,
)
from morrow.config.sources import Source, without_user
from morrow.config.tune import Tune
from morrow.section import Name, Section

__all__ = [
    "KINDS",
    "PREFIX",
    "RECIPES",
    "ZERO_SHOT",
    "ZERO_SHOT_KIND",
    "Config",
    "Contest",
    "EnsembleRecipe",
    "Features",
    "Forecast",
    "Ingest",
    "Members",
    "MembershipFile",
    "MembershipQuery",
    "Name",
    "NetworkRecipe",
    "Paths",
    "Recipe",
    "RegistrySection",
    "Retention",
    "Section",
    "Source",
    "Time",
    "Training",
    "Tune",
    "TutorialRecipe",
    "Universe",
    "identity",
    "load",
    "load_recipe",
    "shipped_recipe",
    "without_user",
]
