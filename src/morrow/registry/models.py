"""Fitted models as versions of ``morrow-UNIVERSE``, and the aliases ``champion`` and ``previous``."""

import shutil
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version as installed
from pathlib import Path

import mlflow.pyfunc
import pandas as pd
from mlflow.entities import LoggedModel, LoggedModelOutput
from mlflow.exceptions import MlflowException
from mlflow.models import Model, ModelSignature, infer_signature
from mlflow.types import ColSpec, Schema

from morrow import __version__
from morrow.errors import RegistryError
from morrow.fitted_model import DOCUMENT, WEIGHTS
from morrow.frames import PRICES
from morrow.registry.connection import Connection, model_name

CHAMPION, PREVIOUS = "champion", "previous"
CARD = "model_card.md"
DESCRIPTION = """Forecasts of the universe **{universe}**. The alias `champion` is the version that forecasts,
and `previous` the one before it; each version's description is its model card."""
ENTRY = Path(__file__).with_name("entry.py")
REQUIRED_TAGS = ("recipe", "trained_through")
REQUIREMENTS = ("mlflow", "numpy", "pandas", "safetensors", "torch")
NULLABLE = frozenset(column.name for column in PRICES.columns if column.nullable)


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
    existing = client.search_model_versions(f"name = '{name}' and run_id = '{offer.run_id}'")
    if existing:
        return str(existing[0].version)
    tags = {key: str(value) for key, value in offer.tags.items()}
    logged = client.create_logged_model(
        client.get_run(offer.run_id).info.experiment_id,
        tags["recipe"],
        offer.run_id,
        tags,
        model_type="forecaster",
    )
    with connection.staging() as folder:
        _save(folder, offer, logged)
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


def promote(connection: Connection, universe: str, version: str) -> None:
    """See ``Registry.promote``."""
    name, client = model_name(universe), connection.client
    client.get_model_version(name, version)
    aliases = _aliases(connection, name)
    current = aliases.get(CHAMPION)
    if current == version:
        return
    if current is not None and aliases.get(PREVIOUS) != current:
        client.set_registered_model_alias(name, PREVIOUS, current)
    client.set_registered_model_alias(name, CHAMPION, version)


def champion(connection: Connection, universe: str) -> Champion | None:
    """See ``Registry.champion``."""
    connection.find_experiment(universe)
    name = model_name(universe)
    version = _aliases(connection, name).get(CHAMPION)
    if version is None:
        return None
    entry = connection.client.get_model_version(name, version)
    missing = [tag for tag in REQUIRED_TAGS if tag not in entry.tags]
    if missing:
        raise RegistryError(
            f"{name} version {version} is champion without the tags {missing}: it was not registered by "
            f'morrow; move the alias "{CHAMPION}" to a version that was'
        )
    uri = connection.client.get_model_version_download_uri(name, version)
    key = f"models/{entry.model_id or entry.run_id}"
    files = [connection.local_copy(uri, f"artifacts/{file}", key) for file in (DOCUMENT, WEIGHTS)]
    recipe, through = (entry.tags[tag] for tag in REQUIRED_TAGS)
    return Champion(universe, recipe, version, entry.run_id, through, files[0].parent)


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


def _aliases(connection: Connection, name: str) -> dict[str, str]:
    """Version by alias; empty for a model that does not exist."""
    try:
        model = connection.client.get_registered_model(name)
    except MlflowException as error:
        if error.error_code == "RESOURCE_DOES_NOT_EXIST":
            return {}
        raise
    return {alias: str(version) for alias, version in model.aliases.items()}


def _signature(given: pd.DataFrame, answer: pd.DataFrame) -> ModelSignature:
    """Columns and types of both examples; columns that prices may lack are optional."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # a hint about integers that could be missing
        inferred = infer_signature(given, answer)
    columns = [
        ColSpec(column.type, column.name, required=column.name not in NULLABLE)
        for column in inferred.inputs.inputs
    ]
    return ModelSignature(Schema(columns), inferred.outputs)


def _save(folder: Path, offer: Offer, logged: LoggedModel) -> None:
    """Write MLflow's layout to ``folder/model``: the entry as code, the fitted model as two data files."""
    mlflow.pyfunc.save_model(
        path=str(folder / "model"),
        python_model=str(ENTRY),
        artifacts={
            "model": (offer.fitted_folder / DOCUMENT).resolve().as_uri(),
            "weights": (offer.fitted_folder / WEIGHTS).resolve().as_uri(),
        },
        signature=_signature(offer.input_example, offer.output_example),
        input_example=offer.input_example,
        pip_requirements=[
            f"morrow=={__version__}",
            *(f"{name}=={installed(name).split('+')[0]}" for name in REQUIREMENTS),
        ],
        mlflow_model=Model(
            artifact_path=logged.artifact_location,
            run_id=logged.source_run_id,
            model_uuid=logged.model_id,
            model_id=logged.model_id,
        ),
    )
    for compiled in list((folder / "model").rglob("__pycache__")):
        shutil.rmtree(compiled)
