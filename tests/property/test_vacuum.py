"""Point-in-time knowledge survives compaction and vacuum: it is in the rows, not in old table versions."""

from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from morrow import frames
from morrow.frames import PRICES, REVISIONS
from morrow.store import Store, commits
from tests.conftest import market, panel_of, weekdays

pytestmark = pytest.mark.no_cover  # unit tests run the same lines, and coverage doubles the seconds

NOW = datetime(2026, 1, 2, tzinfo=UTC)


def nights(store: Store) -> list[date]:
    """Twelve nights with new bars, some with changed ones and a corrected factor; returns their dates."""
    rows, draw = market(sessions=432), np.random.default_rng(5)
    later = (rows["symbol"] == "S2") & (rows["session"] >= weekdays(432)[200])
    dates = [weekdays(432)[number].date() for number in range(419, 431)]
    for number, day in enumerate(dates):
        known = rows["session"] <= pd.Timestamp(day)
        touched = known & (draw.random(len(rows)) < (0.01 if number % 2 else 0))
        rows.loc[touched, ["open", "high", "low", "close"]] *= 1.001
        rows.loc[later, "dividend_factor"] *= 1 if number % 3 else 1.001
        store.ingest("toy", rows[known], "file", day, NOW)
    return dates


def built(store: Store, day: date, folder: Path) -> dict[str, bytes]:
    """Every file of the panel of what was known at a day."""
    panel_of(store.prices("toy", day)).save(folder)
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def test_old_panels_are_rebuilt_after_vacuum(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With every file joined and no old one left, the panel of each past night has the same bytes."""
    store = Store(tmp_path / "tables", vacuum_days=0)
    dates = nights(store)
    before = [built(store, day, tmp_path / f"before-{day}") for day in dates]
    versions = [frames.content_version(store.prices("toy", day)) for day in dates]
    assert len(set(versions)) == len(versions)
    monkeypatch.setattr(commits, "_FILES_BEFORE_COMPACTION", 2)
    for schema in (PRICES, REVISIONS):
        table = store._open(schema)
        assert table is not None
        commits.compact(table, ["toy"], 0)
        store.vacuum(schema)
        assert len(list(Path(store.uri(schema)).rglob("*.parquet"))) == 1
    for day, old in zip(dates, before, strict=True):
        assert built(store, day, tmp_path / f"after-{day}") == old
