"""What is on record where the contest's winner is not installed after all."""

import json
from pathlib import Path

from mlflow import MlflowClient

from tests.conftest import market, weekdays
from tests.projects import play, project

SUITE = Path(__file__).parents[4] / "expectations" / "forecasts.json"


def test_tags_follow_what_became_of_a_version(tmp_path: Path) -> None:
    """A refit whose forecasts fail their suite leaves the old version, and no tag says otherwise."""
    root = project(tmp_path / "p", market(3, 420))
    first = play(root, weekdays(420)[-10].date())
    suite = json.loads(SUITE.read_text(encoding="utf-8"))
    for expectation in suite["expectations"]:
        if expectation["kwargs"].get("column") == "lowest_price":
            expectation["kwargs"] |= {"min_value": 1e9}
    (root / "expectations").mkdir()
    (root / "expectations" / "forecasts.json").write_text(json.dumps(suite), encoding="utf-8")
    report = play(root, names=("ingest", "plan", "train", "judge", "refit"))
    assert report["champion"]["version"] == first["champion"]["version"] == "1"
    client = MlflowClient(f"sqlite:///{root / 'mlruns' / 'mlflow.db'}")
    night = client.search_runs(["1"], f"tags.`morrow.night` LIKE '%' and tags.cutoff = '{report['cutoff']}'")
    assert [run.data.tags["verdict"] for run in night] == ["kept"]
    recipes = client.search_runs(["1"], f"tags.`mlflow.parentRunId` = '{night[0].info.run_id}'")
    verdicts = {run.data.tags["morrow.recipe"]: run.data.tags["verdict"] for run in recipes}
    assert "promoted" not in verdicts.values()
    assert verdicts[first["champion"]["name"]] == "champion"
