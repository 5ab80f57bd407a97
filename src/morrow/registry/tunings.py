"""Searches as MLflow runs: one parent per study, one child per trial, each logged once."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from mlflow.entities import Metric, Param

from morrow.registry.connection import Connection
from morrow.registry.nights import PARENT, UNIVERSE

STUDY, TRIAL = "morrow.study", "morrow.trial"
ENDED = {"complete": "FINISHED", "pruned": "KILLED", "failed": "FAILED"}


@dataclass(frozen=True)
class TrialRun:
    """A finished trial of a search; ``state`` is "complete", "pruned" or "failed"."""

    number: int
    state: str
    params: Mapping[str, object]
    metrics: Mapping[str, float]


def open_tuning(connection: Connection, universe: str, study: str, params: Mapping[str, object]) -> str:
    """See ``Registry.open_tuning``."""
    experiment = connection.make_experiment(universe)
    runs = connection.client.search_runs([experiment], f"tags.`{STUDY}` = '{study}'", max_results=1)
    if runs:
        return str(runs[0].info.run_id)
    run = connection.client.create_run(
        experiment, tags={UNIVERSE: universe, STUDY: study}, run_name=f"tune {study}"
    )
    values = [Param(name, str(value)) for name, value in params.items()]
    connection.client.log_batch(run.info.run_id, params=values)
    return str(run.info.run_id)


def log_trial(connection: Connection, universe: str, parent: str, trial: TrialRun) -> None:
    """See ``Registry.log_trial``."""
    experiment = connection.make_experiment(universe)
    query = f"tags.`{PARENT}` = '{parent}' and tags.`{TRIAL}` = '{trial.number}'"
    if any(run.info.status != "RUNNING" for run in connection.client.search_runs([experiment], query)):
        return
    tags = {UNIVERSE: universe, PARENT: parent, TRIAL: str(trial.number)}
    run = connection.client.create_run(experiment, tags=tags, run_name=f"trial {trial.number}")
    at = run.info.start_time
    connection.client.log_batch(
        run.info.run_id,
        params=[Param(name, str(value)) for name, value in trial.params.items()],
        metrics=[Metric(name, float(value), at, 0) for name, value in trial.metrics.items()],
    )
    connection.client.set_terminated(run.info.run_id, ENDED[trial.state])


def close_tuning(connection: Connection, run_id: str, metrics: Mapping[str, float], file: Path) -> None:
    """See ``Registry.close_tuning``."""
    at = connection.client.get_run(run_id).info.start_time
    connection.client.log_batch(
        run_id, metrics=[Metric(name, float(value), at, 0) for name, value in metrics.items()]
    )
    connection.client.log_artifact(run_id, str(file))
    connection.client.set_terminated(run_id)
