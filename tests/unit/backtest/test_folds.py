"""Recipes on several folds: what is joined, and that no fold sees what it is judged on."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from morrow import backtest
from morrow import panel as panels
from morrow.backtest import HISTORY, Job
from morrow.backtest.folds import FOLDS
from morrow.config import EnsembleRecipe, NetworkRecipe, Recipe
from morrow.panel import Panel
from tests.conftest import FORECAST, RECIPES, SETTINGS, TIME, TINY, panel_of

SPLIT = panels.split_folds(420, FORECAST, TIME.model_copy(update={"folds": 2}))
NAMES = ("ewma", "regression", "both")
MEMBERS = {"both": ("ewma", "regression")}


def make_jobs(folder: Path, panel: Panel) -> list[Job]:
    """Two baselines and their ensemble, on a saved panel."""
    panel.save(folder / "panel")
    parts = panels.join_folds(SPLIT)
    recipes: dict[str, Recipe] = {**RECIPES, "both": EnsembleRecipe(kind="ensemble", weights="calibrate")}
    plain = [
        Job(name, recipes[name], folder / "panel", parts, 7, SETTINGS, folder / "recipes" / name)
        for name in NAMES
    ]
    return backtest.link_jobs(plain, lambda name: MEMBERS.get(name, ()))


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory, panel: Panel) -> tuple[Path, list[Job]]:
    """All recipes on two folds."""
    folder = tmp_path_factory.mktemp("folds")
    jobs = make_jobs(folder, panel)
    results, failed = backtest.run_folds(jobs, SPLIT, 1)
    assert ([each.name for each in results], failed) == (list(NAMES), {})
    return folder, jobs


@pytest.mark.parametrize("name", NAMES)
def test_each_select_session_is_forecast_by_its_own_fold(
    work: tuple[Path, list[Job]], panel: Panel, name: str
) -> None:
    """Joined forecasts are those of the folds; the model and the test part are the last fold's."""
    folder, jobs = work
    (job,) = (each for each in jobs if each.name == name)
    joined = backtest.result(job)
    rows = backtest.scored_rows(panel, job.parts.select)
    for number, parts in enumerate(SPLIT, start=1):
        own = backtest.result(replace(job, parts=parts, folder=folder / FOLDS / str(number) / name))
        inside = (panel.session[rows] >= parts.select[0]) & (panel.session[rows] < parts.select[1])
        np.testing.assert_array_equal(joined.quantiles[: len(rows)][inside], own.quantiles[: inside.sum()])
    np.testing.assert_array_equal(joined.quantiles[len(rows) :], own.quantiles[inside.sum() :])
    assert joined.model.document == own.model.document
    selected = joined.losses[joined.losses["part"] == "select"]
    days = panel.sessions[slice(*job.parts.select)].astype("datetime64[us]")
    assert set(selected["session"]) <= set(days)
    assert selected["session"].nunique() == 2 * 42
    notes = [json.loads((folder / FOLDS / str(k) / name / HISTORY).read_text()) for k in (1, 2)]
    assert joined.seconds == sum(note["seconds"] for note in notes)


def test_a_fold_does_not_see_what_it_is_judged_on(
    work: tuple[Path, list[Job]], prices: pd.DataFrame, panel: Panel, tmp_path: Path
) -> None:
    """Other prices from the first fold's last select session on change none of its other forecasts."""
    changed = prices.copy()
    late = changed["session"] >= pd.Timestamp(panel.sessions[SPLIT[0].select[1]])
    fields = ["open", "high", "low", "close"]
    changed.loc[late, fields] *= np.random.default_rng(0).uniform(0.5, 2.0, (int(late.sum()), 1))
    other = panel_of(changed)
    jobs = make_jobs(tmp_path, other)
    backtest.run_folds(jobs, SPLIT, 1)
    for name in NAMES:
        files = [root / FOLDS / "1" / name / backtest.QUANTILES for root in (work[0], tmp_path)]
        before, after = (np.load(file) for file in files)
        rows = backtest.scored_rows(panel, SPLIT[0].select)
        np.testing.assert_array_equal(before[: len(rows)], after[: len(rows)])


def test_a_recipe_that_fails_in_a_fold_has_failed(panel: Panel, tmp_path: Path) -> None:
    """The reason names the fold, and nothing is joined of it."""
    wild = NetworkRecipe(kind="rnn", nonlinearity="relu", **{**TINY, "rate": 1e30})
    jobs = make_jobs(tmp_path, panel)[:1]
    lost = replace(jobs[0], name="wild", recipe=wild, folder=tmp_path / "recipes" / "wild")
    results, failed = backtest.run_folds([*jobs, lost], SPLIT, 1)
    assert [each.name for each in results] == ["ewma"]
    assert failed["wild"].endswith("(fold 2 of 2)")
    assert not lost.folder.exists()


def test_one_fold_is_the_backtest_as_it_is(panel: Panel, tmp_path: Path) -> None:
    """No folder of folds is made."""
    jobs = [replace(job, parts=SPLIT[-1]) for job in make_jobs(tmp_path, panel)[:1]]
    backtest.run_folds(jobs, SPLIT[-1:], 1)
    assert not (tmp_path / FOLDS).exists()
