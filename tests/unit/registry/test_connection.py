"""The connection to MLflow: local, behind http, and broken."""

import shutil
import sqlite3
import time
from pathlib import Path

import pytest
from mlflow import MlflowClient

from morrow.errors import RegistryError
from morrow.registry import Registry
from morrow.registry.connection import Connection, connect, local_path, redact
from tests.registries import ANSWER, ARTIFACTS, CUTOFF, PRICES, TAGS, URI, log, python, recipe


class Slow(Connection):
    """A connection that another process is quicker than: its first look finds no experiment yet."""

    looks: list[str] = []  # noqa: RUF012

    def find_experiment(self, universe: str) -> str | None:
        self.looks.append(universe)
        return None if len(self.looks) == 1 else super().find_experiment(universe)


def test_a_moved_folder_does_not_write_to_the_old_place(
    registry: Registry, root: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """A copied project is refused with both places named, because MLflow stores absolute ones."""
    log(registry, root)
    moved = tmp_path_factory.mktemp("moved") / "copy"
    shutil.copytree(root, moved)
    with pytest.raises(RegistryError, match="the folder was moved") as caught:
        log(Registry(URI, ARTIFACTS, moved), moved, "n2")
    assert root.as_uri() in str(caught.value)
    assert moved.as_uri() in str(caught.value)


def test_a_deleted_experiment_is_named(registry: Registry, client: MlflowClient, tmp_path: Path) -> None:
    """The message has the command that restores it."""
    log(registry, tmp_path)
    number = client.get_experiment_by_name("morrow-us5").experiment_id
    client.delete_experiment(number)
    with pytest.raises(RegistryError, match=f"mlflow experiments restore --experiment-id {number}"):
        log(registry, tmp_path)


def test_an_experiment_made_meanwhile_is_used(root: Path) -> None:
    """Losing the race to make an experiment gives the winner's, not an error."""
    opened = connect(URI, ARTIFACTS, root)
    winner = opened.make_experiment("us5")
    loser = Slow(opened.client, opened.uri, opened.artifacts, opened.root)
    assert loser.make_experiment("us5") == winner


def test_a_name_that_mlflow_refuses_is_an_error(root: Path) -> None:
    """What MLflow refuses on other grounds than a race is passed on in one line."""
    registry = Registry(URI, ARTIFACTS, root)
    with pytest.raises(RegistryError, match="exceeds the maximum length"):
        registry.log_night("x" * 600, "n1", CUTOFF, tags={}, params={}, artifacts=root, recipes=[])
    run_id = log(registry, root).recipes["lstm"]
    with pytest.raises(RegistryError, match="x/y"):
        registry.register(
            "x/y", recipe(root).folder, run_id, tags=TAGS, input_example=PRICES, output_example=ANSWER
        )
    with pytest.raises(RegistryError, match="x/y"):
        registry.champion("x/y")


def test_a_corrupt_database_is_an_error(tmp_path: Path) -> None:
    """A file that is no SQLite database is named, and left as it is."""
    broken = tmp_path / "broken.db"
    broken.write_bytes(b"not a database" * 100)
    with pytest.raises(RegistryError, match=r"broken\.db: file is not a database"):
        Registry("sqlite:///broken.db", ARTIFACTS, tmp_path)
    assert broken.read_bytes() == b"not a database" * 100


def test_a_database_of_another_mlflow_is_an_error(root: Path) -> None:
    """An unknown schema is answered with the command that upgrades it."""
    with sqlite3.connect(root / "mlruns" / "mlflow.db") as database:
        database.execute("UPDATE alembic_version SET version_num = 'abc'")
    database.close()
    with pytest.raises(RegistryError, match=r"belongs to another MLflow.*mlflow db upgrade"):
        Registry(URI, ARTIFACTS, root)


@pytest.mark.parametrize(
    ("uri", "message"),
    [
        ("", "is empty"),
        ("sqlite:///:memory:", "names no file"),
        ("sqlite:///100%/mlflow.db", 'neither "%" nor'),
        ("nonsense://host", "unsupported URI"),
        ("mysql+nodriver://me:secret@127.0.0.1:9/x", r"mysql\+nodriver://me:\*\*\*@127"),
        ("mssql+pyodbc://me:secret@127.0.0.1:9/x", "No module named 'pyodbc'; install that driver"),
    ],
)
def test_an_unusable_uri_is_one_line(tmp_path: Path, uri: str, message: str) -> None:
    """Each unusable URI is an error of one line that says why, without a password."""
    with pytest.raises(RegistryError, match=message) as caught:
        Registry(uri, ARTIFACTS, tmp_path)
    assert "\n" not in str(caught.value)
    assert "secret" not in str(caught.value)


def test_an_unreachable_server_is_given_up_soon(tmp_path: Path) -> None:
    """A port where nobody listens is an error within ten seconds, without the password."""
    start = time.monotonic()
    with pytest.raises(RegistryError, match=r"registry http://me:\*\*\*@127\.0\.0\.1:9: ") as caught:
        Registry("http://me:secret@127.0.0.1:9", ARTIFACTS, tmp_path)
    assert time.monotonic() - start < 10
    assert "secret" not in str(caught.value)


def test_passwords_are_starred() -> None:
    """A password is hidden wherever a URI keeps it, even one with an at sign; the rest stays."""
    assert redact("at http://me:p@ss@host:5000/x now") == "at http://me:***@host:5000/x now"
    assert redact("postgresql:///db?user=me&password=p&x=1") == "postgresql:///db?user=me&password=***&x=1"
    assert redact("sqlite:////a/b.db") == "sqlite:////a/b.db"


def test_only_file_locations_are_local() -> None:
    """A plain path and a file URI are folders here, everything else must be fetched."""
    assert local_path("/a/b") == Path("/a/b")
    assert local_path("file:///a%20b") == Path("/a b")
    assert local_path("mlflow-artifacts:/0/x") is None
    assert local_path("s3://bucket/x") is None


def test_two_fresh_processes_share_one_new_registry_in_silence(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Both open it at the same moment, print nothing, report to nobody and write only under the root."""
    code = f"""
        from pathlib import Path
        from morrow.registry import Registry
        from mlflow.telemetry import get_telemetry_client
        registry = Registry({URI!r}, {ARTIFACTS!r}, Path({str(tmp_path)!r}))
        assert registry.champion("us5") is None
        assert get_telemetry_client() is None
    """
    elsewhere, temporary = tmp_path_factory.mktemp("cwd"), tmp_path_factory.mktemp("tmp")
    places = {"HOME": str(elsewhere), "TMPDIR": str(temporary)}
    for process in [python(code, elsewhere, **places) for _ in range(2)]:
        out, err = process.communicate(timeout=120)
        assert (process.returncode, out, err) == (0, "", "")
    assert [file.name for file in tmp_path.rglob("*") if file.is_file()] == ["mlflow.db"]
    assert [*elsewhere.rglob("*"), *temporary.rglob("*")] == []
