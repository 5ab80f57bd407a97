"""Trainings under kill -9: a second run gives the same bits as a clean one and repeats no finished work."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

from morrow import backtest
from morrow.backtest import Job
from morrow.config import NetworkRecipe
from morrow.fitted_model import DOCUMENT, WEIGHTS
from tests.conftest import PARTS, RECIPES, SETTINGS, TINY, market, panel_of

KILLS = 10
LONGER = {**TINY, "epochs": 15, "patience": 15, "width": 16, "networks": 2}
NAMES = ("rnn", "lstm", "gru", "ewma")
PROGRAM = """
import sys
from pathlib import Path
from morrow import backtest
from tests.faults.test_killed_trainings import jobs

if __name__ == "__main__":
    backtest.run_all(jobs(Path(sys.argv[1])), 2)
"""


def jobs(root: Path) -> list[Job]:
    """Three networks that take a second or two each, and a baseline."""
    recipes = {name: NetworkRecipe(kind=name, **LONGER) for name in NAMES[:3]} | {"ewma": RECIPES["ewma"]}
    settings = dict(SETTINGS)
    return [
        Job(name, recipe, root / "panel", PARTS, 7, settings, root / "recipes" / name)
        for name, recipe in recipes.items()
    ]


def started(root: Path) -> "subprocess.Popen[bytes]":
    """A process that runs the jobs, in a group of its own."""
    script = root / "train.py"
    script.write_text(PROGRAM, encoding="utf-8")
    home = Path(__file__).parents[2]
    path = os.pathsep.join([str(home), os.environ.get("PYTHONPATH", "")])
    return subprocess.Popen(
        [sys.executable, str(script), str(root)],
        env={**os.environ, "PYTHONPATH": path},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def kept(root: Path) -> dict[str, bytes]:
    """The bits that the finished jobs left, of everything that holds no time of day."""
    files = (backtest.QUANTILES, backtest.LOSSES, WEIGHTS, DOCUMENT)
    return {
        f"{name}/{file}": (root / "recipes" / name / file).read_bytes() for name in NAMES for file in files
    }


def test_a_training_killed_anywhere_is_finished_by_running_it_again(tmp_path: Path) -> None:
    """Killed at ten random moments and run to its end, it leaves the bits of one that was left alone."""
    panel = panel_of(market())
    for root in (tmp_path / "calm", tmp_path / "killed"):
        panel.save(root / "panel")
    began = time.monotonic()
    assert started(tmp_path / "calm").wait(300) == 0
    took = time.monotonic() - began
    draw, killed = random.Random(3), tmp_path / "killed"
    finished: dict[str, int] = {}
    for _ in range(KILLS):
        process = started(killed)
        time.sleep(draw.uniform(0.3, 0.9) * took)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(30)
        for folder in (killed / "recipes").glob("*"):
            if folder.name in NAMES:
                stamp = (folder / WEIGHTS).stat().st_mtime_ns
                assert finished.setdefault(folder.name, stamp) == stamp, "a finished recipe was repeated"
    assert started(killed).wait(300) == 0
    assert kept(killed) == kept(tmp_path / "calm")
