"""A whole search: trials in processes, resuming, MLflow's runs, and the recipe file that it writes."""

import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

from morrow import config, steps
from morrow.config import NetworkRecipe, RegistrySection
from morrow.errors import ConfigError
from morrow.steps import STEPS
from morrow.workbench.tune import tune
from tests.projects import night, project

SMALL = """
[tune]
kinds = ["rnn"]
layers = [1, 1]
width = [2, 4]
window = [8, 16]
folds = 1
"""


@pytest.fixture(scope="module")
def taken_in(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project whose prices are stored, with small ranges."""
    root = project(tmp_path_factory.mktemp("tune"))
    with (root / "morrow.toml").open("a", encoding="utf-8") as file:
        file.write(SMALL)
    steps.play(night(root), [step for step in STEPS if step.name == "ingest"])
    return root


def test_a_search_writes_a_recipe_and_goes_on_where_it_was_left(taken_in: Path) -> None:
    """Two trials, then three: the first two are not repeated, all are MLflow's, and the file counts them."""
    first = tune(night(taken_in), 2, 5, "found")
    again = tune(night(taken_in), 3, 5, "found")
    assert (first.trials, again.trials) == (2, 3)
    assert (again.study, again.run_id) == (first.study, first.run_id)
    written = tomllib.loads(again.file.read_text(encoding="utf-8"))
    assert written["trials"] == 3
    assert config.load(taken_in / "morrow.toml").recipes["found"] == NetworkRecipe(**written)
    assert NetworkRecipe(**written).target == NetworkRecipe(kind="rnn").target == "regressed"
    client = night(taken_in).registry._connection.client
    parent = client.get_run(again.run_id)
    children = client.search_runs(
        [parent.info.experiment_id], f"tags.`mlflow.parentRunId` = '{again.run_id}'"
    )
    assert sorted(run.data.tags["morrow.trial"] for run in children) == ["0", "1", "2"]
    first_trial = next(run for run in children if run.data.tags["morrow.trial"] == "0")
    assert (first_trial.data.params["width"], first_trial.data.params["window"]) == ("4", "16")
    losses = [run.data.metrics["loss"] for run in children if "loss" in run.data.metrics]
    assert min(losses) == pytest.approx(again.loss)
    assert parent.data.metrics["trials"] == 3


def test_other_data_are_another_search(taken_in: Path) -> None:
    """A study goes by data, ranges and seed: another seed starts anew, beside the configured artifacts."""
    tonight = night(taken_in)
    seeded = tonight.config.training.model_copy(update={"seed": 8})
    elsewhere = RegistrySection(uri="sqlite:///elsewhere/mlflow.db", artifacts="elsewhere/artifacts")
    changes = {"training": seeded, "registry": elsewhere}
    other = replace(tonight, config=tonight.config.model_copy(update=changes))
    found = tune(other, 1, 5, "other")
    assert found.trials == 1
    assert (taken_in / "elsewhere" / "tuning.db").exists()


def test_a_recipe_of_ones_own_is_not_overwritten(taken_in: Path) -> None:
    """A file that no search wrote is left as it is, and said so before anything is trained."""
    file = taken_in / "recipes" / "mine.toml"
    file.parent.mkdir(exist_ok=True)
    file.write_text('kind = "lstm"\n', encoding="utf-8")
    with pytest.raises(ConfigError, match=r"mine.toml\" was not written by a search and is left as it is"):
        tune(night(taken_in), 1, 5, "mine")
    assert file.read_text(encoding="utf-8") == 'kind = "lstm"\n'
