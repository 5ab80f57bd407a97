"""What a retraining was made from, kept with its night's run, so that it can be made again."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from morrow.config import Config, Features, Forecast, Recipe, Time, Training, Universe
from morrow.errors import ConfigError, RegistryError
from morrow.panel import Panel
from morrow.section import Name
from morrow.steps.context import Night
from morrow.steps.feature_selection import identify_module
from morrow.steps.lineage import describe_environment
from morrow.steps.results import Plan, TrainingResult

FILE = "reproduction.json"
FORMAT = 1  # raised when a key changes its meaning
# What of a universe a panel depends on; the prices themselves come from the store.
MARKET_OPTIONS = {"calendar", "sessions", "tick", "symbols"}
TRAINING_OPTIONS = {"recipes", "seed"}
_RECIPES: TypeAdapter[dict[Name, Recipe]] = TypeAdapter(dict[Name, Recipe])


@dataclass(frozen=True)
class ReproductionRecord:
    """The inputs of one night's training.

    Attributes:
        universe: its universe.
        cutoff: last session that the night knew.
        as_of: at the end of this day its prices were known.
        data_version: content hash of these prices and the membership.
        held: symbols that the panel's gate held.
        failed: recipes that could not be trained.
        features: names of the panel's features, in order.
        features_module: identity of the user's own module of features; empty without one.
        configuration: as :func:`describe_configuration` returns it.
        environment: as :func:`morrow.steps.lineage.describe_environment` returns it.
    """

    universe: str
    cutoff: date
    as_of: date
    data_version: str
    held: tuple[str, ...]
    failed: tuple[str, ...]
    features: tuple[str, ...]
    features_module: str
    configuration: Mapping[str, Any]
    environment: Mapping[str, Any]


def write_record(night: Night, plan: Plan, trained: TrainingResult, panel: Panel, folder: Path) -> None:
    """Write the record of a night's training into a folder of artifacts."""
    document = {
        "format": FORMAT,
        "universe": night.universe,
        "cutoff": str(plan.cutoff),
        "as_of": str(night.clock.resolve(plan.cutoff)),
        "data_version": plan.data_version,
        "held": [symbol for symbol, _ in trained.held],
        "failed": [name for name, _ in trained.failed],
        "features": list(panel.names),
        "features_module": identify_module(night.config),
        "configuration": describe_configuration(night.config, night.universe),
        "environment": describe_environment(),
    }
    (folder / FILE).write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


def read_record(file: Path) -> ReproductionRecord:
    """Read what ``write_record`` wrote.

    Raises:
        RegistryError: the file is damaged, or of a format that this version does not know.
    """
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
        if document.pop("format") != FORMAT:
            raise RegistryError(f'"{file}" has a format that this version of morrow does not read')
        days = {name: date.fromisoformat(document[name]) for name in ("cutoff", "as_of")}
        names = {name: tuple(document[name]) for name in ("held", "failed", "features")}
        return ReproductionRecord(**{**document, **days, **names})
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise RegistryError(f'"{file}" is no record of a training: {error}') from None


def describe_configuration(config: Config, universe: str) -> dict[str, Any]:
    """The resolved options that the numbers of a training depend on, ready for JSON."""
    training = config.training
    return {
        "forecast": config.forecast.model_dump(mode="json"),
        "time": config.time.model_dump(mode="json"),
        "features": {"select": list(config.features.select)},
        "training": training.model_dump(mode="json", include=TRAINING_OPTIONS),
        "recipes": {name: config.recipes[name].model_dump(mode="json") for name in training.recipes},
        "universe": config.universes[universe].model_dump(mode="json", include=MARKET_OPTIONS),
    }


def restore_configuration(config: Config, record: ReproductionRecord) -> Config:
    """The configuration with the recorded options in place of its own; folders and module stay its own.

    Raises:
        ConfigError: the universe is not configured any more, an option is not known any more, or the record
            holds one that no training records, such as a module to import.
    """
    config.universe_names((record.universe,))
    try:
        return config.model_copy(update=_read_sections(config, record))
    except (ValidationError, KeyError, TypeError) as error:
        raise ConfigError(
            f"an option on record is not one of this version of morrow: {error}; install the code that "
            f"made the run, {record.environment.get('code_version')}"
        ) from None


def _read_sections(config: Config, record: ReproductionRecord) -> dict[str, Any]:
    """The sections on record, by name; features, training and universe keep their other options."""
    recorded = record.configuration
    _refuse_foreign(recorded, "features", {"select"})
    _refuse_foreign(recorded, "training", TRAINING_OPTIONS)
    _refuse_foreign(recorded, "universe", MARKET_OPTIONS)
    recipes = _RECIPES.validate_python(recorded["recipes"])
    if unknown := set(recorded["training"]["recipes"]) - set(recipes):
        raise KeyError(f"recipes {', '.join(sorted(unknown))}")
    own = config.universes[record.universe]
    options = {name: getattr(own, name) for name in Universe.model_fields} | recorded["universe"]
    training = config.training.model_dump() | recorded["training"]
    return {
        "forecast": Forecast.model_validate(recorded["forecast"]),
        "time": Time.model_validate(recorded["time"]),
        "features": Features.model_validate(config.features.model_dump() | recorded["features"]),
        "training": Training.model_validate(training),
        "recipes": {**config.recipes, **recipes},
        "universes": {**config.universes, record.universe: Universe.model_validate(options)},
    }


def _refuse_foreign(recorded: Mapping[str, Any], section: str, known: Collection[str]) -> None:
    """Refuse options that no training records; who can write an artifact may not choose what is imported."""
    if foreign := set(recorded[section]).difference(known):
        raise ConfigError(
            f"the record of the run was altered: it holds {section}.{', '.join(sorted(foreign))}, which no "
            "training records; restore it from a backup"
        )
