"""Rolling back between whole nights: what is forecast afterwards, and what the next night does."""

import shutil
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from morrow import steps
from morrow.frames import forecasts_schema
from tests.commands import run
from tests.conftest import market, weekdays
from tests.projects import night, play, project

pytestmark = pytest.mark.no_cover  # whole nights: coverage doubles the seconds
LAST = weekdays(420)[-1].date()
KEYS = ["symbol", "step"]


def forecasts(root: Path, version: str) -> pd.DataFrame:
    """What a version forecast at the last cutoff."""
    tonight = night(root)
    schema = forecasts_schema(tonight.config.forecast.levels)
    rows = tonight.store.read(schema, "toy", where=[("cutoff", "=", LAST)])
    return rows[rows["model_version"] == version].sort_values(KEYS, ignore_index=True)


def test_a_forecast_after_a_rollback_is_that_of_the_version_before(tmp_path: Path) -> None:
    """Computed anew, bit for bit; and a retraining that is run again does not undo what a person decided."""
    root = project(tmp_path / "toy", market(), recipes=("ewma",))
    config = ("--config", root / "morrow.toml")
    play(root, weekdays(420)[-3].date())
    play(root, LAST, names=("ingest", "plan", "forecast"))
    first = forecasts(root, "1")
    assert len(first) > 0
    assert play(root, LAST)["champion"]["version"] == "2"
    second = forecasts(root, "2")
    assert not second["q0250"].equals(first["q0250"])
    shutil.rmtree(root / "data" / "forecasts")
    assert run("rollback", *config)[0] == 0
    report = play(root, LAST)
    assert (report["champion"]["version"], report["forecast"]["new"]) == ("1", True)
    pd.testing.assert_frame_equal(forecasts(root, "1"), first, check_exact=True)
    results, _ = steps.play(replace(night(root, LAST), forced=True), steps.STEPS)
    assert results["refit"] is not None
    assert results["refit"].version == "1"
    assert results["judge"] is not None
    note = night(root).registry.read_note(results["judge"].run_id, "night")
    assert note is not None
    assert "decided otherwise (rollback: rolled back to version 1 by hand)" in note["verdict"]["reason"]
