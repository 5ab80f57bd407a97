"""The saved views of MLflow's table of runs, as its page would read them."""

import base64
import json
import zlib
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from mlflow import MlflowClient

from morrow.registry import Registry
from tests.registries import CUTOFF, log, recipe


def view(client: MlflowClient, key: str) -> dict[str, Any]:
    """A view's state, read back as MLflow's page does it."""
    tag = client.get_experiment_by_name("morrow-us5").tags[f"mlflow.sharedViewState.{key}"]
    head, _, body = tag.partition(";")
    assert head == "deflate"
    state: dict[str, Any] = json.loads(zlib.decompress(base64.b64decode(body)))
    return state


def test_the_leaderboard_is_of_the_newest_night(
    registry: Registry, client: MlflowClient, tmp_path: Path
) -> None:
    """A night that is logged later for an earlier cutoff does not take the leaderboard's place."""
    newer = log(registry, tmp_path, "n2", date(2013, 3, 1))
    log(registry, tmp_path, "n1", date(2013, 2, 22))
    state = view(client, "leaderboard")
    experiment = client.get_experiment_by_name("morrow-us5").experiment_id
    found = client.search_runs([experiment], state["searchFilter"])
    assert {run.info.run_id for run in found} == set(newer.recipes.values())
    assert (state["orderByKey"], state["orderByAsc"]) == ("metrics.`pinball_select_bp`", True)
    assert state["selectedColumns"][0] == "tags.`verdict`"


def test_the_nights_are_the_parents_alone(registry: Registry, client: MlflowClient, tmp_path: Path) -> None:
    """The second view finds each night once, newest first, and no recipe."""
    older = log(registry, tmp_path, "n1", date(2013, 2, 22))
    newer = log(registry, tmp_path, "n2", date(2013, 3, 1))
    state = view(client, "nights")
    experiment = client.get_experiment_by_name("morrow-us5").experiment_id
    order = f"{state['orderByKey']} {'ASC' if state['orderByAsc'] else 'DESC'}"
    found = client.search_runs([experiment], state["searchFilter"], order_by=[order])
    assert [run.info.run_id for run in found] == [newer.night, older.night]


def test_addresses_open_the_machine_learning_pages(registry: Registry, tmp_path: Path) -> None:
    """Before the first night there is no address; then each view has one, with MLflow's mode in it."""
    assert registry.find_views("us5") == {}
    log(registry, tmp_path)
    assert registry.find_views("us5") == {
        key: f"/#/experiments/1/runs?viewStateShareKey={key}&workflowType=machine_learning{mode}"
        for key, mode in (("leaderboard", ""), ("charts", "&compareRunsMode=CHART"), ("nights", ""))
    }


def test_the_charts_compare_losses_by_epoch_and_the_options_that_differ(
    registry: Registry, client: MlflowClient, tmp_path: Path
) -> None:
    """Three networks that differ in one option have it as an axis, and one chart a loss for all of them."""
    nets = [
        replace(recipe(tmp_path, name), params={"network/width": width, "training/rate": 0.1})
        for name, width in (("a", 8), ("b", 16), ("c", 16))
    ]
    log(registry, tmp_path, "n1", CUTOFF, *nets, recipe(tmp_path, "ewma", epochs=0))
    charts = {card["type"]: card for card in view(client, "charts")["compareRunCharts"]}
    assert charts["PARALLEL"]["selectedParams"] == ["network/width"]
    assert charts["PARALLEL"]["selectedMetrics"] == ["pinball_select_bp"]
    keys = [card.get("metricKey") for card in view(client, "charts")["compareRunCharts"]]
    assert {"epoch/stop_loss", "epoch/fit_loss", "pinball_select_bp"} <= set(keys)


def test_the_search_of_the_reference_finds_promoted_runs(
    registry: Registry, client: MlflowClient, tmp_path: Path
) -> None:
    """Skill in fractions and the verdict are searched together, and one recipe of two answers."""
    skilled = {"skill_vs_gjr_garch": 0.02}
    won = replace(recipe(tmp_path, "a"), metrics=skilled, tags={"verdict": "promoted"})
    lost = replace(recipe(tmp_path, "b"), metrics=skilled, tags={"verdict": "not promoted"})
    logged = log(registry, tmp_path, "n1", CUTOFF, won, lost)
    experiment = client.get_experiment_by_name("morrow-us5").experiment_id
    found = client.search_runs(
        [experiment], 'metrics.skill_vs_gjr_garch > 0.01 and tags.verdict = "promoted"'
    )
    assert [run.info.run_id for run in found] == [logged.recipes["a"]]
