"""Ingests that are killed, race each other or find the disk full: tables equal those of a clean ingest."""

import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from morrow.frames import PRICES, QUARANTINE, REVISIONS
from morrow.steps.intake.ingest import ingest
from morrow.store import Store
from tests.conftest import market, weekdays
from tests.projects import as_csv, night, project

MOMENTS = 24
ROUNDS = 4


@pytest.fixture(scope="module")
def waiting(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with one night taken in, whose file now has new, changed, corrected and bad bars."""
    root = project(tmp_path_factory.mktemp("killed") / "toy")
    table = as_csv(market())
    table[table["session"] < weekdays(420)[400]].to_csv(root / "prices.csv", index=False)
    ingest(night(root), {})
    early = (table["symbol"] == "S2") & (table["session"] < weekdays(420)[300])
    table.loc[early, "adj_close"] /= 1.03
    table.loc[(table["symbol"] == "S1") & (table["session"] == weekdays(420)[390]), "volume"] += 5
    names = ["open", "high", "low", "close", "adj_close"]
    table.loc[(table["symbol"] == "S3") & (table["session"] == weekdays(420)[380]), names] *= 1.02
    table.loc[(table["symbol"] == "S0") & (table["session"] == weekdays(420)[410]), "high"] /= 2
    table.to_csv(root / "prices.csv", index=False)
    return root


def copies(root: Path, folder: Path, count: int) -> list[Path]:
    """The project, so many times."""
    return [Path(shutil.copytree(root, folder / str(number))) for number in range(count)]


def run(mode: str, roots: list[Path]) -> subprocess.CompletedProcess[str]:
    """The processes of one mode, which all end."""
    words = [sys.executable, "-m", "tests.faults.ingesting", mode, *map(str, roots)]
    return subprocess.run(
        words, capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2], timeout=600
    )


def tables(root: Path) -> dict[str, pd.DataFrame]:
    """All rows that an ingest can change."""
    store = Store(root / "data")
    return {schema.name: store.read(schema, "toy") for schema in (PRICES, REVISIONS, QUARANTINE)}


def same(root: Path, expected: dict[str, pd.DataFrame]) -> None:
    """Every table is as expected."""
    for name, rows in tables(root).items():
        pd.testing.assert_frame_equal(rows, expected[name], obj=f"{name} in {root.name}")


def test_an_ingest_killed_at_any_moment_is_finished_by_another(waiting: Path, tmp_path: Path) -> None:
    """Prices, revisions and quarantine end as those of an undisturbed run, whenever SIGKILL came."""
    roots = copies(waiting, tmp_path, MOMENTS + 1)
    done = run("killed", roots)
    ends, deaths = map(int, done.stdout.split())
    assert ends == 0, done.stderr
    assert deaths >= MOMENTS // 2
    expected = tables(roots[0])
    assert len(expected["prices"]) == 4 * 420 - 1
    assert set(expected["revisions"]["field"]) == {"volume", "dividend_factor"}
    assert set(expected["quarantine"]["rule"]) >= {"revision", "low to high"}
    for root in roots[1:]:
        same(root, expected)


def test_two_ingests_at_once_double_nothing(waiting: Path, tmp_path: Path) -> None:
    """Both succeed, or one says why in a line; the tables are those of one alone."""
    alone, *roots = copies(waiting, tmp_path, ROUNDS + 1)
    ingest(night(alone), {})
    done = run("raced", roots)
    ends = [int(code) for code in done.stdout.split()]
    assert set(ends) <= {0, 2}, done.stderr
    assert ends.count(2) == done.stderr.count("\n")
    for root in roots:
        same(root, tables(alone))


def test_two_first_ingests_at_once_double_nothing(tmp_path: Path) -> None:
    """The same where no table exists yet."""
    roots = copies(project(tmp_path / "new" / "toy"), tmp_path, ROUNDS)
    done = run("raced", roots)
    assert set(map(int, done.stdout.split())) <= {0, 2}, done.stderr
    for root in roots:
        prices = tables(root)["prices"]
        assert len(prices) == 1680
        assert prices["known_at"].equals(prices["session"].rename("known_at"))


def test_a_full_disk_is_one_line_and_changes_no_table(waiting: Path, tmp_path: Path) -> None:
    """Without room, the ingest says so, and prices read as before; with room, it is finished."""
    alone, root = copies(waiting, tmp_path, 2)
    before = tables(root)
    done = run("full", [root])
    assert done.stdout.split() == ["2"], done.stderr
    assert done.stderr.count("\n") == 1
    assert "cannot be written" in done.stderr
    pd.testing.assert_frame_equal(tables(root)["prices"], before["prices"])
    ingest(night(root), {})
    ingest(night(alone), {})
    same(root, tables(alone))
