"""The registry as one object that a whole night shares, on a file and behind http."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy

from morrow.errors import RegistryError
from morrow.fitted_model import load
from morrow.registry import Registry, connection
from tests.registries import ARTIFACTS, URI, log, recipe, register


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real tracking server on loopback that serves the artifacts too."""
    folder = tmp_path_factory.mktemp("server")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("_MLFLOW_SERVER_FILE_STORE", f"sqlite:///{folder}/server.db")
        patch.setenv("_MLFLOW_SERVER_ARTIFACT_ROOT", "mlflow-artifacts:/")
        patch.setenv("_MLFLOW_SERVER_ARTIFACT_DESTINATION", (folder / "served").as_uri())
        patch.setenv("_MLFLOW_SERVER_SERVE_ARTIFACTS", "true")
        from mlflow.server import app
        from werkzeug.serving import make_server

        running = make_server("127.0.0.1", 0, app, threaded=True)
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{running.server_port}"
        running.shutdown()
        thread.join()
        running.server_close()


def test_one_registry_serves_a_whole_night(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After it was opened, no method connects again: neither through morrow nor through MLflow's stores."""
    registry = Registry(URI, ARTIFACTS, tmp_path)
    assert registry.champion("us5") is None  # MLflow makes its engine for models at the first such question

    def refuse(*arguments: object, **options: object) -> None:
        raise AssertionError(f"opened again: {arguments} {options}")

    monkeypatch.setattr(connection, "connect", refuse)
    monkeypatch.setattr(connection, "MlflowClient", refuse)
    monkeypatch.setattr(sqlalchemy, "create_engine", refuse)
    runs = log(registry, tmp_path)
    assert registry.night("us5", "n1") == runs
    version = register(registry, tmp_path, runs.recipes["lstm"])
    registry.promote("us5", version)
    registry.note(runs.night, "drift", {"size": 1})
    registry.attach(runs.night, recipe(tmp_path).folder / "model.json", "notes")
    assert registry.read_note(runs.night, "drift") == {"size": 1}
    assert registry.last_night("us5", noted="drift") is not None
    assert registry.artifact(runs.night, "board.txt").is_file()
    champion = registry.champion("us5")
    assert champion is not None
    assert champion.version == version


def test_behind_http_files_are_fetched_into_the_project(
    server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A whole night through a tracking server reads back the same, from copies under the root's cache."""
    monkeypatch.chdir(tmp_path)
    registry = Registry(server, ARTIFACTS, tmp_path)
    logged = log(registry, tmp_path)
    assert log(registry, tmp_path) == logged
    registry.note(logged.night, "verdict", {"promoted": True})
    assert registry.read_note(logged.night, "verdict") == {"promoted": True}
    registry.promote("us5", register(registry, tmp_path, logged.recipes["lstm"]))
    fan = registry.artifact(logged.recipes["lstm"], "charts/fan.png")
    assert fan.read_bytes() == b"png"
    assert registry.artifact(logged.recipes["lstm"], "charts/fan.png") == fan
    champion = registry.champion("us5")
    assert champion is not None
    assert load(champion.folder).document["name"] == "lstm"
    assert champion.folder.is_relative_to(tmp_path / ".cache" / "registry")
    with pytest.raises(RegistryError, match="none"):
        registry.artifact(logged.night, "none.txt")
    assert {file.name for file in tmp_path.iterdir()} == {"work", ".cache"}
