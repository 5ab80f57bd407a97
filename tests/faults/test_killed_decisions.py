"""Kill the process that accepts refused rows at any moment: running it again finishes the work."""

import json
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest

from morrow.cli import main
from morrow.frames import PRICES, QUARANTINE, REVISIONS
from morrow.store import Store
from tests.projects import project

MOMENTS = 5
CODE = "import sys; from morrow.cli import main; sys.exit(main(sys.argv[1:]))"
STAMPS = {"ingested_at", "decided_at"}


def accept(root: Path) -> list[str]:
    """Accept all rows that one rule has refused, as a command in a process of its own."""
    words = ["quarantine", "accept", "--rule", "low to high", "--by", "ann"]
    return [sys.executable, "-c", CODE, *words, "--config", str(root / "morrow.toml")]


def tables(root: Path) -> dict[str, pd.DataFrame]:
    """All rows that accepting can change, without wall clocks."""
    store = Store(root / "data")
    found = {schema.name: store.read(schema, "toy") for schema in (PRICES, QUARANTINE, REVISIONS)}
    return {name: rows.drop(columns=[*STAMPS & set(rows)]) for name, rows in found.items()}


@pytest.fixture(scope="module")
def refused(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project in whose quarantine 40 bars wait."""
    root = project(tmp_path_factory.mktemp("killed") / "toy")
    prices = pd.read_csv(root / "prices.csv")
    prices.loc[100:139, "high"] = prices.loc[100:139, "low"]
    prices.to_csv(root / "prices.csv", index=False)
    assert main(["ingest", "--config", str(root / "morrow.toml")]) == 0
    return root


def test_an_accept_killed_at_any_moment_is_finished_by_another(refused: Path, tmp_path: Path) -> None:
    """The tables end as those of an undisturbed run, and no bar is stored twice."""
    undisturbed = Path(shutil.copytree(refused, tmp_path / "undisturbed"))
    began = time.monotonic()
    done = subprocess.run(accept(undisturbed), capture_output=True, text=True, check=True)
    whole = time.monotonic() - began
    assert done.stdout.count("is stored") == 40
    expected, died = tables(undisturbed), 0
    for moment in range(MOMENTS):
        root = Path(shutil.copytree(refused, tmp_path / f"killed-{moment}"))
        with subprocess.Popen(accept(root), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            time.sleep(whole * (0.7 + 0.3 * moment / MOMENTS))  # most of the time is imports
            process.send_signal(signal.SIGKILL)
            died += process.wait() == -signal.SIGKILL
        again = subprocess.run(accept(root), capture_output=True, text=True, check=False)
        assert again.returncode == 0 or "no undecided row matches" in again.stderr, again.stderr
        for name, rows in tables(root).items():
            pd.testing.assert_frame_equal(rows, expected[name], obj=f"{name} after kill {moment}")
    assert died >= MOMENTS // 2


def test_two_accepts_at_once_store_once(refused: Path, tmp_path: Path) -> None:
    """Two processes that accept the same rows both end well, and leave what one alone leaves."""
    root = Path(shutil.copytree(refused, tmp_path / "two"))
    both = [subprocess.Popen(accept(root), stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(2)]
    ends = [process.communicate()[1].decode() for process in both]
    for process, said in zip(both, ends, strict=True):
        assert process.returncode == 0 or "no undecided row matches" in said, said
    found = tables(root)
    assert json.loads(json.dumps(found["quarantine"]["decision"].unique().tolist())) == ["accepted"]
    assert not found["prices"].duplicated(["symbol", "session"]).any()
    assert len(found["prices"]) == 1680
    assert found["revisions"].empty
