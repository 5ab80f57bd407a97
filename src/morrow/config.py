"""The one run configuration: ``morrow.toml``, frozen and strict, with ``MORROW_...`` overrides.

Nothing is read at import. Every path is relative to the folder of ``morrow.toml``.
"""

import difflib
import hashlib
import json
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from morrow.errors import ConfigError

PREFIX = "MORROW_"
Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]


class Section(BaseModel):
    """A frozen table of the configuration that refuses unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Paths(Section):
    """Where things lie, relative to the folder of ``morrow.toml``."""

    store: str = "data"
    exports: str = "exports"
    work: str = "work"
    expectations: str = "expectations"


class RegistrySection(Section):
    """The MLflow server: an SQLite file by default, any tracking URI by choice."""

    uri: str = "sqlite:///mlruns/mlflow.db"
    artifacts: str = "mlruns/artifacts"


class Forecast(Section):
    """What is forecast."""

    horizon: int = Field(5, ge=1, le=20, description="sessions ahead")
    levels: tuple[float, ...] = (0.025, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.975)
    window: int = Field(64, ge=8, le=1024, description="sessions a network reads before it answers")
    max_gap: int = Field(20, ge=1, description="sessions without a bar after which history starts anew")
    stale_after: int = Field(5, ge=1, description="sessions behind a given as_of that make data stale")

    @model_validator(mode="after")
    def _levels_are_usable(self) -> "Forecast":
        levels = self.levels
        if list(levels) != sorted(set(levels)) or 0.5 not in levels[1:-1]:
            raise ValueError("levels must be three or more, ascending, each once, with 0.5 between the ends")
        if levels[0] <= 0 or levels[-1] >= 1:
            raise ValueError("levels must lie between 0 and 1, both excluded")
        if any(abs(level * 10_000 - round(level * 10_000)) > 1e-6 for level in levels):
            raise ValueError("levels must be multiples of 0.0001, which is what their columns can name")
        return self


class Time(Section):
    """Size of each of the last four parts of time: a share of the sessions, within bounds."""

    share: float = Field(0.1, gt=0, le=0.2)
    minimum: int = Field(50, ge=5)
    maximum: int = Field(750, ge=5)

    @model_validator(mode="after")
    def _bounds_are_in_order(self) -> "Time":
        if self.minimum > self.maximum:
            raise ValueError(f"minimum {self.minimum} must not exceed maximum {self.maximum}")
        return self


class Training(Section):
    """How recipes are trained."""

    recipes: tuple[str, ...] = (
        "rnn", "rnn-relu", "lstm", "gru", "ewma", "unconditional", "gjr-garch-t", "boosted",
    )  # fmt: skip
    seed: int = Field(7, ge=0)
    processes: int = Field(2, ge=1, le=256, description="recipes trained side by side; 1 is in this process")
    retrain_every: int = Field(5, ge=1, description="sessions between retrainings")


class NetworkRecipe(Section):
    """A recurrent network: the cell, its size and how it is fitted."""

    kind: Literal["rnn", "lstm", "gru"]
    nonlinearity: Literal["tanh", "relu"] = "tanh"
    layers: int = Field(1, ge=1, le=8)
    width: int = Field(32, ge=1, le=1024)
    dropout: float = Field(0.2, ge=0, lt=1)
    rate: float = Field(3e-3, gt=0, description="learning rate")
    weight_decay: float = Field(1e-3, ge=0)
    clip: float = Field(1.0, gt=0, description="largest norm of the gradient")
    batch: int = Field(64, ge=1, description="chunks a step")
    stride: int = Field(64, ge=1, description="sessions with a loss in a chunk, after a window without")
    epochs: int = Field(60, ge=1)
    patience: int = Field(5, ge=1, description="epochs without a better stop loss")
    average: float = Field(0.98, ge=0, lt=1, description="decay of the averaged weights, by step")
    networks: int = Field(2, ge=1, le=64, description="seeds averaged")

    @model_validator(mode="after")
    def _relu_is_an_rnns(self) -> "NetworkRecipe":
        if self.nonlinearity == "relu" and self.kind != "rnn":
            raise ValueError(f'nonlinearity "relu" goes with kind "rnn", not "{self.kind}"')
        return self


class EwmaRecipe(Section):
    """Last price, EWMA volatility and the empirical quantiles of standardised returns."""

    kind: Literal["ewma"]


class UnconditionalRecipe(Section):
    """The quantiles of a symbol's past returns."""

    kind: Literal["unconditional"]


class GarchRecipe(Section):
    """GJR-GARCH(1,1,1) with Student t innovations, a model a symbol."""

    kind: Literal["gjr-garch-t"]


class BoostedRecipe(Section):
    """Gradient-boosted quantiles of scikit-learn on the networks' features."""

    kind: Literal["boosted"]
    rows: int = Field(20_000, ge=100, description="fit rows drawn at random, seeded")
    trees: int = Field(60, ge=1)
    leaves: int = Field(8, ge=2)
    rate: float = Field(0.06, gt=0)


Recipe = Annotated[
    NetworkRecipe | EwmaRecipe | UnconditionalRecipe | GarchRecipe | BoostedRecipe,
    Field(discriminator="kind"),
]

RECIPES: dict[str, dict[str, Any]] = {
    "rnn": {"kind": "rnn"},
    "rnn-relu": {"kind": "rnn", "nonlinearity": "relu"},
    "lstm": {"kind": "lstm"},
    "gru": {"kind": "gru"},
    "ewma": {"kind": "ewma"},
    "unconditional": {"kind": "unconditional"},
    "gjr-garch-t": {"kind": "gjr-garch-t"},
    "boosted": {"kind": "boosted"},
}


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


class Universe(Section):
    """Symbols that are forecast together, and where their prices come from."""

    source: Source
    calendar: str = Field(description='an exchange\'s MIC, "24/7", "ECB" or "observed"')
    currency: str = "USD"
    tick: float | None = Field(None, gt=0, description="smallest price step; by default read off the prices")
    symbols: tuple[str, ...] | None = Field(None, description="default: all that the source has")


class Config(BaseSettings):
    """Everything a night is told."""

    model_config = SettingsConfigDict(
        frozen=True, extra="forbid", env_prefix=PREFIX, env_nested_delimiter="__"
    )

    root: Path = Field(exclude=True)
    paths: Paths = Paths()
    registry: RegistrySection = RegistrySection()
    forecast: Forecast = Forecast()
    time: Time = Time()
    training: Training = Training()
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
                    f"known: {', '.join(self.recipes)}{_nearest(name, self.recipes)}"
                )
        return self

    def folder(self, path: str) -> Path:
        """A configured path as an absolute one."""
        return self.root / path

    def chosen(self, names: tuple[str, ...] = ()) -> tuple[str, ...]:
        """The named universes, or all.

        Raises:
            ConfigError: a name is not a universe.
        """
        for name in names:
            if name not in self.universes:
                raise ConfigError(
                    f'universe "{name}" is not in morrow.toml; '
                    f"known: {', '.join(self.universes)}{_nearest(name, self.universes)}"
                )
        return tuple(dict.fromkeys(names)) or tuple(self.universes)


_TAGS: dict[str, type[Section]] = {
    "rnn": NetworkRecipe, "lstm": NetworkRecipe, "gru": NetworkRecipe, "boosted": BoostedRecipe,
    "bundled": BundledSource, "csv": FileSource, "parquet": FileSource, "ewma": EwmaRecipe,
    "unconditional": UnconditionalRecipe, "gjr-garch-t": GarchRecipe,
}  # fmt: skip


def load(path: Path) -> Config:
    """Read and validate a configuration file and the ``MORROW_...`` environment.

    Raises:
        ConfigError: in one line, what is wrong and where.
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(f'no configuration at "{path}"; write one with: morrow init DIR') from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f'cannot read "{path}": {error}') from None
    root = path.resolve().parent
    table["recipes"] = RECIPES | _recipe_files(root) | table.get("recipes", {})
    if "root" in table:
        raise ConfigError('unknown key "root" in morrow.toml; paths follow the file\'s folder')
    _refuse_unknown_variables(os.environ)
    try:
        return Config(root=root, **table)
    except ValidationError as error:
        raise ConfigError(_first_complaint(error, path.name)) from None
    except ValueError as error:  # pydantic-settings wraps an unreadable variable
        raise ConfigError(f"environment: {error}".splitlines()[0]) from None


def identity(value: BaseModel | Mapping[str, Any]) -> str:
    """16 hex digits that name resolved options, whatever order they were written in."""
    plain = value.model_dump(mode="json") if isinstance(value, BaseModel) else dict(value)
    return hashlib.sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()[:16]


def _recipe_files(root: Path) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for file in sorted((root / "recipes").glob("*.toml")):
        try:
            found[file.stem] = tomllib.loads(file.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise ConfigError(f'cannot read "{file}": {error}') from None
    return found


def _refuse_unknown_variables(environment: Mapping[str, str]) -> None:
    known = [f"{PREFIX}{name.upper()}" for name in Config.model_fields if name != "root"]
    for variable in environment:
        stem = variable.upper().split("__")[0]
        if stem.startswith(PREFIX) and stem not in known:
            raise ConfigError(
                f"environment variable {variable} sets nothing; sections: "
                f"{', '.join(known)}{_nearest(stem, known)}"
            )


def _first_complaint(error: ValidationError, file: str) -> str:
    first = min(error.errors(), key=lambda each: each["type"] != "extra_forbidden")
    where = ".".join(_without_tag(first["loc"]))
    if first["type"] == "extra_forbidden":
        known = _known_keys(first["loc"])
        return f'unknown key "{where}" in {file}{_nearest(str(first["loc"][-1]), known)}'
    message = first["msg"].removeprefix("Value error, ")
    got = "" if isinstance(first["input"], dict) else f", got {first['input']!r}"
    return f"{file}: {where}: {message}{got}" if where else f"{file}: {message}"


def _without_tag(location: tuple[int | str, ...]) -> list[str]:
    """A validation error's path as the file has it: pydantic puts the kind of a recipe or source in it."""
    path = [str(part) for part in location]
    tag = {"recipes": 2, "universes": 3}.get(path[0], len(path)) if path else 0
    return path[:tag] + path[tag + 1 :] if len(path) > tag and path[tag] in _TAGS else path


def _known_keys(location: tuple[int | str, ...]) -> list[str]:
    """Keys allowed in the table at a validation error's location."""
    sections: dict[str, type[Section]] = {
        "paths": Paths, "registry": RegistrySection, "forecast": Forecast, "time": Time,
        "training": Training, "universes": Universe,
    }  # fmt: skip
    for part in reversed(location[:-1]):
        owner = _TAGS.get(str(part)) or sections.get(str(part))
        if owner:
            return list(owner.model_fields)
    return [name for name in Config.model_fields if name != "root"] if len(location) == 1 else ["kind"]


def _nearest(word: str, known: Mapping[str, Any] | list[str]) -> str:
    close = difflib.get_close_matches(word, list(known), n=1, cutoff=0.4)
    return f'; did you mean "{close[0]}"?' if close else ""
