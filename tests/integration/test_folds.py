"""A night that is judged on two walk-forward folds, from training to forecast."""

import json
from pathlib import Path

import pytest
from mlflow import MlflowClient

from morrow import panel as panels
from morrow.panel import Panel
from tests.commands import run
from tests.conftest import market
from tests.projects import edit, night, play, project

pytestmark = pytest.mark.no_cover  # whole nights: coverage doubles the seconds


def test_a_night_of_two_folds(tmp_path: Path) -> None:
    """It is judged on both folds' select sessions, says so everywhere, and is reproduced to the bit."""
    root = project(tmp_path / "toy", market(3), ("tiny", "ewma", "ensemble"))
    edit(root, "[time]\n", "[time]\nfolds = 2\n")
    report = play(root)
    assert {row["folds"] for row in report["leaderboard"]} == {2}  # type: ignore[attr-defined]
    assert report["champion"] is not None
    assert report["forecast"]["rows"] == 3 * 3  # type: ignore[index]
    last = night(root).registry.last_night("toy")
    assert last is not None
    parent = MlflowClient(f"sqlite:///{root}/mlruns/mlflow.db").get_run(last.run_id)
    assert [parent.data.params[name] for name in ("folds", "fold_training", "fold_refit")] == [
        "2", "expanding", "every fold",
    ]  # fmt: skip
    assert "of 2 walk-forward folds, each trained anew" in parent.data.tags["mlflow.note.content"]
    (folder,) = (root / "work" / "toy").glob("[!.]*")
    panel, config = Panel.load(folder / "panel"), night(root).config
    older, newer = panels.split_folds(len(panel.sessions), config.forecast, config.time)
    assert parent.data.params["select"] == (
        f"{panel.sessions[older.select[0]]}..{panel.sessions[newer.select[1] - 1]}"
    )
    code, out, err = run("reproduce", last.run_id, "--config", root / "morrow.toml", "--json")
    assert code == 0, out + err
    assert json.loads(out)[0]["identical"] is True
