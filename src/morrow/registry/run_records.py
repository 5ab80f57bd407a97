"""A run of a night as it is on record: whose it is, and its metrics."""

from collections.abc import Mapping
from dataclasses import dataclass

from mlflow.entities import Run

from morrow.errors import RegistryError
from morrow.registry.connection import Connection
from morrow.registry.nights import NIGHT, PARENT, RECIPE, UNIVERSE, list_children

LIKE_ANY = "%_\\"  # characters that mean others in a search


@dataclass(frozen=True)
class RunRecord:
    """A run of a night, or of one of its recipes.

    Attributes:
        run_id: its whole id.
        universe: its universe.
        recipe: its recipe; None for the night's own run.
        night: run id of the night.
        failed: whether the recipe could not be trained.
        metrics: the last value of each.
        recipes: run ids of a night's recipes by name, but for those that failed; empty for a recipe's run.
    """

    run_id: str
    universe: str
    recipe: str | None
    night: str
    failed: bool
    metrics: Mapping[str, float]
    recipes: Mapping[str, str]


def find_run(connection: Connection, beginning: str) -> RunRecord:
    """See ``Registry.find_run``."""
    experiments = [each.experiment_id for each in connection.client.search_experiments()]
    unusable = not beginning or any(letter in beginning for letter in LIKE_ANY + "'\"")
    runs = (
        []
        if unusable
        else connection.client.search_runs(
            experiments, f"attributes.run_id LIKE '{beginning}%'", max_results=2
        )
    )
    if len(runs) != 1:
        problem = "several runs begin" if runs else "no run begins"
        raise RegistryError(f'{problem} with "{beginning}"; morrow ui shows every run with its id')
    return _read(connection, runs[0])


def _read(connection: Connection, run: Run) -> RunRecord:
    tags: Mapping[str, str] = run.data.tags
    recipe = tags.get(RECIPE)
    if UNIVERSE not in tags or (recipe is None and NIGHT not in tags):
        raise RegistryError(f"run {run.info.run_id} is no run of a night or of one of its recipes")
    return RunRecord(
        run_id=run.info.run_id,
        universe=tags[UNIVERSE],
        recipe=recipe,
        night=run.info.run_id if recipe is None else tags[PARENT],
        failed=run.info.status == "FAILED",
        metrics=dict(run.data.metrics),
        recipes={} if recipe else list_children(connection, run),
    )
