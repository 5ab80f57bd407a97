"""A night that is killed while it keeps its features."""

import multiprocessing
import os
import signal
from pathlib import Path

import numpy as np
import pytest

from morrow import features
from tests.property.test_kept_features import random_bars


def _write_often(folder: Path) -> None:
    frame = random_bars(4, 4, 300)
    days = np.sort(frame["session"].unique())
    for day in list(days[200:]) * 100:
        features.from_folder(
            frame[frame["session"] <= day].reset_index(drop=True), ("rsi_14", "return_1"), folder
        )


@pytest.mark.parametrize("moment_s", [0.0, 0.05, 0.2])
def test_a_kill_leaves_nothing_partial(tmp_path: Path, moment_s: float) -> None:
    """A night killed while it keeps its features leaves what the next one reads, or ignores."""
    process = multiprocessing.get_context("spawn").Process(target=_write_often, args=(tmp_path,))
    process.start()
    while process.is_alive() and not list(tmp_path.glob("*/kept.npz")):
        process.join(0.01)
    process.join(moment_s)
    os.kill(process.pid or 0, signal.SIGKILL)
    process.join()
    frame, names = random_bars(4, 4, 300), ("rsi_14", "return_1")
    assert features.from_folder(frame, names, tmp_path).tobytes() == features.compute(frame, names).tobytes()
