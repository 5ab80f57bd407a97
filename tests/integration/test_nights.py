"""Nights of small projects that take long: several trainings, and the champion in a process of its own."""

import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from morrow import export, frames
from morrow.store import Store
from tests.conftest import weekdays
from tests.projects import edit, play, project


def test_champion_answers_as_pyfunc_in_a_fresh_process(tmp_path: Path) -> None:
    """MLflow's own loader gives the forecasts of the export from the stored prices, and unpickles nothing."""
    root = project(tmp_path / "first", recipes=("tiny", "ewma", "unconditional"))
    report = play(root)
    code = f"""
import mlflow, pandas as pd
mlflow.set_tracking_uri("sqlite:///{root}/mlruns/mlflow.db")
from morrow.store import Store
prices = Store("{root}/data").prices("toy")
names = ["symbol", "session", "open", "high", "low", "close", "volume", "split_factor", "dividend_factor"]
mlflow.pyfunc.load_model("models:/morrow-toy@champion").predict(prices[names]).to_json("{root}/answer.json")
"""
    clean = {name: value for name, value in os.environ.items() if "MLFLOW" not in name}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=root, env=clean, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    answer = pd.read_json(root / "answer.json").sort_values(["symbol", "step"])
    exported = export.read(root / report["export"]["path"]).sort_values(["symbol", "step"])
    assert answer["q5000"].to_numpy() == pytest.approx(exported["q5000"].to_numpy(), rel=1e-6)
    assert not [p for p in (root / "mlruns").rglob("*") if p.suffix in {".pkl", ".pickle", ".joblib"}]


def test_nights_in_order_retrain_refresh_and_score(tmp_path: Path) -> None:
    """Played one session at a time, the champion is refreshed when due and matured forecasts are scored."""
    root = project(tmp_path / "week")
    days = [day.date() for day in weekdays(420)[-5:]]
    reports = [play(root, day) for day in days]
    assert [report["cutoff"] for report in reports] == [str(day) for day in days]
    assert [report["retrained"]["due"] for report in reports] == [True, False, True, False, True]
    assert [report["champion"]["trained_through"] for report in reports] == [
        str(days[i]) for i in (0, 0, 2, 2, 4)
    ]
    assert reports[2]["verdict"]["refreshed"] or reports[2]["verdict"]["promoted"]
    # After n more sessions a cutoff's first n of 3 steps are known, for each of 4 symbols.
    assert reports[-1]["scores"]["scored"] == 4 * (3 + 3 + 2 + 1)
    assert sorted(p.name for p in (root / "exports" / "toy").iterdir() if p.is_dir()) == list(map(str, days))
    stored = Store(root / "data").read(frames.PRICES, "toy")
    late = stored[stored["session"] > pd.Timestamp(days[0])]
    assert (late["known_at"] == late["session"]).all()


def test_champion_that_cannot_be_trained_stays(tmp_path: Path) -> None:
    """A champion whose recipe fails one night keeps its place and its version, and the reason says so."""
    root = project(tmp_path / "ill", recipes=("tiny", "large"))
    large = '[recipes.large]\nkind = "lstm"\ntarget = "scaled"\nwidth = 8\nepochs = 1\nproof = 0\n'
    edit(root, "[universes.toy]", f"{large}networks = 1\n[universes.toy]")
    edit(root, "epochs = 2", "epochs = 30\nproof = 0")
    days = [weekdays(420)[-3].date(), weekdays(420)[-1].date()]
    first = play(root, days[0])
    assert first["champion"]["name"] == "tiny"
    edit(root, "rate = 0.003", "rate = 1e30")
    second = play(root, days[1])
    assert second["champion"] == first["champion"]
    assert not second["verdict"]["promoted"]
    assert "could not be trained" in second["verdict"]["reason"]
    assert second["export"]["path"].endswith(str(days[1]))
