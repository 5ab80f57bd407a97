"""What goes of old retrainings, on a real registry and ledger: by sessions, never what is referred to."""

from datetime import date
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

import pytest
from mlflow import MlflowClient

from morrow.registry import OldRun, Registry
from morrow.steps.retention import Leftovers, clean, find_leftovers, remove
from morrow.steps.retrain.work_folder import CUTOFF
from tests.champions import make_reigns
from tests.conftest import weekdays
from tests.projects import copy_project, edit, night, play
from tests.registries import recipe

OLD, LATER = weekdays(420)[-61].date(), weekdays(420)[-60].date()


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three champions, and before them two nights that made none; made once because each takes a second."""
    root = make_reigns(tmp_path_factory.mktemp("reigns") / "toy")
    for cutoff in (OLD, LATER):
        log_old_night(root, cutoff)
    play(root, names=("ingest",))
    return root


@pytest.fixture
def root(template: Path, tmp_path: Path) -> Path:
    """A copy of the project."""
    return copy_project(template, tmp_path / "toy")


def log_old_night(root: Path, cutoff: date) -> None:
    """Log a night of one recipe whose large file has 1,000 bytes, as does the night's own."""
    one = recipe(root, "lstm", epochs=0)
    for name, content in (("losses.parquet", b"x" * 1000), ("recipe.json", b"{}")):
        (one.folder / name).write_bytes(content)
    own = root / "work" / "own"
    (own / "charts").mkdir(parents=True, exist_ok=True)
    (own / "charts" / "fan.png").write_bytes(b"x" * 1000)
    (own / "verdict.json").write_text("{}")
    night(root).registry.log_night(
        "toy", f"old {cutoff}", cutoff, tags={}, params={}, artifacts=own, recipes=[one]
    )


def files_of(root: Path, run_id: str) -> set[str]:
    """The files that a run has."""
    client = MlflowClient(f"sqlite:///{root}/mlruns/mlflow.db")
    folder = Path(url2pathname(urlsplit(client.get_run(run_id).info.artifact_uri).path))
    return {file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file()}


def leftovers_of(root: Path) -> Leftovers:
    """What may go tonight."""
    return find_leftovers(night(root))


def test_runs_of_long_ago_keep_summaries_and_metrics(root: Path) -> None:
    """Night and recipe lose what is large, and are listed no more; the night one session younger stays."""
    listed = leftovers_of(root).runs
    assert {run.cutoff for run in listed} == {OLD}
    by_name = {run.name: run for run in listed}
    assert set(by_name) == {str(OLD), f"lstm {OLD}"}
    assert by_name[str(OLD)].size == 1000
    assert by_name[f"lstm {OLD}"].size > 1000
    result = clean(night(root), {})
    assert (result.runs, result.size) == (2, sum(run.size for run in listed))
    assert files_of(root, by_name[str(OLD)].run_id) == {"verdict.json"}
    assert files_of(root, by_name[f"lstm {OLD}"].run_id) == {"recipe.json"}
    assert night(root).registry.night("toy", f"old {OLD}") is not None
    assert leftovers_of(root).runs == ()


def test_versions_of_ledger_and_aliases_keep_their_files(root: Path) -> None:
    """However short the retention is, the runs that made a champion stay whole, and so do their nights."""
    edit(root, "[universes.toy]", "[retention]\nsessions = 1\n[universes.toy]")
    kept = {
        version.run_id: files_of(root, version.run_id) for version in night(root).registry.versions("toy")
    }
    assert len(kept) == 3
    assert {run.cutoff for run in leftovers_of(root).runs} == {OLD, LATER}
    remove(night(root), leftovers_of(root))
    assert {run_id: files_of(root, run_id) for run_id in kept} == kept
    assert night(root).registry.champion("toy") is not None


def test_the_newest_two_nights_stay_whole(root: Path) -> None:
    """The next retraining compares with the newest, however old it is."""
    edit(root, "[universes.toy]", "[retention]\nsessions = 1\n[universes.toy]")
    for cutoff in (weekdays(420)[-3].date(), weekdays(420)[-2].date()):
        log_old_night(root, cutoff)
    assert {run.cutoff for run in leftovers_of(root).runs} == {OLD, LATER}


def test_a_killed_cleaning_is_finished(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run whose files went and that was not tagged yet is listed again, with what is left."""
    real = Registry.thin_run

    def die_at_the_recipe(registry: Registry, run: OldRun, day: date) -> None:
        if not run.name.startswith("lstm"):
            return real(registry, run, day)
        registry.artifact(run.run_id, "losses.parquet").unlink()
        raise KeyboardInterrupt

    monkeypatch.setattr(Registry, "thin_run", die_at_the_recipe)
    with pytest.raises(KeyboardInterrupt):
        clean(night(root), {})
    monkeypatch.undo()
    (left,) = [run for run in leftovers_of(root).runs if run.name == f"lstm {OLD}"]
    assert left.size > 0
    assert "losses.parquet" not in left.paths
    clean(night(root), {})
    assert leftovers_of(root).runs == ()


def test_work_goes_by_sessions_not_by_the_clock(root: Path) -> None:
    """Five sessions before the last one are old enough; a folder without a cutoff is nobody's to remove."""
    for name, session in (("old", -6), ("young", -5)):
        folder = night(root).work(name)
        folder.mkdir(parents=True)
        (folder / CUTOFF).write_text(f"{weekdays(420)[session].date()}\n")
        (folder / "weights").write_bytes(b"x" * 10)
    (night(root).work("begun")).mkdir()
    (old,) = leftovers_of(root).work
    assert (old.folder.name, old.size) == ("old", 21)
    clean(night(root), {})
    assert {each.name for each in night(root).work("old").parent.glob("[!.]*")} == {"young", "begun"}
