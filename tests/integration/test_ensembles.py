"""Ensembles in processes, and as champions through whole nights."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from morrow import backtest, export, fitted_model, steps
from morrow.panel import Panel
from tests.conftest import RECIPES, SETTINGS, weekdays
from tests.projects import night, play, project
from tests.unit.backtest.test_ensembles import BASELINES, EVERYTHING, WILD, jobs


def test_processes_make_the_same_ensemble(panel: Panel, tmp_path: Path) -> None:
    """Side by side, members come before their ensemble, a failing one is done without, and bits agree."""
    panel.save(tmp_path / "panel")
    recipes = {**BASELINES, "wild": WILD, "pair": EVERYTHING, "gru": RECIPES["gru"]}
    members = {"both": ("ewma", "wild", "gru"), "pair": ("ewma", "wild")}
    found = []
    for processes in (1, 2):
        folder = tmp_path / str(processes)
        folder.mkdir()
        (folder / "panel").symlink_to(tmp_path / "panel")
        results, failed = backtest.run_all(jobs(folder, recipes, members), processes)
        assert set(failed) == {"wild", "pair"}
        assert results[0].missing == ("wild",)
        whole = backtest.refit(panel, results[0], SETTINGS, 7, processes=processes)
        found.append((results[0].quantiles, whole.arrays))
    assert found[0][0].tobytes() == found[1][0].tobytes()
    assert found[0][1].keys() == found[1][1].keys()
    assert all(found[0][1][name].tobytes() == found[1][1][name].tobytes() for name in found[0][1])


@pytest.fixture(scope="module")
def crowned(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict]:
    """A project after a night whose judgement, whatever it was, was turned into one for an ensemble."""
    root = project(tmp_path_factory.mktemp("crowned"), recipes=("tiny", "ewma", "mix"))
    text = (root / "morrow.toml").read_text()
    (root / "morrow.toml").write_text(
        text.replace("[recipes.tiny]", '[recipes.mix]\nkind = "ensemble"\n[recipes.tiny]')
    )
    tonight = night(root, weekdays(420)[-3].date())
    results: dict = {}
    for step in steps.STEPS:
        step(tonight, results)
        if step.name == "judge":
            results["judge"] = replace(results["judge"], winner="mix", refit=True)
    return root, steps.report(tonight, results, {"total": 0.0})


def test_an_ensemble_becomes_champion(crowned: tuple[Path, dict]) -> None:
    """An ensemble that wins is refitted, registered, and answers the export."""
    root, report = crowned
    kinds = {row["name"]: row["kind"] for row in report["leaderboard"]}
    assert kinds == {"tiny": "lstm", "ewma": "baseline", "mix": "ensemble"}
    assert report["champion"]["name"] == "mix"
    assert report["champion"]["trained_through"] == report["cutoff"]
    champion = night(root).registry.champion("toy")
    assert champion is not None
    model = fitted_model.load(champion.folder)
    assert [each.document["name"] for each in fitted_model.members(model)] == ["tiny", "ewma"]
    assert all(str(each.trained_through) == report["cutoff"] for each in fitted_model.members(model))
    frame = export.read(root / report["export"]["path"])
    assert len(frame) == 12


def test_the_registry_answers_with_it(crowned: tuple[Path, dict]) -> None:
    """Read back from the registry, it gives the forecasts of the export from prices alone."""
    from morrow import forecast

    root, report = crowned
    registry = night(root).registry
    champion = registry.champion("toy")
    assert champion is not None
    prices = night(root, weekdays(420)[-3].date()).market.bars
    answered = forecast.forecast_prices(fitted_model.load(champion.folder), prices).set_index(
        ["symbol", "step"]
    )
    frame = export.read(root / report["export"]["path"]).set_index(["symbol", "step"])
    columns = [name for name in frame.columns if name.startswith("q")]
    pd.testing.assert_frame_equal(answered[columns], frame[columns], rtol=1e-6, check_dtype=False)


def test_the_next_nights_go_on_with_it(crowned: tuple[Path, dict]) -> None:
    """A night without a retraining forecasts with it, the one that retrains judges it, both once."""
    root, _ = crowned
    second = play(root, weekdays(420)[-2].date())
    assert not second["retrained"]["due"]
    assert second["champion"]["name"] == "mix"
    third = play(root, weekdays(420)[-1].date())
    assert third["retrained"]["due"]
    assert third["verdict"]["champion_before"] == "mix"
    again = play(root, weekdays(420)[-1].date())
    assert again["champion"] == third["champion"]
    assert not again["export"]["new"]
    assert np.isfinite(export.read(root / third["export"]["path"])["q5000"]).all()
