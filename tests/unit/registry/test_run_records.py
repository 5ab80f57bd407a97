"""Runs found by their ids."""

from pathlib import Path

import pytest
from mlflow import MlflowClient

from morrow.errors import RegistryError
from morrow.registry import Registry
from tests.registries import log


def test_a_run_is_found_by_the_beginning_of_its_id(registry: Registry, tmp_path: Path) -> None:
    """A recipe's run names its night, and a night's own run its recipes."""
    logged = log(registry, tmp_path)
    found = registry.find_run(logged.recipes["lstm"][:12])
    assert (found.run_id, found.universe, found.recipe) == (logged.recipes["lstm"], "us5", "lstm")
    assert (found.night, found.failed, found.metrics["pinball"]) == (logged.night, False, 0.25)
    own = registry.find_run(logged.night)
    assert (own.recipe, own.night, own.recipes) == (None, logged.night, logged.recipes)


@pytest.mark.parametrize("beginning", ["", "%", "' OR '1", "nothing"])
def test_an_id_that_no_run_has_is_refused(registry: Registry, tmp_path: Path, beginning: str) -> None:
    """Also one that a search would read as a pattern, or as more than a value."""
    log(registry, tmp_path)
    with pytest.raises(RegistryError, match="no run begins with"):
        registry.find_run(beginning)


def test_a_run_of_another_kind_is_refused(registry: Registry, client: MlflowClient) -> None:
    """Such as one that a person logged beside morrow's."""
    run = client.create_run(client.create_experiment("mine"))
    with pytest.raises(RegistryError, match="is no run of a night"):
        registry.find_run(run.info.run_id)
