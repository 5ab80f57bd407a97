"""The memory of the nights: runs, fitted models and who reigns, in MLflow. The only room that imports it.

What morrow reads back is data: JSON, safetensors and Parquet files, never code and never a pickle.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from morrow.registry import (
    connection,
    models,
    nights,
    tunings,
)  # in this order: the first one silences MLflow
from morrow.registry.models import Champion
from morrow.registry.nights import Night, RecipeRun, Runs
from morrow.registry.tunings import TrialRun

__all__ = ["Champion", "Night", "RecipeRun", "Registry", "Runs", "TrialRun"]


class Registry:
    """One tracking server and model registry, by universe.

    Every method raises ``RegistryError`` when the server cannot be reached, refuses, or lacks the run.
    """

    def __init__(self, uri: str, artifacts: Path | str, root: Path) -> None:
        """Open, and make the SQLite file where there is none.

        Args:
            uri: ``sqlite:///PATH`` (relative to ``root``), or any tracking URI of MLflow.
            artifacts: folder (relative to ``root``) or URI for artifacts; behind http a folder is the
                server's affair, and only a URI is passed on.
            root: folder of ``morrow.toml``; nothing is written outside it.

        Raises:
            RegistryError: it cannot be reached within seconds, or is no MLflow database.
        """
        self._connection = connection.connect(uri, artifacts, root)

    def log_night(
        self,
        universe: str,
        night: str,
        cutoff: date,
        *,
        tags: Mapping[str, object],
        params: Mapping[str, object],
        artifacts: Path,
        recipes: Sequence[RecipeRun],
    ) -> Runs:
        """Log a night once: a parent run named by its cutoff, and a child run a recipe.

        Args:
            universe: its experiment is ``morrow-UNIVERSE``.
            night: identity of data, configuration and code. A finished night of this identity is
                returned as it is; what a killed process left of it is marked KILLED and superseded.
            cutoff: last session that the night knew.
            tags: lineage, on the parent and on every child.
            params: of the night as a whole, on the parent.
            artifacts: folder of files for the parent.
            recipes: the leaderboard, in its order.
        """
        with connection.translated(self._connection.uri):
            return nights.log_night(
                self._connection, nights.Log(universe, night, cutoff, tags, params, artifacts, recipes)
            )

    def night(self, universe: str, night: str) -> Runs | None:
        """Run ids of the finished night of this identity, or None."""
        with connection.translated(self._connection.uri):
            return nights.find_night(self._connection, universe, night)

    def last_night(self, universe: str, before: date | None = None, noted: str | None = None) -> Night | None:
        """The finished night with the newest cutoff; of several with that cutoff, the last one logged.

        Args:
            universe: its universe.
            before: only cutoffs strictly earlier.
            noted: only nights that carry a note of this name.
        """
        with connection.translated(self._connection.uri):
            return nights.last_night(self._connection, universe, before, noted)

    def note(self, run_id: str, name: str, document: Mapping[str, Any]) -> None:
        """Keep a small JSON document with a run, replacing one of the same name."""
        with connection.translated(self._connection.uri):
            nights.note(self._connection, run_id, name, document)

    def read_note(self, run_id: str, name: str) -> dict[str, Any] | None:
        """The document that ``note`` kept, or None."""
        with connection.translated(self._connection.uri):
            return nights.read_note(self._connection, run_id, name)

    def attach(self, run_id: str, file: Path, folder: str) -> None:
        """Put a file among a run's artifacts, also of a finished run; one of the same name is replaced."""
        with connection.translated(self._connection.uri):
            self._connection.client.log_artifact(run_id, str(file), folder)

    def artifact(self, run_id: str, path: str) -> Path:
        """A file or folder of a run as a local path, to be read only.

        Raises:
            RegistryError: the run has no such artifact, or ``path`` leaves it.
        """
        with connection.translated(self._connection.uri):
            uri = self._connection.client.get_run(run_id).info.artifact_uri
            return self._connection.local_copy(uri, path, run_id)

    def open_tuning(self, universe: str, study: str, params: Mapping[str, object]) -> str:
        """Run id of a search: a parent run, made where this study has none."""
        with connection.translated(self._connection.uri):
            return tunings.open_tuning(self._connection, universe, study, params)

    def log_trial(self, universe: str, parent: str, trial: tunings.TrialRun) -> None:
        """Log a finished trial as a child of a search, once."""
        with connection.translated(self._connection.uri):
            tunings.log_trial(self._connection, universe, parent, trial)

    def close_tuning(self, run_id: str, metrics: Mapping[str, float], recipe: Path) -> None:
        """Log what a search came to, and the recipe file that it wrote."""
        with connection.translated(self._connection.uri):
            tunings.close_tuning(self._connection, run_id, metrics, recipe)

    def register(
        self,
        universe: str,
        fitted_folder: Path,
        run_id: str,
        *,
        tags: Mapping[str, object],
        input_example: pd.DataFrame,
        output_example: pd.DataFrame,
    ) -> str:
        """Make a fitted model a version of ``morrow-UNIVERSE``; once for a run, however often it is called.

        Args:
            universe: its universe.
            fitted_folder: holds ``model.json`` and ``weights.safetensors``.
            run_id: the recipe's run of that night.
            tags: lineage, with ``recipe`` and ``trained_through`` (ISO date) among it.
            input_example: a few rows of prices.
            output_example: what the model answers to them; both give the signature.

        Returns:
            The version.

        Raises:
            RegistryError: a file or one of the two tags is missing.
        """
        with connection.translated(self._connection.uri):
            return models.register(
                self._connection,
                universe,
                models.Offer(fitted_folder, run_id, tags, input_example, output_example),
            )

    def promote(self, universe: str, version: str) -> None:
        """Give a version the alias ``champion``; who had it before gets ``previous``.

        To promote the champion again changes nothing.

        Raises:
            RegistryError: there is no such version.
        """
        with connection.translated(self._connection.uri):
            models.promote(self._connection, universe, version)

    def champion(self, universe: str) -> Champion | None:
        """The version that reigns, with its two data files at hand; None before the first promotion.

        Raises:
            RegistryError: its files are gone, or another program registered it.
        """
        with connection.translated(self._connection.uri):
            return models.champion(self._connection, universe)
