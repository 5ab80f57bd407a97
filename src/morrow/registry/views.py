"""Saved views of MLflow's table of runs: the newest night's recipes as a leaderboard, and all nights.

A view is a tag of the experiment that MLflow's page reads when its key is in the address. Without one the
page shows a single collapsed row without a metric.
"""

import base64
import json
import zlib
from collections.abc import Sequence

from morrow.registry.connection import Connection, model_name

TAG, HEAD = "mlflow.sharedViewState.", "deflate;"
LEADERBOARD, NIGHTS = "leaderboard", "nights"
NAME_WIDTH, COLUMN_WIDTH = 190, 110  # pixels: all columns fit on a screen of 1,440
RUN_NAME = "attributes.`Run Name`"
MEASURES = (
    "metrics.`pinball_select_bp`",
    "metrics.`pinball_bp`",
    "metrics.`skill_vs_gjr_garch_percent`",
    "metrics.`skill_vs_ewma_percent`",
    "metrics.`coverage_80_percent`",
)


def save_views(connection: Connection, experiment: str, newest: str) -> None:
    """Write both views of an experiment, replacing those of the night before.

    Args:
        connection: to the tracking server.
        experiment: its id.
        newest: run id of the night whose recipes the leaderboard shows: one night alone, because losses on
            other sessions cannot be compared.
    """
    board = _view(
        f"tags.`mlflow.parentRunId` = '{newest}'",
        "metrics.`pinball_select_bp`",
        ["tags.`verdict`", *MEASURES, "metrics.`train_s`"],
        ascending=True,
    )
    nights = _view(
        "tags.`morrow.night` LIKE '%'",
        "tags.`morrow.cutoff`",
        ["tags.`winner`", "tags.`verdict`", *MEASURES, "metrics.`seconds`"],
        ascending=False,
    )
    for key, view in ((LEADERBOARD, board), (NIGHTS, nights)):
        connection.client.set_experiment_tag(experiment, TAG + key, view)


def find_addresses(connection: Connection, universe: str) -> dict[str, str]:
    """Where the universe's views open, by their key: parts of an address after the server's own.

    Empty before the first night.
    """
    experiment = connection.client.get_experiment_by_name(model_name(universe))
    if experiment is None:
        return {}
    page = f"/#/experiments/{experiment.experiment_id}/runs?viewStateShareKey="
    return {
        key: f"{page}{key}&workflowType=machine_learning"
        for key in (LEADERBOARD, NIGHTS)
        if TAG + key in experiment.tags
    }


def _view(filtered: str, order: str, columns: Sequence[str], *, ascending: bool) -> str:
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
    }
    return HEAD + base64.b64encode(zlib.compress(json.dumps(state).encode())).decode()
