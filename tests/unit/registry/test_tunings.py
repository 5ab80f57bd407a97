"""Searches and their trials, against a real MLflow store."""

from pathlib import Path

from mlflow import MlflowClient

from morrow.registry import Registry, TrialRun


def test_a_search_is_logged_once(registry: Registry, client: MlflowClient, tmp_path: Path) -> None:
    """A study that is opened again is the same run, and a trial that is logged again is not repeated."""
    parent = registry.open_tuning("us5", "s1", {"trials": 2})
    assert registry.open_tuning("us5", "s1", {"trials": 2}) == parent
    for number, state in ((0, "complete"), (1, "pruned"), (0, "complete")):
        registry.log_trial("us5", parent, TrialRun(number, state, {"width": 8}, {"pinball": 0.25}))
    recipe = tmp_path / "best.toml"
    recipe.write_text('kind = "gru"')
    registry.close_tuning(parent, {"pinball": 0.25}, recipe)
    experiment = client.get_experiment_by_name("morrow-us5").experiment_id
    runs = {run.info.run_name: run for run in client.search_runs([experiment])}
    assert {name: run.info.status for name, run in runs.items()} == {
        "tune s1": "FINISHED",
        "trial 0": "FINISHED",
        "trial 1": "KILLED",
    }
    assert runs["trial 0"].data.params == {"width": "8"}
    assert registry.artifact(parent, "best.toml").read_text() == 'kind = "gru"'
