"""Connect to MLflow: silently, within a time limit, and inside the folder of ``morrow.toml``.

Nothing here uses MLflow's global tracking URI or active run.
"""

import os

os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
os.environ["DO_NOT_TRACK"] = "true"
os.environ.setdefault("MLFLOW_HTTP_REQUEST_TIMEOUT", "10")
os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "2")
os.environ.setdefault("MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR", "1")
os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
os.environ.setdefault("MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT", "true")
os.environ.setdefault("MLFLOW_UV_AUTO_DETECT", "false")  # it would log the working folder's own uv.lock

import logging
import re
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit
from urllib.request import url2pathname

import sqlalchemy
from mlflow import MlflowClient
from mlflow.artifacts import download_artifacts
from mlflow.exceptions import MlflowException
from mlflow.store.db.db_types import DATABASE_ENGINES
from mlflow.utils.mlflow_tags import MLFLOW_RUN_NOTE
from sqlalchemy.exc import SQLAlchemyError

from morrow.errors import RegistryError, one_line

SQLITE = "sqlite:///"
CACHE = Path(".cache", "registry")
UPGRADE = "mlflow db upgrade"
LOCKED = "database is locked"  # as SQLite says it, after MLflow has waited for 20 seconds
DESCRIPTION = """Nights of the universe **{universe}**: a run a night, named by its cutoff, and below it a run
a recipe. The tag `verdict` says how a recipe ended; metrics are those of the test sessions unless their name
has `select`. `morrow ui` prints the addresses of three saved views: the newest leaderboard, its
charts, and all nights."""

logging.getLogger("mlflow").setLevel(logging.CRITICAL)  # whatever fails is raised as a RegistryError
logging.getLogger("alembic").setLevel(logging.CRITICAL)


@dataclass(frozen=True)
class Connection:
    """An open tracking server and registry.

    Attributes:
        client: MLflow's client for both.
        uri: the resolved tracking URI, with its password.
        artifacts: URI under which new experiments keep artifacts, or None where the server decides.
        root: folder of ``morrow.toml``; staging and downloads are in its ``.cache``.
    """

    client: MlflowClient
    uri: str
    artifacts: str | None
    root: Path

    def find_experiment(self, universe: str) -> str | None:
        """Id of the universe's experiment, or None before its first night.

        Raises:
            RegistryError: it was deleted, or keeps its artifacts elsewhere than configured.
        """
        name = model_name(universe)
        experiment = self.client.get_experiment_by_name(name)
        if experiment is None:
            return None
        if experiment.lifecycle_stage != "active":
            raise RegistryError(
                f'experiment "{name}" is deleted in {redact(self.uri)}; restore it with: '
                f"mlflow experiments restore --experiment-id {experiment.experiment_id}"
            )
        configured = self._artifacts_of(name)
        if configured is not None and experiment.artifact_location != configured:
            raise RegistryError(
                f'experiment "{name}" keeps its artifacts in {experiment.artifact_location}, '
                f"not in {configured}: the folder was moved or [registry].artifacts changed; "
                "undo that, or set another [registry].uri to start anew"
            )
        return str(experiment.experiment_id)

    def make_experiment(self, universe: str) -> str:
        """Id of the universe's experiment, created if there is none, also beside another process."""
        experiment = self.find_experiment(universe)
        if experiment is not None:
            return experiment
        name = model_name(universe)
        try:
            tags = {MLFLOW_RUN_NOTE: DESCRIPTION.format(universe=universe)}
            return str(self.client.create_experiment(name, self._artifacts_of(name), tags))
        except MlflowException as error:
            if error.error_code == "RESOURCE_ALREADY_EXISTS" and (
                experiment := self.find_experiment(universe)
            ):
                return experiment
            raise

    def _artifacts_of(self, experiment: str) -> str | None:
        return None if self.artifacts is None else f"{self.artifacts}/{experiment}"

    @contextmanager
    def staging(self) -> Iterator[Path]:
        """An empty temporary folder inside the project."""
        cache = self.root / CACHE
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache) as folder:
            yield Path(folder)

    def local_copy(self, uri: str, path: str, key: str) -> Path:
        """A stored file or folder as a local path, only for reading.

        Args:
            uri: URI of the artifacts that contain it.
            path: relative to ``uri``, with forward slashes.
            key: run or model id under which a downloaded copy is kept; its content never changes.

        Raises:
            RegistryError: there is no such artifact.
        """
        parts = PurePosixPath(path).parts
        if not parts or ".." in parts or PurePosixPath(path).is_absolute():
            raise RegistryError(f'artifact path "{path}" must be relative and stay inside its run')
        folder = local_path(uri)
        copy = (folder or self.root / CACHE / key).joinpath(*parts)
        if not copy.exists() and folder is None:
            self._download(f"{uri.rstrip('/')}/{path}", copy)
        if not copy.exists():
            raise RegistryError(f'no artifact "{path}" in {redact(uri)}; was it deleted, or never logged?')
        return copy

    def _download(self, uri: str, target: Path) -> None:
        with self.staging() as folder:
            download = Path(download_artifacts(artifact_uri=uri, dst_path=str(folder), tracking_uri=self.uri))
            target.parent.mkdir(parents=True, exist_ok=True)
            if not target.exists():  # unless another process was quicker
                download.replace(target)


def model_name(universe: str) -> str:
    """Name of a universe's experiment and of its registered model."""
    return f"morrow-{universe}"


def connect(uri: str, artifacts: Path | str, root: Path) -> Connection:
    """Connect to a tracking server and registry, and create the SQLite file if it is missing.

    Args:
        uri: ``sqlite:///PATH`` (relative to ``root``), or any tracking URI of MLflow.
        artifacts: folder (relative to ``root``) or URI for new experiments; a server behind http chooses
            its own folder.
        root: folder of ``morrow.toml``.

    Raises:
        RegistryError: it cannot be reached within seconds, or is not an MLflow database.
    """
    if not uri.strip():
        raise RegistryError("[registry].uri is empty; write sqlite:///mlruns/mlflow.db or a server's address")
    root = root.resolve()
    location: str | None = str(artifacts) if "://" in str(artifacts) else (root / artifacts).as_uri()
    if uri.startswith("sqlite:"):
        uri = _sqlite_uri(uri, root)
    with translate_errors(uri):
        if uri.startswith("sqlite:"):
            _make_sqlite(Path(uri.removeprefix(SQLITE)), str(location))
        elif urlsplit(uri).scheme in ("http", "https"):
            location = location if "://" in str(artifacts) else None
        elif urlsplit(uri).scheme.split("+")[0] in DATABASE_ENGINES:
            _probe_database(uri)
        client = MlflowClient(tracking_uri=uri, registry_uri=uri)
        client.search_experiments(max_results=1)
    return Connection(client, uri, location, root)


@contextmanager
def translate_errors(uri: str) -> Iterator[None]:
    """Turn errors of MLflow and of its database into one line that names the URI."""
    try:
        yield
    except (MlflowException, SQLAlchemyError, sqlite3.Error, OSError, ImportError) as error:
        line = one_line(error) or type(error).__name__
        hint = "check [registry].uri, that its server runs and that its files can be read and written"
        if UPGRADE in line:
            line, hint = "its schema belongs to another MLflow", f"back it up, then run: {UPGRADE} URI"
        elif LOCKED in line:
            line, hint = "another process has locked it", "when that has ended, run again"
        elif isinstance(error, ImportError):
            hint = "install that driver, or set another [registry].uri"
        raise RegistryError(f"registry {redact(uri)}: {redact(line)[:300]}; {hint}") from None


def redact(text: str) -> str:
    """The text with the password of every URI in it replaced by three stars.

    >>> redact("postgresql://me:secret@host/db")
    'postgresql://me:***@host/db'
    """
    return re.sub(r"(password=)[^&\s]+", r"\1***", re.sub(r"(://[^:/@\s]*):\S*@", r"\1:***@", text))


def local_path(uri: str) -> Path | None:
    """Folder of a ``file:`` URI or of a plain path; None for anything remote."""
    parts = urlsplit(uri)
    if parts.scheme == "file":
        return Path(url2pathname(parts.path))
    return None if "://" in uri or parts.scheme else Path(uri)


def _sqlite_uri(uri: str, root: Path) -> str:
    path = uri.removeprefix(SQLITE)
    if path in (uri, "", ":memory:"):
        raise RegistryError(f'registry "{uri}" names no file; write sqlite:///mlruns/mlflow.db')
    path = str(root / path)
    if "%" in path or "?" in path:
        raise RegistryError(
            f'registry "{path}": an SQLite path may hold neither "%" nor "?"; move the folder'
        )
    return SQLITE + path


def _make_sqlite(path: Path, artifacts: str) -> None:
    """Create a migrated database at ``path`` in one step, unless one exists."""
    if path.exists():
        with closing(sqlite3.connect(path, timeout=20)) as connection:
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        return
    # Imported here because it takes a second, which a remote registry never needs.
    from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore  # noqa: PLC0415

    store = SqlAlchemyStore("sqlite://", artifacts)
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        fresh = Path(folder, path.name)
        with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as memory:
            memory.exec_driver_sql("VACUUM INTO ?", (str(fresh),))
        try:
            path.hardlink_to(fresh)
        except FileExistsError:
            pass  # another process created it at the same moment
        except OSError:  # a file system without hard links
            fresh.replace(path)


def _probe_database(uri: str) -> None:
    """Connect once within seconds, because MLflow itself would try for minutes."""
    arguments = {"connect_timeout": 5} if uri.startswith(("postgresql", "mysql")) else {}
    engine = sqlalchemy.create_engine(uri, connect_args=arguments)
    try:
        engine.connect().close()
    finally:
        engine.dispose()
