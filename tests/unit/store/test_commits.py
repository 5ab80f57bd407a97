"""Commits: racing writers, and compaction."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pandas as pd
import pytest
from deltalake import DeltaTable

from morrow import frames
from morrow.errors import StoreError
from morrow.frames import PRICES, QUARANTINE
from morrow.store import Store, commits, tables
from morrow.store.commits import Change
from tests.tables import FRIDAY, MONDAY, NOW, bars, quarantined, stored_prices


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """Give a store whose root does not exist yet."""
    return Store(tmp_path / "tables")


def test_racing_writer_doubles_nothing(store: Store) -> None:
    """A writer that was overtaken by another with the same rows plans again and finds nothing to do."""
    rows = stored_prices()
    plans = []

    def plan(stored: pd.DataFrame) -> Change:
        plans.append(len(stored))
        if len(plans) == 1:
            store.append(PRICES, rows)
        return Change(rows[len(stored) :], rows[:0])

    store.transact(PRICES, rows, PRICES.key, plan)
    assert plans == [0, 6]
    assert len(store.read(PRICES)) == 6


def test_writer_of_another_universe_does_not_disturb(store: Store) -> None:
    """Writers of different universes do not refuse each other."""
    rows = stored_prices()
    plans = []

    def plan(stored: pd.DataFrame) -> Change:
        plans.append(len(stored))
        store.append(PRICES, stored_prices("crypto"))
        return Change(rows, rows[:0])

    store.transact(PRICES, rows, PRICES.key, plan)
    assert plans == [0]
    assert len(store.read(PRICES)) == 12


def test_endless_race_is_an_error(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A writer that is always overtaken gives up with one line, and has stored nothing."""
    monkeypatch.setattr(tables, "_ATTEMPTS", 3)
    rows = stored_prices(symbol="Z")[:1]

    def plan(_: pd.DataFrame) -> Change:
        store.append(PRICES, stored_prices()[:1].assign(source="x", session=pd.Timestamp(next(days))))
        return Change(rows, rows[:0])

    days = iter(pd.bdate_range(MONDAY, periods=50))
    with pytest.raises(StoreError, match="written by others in each of 3 attempts") as error:
        store.transact(PRICES, rows, PRICES.key, plan)
    assert store.uri(PRICES) in str(error.value)
    assert "Z" not in set(store.read(PRICES)["symbol"])


def test_concurrent_first_loads(tmp_path: Path) -> None:
    """Of many first loads at once, table creation included, one takes the bars and the others find them."""
    with ThreadPoolExecutor(5) as pool:
        runs = pool.map(lambda _: Store(tmp_path).ingest("us5", bars(3), "file", FRIDAY, NOW), range(5))
    assert sorted((run.new, run.revised, run.unchanged) for run in runs) == [(0, 0, 6)] * 4 + [(6, 0, 0)]
    assert len(Store(tmp_path).prices("us5")) == 6


def test_compaction_changes_no_row(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Many small files become one, and rows and data version stay."""
    monkeypatch.setattr(commits, "_FILES_BEFORE_COMPACTION", 5)
    for sessions in range(1, 6):
        store.ingest("us5", bars(sessions), "file", FRIDAY, NOW)
    files = DeltaTable(store.uri(PRICES)).file_uris()
    other = Store(Path(store.uri(PRICES)).parent.parent / "other")
    other.ingest("us5", bars(5), "file", FRIDAY, NOW)
    assert len(files) == 1
    assert frames.content_version(store.prices("us5")) == frames.content_version(other.prices("us5"))


def test_failed_compaction_is_left_for_later(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows are stored even where the files could not be joined, here because one of them is gone."""
    monkeypatch.setattr(commits, "_FILES_BEFORE_COMPACTION", 2)
    store.append(QUARANTINE, quarantined("a"))
    next(Path(store.uri(QUARANTINE)).rglob("*.parquet")).unlink()
    table = DeltaTable(store.uri(QUARANTINE))
    commits.commit(table, QUARANTINE, Change(quarantined("b"), quarantined("b")[:0]), ["b"], [])
    commits.compact(table, ["us5"], 7)
    assert len(DeltaTable(store.uri(QUARANTINE)).file_uris()) == 2
