"""The card of a version, from a real night and from leaderboard rows made by hand."""

from pathlib import Path
from typing import Any

import pytest
from mlflow import MlflowClient

from morrow.steps.results import Judgement
from morrow.steps.retrain import model_card
from tests.conftest import market
from tests.projects import play, project


@pytest.fixture(scope="module")
def version(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The first registered version of a night with two baselines."""
    root = project(tmp_path_factory.mktemp("card") / "project", market(3, 420))
    play(root)
    client = MlflowClient(f"sqlite:///{root / 'mlruns' / 'mlflow.db'}")
    return client.get_model_version("morrow-toy", "1"), client


def test_a_version_is_described_by_its_card(version: Any, tmp_path: Path) -> None:
    """The card is the version's description and a file of its run; scores are tags, packages one tag."""
    entry, client = version
    card = entry.description
    assert card.startswith(f"# toy: {entry.tags['recipe']}, trained through {entry.tags['trained_through']}")
    for part in ("**Verdict.**", "**Data.** 3 symbols, 420 sessions", "**Results**", "**Limits.**"):
        assert part in card
    file = client.download_artifacts(entry.run_id, "model_card.md", str(tmp_path))
    assert Path(file).read_text(encoding="utf-8") == card
    assert float(entry.tags["pinball_bp"]) > 0
    assert entry.tags["verdict"] == "promoted"
    assert "torch " in entry.tags["packages"]
    assert not [name for name in entry.tags if name.startswith("package.")]
    assert client.get_registered_model("morrow-toy").description.startswith("Forecasts of the universe")


def test_the_weakest_symbols_come_first() -> None:
    """Coverages of 60, 79 and 95 % of an 80 % band are 20, 1 and 15 points off."""
    groups = {"A": {"coverage_80": 0.79}, "B": {"coverage_80": 0.6}, "C": {"coverage_80": 0.95}, "D": {}}
    assert model_card._by_gap(groups) == [("B", 0.6), ("C", 0.95), ("A", 0.79)]


def test_the_row_is_the_winners() -> None:
    """Of two rows the winner's is described, and its scores in readable units are the tags."""
    rows = tuple(
        {"name": name, "pinball": loss, "by_step": []} for name, loss in (("a", 0.001), ("b", 0.002))
    )
    judged = Judgement(rows, {}, "b", True, "r", {})
    assert model_card.select_scores(model_card.find_row(judged)) == {"pinball_bp": "20"}
