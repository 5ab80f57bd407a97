"""Thin the runs of long ago: remove their large files. Metrics, parameters, tags and summaries stay."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date

from mlflow.entities import FileInfo, Run
from mlflow.store.artifact.artifact_repo import ArtifactRepository
from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository

from morrow.registry.connection import Connection
from morrow.registry.nights import CUTOFF, PAGE, PARENT

THINNED = "morrow.thinned"  # tag of a run whose large files were removed: on which day
SUMMARIES = frozenset(
    {
        "leaderboard.csv", "leaderboard.md", "measures.csv", "model_card.md", "notes", "recipe.json",
        "verdict.json",
    }
)  # fmt: skip
NEWEST = 2  # cutoffs whose runs are never thinned: the next retraining compares with the newest


@dataclass(frozen=True)
class OldRun:
    """A run of a retraining long ago, with the files and folders that may go.

    Attributes:
        run_id: of a night or of one of its recipes.
        name: as MLflow shows it.
        cutoff: of its night.
        paths: of files and folders among its artifacts.
        size: of all of them, bytes.
    """

    run_id: str
    name: str
    cutoff: date
    paths: tuple[str, ...]
    size: int


def list_old_runs(
    connection: Connection, universe: str, through: date, protected: Collection[str]
) -> tuple[OldRun, ...]:
    """See ``Registry.list_old_runs``."""
    experiment = connection.find_experiment(universe)
    if experiment is None:
        return ()
    runs = list(_list_runs(connection, experiment))
    newest = sorted({run.data.tags[CUTOFF] for run in runs})[-NEWEST:]
    kept = set(protected) | {run.data.tags.get(PARENT) for run in runs if run.info.run_id in protected}
    return tuple(
        _describe(connection, run)
        for run in runs
        if run.data.tags[CUTOFF] <= str(through)
        and run.data.tags[CUTOFF] not in newest
        and run.info.run_id not in kept
        and THINNED not in run.data.tags
    )


def thin_run(connection: Connection, run: OldRun, day: date) -> None:
    """See ``Registry.thin_run``."""
    files = _open_files(connection, connection.client.get_run(run.run_id))
    for path in run.paths:
        files.delete_artifacts(path)
    connection.client.set_tag(run.run_id, THINNED, str(day))


def _list_runs(connection: Connection, experiment: str) -> Iterator[Run]:
    """Every run of a retraining, oldest cutoff first."""
    token = None
    while True:
        page = connection.client.search_runs(
            [experiment],
            f"tags.`{CUTOFF}` LIKE '%'",
            max_results=PAGE,
            order_by=[f"tags.`{CUTOFF}` ASC", "attributes.start_time ASC"],
            page_token=token,
        )
        yield from page
        token = page.token
        if not token:
            return


def _describe(connection: Connection, run: Run) -> OldRun:
    files = _open_files(connection, run)
    entries = [entry for entry in files.list_artifacts() if entry.path not in SUMMARIES]
    return OldRun(
        run_id=run.info.run_id,
        name=run.info.run_name,
        cutoff=date.fromisoformat(run.data.tags[CUTOFF]),
        paths=tuple(entry.path for entry in entries),
        size=sum(_measure(files, entry) for entry in entries),
    )


def _measure(files: ArtifactRepository, entry: FileInfo) -> int:
    """Bytes of a file, or of all files in a folder."""
    if not entry.is_dir:
        return int(entry.file_size or 0)
    return sum(_measure(files, each) for each in files.list_artifacts(entry.path))


def _open_files(connection: Connection, run: Run) -> ArtifactRepository:
    return get_artifact_repository(run.info.artifact_uri, tracking_uri=connection.uri)
