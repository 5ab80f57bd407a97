"""A universe as a user has it: ingested once through the gate, then read as known at a session."""

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

import morrow
from morrow import config as configuration
from morrow import steps
from morrow.config import Config, Recipe, identity
from morrow.frames import content_version
from morrow.steps.intake.ingest import ingest
from morrow.steps.lineage import package_versions

SHIPPED = Path(__file__).parents[2] / "morrow.toml"
# Rooms on which no number depends once the bars are stored.
_ASIDE = {"audit", "checks", "charts", "cli", "registry", "sources", "store"}


@dataclass(frozen=True)
class BenchmarkUniverse:
    """One universe of a configuration whose stores and work lie in a folder of the benchmark's.

    Attributes:
        config: paths lead into ``folder``.
        universe: its name.
        folder: keeps what is finished.
    """

    config: Config
    universe: str
    folder: Path

    def night(self, day: np.datetime64 | None) -> steps.Night:
        """The night at the end of a session: what was known then."""
        as_of = None if day is None else date.fromisoformat(str(day.astype("datetime64[D]")))
        return steps.Night(self.config, self.universe, as_of, datetime.now(UTC))

    @cached_property
    def bars(self) -> pd.DataFrame:
        """Every bar that the gate let pass."""
        return self.night(None).market.bars

    @cached_property
    def sessions(self) -> NDArray[np.datetime64]:
        """(T,) sessions of the history, first bar to last."""
        return self.night(None).market.sessions.to_numpy("datetime64[D]")

    @cached_property
    def has_bars(self) -> NDArray[np.bool_]:
        """(T,) whether a session has a bar at all: only those are cutoffs."""
        seen = self.bars["session"].to_numpy("datetime64[D]")
        return np.isin(self.sessions, seen)

    @cached_property
    def work(self) -> Path:
        """Where finished work of this code, data and configuration is kept; recipes are told apart inside."""
        return self.folder / "work" / self.universe / self._identity()

    def _identity(self) -> str:
        settings = self.config.model_dump(
            mode="json", exclude={"recipes", "universes", "paths", "registry", "tune", "training"}
        )
        module = settings.get("features", {}).get("module")
        return identity(
            {
                "settings": settings,
                "module": _hash([self.config.folder(module)]) if module else None,
                "options": self.config.universes[self.universe].model_dump(mode="json"),
                "seed": self.config.training.seed,
                "data": content_version(self.bars),
                "code": code(),
                "packages": dict(package_versions()),
            }
        )


def open_config(path: Path | None, folder: Path) -> Config:
    """The shipped configuration or another one, with everything that it writes led into a folder.

    Raises:
        ConfigError: the file cannot be used.
    """
    result = configuration.load(path or SHIPPED)
    os.environ.setdefault("MPLCONFIGDIR", str(folder / "matplotlib"))
    places = {name: str((folder / name).resolve()) for name in ("store", "exports", "work", "gates")}
    return result.model_copy(update={"paths": result.paths.model_copy(update=places)})


def ingest_universe(config: Config, universe: str, folder: Path) -> BenchmarkUniverse:
    """Ingest a universe as a night does, unless the folder has it from before.

    Raises:
        MorrowError: as the step.
    """
    options = config.universes[universe].model_dump(mode="json")
    key = identity({"options": options, "ingest": config.ingest.model_dump(mode="json")})
    paths = config.paths.model_copy(update={"store": str((folder / "store" / universe / key).resolve())})
    setting = BenchmarkUniverse(config.model_copy(update={"paths": paths}), universe, folder)
    done = folder / "store" / universe / f"{key}.done"
    if not done.exists():
        ingest(setting.night(None), {})
        done.touch()
    return setting


def code() -> str:
    """A hash of the source, and of the shipped weights, that numbers depend on."""
    root = Path(morrow.__file__).parent
    files = sorted([*root.rglob("*.py"), *root.rglob("*.safetensors")])
    return _hash([file for file in files if file.relative_to(root).parts[0] not in _ASIDE])


def recipe_identity(recipe: Recipe, others: Mapping[str, Recipe]) -> str:
    """Of a recipe's options; of one that names others as its members, of theirs too."""
    plain: dict[str, Any] = {"recipe": recipe.model_dump(mode="json")}
    if hasattr(recipe, "members"):
        plain["others"] = {name: other.model_dump(mode="json") for name, other in others.items()}
    return identity(plain)


def _hash(files: list[Path]) -> str:
    sha = hashlib.sha256()
    for file in files:
        sha.update(file.read_bytes())
    return sha.hexdigest()[:16]
