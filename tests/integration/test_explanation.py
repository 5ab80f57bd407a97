"""``morrow explain`` after a night: what it says, and what it refuses."""

import json
from pathlib import Path
from typing import Any

import pytest

from morrow.frames import SCORES, forecasts_schema
from tests.commands import run
from tests.conftest import weekdays
from tests.integration.conftest import FIRST_CUTOFF
from tests.projects import copy_project, edit, night, play, project

pytestmark = pytest.mark.no_cover  # whole nights: coverage doubles the seconds


def explain(root: Path, *words: str) -> tuple[int, str, str]:
    """Run the command on the project's universe."""
    return run("explain", "toy", *words, "--config", root / "morrow.toml")


def read_document(root: Path, *words: str) -> dict[str, Any]:
    """Its JSON."""
    code, out, err = explain(root, *words, "--json")
    assert code == 0, err
    document: dict[str, Any] = json.loads(out)[0]
    return document


def test_a_forecast_is_explained_on_one_screen(first_night: Path) -> None:
    """The model and the verdict of the ledger, the stored forecast, the bars, and no scores yet."""
    tonight = night(first_night)
    champion = tonight.registry.champion("toy")
    assert champion is not None
    code, out, err = explain(first_night, "S1")
    assert (code, err) == (0, "")
    assert len(out.splitlines()) < 24
    assert out.startswith(f"toy  S1 from cutoff {FIRST_CUTOFF}")
    document = read_document(first_night, "S1")
    model = document["model"]
    assert (model["recipe"], model["version"], model["run_id"]) == (champion.name, "1", champion.run_id)
    assert model["why"].startswith("promote by morrow: ")
    assert model["decided_on"] == str(FIRST_CUTOFF)
    schema = forecasts_schema(tonight.config.forecast.levels)
    stored = tonight.store.read(schema, "toy", where=[("symbol", "=", "S1")])
    assert [step["q5000"] for step in document["forecast"]] == stored["q5000"].tolist()
    bars = document["bars"]
    assert (bars["count"], bars["last"]) == (413, str(FIRST_CUTOFF))
    assert (bars["refused"], bars["revised"], document["recent"]) == (0, 0, None)
    assert set(document["skill"]) <= {"EWMA"}


def test_scores_of_a_symbol_are_those_of_the_table(first_night: Path, tmp_path: Path) -> None:
    """Averaged over the cutoffs whose targets had come by the day that is asked for."""
    root = copy_project(first_night, tmp_path / "toy")
    last = weekdays(420)[-1].date()
    edit(root, "retrain_every = 2", "retrain_every = 200")
    play(root, last)
    scores = night(root).store.read(SCORES, "toy", where=[("symbol", "=", "S1")])
    recent = read_document(root, "S1")["recent"]
    assert recent["count"] == scores["cutoff"].nunique() == 1
    assert recent["pinball"] == pytest.approx(scores["pinball"].mean())
    assert recent["coverage_80"] == pytest.approx(scores["in_80"].astype(float).mean())
    assert read_document(root, "S1")["cutoff"] == str(last)
    early = read_document(root, "S1", "--as-of", str(FIRST_CUTOFF))
    assert (early["cutoff"], early["recent"]) == (str(FIRST_CUTOFF), None)


def test_what_cannot_be_explained_is_one_line(first_night: Path, tmp_path: Path) -> None:
    """An unknown symbol and its nearest name, a day without a forecast, a universe without a champion."""
    code, out, err = explain(first_night, "s1")
    assert (code, out) == (2, "")
    assert 'universe "toy" has no symbol "s1"; did you mean "S1"?; see: morrow symbols list' in err
    code, _, err = explain(first_night, "S1", "--as-of", "2021-01-01")
    assert code == 2
    assert f'no forecast of "S1" was made from 2021-01-01; the first one after is from {FIRST_CUTOFF}' in err
    root = project(tmp_path / "young")
    play(root, names=("ingest",))
    code, _, err = explain(root, "S1")
    assert code == 2
    assert 'universe "toy" has no champion and no forecast of "S1" yet; make both with: morrow nightly' in err
    assert run("explain", "tox", "S1", "--config", first_night / "morrow.toml")[0] == 2
