"""Read the configuration from the file and the environment, and report errors of either in one line."""

import hashlib
import json
import os
import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, Field, TypeAdapter, ValidationError, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from morrow.config.ensembles import EnsembleRecipe, resolve
from morrow.config.features import Features
from morrow.config.membership import Members
from morrow.config.recipe_bases import resolve_bases
from morrow.config.recipes import (
    RECIPES,
    Recipe,
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
from morrow.config.targets import Target
from morrow.config.tune import Tune
from morrow.errors import ConfigError, did_you_mean
from morrow.section import Name, Section, by_kind

PREFIX, FILE = "MORROW_", "morrow.toml"
RECIPES_FOLDER = "recipes"


class Config(BaseSettings):
    """The whole configuration of a run."""

    model_config = SettingsConfigDict(
        frozen=True, extra="forbid", env_prefix=PREFIX, env_nested_delimiter="__"
    )

    root: Path = Field(exclude=True)
    paths: Paths = Paths()
    registry: RegistrySection = RegistrySection()
    forecast: Forecast = Forecast()
    time: Time = Time()
    features: Features = Features()
    training: Training = Training()
    contest: Contest = Contest()
    tune: Tune = Tune()
    ingest: Ingest = Ingest()
    retention: Retention = Retention()
    targets: dict[Name, Target] = {}
    recipes: dict[Name, Recipe] = {}
    universes: dict[Name, Universe] = Field(min_length=1)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 (pydantic-settings' signature)
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment before the file, and nothing else."""
        return env_settings, init_settings

    @model_validator(mode="after")
    def _recipes_exist(self) -> "Config":
        names = self.training.recipes
        if not names or len(set(names)) < len(names):
            raise ValueError("training.recipes must name one recipe or more, each once")
        for name in self.training.recipes:
            if name not in self.recipes:
                raise ValueError(
                    f'training.recipes names "{name}", which is not a recipe; '
                    f"known: {', '.join(self.recipes)}{did_you_mean(name, self.recipes)}"
                )
            if self.recipes[name].kind == "tutorial":
                raise ValueError(
                    f'training.recipes names "{name}", which forecasts no distribution and can enter no '
                    f"contest; look at it with: morrow backtest --recipes {name} --symbols SYMBOL"
                )
        return self

    @model_validator(mode="after")
    def _recipes_can_serve(self) -> "Config":
        trained = {name: self.recipes[name] for name in self.training.recipes}
        for name, recipe in trained.items():
            window = getattr(recipe, "window", None)
            if window is not None and window > self.forecast.window:
                raise ValueError(
                    f"recipes.{name}.window {window} is more than forecast.window {self.forecast.window}, "
                    "the history that every symbol is sure to have; lower the one or raise the other"
                )
        if all(getattr(recipe, "head", None) == "direction" for recipe in trained.values()):
            raise ValueError(
                "training.recipes has only recipes with the head direction, which cannot be champion; "
                "add another"
            )
        return self

    @model_validator(mode="after")
    def _ensembles_have_members(self) -> "Config":
        for name in self.training.recipes:
            recipe = self.recipes[name]
            if isinstance(recipe, EnsembleRecipe):
                try:
                    resolve(recipe, self.recipes, self.training.recipes)
                except ConfigError as error:
                    raise ValueError(f"recipes.{name}.{error}") from None
        return self

    def members(self, name: str) -> tuple[str, ...]:
        """The members of an ensemble by name, in the order of ``training.recipes``; none for another recipe.

        Raises:
            ConfigError: the trained recipes do not give it enough members.
        """
        recipe = self.recipes[name]
        if not isinstance(recipe, EnsembleRecipe):
            return ()
        try:
            return resolve(recipe, self.recipes, self.training.recipes)
        except ConfigError as error:
            raise ConfigError(f"recipes.{name}.{error}") from None

    def folder(self, path: str) -> Path:
        """A configured path as an absolute one."""
        return self.root / path

    def universe_names(self, names: tuple[str, ...] = ()) -> tuple[str, ...]:
        """The named universes, or all.

        Raises:
            ConfigError: a name is not a universe.
        """
        for name in names:
            if name not in self.universes:
                raise ConfigError(
                    f'universe "{name}" is not in morrow.toml; '
                    f"known: {', '.join(self.universes)}{did_you_mean(name, self.universes)}"
                )
        return tuple(dict.fromkeys(names)) or tuple(self.universes)


_RECIPE: TypeAdapter[Recipe] = TypeAdapter(Recipe)
_TAGS: dict[str, type[Section]] = by_kind(Recipe) | by_kind(Source) | by_kind(Target)


def load(path: Path) -> Config:
    """Read and validate a configuration file and the ``MORROW_...`` environment.

    Args:
        path: of the file, or of the folder of a ``morrow.toml``.

    Raises:
        ConfigError: one line that says what is wrong and where.
    """
    if path.is_dir():
        path /= FILE
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(f'no configuration at "{path}"; write one with: morrow init DIR') from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f'cannot read "{path}": {error}') from None
    root = path.resolve().parent
    table["recipes"] = resolve_bases(RECIPES | _recipe_files(root) | table.get("recipes", {}))
    if "root" in table:
        raise ConfigError('unknown key "root" in morrow.toml; paths follow the file\'s folder')
    _refuse_unknown_variables(os.environ)
    try:
        return Config(root=root, **table)
    except ValidationError as error:
        raise ConfigError(_first_error(error, path.name)) from None
    except ValueError as error:  # pydantic-settings wraps an unreadable variable
        raise ConfigError(_blame_variable(str(error))) from None


def load_recipe(path: Path) -> Recipe:
    """Read and validate one recipe's file.

    Raises:
        ConfigError: one line that says what is wrong and where.
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f'cannot read "{path}": {error}') from None
    try:
        siblings = (
            _recipe_files(path.resolve().parent.parent)
            if path.resolve().parent.name == RECIPES_FOLDER
            else {}
        )
        return _RECIPE.validate_python(resolve_bases(RECIPES | siblings | {path.stem: table})[path.stem])
    except ValidationError as error:
        raise ConfigError(_first_error(error, path.name)) from None


def shipped_recipe(name: str) -> Recipe:
    """A recipe that comes with morrow, with all its options."""
    return _RECIPE.validate_python(RECIPES[name])


def identity(value: BaseModel | Mapping[str, Any]) -> str:
    """Hash of resolved options, 16 hex digits; their order in the file does not matter."""
    plain = value.model_dump(mode="json") if isinstance(value, BaseModel) else dict(value)
    return hashlib.sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()[:16]


def _recipe_files(root: Path) -> dict[str, Any]:
    recipes: dict[str, Any] = {}
    for file in sorted((root / RECIPES_FOLDER).glob("*.toml")):
        try:
            recipes[file.stem] = tomllib.loads(file.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise ConfigError(f'cannot read "{file}": {error}') from None
    return recipes


def _refuse_unknown_variables(environment: Mapping[str, str]) -> None:
    known = [f"{PREFIX}{name.upper()}" for name in Config.model_fields if name != "root"]
    for variable in environment:
        stem = variable.upper().split("__")[0]
        if stem.startswith(PREFIX) and stem not in known:
            raise ConfigError(
                f"environment variable {variable} sets nothing; sections: "
                f"{', '.join(known)}{did_you_mean(stem, known)}"
            )


def _first_error(error: ValidationError, file: str) -> str:
    first = min(error.errors(), key=lambda each: each["type"] != "extra_forbidden")
    path = _without_tag(first["loc"])
    where, variable = ".".join(path), _find_variable(path)
    if first["type"] == "extra_forbidden":
        known = _known_keys(first["loc"])
        owner = f"environment variable {variable}" if variable else file
        return f'unknown key "{where}" in {owner}{did_you_mean(str(first["loc"][-1]), known)}'
    message = first["msg"].removeprefix("Value error, ")
    got = "" if isinstance(first["input"], dict) else f", got {without_user(repr(first['input']))}"
    if variable:
        return f"environment variable {variable}: {message}{got}"
    return f"{file}: {where}: {message}{got}" if where else f"{file}: {message}"


def _blame_variable(message: str) -> str:
    """The error of a variable whose text is not the JSON that its key needs."""
    named = re.search(r'field "(\w+)"', message)
    stem = PREFIX + named[1].upper() if named else PREFIX
    variables = [name for name in os.environ if name.upper().startswith(stem)]
    words = f"environment variable {' or '.join(variables)}" if variables else "environment"
    return f'{words}: {message.splitlines()[0]}; write JSON, as in \'["ewma", "har"]\''


def _find_variable(path: Sequence[str]) -> str:
    """The variable that sets the key at a path of the file, or a table that it is in; empty for none."""
    names = {variable.upper(): variable for variable in os.environ}
    stems = (PREFIX + "__".join(path[:size]).upper() for size in range(len(path), 0, -1))
    return next((names[stem] for stem in stems if stem in names), "")


def _without_tag(location: tuple[int | str, ...]) -> list[str]:
    """Path of a validation error as in the file: without the kind of a recipe, target or source."""
    path = [str(part) for part in location]
    tag = {"recipes": 2, "targets": 2, "universes": 3}.get(path[0], 0) if path else 0
    return path[:tag] + path[tag + 1 :] if len(path) > tag and path[tag] in _TAGS else path


def _known_keys(location: tuple[int | str, ...]) -> list[str]:
    """Keys that the table at a validation error's location may have."""
    sections: dict[str, type[Section]] = {
        "paths": Paths, "registry": RegistrySection, "forecast": Forecast, "time": Time,
        "features": Features,
        "training": Training, "tune": Tune, "ingest": Ingest, "contest": Contest, "retention": Retention,
        "universes": Universe,
    }  # fmt: skip
    tags = by_kind(Members) if location[2:3] == ("membership",) else _TAGS
    for part in reversed(location[:-1]):
        owner = tags.get(str(part)) or sections.get(str(part))
        if owner:
            return list(owner.model_fields)
    return [name for name in Config.model_fields if name != "root"] if len(location) == 1 else ["kind"]
