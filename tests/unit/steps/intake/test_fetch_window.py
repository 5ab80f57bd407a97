"""The window of a night, and what is read of the stored bars."""

from datetime import timedelta
from pathlib import Path

import pandas as pd
import pytest

from morrow.steps.intake import fetch_window
from tests.conftest import market
from tests.projects import night, play, project

COLUMNS = ["symbol", "session", "close"]


@pytest.mark.parametrize("whole", [10, 10_000])
def test_recent_bars_are_the_same_however_they_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, whole: int
) -> None:
    """Of a large universe only the wanted columns and days are read, of a small one all bars once."""
    root = project(tmp_path / "toy", market(2, 60))
    play(root, names=("ingest",))
    monkeypatch.setattr(fetch_window, "_WHOLE", whole)
    tonight = night(root)
    recent = fetch_window.read_recent(tonight, timedelta(days=14), COLUMNS)
    stored = tonight.store.read(fetch_window.PRICES, "toy")
    expected = stored.loc[stored["session"] >= stored["session"].max() - timedelta(days=14), COLUMNS]
    pd.testing.assert_frame_equal(recent.reset_index(drop=True), expected.reset_index(drop=True))
    assert ("stored_bars" in vars(tonight)) == (whole > len(stored))


def test_an_empty_universe_has_no_recent_bars(tmp_path: Path) -> None:
    """Nothing was taken in, so nothing is read."""
    tonight = night(project(tmp_path / "toy", market(2, 60)))
    assert fetch_window.read_recent(tonight, timedelta(days=14), COLUMNS).empty
