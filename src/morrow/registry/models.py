"""Fitted models as versions of ``morrow-UNIVERSE``, and the aliases ``champion`` and ``previous``."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import pandas as pd
from mlflow.entities import LoggedModelOutput
from mlflow.entities.model_registry import ModelVersion
from mlflow.exceptions import MlflowException

from morrow.errors import RegistryError, VersionError
from morrow.fitted_model import DOCUMENT, WEIGHTS
from morrow.registry import served_model
from morrow.registry.connection import Connection, local_path, model_name
from morrow.registry.file_digests import digest_tags, find_altered

CHAMPION, PREVIOUS = "champion", "previous"
CARD = "model_card.md"
DESCRIPTION = """Forecasts of the universe **{universe}**. The alias `champion` is the version that forecasts,
and `previous` the one before it; each version's description is its model card."""
LEDGER_ENTRY = "morrow.ledger_entry"  # tag of the registered model: the decision that its aliases follow
REQUIRED_TAGS = ("recipe", "trained_through")


@dataclass(frozen=True)
class Champion:
    """The model that forecasts a universe.

    Attributes:
        universe: its universe.
        name: recipe.
        version: of the registered model.
        run_id: of the recipe's run.
        trained_through: ISO date of the last session it used in any way.
        folder: has the local ``model.json`` and ``weights.safetensors``, only for reading.
    """

    universe: str
    name: str
    version: str
    run_id: str
    trained_through: str
    folder: Path


@dataclass(frozen=True)
class Version:
    """A version of the registered model, without its files; its tags include ``recipe``."""

    version: str
    run_id: str
    tags: Mapping[str, str]


class Aliases(NamedTuple):
    """The versions with the aliases ``champion`` and ``previous``, and the decision that they follow.

    ``entry`` is that of the ledger for which they were moved last; None if they never were.
    """

    champion: str | None
    previous: str | None
    entry: str | None


@dataclass(frozen=True)
class Offer:
    """Arguments of ``Registry.register``."""

    fitted_folder: Path
    run_id: str
    tags: Mapping[str, object]
    input_example: pd.DataFrame
    output_example: pd.DataFrame
    card: str = ""


def register(connection: Connection, universe: str, offer: Offer) -> str:
    """See ``Registry.register``."""
    _check(offer)
    name, client = model_name(universe), connection.client
    _make_model(connection, name, universe)
    for existing in client.search_model_versions(f"name = '{name}' and run_id = '{offer.run_id}'"):
        if _is_intact(connection, existing):
            return str(existing.version)
    tags = {key: str(value) for key, value in offer.tags.items()} | digest_tags(offer.fitted_folder)
    logged = client.create_logged_model(
        client.get_run(offer.run_id).info.experiment_id,
        tags["recipe"],
        offer.run_id,
        tags,
        model_type="forecaster",
    )
    with connection.staging() as folder:
        served_model.save(
            folder / "model", offer.fitted_folder, offer.input_example, offer.output_example, logged
        )
        client.log_model_artifacts(logged.model_id, str(folder / "model"))
    client.finalize_logged_model(logged.model_id, "READY")
    client.log_outputs(offer.run_id, [LoggedModelOutput(logged.model_id, 0)])
    if offer.card:
        client.log_text(offer.run_id, offer.card, CARD)
    # A source of models:/ID would be looked up under MLflow's global tracking URI, which is not set.
    version = client.create_model_version(
        name,
        logged.artifact_location,
        offer.run_id,
        tags,
        description=offer.card or None,
        model_id=logged.model_id,
    )
    return str(version.version)


def promote(
    connection: Connection, universe: str, version: str, previous: str | None = None, entry: str | None = None
) -> None:
    """See ``Registry.promote``."""
    name, client = model_name(universe), connection.client
    client.get_model_version(name, version)
    aliases = read_aliases(connection, universe)
    current = aliases.champion
    if previous is None:
        previous = current if current != version else aliases.previous
    _move_previous(connection, name, aliases, previous)
    if current != version:
        client.set_registered_model_alias(name, CHAMPION, version)
    if entry is not None and aliases.entry != entry:
        client.set_registered_model_tag(name, LEDGER_ENTRY, entry)


def dethrone(connection: Connection, universe: str, previous: str | None, entry: str) -> None:
    """See ``Registry.dethrone``."""
    name, client = model_name(universe), connection.client
    aliases = read_aliases(connection, universe)
    _move_previous(connection, name, aliases, previous)
    if aliases.champion is not None:
        client.delete_registered_model_alias(name, CHAMPION)
    client.set_registered_model_tag(name, LEDGER_ENTRY, entry)


def _move_previous(connection: Connection, name: str, aliases: Aliases, previous: str | None) -> None:
    """Give a version the alias ``previous``, unless it has it, or was deleted."""
    if previous and previous != aliases.previous and _find_version(connection, name, previous):
        connection.client.set_registered_model_alias(name, PREVIOUS, previous)


def champion(connection: Connection, universe: str) -> Champion | None:
    """See ``Registry.champion``."""
    connection.find_experiment(universe)
    version = read_aliases(connection, universe).champion
    return None if version is None else read_version(connection, universe, version)


def read_version(connection: Connection, universe: str, version: str) -> Champion:
    """See ``Registry.version``."""
    name = model_name(universe)
    entry = _find_version(connection, name, version)
    if entry is None:
        raise VersionError(f"{name} has no version {version}: it was deleted")
    missing = [tag for tag in REQUIRED_TAGS if tag not in entry.tags]
    if missing:
        raise VersionError(
            f"{name} version {version} lacks the tags {missing}: it was not registered by morrow"
        )
    try:
        folder = _fetch_files(connection, entry)
    except VersionError as error:
        raise VersionError(f"{name} version {version}: {error}") from None
    recipe, through = (entry.tags[tag] for tag in REQUIRED_TAGS)
    return Champion(universe, recipe, version, entry.run_id, through, folder)


def list_versions(connection: Connection, universe: str) -> tuple[Version, ...]:
    """See ``Registry.versions``."""
    entries = connection.client.search_model_versions(f"name = '{model_name(universe)}'")
    versions = (Version(str(each.version), each.run_id, dict(each.tags)) for each in entries)
    return tuple(sorted(versions, key=lambda each: int(each.version)))


def read_aliases(connection: Connection, universe: str) -> Aliases:
    """See ``Registry.aliases``."""
    try:
        model = connection.client.get_registered_model(model_name(universe))
    except MlflowException as error:
        if error.error_code == "RESOURCE_DOES_NOT_EXIST":
            return Aliases(None, None, None)
        raise
    versions = {alias: str(version) for alias, version in model.aliases.items()}
    return Aliases(versions.get(CHAMPION), versions.get(PREVIOUS), model.tags.get(LEDGER_ENTRY))


def tag_version(connection: Connection, universe: str, version: str, tag: str, value: str | None) -> None:
    """See ``Registry.tag_version``."""
    if value is None:
        connection.client.delete_model_version_tag(model_name(universe), version, tag)
    else:
        connection.client.set_model_version_tag(model_name(universe), version, tag, value)


def _fetch_files(connection: Connection, entry: ModelVersion) -> Path:
    """The folder of a version's two files, which are those that were registered.

    Raises:
        VersionError: a file is missing, or was altered.
    """
    uri = connection.client.get_model_version_download_uri(entry.name, entry.version)
    key = f"models/{entry.model_id or entry.run_id}"
    files = _copy_files(connection, uri, key)
    if (altered := find_altered(files, entry.tags)) and local_path(uri) is None:
        for file in files:  # the copy here may be what was altered
            file.unlink()
        files = _copy_files(connection, uri, key)
        altered = find_altered(files, entry.tags)
    if altered:
        raise VersionError(f'"{altered}" was altered: its sha256 is not the one that was registered')
    return files[0].parent


def _copy_files(connection: Connection, uri: str, key: str) -> list[Path]:
    try:
        return [connection.local_copy(uri, f"artifacts/{file}", key) for file in (DOCUMENT, WEIGHTS)]
    except RegistryError as error:
        raise VersionError(str(error)) from None


def _is_intact(connection: Connection, entry: ModelVersion) -> bool:
    """Whether a version's files are those that were registered."""
    try:
        _fetch_files(connection, entry)
    except VersionError:
        return False
    return True


def _find_version(connection: Connection, name: str, version: str) -> ModelVersion | None:
    """A version, or None if it was deleted or never made."""
    try:
        return connection.client.get_model_version(name, version)
    except MlflowException as error:
        if error.error_code == "RESOURCE_DOES_NOT_EXIST":
            return None
        raise


def _check(offer: Offer) -> None:
    folder = offer.fitted_folder
    missing = [tag for tag in REQUIRED_TAGS if tag not in offer.tags]
    missing += [file for file in (DOCUMENT, WEIGHTS) if not (folder / file).is_file()]
    if missing:
        raise RegistryError(
            f'model in "{folder}" cannot be registered: {missing} missing from its tags or files'
        )


def _make_model(connection: Connection, name: str, universe: str) -> None:
    try:
        connection.client.create_registered_model(name, description=DESCRIPTION.format(universe=universe))
    except MlflowException as error:
        if error.error_code != "RESOURCE_ALREADY_EXISTS":
            raise
