"""Runs, fitted models and the champion of each universe in MLflow. Only this room imports MLflow.

morrow reads back data alone: JSON, safetensors and Parquet files, never code and never a pickle.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from morrow.registry import (
    connection,
    models,
    nights,
    run_records,
    thinning,
    tunings,
    views,
)  # in this order: the first one silences MLflow
from morrow.registry.models import Aliases, Champion, Version
from morrow.registry.nights import Night, Overview, RecipeRun, Runs
from morrow.registry.run_records import RunRecord
from morrow.registry.thinning import OldRun
from morrow.registry.tunings import TrialRun

__all__ = [
    "Aliases", "Champion", "Night", "OldRun", "Overview", "RecipeRun", "Registry", "RunRecord", "Runs",
    "TrialRun", "Version",
]  # fmt: skip


class Registry:
    """One tracking server and model registry, for all universes.

    It is opened once and may be shared by everything that needs it: all methods use the connection that the
    constructor made. Every method raises ``RegistryError`` when the server cannot be reached, refuses the
    request, or does not have the run.
    """

    def __init__(self, uri: str, artifacts: Path | str, root: Path) -> None:
        """Connect, and create the SQLite file if there is none.

        Args:
            uri: ``sqlite:///PATH`` (relative to ``root``), or any tracking URI of MLflow.
            artifacts: folder (relative to ``root``) or URI for artifacts; a server behind http chooses
                its own folder, and is given only a URI.
            root: folder of ``morrow.toml``; nothing is written outside it.

        Raises:
            RegistryError: it cannot be reached within seconds, or is not an MLflow database.
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
        overview: Overview | None = None,
    ) -> Runs:
        """Log a night once: a parent run named by its cutoff, and one child run per recipe, named by both.

        Args:
            universe: its experiment is ``morrow-UNIVERSE``.
            night: identity of data, configuration and code. A finished night of this identity is
                returned as it is; one that a killed process left is marked KILLED and replaced.
            cutoff: last session known to the night.
            tags: lineage, on the parent and on every child.
            params: of the night as a whole, on the parent.
            artifacts: folder of files for the parent.
            recipes: in the order of the leaderboard.
            overview: what the parent's page shows.
        """
        log = nights.Log(universe, night, cutoff, tags, params, artifacts, recipes, overview or Overview())
        with connection.translate_errors(self._connection.uri):
            return nights.log_night(self._connection, log)

    def find_views(self, universe: str) -> dict[str, str]:
        """Addresses of the universe's saved views, without the server's own; empty before the first night.

        Keys are "leaderboard" and "charts", of the recipes of the newest night, and "nights".
        """
        with connection.translate_errors(self._connection.uri):
            return views.find_addresses(self._connection, universe)

    def night(self, universe: str, night: str) -> Runs | None:
        """Run ids of the finished night of this identity, or None."""
        with connection.translate_errors(self._connection.uri):
            return nights.find_night(self._connection, universe, night)

    def find_run(self, beginning: str) -> RunRecord:
        """The run of a night or recipe whose id begins so.

        Raises:
            RegistryError: there is none, there are several, or it is of another kind.
        """
        with connection.translate_errors(self._connection.uri):
            return run_records.find_run(self._connection, beginning)

    def last_night(self, universe: str, before: date | None = None, noted: str | None = None) -> Night | None:
        """The finished night with the newest cutoff; of several with that cutoff, the last one logged.

        Args:
            universe: its universe.
            before: only cutoffs strictly earlier.
            noted: only nights that carry a note of this name.
        """
        with connection.translate_errors(self._connection.uri):
            return nights.last_night(self._connection, universe, before, noted)

    def note(self, run_id: str, name: str, document: Mapping[str, Any]) -> None:
        """Store a small JSON document with a run, replacing one of the same name."""
        with connection.translate_errors(self._connection.uri):
            nights.note(self._connection, run_id, name, document)

    def read_note(self, run_id: str, name: str) -> dict[str, Any] | None:
        """The document that ``note`` stored, or None."""
        with connection.translate_errors(self._connection.uri):
            return nights.read_note(self._connection, run_id, name)

    def attach(self, run_id: str, file: Path, folder: str) -> None:
        """Add a file to a run's artifacts, also of a finished run; one of the same name is replaced."""
        with connection.translate_errors(self._connection.uri):
            self._connection.client.log_artifact(run_id, str(file), folder)

    def tag(self, run_id: str, tags: Mapping[str, str]) -> None:
        """Set tags of a run, also of a finished one."""
        with connection.translate_errors(self._connection.uri):
            for name, value in tags.items():
                self._connection.client.set_tag(run_id, name, value)

    def artifact(self, run_id: str, path: str) -> Path:
        """A file or folder of a run as a local path, only for reading.

        Raises:
            RegistryError: the run has no such artifact, or ``path`` leaves it.
        """
        with connection.translate_errors(self._connection.uri):
            uri = self._connection.client.get_run(run_id).info.artifact_uri
            return self._connection.local_copy(uri, path, run_id)

    def list_old_runs(self, universe: str, through: date, protected: Collection[str]) -> tuple[OldRun, ...]:
        """The runs of retrainings through a cutoff whose large files were not removed yet, oldest first.

        Args:
            universe: its universe.
            through: the last cutoff; the newest two of all are left out whatever it is.
            protected: run ids to leave out, and with a recipe's its night's.
        """
        with connection.translate_errors(self._connection.uri):
            return thinning.list_old_runs(self._connection, universe, through, protected)

    def thin_run(self, run: OldRun, day: date) -> None:
        """Remove a run's large files, and tag it with the day once they are gone."""
        with connection.translate_errors(self._connection.uri):
            thinning.thin_run(self._connection, run, day)

    def open_tuning(self, universe: str, study: str, params: Mapping[str, object]) -> str:
        """Run id of a search: its parent run, created if this study has none."""
        with connection.translate_errors(self._connection.uri):
            return tunings.open_tuning(self._connection, universe, study, params)

    def log_trial(self, universe: str, parent: str, trial: tunings.TrialRun) -> None:
        """Log a finished trial as a child of a search, once."""
        with connection.translate_errors(self._connection.uri):
            tunings.log_trial(self._connection, universe, parent, trial)

    def close_tuning(self, run_id: str, metrics: Mapping[str, float], recipe: Path) -> None:
        """Log the results of a search, and the recipe file that it wrote."""
        with connection.translate_errors(self._connection.uri):
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
        card: str = "",
    ) -> str:
        """Register a fitted model as a version of ``morrow-UNIVERSE``, once per run.

        Args:
            universe: its universe.
            fitted_folder: holds ``model.json`` and ``weights.safetensors``.
            run_id: the recipe's run of that night.
            tags: lineage, including ``recipe`` and ``trained_through`` (ISO date).
            input_example: a few rows of prices.
            output_example: the model's forecast from them; both give the signature.
            card: Markdown, the version's description and ``model_card.md`` among the run's files.

        Returns:
            The version.

        Raises:
            RegistryError: a file or one of the two tags is missing.
        """
        with connection.translate_errors(self._connection.uri):
            return models.register(
                self._connection,
                universe,
                models.Offer(fitted_folder, run_id, tags, input_example, output_example, card),
            )

    def promote(
        self, universe: str, version: str, *, previous: str | None = None, entry: str | None = None
    ) -> None:
        """Give a version the alias ``champion`` in one step, and its predecessor the alias ``previous``.

        Promoting the champion again changes nothing.

        Args:
            universe: its universe.
            version: of its registered model.
            previous: the predecessor; None for the version that has the alias ``champion`` until now.
            entry: of the ledger's decision, kept as a tag once both aliases have moved.

        Raises:
            RegistryError: there is no such version.
        """
        with connection.translate_errors(self._connection.uri):
            models.promote(self._connection, universe, version, previous, entry)

    def dethrone(self, universe: str, *, previous: str | None, entry: str) -> None:
        """Take the alias ``champion`` away for a decision of the ledger, and move ``previous``."""
        with connection.translate_errors(self._connection.uri):
            models.dethrone(self._connection, universe, previous, entry)

    def aliases(self, universe: str) -> Aliases:
        """The versions that have the two aliases, and the decision for which they were moved."""
        with connection.translate_errors(self._connection.uri):
            return models.read_aliases(self._connection, universe)

    def versions(self, universe: str) -> tuple[Version, ...]:
        """Every version that was not deleted, oldest first; their files are not read."""
        with connection.translate_errors(self._connection.uri):
            return models.list_versions(self._connection, universe)

    def tag_version(self, universe: str, version: str, tag: str, value: str | None) -> None:
        """Set a tag of a version, or with None remove it."""
        with connection.translate_errors(self._connection.uri):
            models.tag_version(self._connection, universe, version, tag, value)

    def version(self, universe: str, version: str) -> Champion:
        """A version with its two files, which are checked against their recorded sha256.

        Raises:
            VersionError: it was deleted, a file is missing or altered, or another program registered it.
        """
        with connection.translate_errors(self._connection.uri):
            return models.read_version(self._connection, universe, version)

    def champion(self, universe: str) -> Champion | None:
        """The version with the alias ``champion`` and its two files; None before the first promotion.

        Raises:
            VersionError: it was deleted, its files are missing or altered, or another program registered it.
        """
        with connection.translate_errors(self._connection.uri):
            return models.champion(self._connection, universe)
