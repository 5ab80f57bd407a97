"""Old runs and the files that may go, behind a real registry."""

from datetime import date
from pathlib import Path

from mlflow import MlflowClient

from morrow.registry import Registry
from morrow.registry.thinning import THINNED
from tests.registries import log, recipe


def test_a_thinned_run_keeps_its_metrics_and_says_so(
    registry: Registry, client: MlflowClient, tmp_path: Path
) -> None:
    """Of three nights the oldest goes, but for a protected recipe and its night; sizes are those on disk."""
    days = [date(2013, month, 1) for month in (1, 2, 3)]
    runs = [log(registry, tmp_path, str(day), day, recipe(tmp_path)) for day in days]
    assert registry.list_old_runs("us5", date(2012, 12, 31), ()) == ()
    assert registry.list_old_runs("none", days[-1], ()) == ()
    assert registry.list_old_runs("us5", days[-1], {runs[0].recipes["lstm"]}) == ()
    listed = registry.list_old_runs("us5", days[-1], ())
    assert {run.run_id for run in listed} == {runs[0].night, runs[0].recipes["lstm"]}
    (own,) = [run for run in listed if run.run_id == runs[0].recipes["lstm"]]
    folder = registry.artifact(own.run_id, "model.json").parent
    assert own.size == sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    assert set(own.paths) == {"charts", "model.json", "weights.safetensors"}
    registry.thin_run(own, days[-1])
    assert list(folder.iterdir()) == []
    data = client.get_run(own.run_id).data
    assert (data.metrics["pinball"], data.tags[THINNED]) == (0.25, "2013-03-01")
    assert [run.run_id for run in registry.list_old_runs("us5", days[-1], ())] == [runs[0].night]
