"""Nights as MLflow runs: one parent per night and universe, one child per recipe, notes on the parent."""

import hashlib
import json
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from mlflow.entities import Dataset, DatasetInput, InputTag, Metric, Param, Run
from mlflow.utils.mlflow_tags import MLFLOW_DATASET_CONTEXT, MLFLOW_RUN_NOTE

from morrow.errors import RegistryError
from morrow.registry.connection import Connection
from morrow.registry.views import save_views

PARENT = "mlflow.parentRunId"
NIGHT = "morrow.night"  # on parents alone: a search for it finds no child
UNIVERSE, CUTOFF, RECIPE, NOTE = "morrow.universe", "morrow.cutoff", "morrow.recipe", "morrow.note"
SYSTEM = "system/"  # MLflow's own prefix: its pages show such metrics on a tab of their own
PAGE = 50
DIGEST = 36  # characters of a dataset's digest that MLflow takes
BATCH_METRICS, BATCH_PARAMS = 800, 100  # MLflow takes 1,000 and 100, and 1,000 together


@dataclass(frozen=True)
class RecipeRun:
    """Results of one recipe of a night's leaderboard.

    Attributes:
        name: recipe.
        kind: rnn, lstm, gru, baseline, ...
        params: resolved options.
        metrics: final metrics.
        history: one mapping per epoch, with "epoch" among its keys; empty for baselines. Every other key
            becomes the metric ``epoch/KEY`` at that epoch; one that begins with ``system/`` keeps its name
            and is numbered across all networks, which train one after the other.
        folder: files to log, with their layout.
        tags: the recipe's own, beside the night's.
        description: Markdown for the run's page.
        seconds: run time of the training, which the run is given as its duration.
        failure: why the recipe could not be trained; its run is then marked as failed.
    """

    name: str
    kind: str
    params: Mapping[str, object]
    metrics: Mapping[str, float]
    history: Sequence[Mapping[str, float]]
    folder: Path
    tags: Mapping[str, str] = field(default_factory=dict)
    description: str = ""
    seconds: float = 0.0
    failure: str = ""


@dataclass(frozen=True)
class Overview:
    """What the page of a night's own run shows.

    Attributes:
        description: Markdown.
        metrics: of the champion, and counts.
        seconds: run time of the night so far.
        table: location of the table that holds the prices.
        data_version: content hash of the prices that the night saw.
        profile: number of symbols, sessions and bars, by name.
    """

    description: str = ""
    metrics: Mapping[str, float] = field(default_factory=dict)
    seconds: float = 0.0
    table: str = ""
    data_version: str = ""
    profile: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Log:
    """Arguments of ``Registry.log_night``."""

    universe: str
    night: str
    cutoff: date
    tags: Mapping[str, object]
    params: Mapping[str, object]
    artifacts: Path
    recipes: Sequence[RecipeRun]
    overview: Overview


class Runs(NamedTuple):
    """Run ids of a finished night: the parent's, and the children's by recipe."""

    night: str
    recipes: dict[str, str]


@dataclass(frozen=True)
class Night:
    """A finished night on the tracking server."""

    universe: str
    run_id: str
    cutoff: date
    tags: Mapping[str, str]
    recipes: Mapping[str, str]


def log_night(connection: Connection, log: Log) -> Runs:
    """See ``Registry.log_night``."""
    experiment = connection.make_experiment(log.universe)
    if finished := _find(connection, experiment, log.night, "FINISHED"):
        return Runs(finished.info.run_id, list_children(connection, finished))
    while killed := _find(connection, experiment, log.night, "RUNNING"):
        _mark_killed(connection, killed)
    name = log.cutoff.isoformat()
    shared = {tag: str(value) for tag, value in log.tags.items()}
    shared |= {UNIVERSE: log.universe, CUTOFF: name}
    overview = log.overview
    own = {NIGHT: log.night, MLFLOW_RUN_NOTE: overview.description}
    parent = connection.client.create_run(
        experiment, _start_before(overview.seconds), tags=shared | own, run_name=name
    )
    run_id = parent.info.run_id
    logged = {each.name: _log_recipe(connection, parent, shared, each, overview) for each in log.recipes}
    at = parent.info.start_time
    metrics = [Metric(key, float(value), at, 0) for key, value in overview.metrics.items()]
    _log_values(connection, parent, log.params, metrics)
    _log_data(connection, run_id, log.universe, overview)
    _log_files(connection, run_id, log.artifacts)
    connection.client.set_terminated(run_id)
    save_views(connection, experiment, next(_finished_nights(connection, experiment)).info.run_id)
    return Runs(run_id, {each.name: logged[each.name] for each in log.recipes if not each.failure})


def find_night(connection: Connection, universe: str, night: str) -> Runs | None:
    """See ``Registry.night``."""
    experiment = connection.find_experiment(universe)
    run = experiment and _find(connection, experiment, night, "FINISHED")
    return Runs(run.info.run_id, list_children(connection, run)) if run else None


def last_night(connection: Connection, universe: str, before: date | None, noted: str | None) -> Night | None:
    """See ``Registry.last_night``."""
    experiment = connection.find_experiment(universe)
    for run in _finished_nights(connection, experiment) if experiment else ():
        tags: dict[str, str] = run.data.tags
        cutoff = date.fromisoformat(tags[CUTOFF])
        if (before is None or cutoff < before) and (noted is None or f"{NOTE}.{noted}" in tags):
            return Night(universe, run.info.run_id, cutoff, tags, list_children(connection, run))
    return None


def note(connection: Connection, run_id: str, name: str, document: Mapping[str, Any]) -> None:
    """See ``Registry.note``."""
    text = json.dumps(document, indent=1, sort_keys=True)
    with connection.staging() as folder:
        file = folder / f"{name}.json"
        file.write_text(text + "\n", encoding="utf-8")
        connection.client.log_artifact(run_id, str(file), "notes")
    digest = hashlib.sha256(text.encode()).hexdigest()[:16]
    connection.client.set_tag(run_id, f"{NOTE}.{name}", digest)


def read_note(connection: Connection, run_id: str, name: str) -> dict[str, Any] | None:
    """See ``Registry.read_note``."""
    run = connection.client.get_run(run_id)
    digest = run.data.tags.get(f"{NOTE}.{name}")
    if digest is None:
        return None
    path = f"notes/{name}.json"
    copy = connection.local_copy(run.info.artifact_uri, path, f"{run_id}/{digest}")
    try:
        document: dict[str, Any] = json.loads(copy.read_text(encoding="utf-8"))
    except ValueError as error:
        raise RegistryError(f'note "{name}" of run {run_id} is not JSON: {error}; judge again') from None
    return document


def _log_recipe(
    connection: Connection, parent: Run, shared: dict[str, str], recipe: RecipeRun, overview: Overview
) -> str:
    client = connection.client
    tags = shared | {RECIPE: recipe.name, "kind": recipe.kind, PARENT: parent.info.run_id}
    tags |= {MLFLOW_RUN_NOTE: recipe.description, **recipe.tags}
    run = client.create_run(
        parent.info.experiment_id,
        _start_before(recipe.seconds),
        tags=tags,
        run_name=f"{recipe.name} {shared[CUTOFF]}",
    )
    at = run.info.start_time
    metrics = [Metric(name, float(value), at, 0) for name, value in recipe.metrics.items()]
    for index, row in enumerate(recipe.history):
        for name, value in row.items():
            if name.startswith(SYSTEM):
                metrics.append(Metric(name, float(value), at, index))
            elif name != "epoch":
                metrics.append(Metric(f"epoch/{name}", float(value), at, int(row["epoch"])))
    _log_values(connection, run, {"kind": recipe.kind, **recipe.params}, metrics)
    _log_data(connection, run.info.run_id, shared[UNIVERSE], overview)
    _log_files(connection, run.info.run_id, recipe.folder)
    client.set_terminated(run.info.run_id, "FAILED" if recipe.failure else "FINISHED")
    return str(run.info.run_id)


def _start_before(seconds: float) -> int:
    """Start of a run of so many seconds that ends now, in milliseconds since 1970."""
    return int((time.time() - seconds) * 1000)


def _log_data(connection: Connection, run_id: str, universe: str, overview: Overview) -> None:
    """Log the version of the prices as the run's dataset."""
    if not overview.data_version:
        return
    dataset = Dataset(
        name=f"prices of {universe}",
        digest=overview.data_version[:DIGEST],
        source_type="delta",
        source=json.dumps({"path": overview.table}),
        profile=json.dumps(dict(overview.profile)),
    )
    tags = [InputTag(MLFLOW_DATASET_CONTEXT, "training")]
    connection.client.log_inputs(run_id, [DatasetInput(dataset, tags)])


def _log_values(
    connection: Connection, run: Run, params: Mapping[str, object], metrics: Sequence[Metric]
) -> None:
    options = [Param(name, str(value)) for name, value in params.items()]
    for start in range(0, len(options), BATCH_PARAMS):
        connection.client.log_batch(run.info.run_id, params=options[start : start + BATCH_PARAMS])
    for start in range(0, len(metrics), BATCH_METRICS):
        connection.client.log_batch(run.info.run_id, metrics=metrics[start : start + BATCH_METRICS])


def _log_files(connection: Connection, run_id: str, folder: Path) -> None:
    if not folder.is_dir():  # MLflow would silently log nothing
        raise RegistryError(
            f'"{folder}" is not a folder, so run {run_id} would have no artifacts; run the step again'
        )
    connection.client.log_artifacts(run_id, str(folder))


def _find(connection: Connection, experiment: str, night: str, status: str) -> Run | None:
    """The newest parent run of a night that has this status."""
    runs = connection.client.search_runs(
        [experiment],
        f"tags.`{NIGHT}` = '{night}' and attributes.status = '{status}'",
        order_by=["attributes.end_time DESC"],
    )
    return runs[0] if runs else None


def list_children(connection: Connection, parent: Run) -> dict[str, str]:
    """Run ids of a night's recipes by name, but for those that failed."""
    runs = connection.client.search_runs(
        [parent.info.experiment_id],
        f"tags.`{PARENT}` = '{parent.info.run_id}' and attributes.status != 'FAILED'",
        order_by=["attributes.end_time ASC"],
    )
    return {run.data.tags[RECIPE]: run.info.run_id for run in runs}


def _mark_killed(connection: Connection, parent: Run) -> None:
    for run_id in list_children(connection, parent).values():
        connection.client.set_terminated(run_id, "KILLED")
    connection.client.set_terminated(parent.info.run_id, "KILLED")


def _finished_nights(connection: Connection, experiment: str) -> Iterator[Run]:
    """Finished parent runs: newest cutoff first, and of equal cutoffs the latest run first."""
    token = None
    while True:
        page = connection.client.search_runs(
            [experiment],
            f"tags.`{NIGHT}` LIKE '%' and attributes.status = 'FINISHED'",
            max_results=PAGE,
            order_by=[f"tags.`{CUTOFF}` DESC", "attributes.end_time DESC"],
            page_token=token,
        )
        yield from page
        token = page.token
        if not token:
            return
