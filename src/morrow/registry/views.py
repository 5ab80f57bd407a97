"""Saved views of MLflow's runs: the newest night's recipes as a leaderboard and as charts, and all nights.

A view is a tag of the experiment that MLflow's page reads when its key is in the address. Without one the
page shows a single collapsed row without a metric.
"""

import base64
import json
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

from mlflow.entities import Run

from morrow.registry.connection import Connection, model_name

TAG, HEAD = "mlflow.sharedViewState.", "deflate;"
LEADERBOARD, CHARTS, NIGHTS = "leaderboard", "charts", "nights"
PLACES = {
    key: f"viewStateShareKey={key}&workflowType=machine_learning"
    + ("&compareRunsMode=CHART" if key == CHARTS else "")
    for key in (LEADERBOARD, CHARTS, NIGHTS)
}
NAME_WIDTH, COLUMN_WIDTH = 190, 110  # pixels: all columns fit on a screen of 1,440
RUN_NAME = "attributes.`Run Name`"
MEASURES = (
    "metrics.`pinball_select_bp`",
    "metrics.`pinball_bp`",
    "metrics.`skill_vs_gjr_garch_percent`",
    "metrics.`skill_vs_ewma_percent`",
    "metrics.`coverage_80_percent`",
)
LOSS = "pinball_select_bp"
CURVES = {
    "epoch/stop_change_percent": "Stop loss over that before training [%]",
    "epoch/stop_loss": "Stop loss by epoch",
    "epoch/fit_loss": "Fit loss by epoch",
}
BARS = {
    LOSS: "Pinball loss on the select sessions [bp]",
    "skill_vs_gjr_garch_percent": "Skill against GJR-GARCH-t on the test sessions [%]",
}
AXES = 6  # options on the parallel coordinates at most: more cannot be read
SECTION = "morrow-comparison"


def save_views(connection: Connection, experiment: str, newest: str) -> None:
    """Write the views of an experiment, replacing those of the night before.

    Args:
        connection: to the tracking server.
        experiment: its id.
        newest: run id of the night whose recipes the leaderboard shows: one night alone, because losses on
            other sessions cannot be compared.
    """
    of_night = f"tags.`mlflow.parentRunId` = '{newest}'"
    board = _view(
        of_night,
        f"metrics.`{LOSS}`",
        ["tags.`verdict`", *MEASURES, "metrics.`train_s`"],
        _charts(connection.client.search_runs([experiment], of_night)),
        ascending=True,
    )
    nights = _view(
        "tags.`morrow.night` LIKE '%'",
        "tags.`morrow.cutoff`",
        ["tags.`winner`", "tags.`verdict`", *MEASURES, "metrics.`seconds`"],
        {},
        ascending=False,
    )
    for key, view in ((LEADERBOARD, board), (CHARTS, board), (NIGHTS, nights)):
        connection.client.set_experiment_tag(experiment, TAG + key, view)


def find_addresses(connection: Connection, universe: str) -> dict[str, str]:
    """Where the universe's views open, by their key: parts of an address after the server's own.

    Empty before the first night.
    """
    experiment = connection.client.get_experiment_by_name(model_name(universe))
    if experiment is None:
        return {}
    page = f"/#/experiments/{experiment.experiment_id}/runs?"
    return {key: page + place for key, place in PLACES.items() if TAG + key in experiment.tags}


def select_axes(runs: Sequence[Run]) -> list[str]:
    """The parameters in which a night's networks differ, or its recipes where fewer than two are networks.

    Only those that all of them have: MLflow draws no line for a run without a value on each axis.
    """
    networks = [run for run in runs if "epoch/stop_loss" in run.data.metrics]
    compared = networks if len(networks) > 1 else [run for run in runs if LOSS in run.data.metrics]
    if not compared:
        return []
    shared = set.intersection(*(set(run.data.params) for run in compared))
    return sorted(name for name in shared if len({run.data.params[name] for run in compared}) > 1)[:AXES]


def _charts(runs: Sequence[Run]) -> dict[str, Any]:
    """What MLflow draws of the runs: the parallel coordinates, losses by epoch, and bars, in a section."""
    axes = select_axes(runs)
    cards: list[dict[str, Any]] = []
    if axes:
        cards.append(
            _card("options", "PARALLEL", "Options that differ, and the loss that they led to")
            | {"selectedParams": axes, "selectedMetrics": [LOSS], "showAllRuns": False}
        )
    cards += [
        _card(key, "LINE", title)
        | {"metricKey": key, "xAxisKey": "step", "xAxisScaleType": "linear", "scaleType": "linear"}
        | {"lineSmoothness": 0, "range": {}, "yAxisKey": "metric", "yAxisExpressions": []}
        for key, title in CURVES.items()
        if any(key in run.data.metrics for run in runs)
    ]
    cards += [_card(key, "BAR", title) | {"metricKey": key} for key, title in BARS.items()]
    section = {"uuid": SECTION, "name": "Comparison", "display": True, "isReordered": True, "columns": 2}
    return {
        "compareRunCharts": cards,
        "compareRunSections": [section | {"deleted": False, "isGenerated": False}],
        "isAccordionReordered": True,
    }


def _card(key: str, kind: str, title: str) -> dict[str, Any]:
    """What all of MLflow's charts have in common."""
    return {
        "uuid": f"morrow-{key}",
        "type": kind,
        "displayName": title,
        "metricSectionId": SECTION,
        "runsCountToCompare": 20,
        "deleted": False,
        "isGenerated": False,
    }


def _view(
    filtered: str, order: str, columns: Sequence[str], charts: Mapping[str, Any], *, ascending: bool
) -> str:
    """A view in MLflow 3's own notation: JSON, deflated, in base64."""
    visible = [RUN_NAME, *columns]
    state = {
        "searchFilter": filtered,
        "orderByKey": order,
        "orderByAsc": ascending,
        "startTime": "ALL",
        "lifecycleFilter": "Active",
        "modelVersionFilter": "All Runs",
        "datasetsFilter": [],
        "selectedColumns": list(columns),
        "columnOrder": visible,
        "columnWidths": dict.fromkeys(columns, COLUMN_WIDTH) | {RUN_NAME: NAME_WIDTH},
        "runsExpanded": {},
        "runsPinned": [],
        "runsHidden": [],
        "runsVisibilityMap": {},
        "runsHiddenMode": "FIRST_20_RUNS",
        "viewMaximized": True,
        "runListHidden": False,
        "groupBy": None,
        "groupsExpanded": {},
        "useGroupedValuesInCharts": True,
        "hideEmptyCharts": True,
        "autoRefreshEnabled": False,
        **charts,
    }
    return HEAD + base64.b64encode(zlib.compress(json.dumps(state).encode())).decode()
