"""The registry: nights, notes, versions and champions, against real MLflow stores."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from textwrap import dedent
from types import ModuleType

import numpy as np
import pandas as pd
import pytest
from mlflow import MlflowClient

from morrow.errors import RegistryError
from morrow.fitted_model import REQUIRED, FittedModel, load, save
from morrow.registry import RecipeRun, Registry, Runs, nights
from morrow.registry.connection import Connection, connect, local_path, redact

URI, ARTIFACTS = "sqlite:///mlruns/mlflow.db", "mlruns/artifacts"
CUTOFF = date(2013, 3, 1)
TAGS = {"recipe": "lstm", "trained_through": "2013-03-01", "data_version": "0123456789abcdef"}
PRICES = pd.DataFrame(
    {
        "symbol": ["IBM", "IBM"],
        "session": pd.to_datetime(["2013-02-28", "2013-03-01"]),
        "open": [np.nan, np.nan],
        "high": [np.nan, np.nan],
        "low": [np.nan, np.nan],
        "close": [200.0, 202.0],
        "volume": [1e6, 2e6],
        "split_factor": [1.0, 1.0],
        "dividend_factor": [1.0, 1.0],
    }
)
ANSWER = pd.DataFrame({"symbol": ["IBM"], "step": [1], "q5000": [202.0], "flags": [""]})


@pytest.fixture(scope="session")
def fresh_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new database, made once because its migrations take a second."""
    root = tmp_path_factory.mktemp("fresh")
    Registry(URI, ARTIFACTS, root)
    return root / "mlruns" / "mlflow.db"


@pytest.fixture
def root(tmp_path: Path, fresh_database: Path) -> Path:
    """A project's folder with an empty registry."""
    (tmp_path / "mlruns").mkdir()
    shutil.copy(fresh_database, tmp_path / "mlruns" / "mlflow.db")
    return tmp_path


@pytest.fixture
def registry(root: Path) -> Registry:
    """The registry under test, in ``tmp_path``."""
    return Registry(URI, ARTIFACTS, root)


@pytest.fixture
def client(root: Path, registry: Registry) -> MlflowClient:
    """MLflow's own view of the same registry."""
    assert registry
    return MlflowClient(f"sqlite:///{root}/mlruns/mlflow.db")


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


def recipe(tmp_path: Path, name: str = "lstm", epochs: int = 3, weight: float = 1.5) -> RecipeRun:
    """A recipe's run with files in ``work/NAME``."""
    folder = tmp_path / "work" / name
    (folder / "charts").mkdir(parents=True, exist_ok=True)
    (folder / "charts" / "fan.png").write_bytes(b"png")
    document = dict.fromkeys(REQUIRED, "x") | {"name": name, "trained_through": "2013-03-01"}
    save(FittedModel(document, {"w": np.full((2, 3), weight, np.float32)}), folder)
    history = [
        {"epoch": e, "fit_loss": 1 / (e + 1), "stop_loss": 0.5, "system/process_memory_megabytes": 100.0 + e}
        for e in range(epochs)
    ]
    return RecipeRun(name, "lstm", {"layers": 2, "lr": 0.1}, {"pinball": 0.25}, history, folder)


def log(
    registry: Registry, tmp_path: Path, night: str = "n1", cutoff: date = CUTOFF, *recipes: RecipeRun
) -> Runs:
    """Log a night of two recipes, or of those given."""
    charts = tmp_path / "work" / "night"
    charts.mkdir(parents=True, exist_ok=True)
    (charts / "board.txt").write_text("board")
    return registry.log_night(
        "us5",
        night,
        cutoff,
        tags={"data_version": "0123456789abcdef"},
        params={"horizon": 5},
        artifacts=charts,
        recipes=recipes or [recipe(tmp_path), recipe(tmp_path, "ewma", epochs=0)],
    )


def register(registry: Registry, tmp_path: Path, run_id: str, **tags: str) -> str:
    """Register the recipe's fit for a run."""
    return registry.register(
        "us5",
        recipe(tmp_path).folder,
        run_id,
        tags=TAGS | tags,
        input_example=PRICES,
        output_example=ANSWER,
    )


def runs_of(client: MlflowClient) -> list[str]:
    """Ids of all runs of the universe."""
    experiment = client.get_experiment_by_name("morrow-us5")
    return [run.info.run_id for run in client.search_runs([experiment.experiment_id])]


def test_a_night_is_a_parent_run_with_a_child_a_recipe(
    registry: Registry, client: MlflowClient, tmp_path: Path
) -> None:
    """The parent is named by the cutoff and its children by their recipes, lineage on all of them."""
    logged = log(registry, tmp_path)
    parent = client.get_run(logged.night)
    assert parent.info.run_name == "2013-03-01"
    assert parent.info.status == "FINISHED"
    assert parent.data.params == {"horizon": "5"}
    assert parent.data.tags["morrow.night"] == "n1"
    assert list(logged.recipes) == ["lstm", "ewma"]
    child = client.get_run(logged.recipes["lstm"])
    assert (child.info.run_name, child.info.status) == ("lstm", "FINISHED")
    assert child.data.tags["mlflow.parentRunId"] == logged.night
    assert child.data.tags["data_version"] == parent.data.tags["data_version"] == "0123456789abcdef"
    assert child.data.params == {"kind": "lstm", "layers": "2", "lr": "0.1"}
    assert registry.night("us5", "n1") == logged


def test_metrics_keep_their_epochs(registry: Registry, client: MlflowClient, tmp_path: Path) -> None:
    """Every epoch's losses are stored at that step, beside the final metrics; a baseline has only those."""
    logged = log(registry, tmp_path)
    curve = client.get_metric_history(logged.recipes["lstm"], "epoch/fit_loss")
    assert [(point.step, point.value) for point in curve] == [(0, 1.0), (1, 0.5), (2, 1 / 3)]
    assert client.get_run(logged.recipes["lstm"]).data.metrics["pinball"] == 0.25
    assert client.get_run(logged.recipes["ewma"]).data.metrics == {"pinball": 0.25}


def test_the_machine_is_one_curve_through_all_networks(
    registry: Registry, client: MlflowClient, tmp_path: Path
) -> None:
    """What a second network's epochs say of the machine follows on the first's, under MLflow's own prefix."""
    each = recipe(tmp_path)
    twice = replace(each, history=[*each.history, *each.history])
    run_id = log(registry, tmp_path, "n1", CUTOFF, twice).recipes["lstm"]
    curve = client.get_metric_history(run_id, "system/process_memory_megabytes")
    assert [(point.step, point.value) for point in curve] == list(enumerate([100.0, 101.0, 102.0] * 2))
    assert not any(name.startswith("epoch/system") for name in client.get_run(run_id).data.metrics)


def test_batches_larger_than_mlflow_takes_are_complete(
    registry: Registry, client: MlflowClient, tmp_path: Path
) -> None:
    """205 parameters, and 450 epochs of two losses of which one is not a number, all arrive."""
    params = {f"p{i}": i for i in range(204)}
    history = [{"epoch": e, "fit_loss": float(e), "stop_loss": float("nan")} for e in range(450)]
    long = replace(recipe(tmp_path), params=params, history=history)
    run_id = log(registry, tmp_path, "n1", CUTOFF, long).recipes["lstm"]
    assert len(client.get_run(run_id).data.params) == 205
    curve = client.get_metric_history(run_id, "epoch/fit_loss")
    assert [point.value for point in curve] == [float(e) for e in range(450)]
    assert len(client.get_metric_history(run_id, "epoch/stop_loss")) == 450


def test_a_finished_night_is_not_logged_again(
    registry: Registry, client: MlflowClient, tmp_path: Path
) -> None:
    """Logging the same identity again gives the same ids and adds no run."""
    first = log(registry, tmp_path)
    before = runs_of(client)
    assert log(registry, tmp_path) == first
    assert runs_of(client) == before


def test_a_killed_night_is_superseded(registry: Registry, client: MlflowClient, tmp_path: Path) -> None:
    """What an interrupted night left is marked KILLED and never found; the next attempt is whole."""
    fatal = replace(recipe(tmp_path, "gru"), history=[{"fit_loss": 1.0}])
    with pytest.raises(KeyError, match="epoch"):
        log(registry, tmp_path, "n1", CUTOFF, recipe(tmp_path), fatal)
    left = runs_of(client)
    assert len(left) == 3
    assert registry.night("us5", "n1") is None
    assert registry.last_night("us5") is None
    again = log(registry, tmp_path)
    assert {client.get_run(run_id).info.status for run_id in left} == {"KILLED"}
    assert registry.night("us5", "n1") == again


def test_a_recipe_without_its_folder_is_an_error(registry: Registry, tmp_path: Path) -> None:
    """MLflow would silently log nothing; the folder is named instead, and the night is not finished."""
    gone = replace(recipe(tmp_path), folder=tmp_path / "gone")
    with pytest.raises(RegistryError, match='gone" is no folder'):
        log(registry, tmp_path, "n1", CUTOFF, gone)
    assert registry.night("us5", "n1") is None


def test_the_last_night_has_the_newest_cutoff(registry: Registry, tmp_path: Path) -> None:
    """A night logged later for an earlier cutoff is not the last one; `before` excludes its own date."""
    assert registry.last_night("us5") is None
    assert registry.night("us5", "n1") is None
    newer = log(registry, tmp_path, "n2", date(2013, 3, 1))
    older = log(registry, tmp_path, "n1", date(2013, 2, 22))
    last = registry.last_night("us5")
    assert last is not None
    assert (last.run_id, last.cutoff, dict(last.recipes)) == (newer.night, date(2013, 3, 1), newer.recipes)
    assert last.tags["data_version"] == "0123456789abcdef"
    earlier = registry.last_night("us5", before=date(2013, 3, 1))
    assert earlier is not None
    assert earlier.run_id == older.night
    assert registry.last_night("us5", before=date(2013, 2, 22)) is None


def test_of_two_nights_with_one_cutoff_the_later_counts(registry: Registry, tmp_path: Path) -> None:
    """After a change of configuration the same cutoff is judged anew, and that is the last night."""
    log(registry, tmp_path, "n1")
    time.sleep(0.002)  # MLflow counts milliseconds
    second = log(registry, tmp_path, "n2")
    last = registry.last_night("us5")
    assert last is not None
    assert last.run_id == second.night


def test_the_last_noted_night_skips_those_without_the_note(registry: Registry, tmp_path: Path) -> None:
    """Only a night that carries the named note is found when one is asked for."""
    judged = log(registry, tmp_path, "n1", date(2013, 2, 22))
    log(registry, tmp_path, "n2", date(2013, 3, 1))
    registry.note(judged.night, "verdict", {"promoted": True})
    last = registry.last_night("us5", noted="verdict")
    assert last is not None
    assert last.run_id == judged.night
    assert registry.last_night("us5", noted="other") is None


def test_nights_beyond_one_page_are_found(
    registry: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The oldest of five nights is found when two come a page."""
    monkeypatch.setattr(nights, "PAGE", 2)
    charts = tmp_path / "none"
    charts.mkdir()
    ids = [
        registry.log_night(
            "us5", str(day), date.fromordinal(730_000 + day), tags={}, params={}, artifacts=charts, recipes=[]
        ).night
        for day in range(5)
    ]
    oldest = registry.last_night("us5", before=date.fromordinal(730_001))
    assert oldest is not None
    assert oldest.run_id == ids[0]


def test_a_note_is_read_as_it_was_last_written(registry: Registry, tmp_path: Path) -> None:
    """A note round-trips, a second one of the name replaces it, and an absent one is None."""
    run_id = log(registry, tmp_path).night
    assert registry.read_note(run_id, "verdict") is None
    registry.note(run_id, "verdict", {"promoted": False, "reason": "kept"})
    registry.note(run_id, "verdict", {"promoted": True, "leaderboard": [{"name": "lstm", "pinball": 0.25}]})
    assert registry.read_note(run_id, "verdict") == {
        "promoted": True,
        "leaderboard": [{"name": "lstm", "pinball": 0.25}],
    }


def test_a_broken_note_is_one_line(registry: Registry, tmp_path: Path) -> None:
    """A note that somebody spoiled is named instead of a traceback."""
    run_id = log(registry, tmp_path).night
    registry.note(run_id, "verdict", {})
    registry.artifact(run_id, "notes/verdict.json").write_text("{")
    with pytest.raises(RegistryError, match=r'note "verdict" of run .* is not JSON'):
        registry.read_note(run_id, "verdict")


def test_artifacts_keep_their_layout(registry: Registry, tmp_path: Path) -> None:
    """Files are found under the paths that they had in their folder."""
    logged = log(registry, tmp_path)
    assert registry.artifact(logged.recipes["lstm"], "charts/fan.png").read_bytes() == b"png"
    assert registry.artifact(logged.night, "board.txt").read_text() == "board"
    assert registry.artifact(logged.recipes["lstm"], "charts").is_dir()


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("losses.parquet", 'no artifact "losses.parquet"'),
        ("../meta", "must be relative"),
        ("/etc/hosts", "must be relative"),
        ("", "must be relative"),
    ],
)
def test_an_artifact_that_is_not_there_is_an_error(
    registry: Registry, tmp_path: Path, path: str, message: str
) -> None:
    """An absent file and a path out of the run are refused by name."""
    run_id = log(registry, tmp_path).night
    with pytest.raises(RegistryError, match=message):
        registry.artifact(run_id, path)


def test_an_unknown_run_is_an_error(registry: Registry) -> None:
    """A run id that the server does not know is named in one line."""
    with pytest.raises(RegistryError, match="0123456789abcdef0123456789abcdef") as caught:
        registry.artifact("0123456789abcdef0123456789abcdef", "model.json")
    assert "\n" not in str(caught.value)


def test_a_run_is_registered_once(registry: Registry, client: MlflowClient, tmp_path: Path) -> None:
    """The same run gives the same version again, another run the next one; tags are the version's."""
    logged = log(registry, tmp_path)
    assert register(registry, tmp_path, logged.recipes["lstm"]) == "1"
    assert register(registry, tmp_path, logged.recipes["lstm"]) == "1"
    assert register(registry, tmp_path, logged.recipes["ewma"], recipe="ewma") == "2"
    version = client.get_model_version("morrow-us5", "1")
    assert version.tags == TAGS
    assert version.run_id == logged.recipes["lstm"]
    assert len(client.search_model_versions("name = 'morrow-us5'")) == 2


def test_what_is_registered_is_data(registry: Registry, tmp_path: Path) -> None:
    """A version holds the two data files, the entry as source, and nothing pickled."""
    run_id = log(registry, tmp_path).recipes["lstm"]
    registry.promote("us5", register(registry, tmp_path, run_id))
    champion = registry.champion("us5")
    assert champion is not None
    stored = champion.folder.parent
    names = {str(file.relative_to(stored)) for file in stored.rglob("*") if file.is_file()}
    assert names == {
        "artifacts/model.json", "artifacts/weights.safetensors", "entry.py", "MLmodel", "conda.yaml",
        "python_env.yaml", "requirements.txt", "input_example.json", "serving_input_example.json",
    }  # fmt: skip
    assert "torch==2.13.0\n" in (stored / "requirements.txt").read_text() + "\n"
    first_bytes = {name: (stored / name).read_bytes()[:2] for name in names}
    assert not [name for name, head in first_bytes.items() if head[:1] == b"\x80" or head == b"PK"]


@pytest.mark.parametrize("missing", ["trained_through", "weights.safetensors"])
def test_an_incomplete_model_is_not_registered(
    registry: Registry, client: MlflowClient, tmp_path: Path, missing: str
) -> None:
    """Without a required tag or data file nothing is registered, and the message names what is missing."""
    run_id = log(registry, tmp_path).recipes["lstm"]
    folder = recipe(tmp_path).folder
    (folder / missing).unlink(missing_ok=True)
    tags = {name: value for name, value in TAGS.items() if name != missing}
    with pytest.raises(RegistryError, match=missing):
        registry.register("us5", folder, run_id, tags=tags, input_example=PRICES, output_example=ANSWER)
    assert client.search_model_versions("name = 'morrow-us5'") == []


def test_promotion_moves_both_aliases(registry: Registry, client: MlflowClient, tmp_path: Path) -> None:
    """The old champion becomes `previous`, and promoting the champion again changes nothing."""
    logged = log(registry, tmp_path)
    one = register(registry, tmp_path, logged.recipes["lstm"])
    two = register(registry, tmp_path, logged.recipes["ewma"], recipe="ewma")
    assert registry.champion("us5") is None
    registry.promote("us5", one)
    assert aliases(client) == {"champion": one}
    for _ in range(2):
        registry.promote("us5", two)
        assert aliases(client) == {"champion": two, "previous": one}
    registry.promote("us5", one)
    registry.promote("us5", two)
    assert aliases(client) == {"champion": two, "previous": one}


def test_an_interrupted_promotion_is_finished(
    registry: Registry, client: MlflowClient, tmp_path: Path
) -> None:
    """Killed between the two aliases, a second call leads to the same state."""
    logged = log(registry, tmp_path)
    one = register(registry, tmp_path, logged.recipes["lstm"])
    two = register(registry, tmp_path, logged.recipes["ewma"], recipe="ewma")
    registry.promote("us5", one)
    client.set_registered_model_alias("morrow-us5", "previous", one)
    registry.promote("us5", two)
    assert aliases(client) == {"champion": two, "previous": one}


def test_an_unknown_version_is_not_promoted(registry: Registry, tmp_path: Path) -> None:
    """A version that does not exist is an error, and no alias moves."""
    register(registry, tmp_path, log(registry, tmp_path).recipes["lstm"])
    with pytest.raises(RegistryError, match="version=7"):
        registry.promote("us5", "7")
    assert registry.champion("us5") is None


def test_the_champion_is_the_fit_that_was_registered(registry: Registry, tmp_path: Path) -> None:
    """Its folder loads to the same arrays, and its lineage is that of its tags."""
    run_id = log(registry, tmp_path).recipes["lstm"]
    version = register(registry, tmp_path, run_id)
    registry.promote("us5", version)
    champion = registry.champion("us5")
    assert champion is not None
    assert (champion.universe, champion.name, champion.version) == ("us5", "lstm", "1")
    assert (champion.run_id, champion.trained_through) == (run_id, "2013-03-01")
    assert np.array_equal(load(champion.folder).arrays["w"], np.full((2, 3), 1.5, np.float32))
    assert registry.champion("other") is None


def test_a_champion_whose_files_are_gone_is_an_error(registry: Registry, tmp_path: Path) -> None:
    """A deleted weights file is named rather than found out while forecasting."""
    registry.promote("us5", register(registry, tmp_path, log(registry, tmp_path).recipes["lstm"]))
    champion = registry.champion("us5")
    assert champion is not None
    (champion.folder / "weights.safetensors").unlink()
    with pytest.raises(RegistryError, match=r"weights\.safetensors"):
        registry.champion("us5")


def test_a_champion_of_another_program_is_an_error(
    registry: Registry, client: MlflowClient, tmp_path: Path
) -> None:
    """A version without our tags is refused with the alias to move."""
    run_id = log(registry, tmp_path).night
    client.create_registered_model("morrow-us5")
    client.create_model_version("morrow-us5", (tmp_path / "other").as_uri(), run_id)
    registry.promote("us5", "1")
    with pytest.raises(RegistryError, match='not registered by morrow; move the alias "champion"'):
        registry.champion("us5")


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


class Slow(Connection):
    """A connection that another process is quicker than: its first look finds no experiment yet."""

    looks: list[str] = []  # noqa: RUF012

    def find_experiment(self, universe: str) -> str | None:
        self.looks.append(universe)
        return None if len(self.looks) == 1 else super().find_experiment(universe)


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


def aliases(client: MlflowClient) -> dict[str, str]:
    """Version by alias."""
    found = client.get_registered_model("morrow-us5").aliases
    return {alias: str(version) for alias, version in found.items()}


def python(code: str, folder: Path, **variables: str) -> subprocess.Popen[str]:
    """Start code in a process that inherits no setting of ours."""
    kept = {
        k: v for k, v in os.environ.items() if not k.startswith(("MLFLOW", "_MLFLOW", "DO_NOT", "PYTEST"))
    }
    return subprocess.Popen(
        [sys.executable, "-c", dedent(code)],
        cwd=folder,
        env=kept | variables,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


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


def test_the_entry_answers_with_the_fit_beside_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it reads from the context's folder is what it forecasts the prices with."""
    from mlflow.pyfunc import PythonModelContext

    from morrow.registry.entry import Forecaster

    stand_in = ModuleType("morrow.forecast")
    stand_in.__dict__["from_prices"] = lambda fitted, prices: prices.assign(name=fitted.document["name"])
    monkeypatch.setitem(sys.modules, "morrow.forecast", stand_in)
    context = PythonModelContext({"model": str(recipe(tmp_path).folder / "model.json")}, None)
    served = Forecaster()
    served.load_context(context)
    assert list(served.predict(context, PRICES)["name"]) == ["lstm", "lstm"]


def test_others_load_the_champion_in_a_fresh_process(registry: Registry, root: Path) -> None:
    """`mlflow.pyfunc.load_model` answers prices with what morrow.forecast says for that fitted model."""
    logged = log(registry, root)
    registry.promote("us5", register(registry, root, logged.recipes["lstm"]))
    code = """
        import sys, types, json
        import mlflow, pandas as pd
        model = mlflow.pyfunc.load_model("models:/morrow-us5@champion")
        assert "morrow.forecast" not in sys.modules
        stand_in = types.ModuleType("morrow.forecast")
        stand_in.from_prices = lambda fitted, prices: prices.assign(
            weight=float(fitted.arrays["w"][0, 0]), name=fitted.document["name"]
        )
        sys.modules["morrow.forecast"] = stand_in
        prices = pd.DataFrame({"symbol": ["IBM"], "session": pd.to_datetime(["2013-03-01"]), "close": [202.0],
                               "split_factor": [1.0], "dividend_factor": [1.0]})
        answer = model.predict(prices)
        print(json.dumps(answer[["symbol", "close", "weight", "name"]].to_dict("records")))
    """
    uri = f"sqlite:///{root}/mlruns/mlflow.db"
    process = python(code, root, MLFLOW_TRACKING_URI=uri, MLFLOW_DISABLE_TELEMETRY="true")
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    assert json.loads(out) == [{"symbol": "IBM", "close": 202.0, "weight": 1.5, "name": "lstm"}]
