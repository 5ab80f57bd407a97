"""Small projects in a folder: a CSV of a synthetic market and a configuration that runs in seconds."""

import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path

import pandas as pd

from morrow import config, steps
from tests.conftest import market

SETTINGS = """
[forecast]
horizon = 3
window = 16
[time]
minimum = 20
[training]
recipes = {recipes}
processes = 1
retrain_every = 2
[recipes.tiny]
kind = "lstm"
target = "scaled"
width = 4
dropout = 0.2
rate = 0.003
average = 0.98
patience = 5
stride = 16
epochs = 2
networks = 1
[universes.toy]
calendar = "{calendar}"
tick = 0.0001
source = {{ kind = "csv", path = "prices.csv" }}
"""
PATH_COLUMNS = (
    ("experiments", "artifact_location"),
    ("runs", "artifact_uri"),
    ("logged_models", "artifact_location"),
    ("model_versions", "source"),
    ("model_versions", "storage_location"),
)
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def as_csv(prices: pd.DataFrame) -> pd.DataFrame:
    """What a vendor would sell: raw prices, and a close adjusted backwards from the last bar."""
    factor = prices["split_factor"] * prices["dividend_factor"]
    last = factor.groupby(prices["symbol"]).transform("last")
    return prices[["symbol", "session", "open", "high", "low", "close", "volume"]].assign(
        adj_close=prices["close"] * factor / last
    )


def project(
    root: Path,
    prices: pd.DataFrame | None = None,
    recipes: tuple[str, ...] = ("ewma", "unconditional"),
    calendar: str = "observed",
) -> Path:
    """A folder with ``prices.csv`` and ``morrow.toml``."""
    root.mkdir(parents=True, exist_ok=True)
    as_csv(market() if prices is None else prices).to_csv(root / "prices.csv", index=False)
    text = SETTINGS.format(recipes=list(recipes), calendar=calendar).replace("'", '"')
    (root / "morrow.toml").write_text(text, encoding="utf-8")
    return root


def copy_project(source: Path, target: Path) -> Path:
    """A copy of a project; MLflow's database, if there is one, holds whole paths, and names the copy's."""
    shutil.copytree(source, target, symlinks=True)
    file = target / "mlruns" / "mlflow.db"
    if not file.exists():
        return target
    with closing(sqlite3.connect(file)) as database, database:
        for table, column in PATH_COLUMNS:
            database.execute(
                f"UPDATE {table} SET {column} = replace({column}, ?, ?)",  # noqa: S608 our own names
                (str(source), str(target)),
            )
    return target


def edit(root: Path, old: str, new: str) -> None:
    """Change the configuration of a project."""
    text = (root / "morrow.toml").read_text()
    assert old in text
    (root / "morrow.toml").write_text(text.replace(old, new))


def night(root: Path, as_of: date | None = None) -> steps.Night:
    """Tonight in a project."""
    return steps.Night(config.load(root / "morrow.toml"), "toy", as_of, NOW)


def play(root: Path, as_of: date | None = None, names: tuple[str, ...] = ()) -> dict[str, object]:
    """The report of a whole night, or of the named steps alone."""
    tonight = night(root, as_of)
    chosen = [step for step in steps.STEPS if not names or step.name in names]
    results, seconds = steps.play(tonight, chosen)
    return steps.report(tonight, results, seconds)
