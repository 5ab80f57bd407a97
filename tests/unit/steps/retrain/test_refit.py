"""What is on record where the contest's winner is not installed after all."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from mlflow import MlflowClient

from morrow.errors import NightError
from tests.conftest import market, weekdays
from tests.projects import play, project

RETRAINING = ("ingest", "plan", "train", "judge", "refit")
SUITE = Path(__file__).parents[4] / "expectations" / "forecasts.json"


def expect_high_prices(root: Path) -> None:
    """Let every forecast of a project fail its suite."""
    suite = json.loads(SUITE.read_text(encoding="utf-8"))
    for expectation in suite["expectations"]:
        if expectation["kwargs"].get("column") == "lowest_price":
            expectation["kwargs"] |= {"min_value": 1e9}
    (root / "expectations").mkdir()
    (root / "expectations" / "forecasts.json").write_text(json.dumps(suite), encoding="utf-8")


def read_pages(root: Path, cutoff: str) -> list[str]:
    """Everything that a night's own run shows in words: its description and its files that a person reads."""
    client = MlflowClient(f"sqlite:///{root / 'mlruns' / 'mlflow.db'}")
    (night,) = client.search_runs(["1"], f"tags.`morrow.night` LIKE '%' and tags.cutoff = '{cutoff}'")
    names = ("verdict.json", "leaderboard.md", "leaderboard.csv")
    files = [Path(client.download_artifacts(night.info.run_id, name)) for name in names]
    return [night.data.tags["mlflow.note.content"], *(file.read_text(encoding="utf-8") for file in files)]


def read_verdicts(root: Path, cutoff: str) -> tuple[dict[str, str], dict[str, str]]:
    """Tags of a night's own run, and the verdicts of its recipes."""
    client = MlflowClient(f"sqlite:///{root / 'mlruns' / 'mlflow.db'}")
    (night,) = client.search_runs(["1"], f"tags.`morrow.night` LIKE '%' and tags.cutoff = '{cutoff}'")
    recipes = client.search_runs(["1"], f"tags.`mlflow.parentRunId` = '{night.info.run_id}'")
    return night.data.tags, {run.data.tags["morrow.recipe"]: run.data.tags["verdict"] for run in recipes}


def test_tags_follow_what_became_of_a_version(tmp_path: Path) -> None:
    """A refit whose forecasts fail their suite leaves the old version, and no tag says otherwise."""
    root = project(tmp_path / "p", market(3, 420))
    first = play(root, weekdays(420)[-10].date())
    expect_high_prices(root)
    report = play(root, names=RETRAINING)
    assert report["champion"]["version"] == first["champion"]["version"] == "1"
    night, verdicts = read_verdicts(root, report["cutoff"])
    assert (night["verdict"], night["winner"]) == ("kept", first["champion"]["name"])
    assert [name for name, verdict in verdicts.items() if verdict == "champion"] == [night["winner"]]
    assert "promoted" not in verdicts.values()
    description, verdict, *boards = read_pages(root, report["cutoff"])
    assert "fail their suite" in description
    told = json.loads(verdict)
    assert (told["verdict"]["promoted"], told["verdict"]["refreshed"], told["refit"]) == (False, False, False)
    assert told["winner"] == night["winner"]
    assert "fail their suite" in told["verdict"]["reason"]
    assert all("| promoted |" not in board and ",promoted," not in board for board in boards)


def test_tags_say_that_nobody_became_champion(tmp_path: Path) -> None:
    """Where the first version's forecasts fail there is no champion, and no run says that it was promoted."""
    root = project(tmp_path / "p", market(3, 420))
    expect_high_prices(root)
    with pytest.raises(NightError, match="fail their suite"):
        play(root, names=RETRAINING)
    night, verdicts = read_verdicts(root, str(weekdays(420)[-1].date()))
    assert (night["verdict"], night["winner"]) == ("kept", "")
    assert set(verdicts.values()) == {"not promoted"}
    description, verdict, *_ = read_pages(root, str(weekdays(420)[-1].date()))
    assert "so there is no champion" in description
    assert json.loads(verdict)["winner"] is None


def test_a_quiet_night_loads_no_torch() -> None:
    """The step alone, which every night plays, imports neither torch nor the record of a retraining."""
    code = (
        "import sys, morrow.steps.retrain.refit; print('torch' in sys.modules, 'matplotlib' in sys.modules)"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.split() == ["False", "False"]
