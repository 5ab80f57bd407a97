"""Nights, notes and artifacts, against real MLflow stores."""

import time
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from mlflow import MlflowClient

from morrow.errors import RegistryError
from morrow.registry import Registry, nights
from tests.registries import CUTOFF, log, recipe, runs_of


def test_a_night_is_a_parent_run_with_a_child_a_recipe(
    registry: Registry, client: MlflowClient, tmp_path: Path
) -> None:
    """The parent is named by the cutoff and its children by recipe and cutoff, lineage on all of them."""
    logged = log(registry, tmp_path)
    parent = client.get_run(logged.night)
    assert parent.info.run_name == "2013-03-01"
    assert parent.info.status == "FINISHED"
    assert parent.data.params == {"horizon": "5"}
    assert parent.data.tags["morrow.night"] == "n1"
    assert list(logged.recipes) == ["lstm", "ewma"]
    child = client.get_run(logged.recipes["lstm"])
    assert (child.info.run_name, child.info.status) == ("lstm 2013-03-01", "FINISHED")
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


def test_runs_say_what_they_are(registry: Registry, client: MlflowClient, tmp_path: Path) -> None:
    """Descriptions, verdicts, the data's version, the training's duration, and a failed recipe's run."""
    good = replace(recipe(tmp_path), tags={"verdict": "promoted"}, description="it won", seconds=12.5)
    lost = replace(recipe(tmp_path, "gru"), tags={"verdict": "failed"}, failure="out of memory")
    overview = nights.Overview("# us5", {"pinball_bp": 12.3}, 60.0, "data/prices", "0123", {"symbols": 5})
    logged = log(registry, tmp_path, "n1", CUTOFF, good, lost, overview=overview)
    assert list(logged.recipes) == ["lstm"]
    assert registry.night("us5", "n1") == logged
    parent = client.get_run(logged.night)
    assert parent.data.tags["mlflow.note.content"] == "# us5"
    assert parent.data.metrics == {"pinball_bp": 12.3}
    assert parent.info.end_time - parent.info.start_time >= 60_000
    child = client.get_run(logged.recipes["lstm"])
    assert (child.data.tags["verdict"], child.data.tags["mlflow.note.content"]) == ("promoted", "it won")
    assert 12_500 <= child.info.end_time - child.info.start_time < 20_000 + 60_000
    (used,) = child.inputs.dataset_inputs
    assert (used.dataset.name, used.dataset.digest) == ("prices of us5", "0123")
    failed = client.search_runs([parent.info.experiment_id], "tags.verdict = 'failed'")
    assert [run.info.status for run in failed] == ["FAILED"]


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
    with pytest.raises(RegistryError, match='gone" is not a folder'):
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
