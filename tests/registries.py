"""Nights and models to put into a registry."""

import os
import subprocess
import sys
from datetime import date
from pathlib import Path
from textwrap import dedent

import numpy as np
import pandas as pd
from mlflow import MlflowClient

from morrow.fitted_model import REQUIRED, FittedModel, save
from morrow.registry import Overview, RecipeRun, Registry, Runs

URI, ARTIFACTS = "sqlite:///mlruns/mlflow.db", "mlruns/artifacts"
CUTOFF = date(2013, 3, 1)
TAGS = {"recipe": "lstm", "trained_through": "2013-03-01", "data_version": "0123456789abcdef"}
PRICES = pd.DataFrame(
    {
        "symbol": ["IBM", "IBM"],
        "session": pd.to_datetime(["2013-02-28", "2013-03-01"]),
        "open": [np.nan, np.nan],
        "high": [np.nan, np.nan],
        "low": [np.nan, np.nan],
        "close": [200.0, 202.0],
        "volume": [1e6, 2e6],
        "split_factor": [1.0, 1.0],
        "dividend_factor": [1.0, 1.0],
    }
)
ANSWER = pd.DataFrame({"symbol": ["IBM"], "step": [1], "q5000": [202.0], "flags": [""]})


def recipe(tmp_path: Path, name: str = "lstm", epochs: int = 3, weight: float = 1.5) -> RecipeRun:
    """A recipe's run with files in ``work/NAME``."""
    folder = tmp_path / "work" / name
    (folder / "charts").mkdir(parents=True, exist_ok=True)
    (folder / "charts" / "fan.png").write_bytes(b"png")
    own = {"name": name, "trained_through": "2013-03-01", "calibration": None}
    document = dict.fromkeys(REQUIRED, "x") | own
    save(FittedModel(document, {"w": np.full((2, 3), weight, np.float32)}), folder)
    history = [
        {"epoch": e, "fit_loss": 1 / (e + 1), "stop_loss": 0.5, "system/process_memory_megabytes": 100.0 + e}
        for e in range(epochs)
    ]
    return RecipeRun(name, "lstm", {"layers": 2, "lr": 0.1}, {"pinball": 0.25}, history, folder)


def log(
    registry: Registry,
    tmp_path: Path,
    night: str = "n1",
    cutoff: date = CUTOFF,
    *recipes: RecipeRun,
    overview: Overview | None = None,
) -> Runs:
    """Log a night of two recipes, or of those given."""
    charts = tmp_path / "work" / "night"
    charts.mkdir(parents=True, exist_ok=True)
    (charts / "board.txt").write_text("board")
    return registry.log_night(
        "us5",
        night,
        cutoff,
        tags={"data_version": "0123456789abcdef"},
        params={"horizon": 5},
        artifacts=charts,
        recipes=recipes or [recipe(tmp_path), recipe(tmp_path, "ewma", epochs=0)],
        overview=overview,
    )


def register(registry: Registry, tmp_path: Path, run_id: str, **tags: str) -> str:
    """Register the recipe's fit for a run."""
    return registry.register(
        "us5",
        recipe(tmp_path).folder,
        run_id,
        tags=TAGS | tags,
        input_example=PRICES,
        output_example=ANSWER,
    )


def runs_of(client: MlflowClient) -> list[str]:
    """Ids of all runs of the universe."""
    experiment = client.get_experiment_by_name("morrow-us5")
    return [run.info.run_id for run in client.search_runs([experiment.experiment_id])]


def python(
    code: str, folder: Path, program: str | Path = sys.executable, **variables: str
) -> subprocess.Popen[str]:
    """Start code in a process that inherits no setting of ours."""
    kept = {
        k: v for k, v in os.environ.items() if not k.startswith(("MLFLOW", "_MLFLOW", "DO_NOT", "PYTEST"))
    }
    return subprocess.Popen(
        [program, "-c", dedent(code)],
        cwd=folder,
        env=kept | variables,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
