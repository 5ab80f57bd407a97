import resource
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from deltalake import DeltaTable

from morrow import frames
from morrow.errors import ShapeError, StoreError
from morrow.frames import PRICES, QUARANTINE, REVISIONS, forecasts_schema
from morrow.store import Condition, Ingest, Signature, Store, commits, tables
from morrow.store.commits import Change

NOW = datetime(2026, 1, 9, 22, tzinfo=UTC)
MONDAY, TUESDAY, WEDNESDAY = date(2026, 1, 5), date(2026, 1, 6), date(2026, 1, 7)
THURSDAY, FRIDAY = date(2026, 1, 8), date(2026, 1, 9)


def bars(sessions: int = 3, symbols: str = "AB", **fields: float) -> pd.DataFrame:
    """Rows as an ingest gets them, from Monday on: closes 1, 2, 3, ... and nothing else known."""
    days = pd.bdate_range(MONDAY, periods=sessions).as_unit("us")
    empty = dict.fromkeys(("open", "high", "low", "volume"), np.nan)
    factors = {"split_factor": 1.0, "dividend_factor": 1.0}
    one = pd.DataFrame({"session": days, "close": np.arange(1.0, sessions + 1), **empty, **factors, **fields})
    return pd.concat([one.assign(symbol=symbol) for symbol in symbols], ignore_index=True)


def with_close(rows: pd.DataFrame, symbol: str, session: date, close: float) -> pd.DataFrame:
    """Change one close of the rows."""
    there = (rows["symbol"] == symbol) & (rows["session"] == pd.Timestamp(session))
    return rows.assign(close=rows["close"].mask(there, close))


def stored_prices(universe: str = "us5", **changes: Any) -> pd.DataFrame:
    """Rows of the prices table itself."""
    stamps: dict[str, Any] = {
        "universe": universe,
        "source": "s",
        "known_at": pd.Timestamp(FRIDAY),
        "ingested_at": NOW,
    }
    return bars().assign(**stamps).assign(**changes)


def forecasts(levels: tuple[float, ...], version: str = "1") -> pd.DataFrame:
    """Two forecast rows of 10, 11, ... at the given levels."""
    schema = forecasts_schema(levels)
    values = {frames.quantile_column(level): 10.0 + n for n, level in enumerate(levels)}
    texts = {"model_version": version, "flags": "", "reason": "", "run_id": "r", "data_version": "d"}
    row = {"universe": "us5", "symbol": "A", "cutoff": pd.Timestamp(MONDAY), "session": pd.Timestamp(TUESDAY)}
    row |= values | texts | {"mean": 10.0, "p_down": 0.5, "p_flat": 0.0, "p_up": 0.5, "created_at": NOW}
    return pd.DataFrame([row | {"step": 1}, row | {"step": 2}])[schema.names]


def close_of(frame: pd.DataFrame, symbol: str, session: date) -> float:
    """One close of a prices frame."""
    there = (frame["symbol"] == symbol) & (frame["session"] == pd.Timestamp(session))
    return float(frame.loc[there, "close"].item())


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """Give a store whose root does not exist yet."""
    return Store(tmp_path / "tables")


def test_absent_table_reads_empty(store: Store) -> None:
    """A table that was never written reads as a frame of its schema without rows."""
    pd.testing.assert_frame_equal(store.read(PRICES), frames.empty(PRICES))
    assert store.prices("us5", FRIDAY).empty
    assert list(store.read(PRICES, "us5", columns=["session"]).columns) == ["session"]
    assert store.signature(PRICES, "us5") == Signature(0, None)


def test_first_ingest_is_known_at_its_sessions(store: Store) -> None:
    """The first bars of a universe are taken whole and count as known at their own session."""
    assert store.ingest("us5", bars(3), "file", FRIDAY, NOW) == Ingest(6, 0, 0)
    stored = store.prices("us5")
    assert stored["known_at"].equals(stored["session"].rename("known_at"))
    assert stored["close"].tolist() == [1, 2, 3, 1, 2, 3]
    assert set(stored["source"]) == {"file"}
    assert set(stored["ingested_at"]) == {pd.Timestamp(NOW)}
    assert stored.dtypes.equals(frames.empty(PRICES).dtypes)


def test_second_ingest_writes_nothing(store: Store) -> None:
    """The same bars again, in another order, change no file, though most of their fields are empty."""
    store.ingest("us5", bars(3), "file", FRIDAY, NOW)
    before = sorted(Path(store.uri(PRICES)).rglob("*"))
    assert store.ingest("us5", bars(3)[::-1], "file", FRIDAY, NOW) == Ingest(0, 0, 6)
    assert sorted(Path(store.uri(PRICES)).rglob("*")) == before
    assert store.read(REVISIONS).empty


def test_later_bars_are_known_at_as_of(store: Store) -> None:
    """Bars that come after the first load are not seen by a night before the one that took them in."""
    store.ingest("us5", bars(2), "file", TUESDAY, NOW)
    assert store.ingest("us5", bars(3), "file", THURSDAY, NOW) == Ingest(2, 0, 4)
    assert len(store.prices("us5", WEDNESDAY)) == 4
    assert len(store.prices("us5", THURSDAY)) == 6


def test_sessions_after_as_of_are_left(store: Store) -> None:
    """A night takes in no bar of a session after its own, however many the source gives."""
    assert store.ingest("us5", bars(5), "file", TUESDAY, NOW) == Ingest(4, 0, 0)
    assert store.signature(PRICES, "us5") == Signature(4, TUESDAY)


def test_nothing_to_ingest_makes_no_table(store: Store) -> None:
    """An ingest without rows counts nothing and leaves no table behind."""
    assert store.ingest("us5", bars(1)[:0], "file", TUESDAY, NOW) == Ingest(0, 0, 0)
    assert not Path(store.uri(PRICES)).exists()


def test_revision_keeps_what_was_known(store: Store) -> None:
    """After a changed close, nights before the change see the old value and later ones the new."""
    store.ingest("us5", bars(3), "file", WEDNESDAY, NOW)
    changed = with_close(bars(3), "A", TUESDAY, 2.5)
    assert store.ingest("us5", changed, "file", THURSDAY, NOW) == Ingest(0, 1, 5)
    revision = store.read(REVISIONS, "us5").iloc[0].to_dict()
    assert revision == {
        "universe": "us5", "symbol": "A", "session": pd.Timestamp(TUESDAY), "field": "close",
        "known_at": pd.Timestamp(THURSDAY), "was": 2.0, "is": 2.5, "reason": "source changed",
    }  # fmt: skip
    assert close_of(store.prices("us5", WEDNESDAY), "A", TUESDAY) == 2.0
    assert close_of(store.prices("us5", THURSDAY), "A", TUESDAY) == 2.5
    assert close_of(store.prices("us5"), "A", TUESDAY) == 2.5
    assert len(store.prices("us5", TUESDAY)) == 4


def test_earliest_later_revision_counts(store: Store) -> None:
    """Of several revisions of one field each night sees the value that held at its own date."""
    store.ingest("us5", bars(1), "file", MONDAY, NOW)
    store.ingest("us5", with_close(bars(1), "A", MONDAY, 7.0), "file", TUESDAY, NOW)
    store.ingest("us5", with_close(bars(1), "A", MONDAY, 9.0), "file", THURSDAY, NOW)
    seen = [close_of(store.prices("us5", day), "A", MONDAY) for day in (MONDAY, TUESDAY, WEDNESDAY, THURSDAY)]
    assert seen == [1.0, 7.0, 7.0, 9.0]


def test_empty_field_that_becomes_known_is_a_revision(store: Store) -> None:
    """A value in place of an empty one is a revision, and is empty again for the nights before."""
    store.ingest("us5", bars(2), "file", TUESDAY, NOW)
    assert store.ingest("us5", bars(2, volume=5.0), "file", WEDNESDAY, NOW) == Ingest(0, 4, 0)
    assert store.prices("us5", TUESDAY)["volume"].isna().all()
    assert store.prices("us5", WEDNESDAY)["volume"].tolist() == [5.0] * 4


def test_correction_of_the_same_night_joins_its_revision(store: Store) -> None:
    """Two changes of one field on one night leave one revision, from the first value to the last."""
    store.ingest("us5", bars(1), "file", MONDAY, NOW)
    store.ingest("us5", with_close(bars(1), "A", MONDAY, 7.0), "file", TUESDAY, NOW)
    store.ingest("us5", with_close(bars(1), "A", MONDAY, 9.0), "file", TUESDAY, NOW)
    assert store.read(REVISIONS)[["was", "is"]].to_numpy().tolist() == [[1.0, 9.0]]
    assert close_of(store.prices("us5", MONDAY), "A", MONDAY) == 1.0


def test_late_run_alters_no_earlier_view(store: Store) -> None:
    """A change found by a run that is behind a stored revision is not known before that revision."""
    store.ingest("us5", bars(1), "file", MONDAY, NOW)
    store.ingest("us5", with_close(bars(1), "A", MONDAY, 7.0), "file", THURSDAY, NOW)
    store.ingest("us5", with_close(bars(1), "A", MONDAY, 9.0), "file", TUESDAY, NOW)
    seen = [close_of(store.prices("us5", day), "A", MONDAY) for day in (MONDAY, TUESDAY, THURSDAY)]
    assert seen == [1.0, 1.0, 9.0]


class KilledStore(Store):
    """A store whose process dies between the revisions and the bars."""

    def _revise(self, universe: str, changes: pd.DataFrame, as_of: pd.Timestamp, reason: str) -> None:
        super()._revise(universe, changes, as_of, reason)
        raise KeyboardInterrupt


def test_killed_ingest_is_finished_by_another(tmp_path: Path) -> None:
    """A run killed between revisions and bars is finished by running it again, without a second revision."""
    store = Store(tmp_path)
    store.ingest("us5", bars(1), "file", MONDAY, NOW)
    changed = with_close(bars(1), "A", MONDAY, 7.0)
    with pytest.raises(KeyboardInterrupt):
        KilledStore(tmp_path).ingest("us5", changed, "file", TUESDAY, NOW)
    assert close_of(store.prices("us5"), "A", MONDAY) == 1.0
    assert store.ingest("us5", changed, "file", TUESDAY, NOW) == Ingest(0, 1, 1)
    assert store.read(REVISIONS)[["was", "is"]].to_numpy().tolist() == [[1.0, 7.0]]
    assert close_of(store.prices("us5"), "A", MONDAY) == 7.0


def test_a_bar_twice_is_refused(store: Store) -> None:
    """A bar that comes twice in one ingest is an error that names it, and nothing is stored."""
    with pytest.raises(ShapeError, match="symbol A, session 2026-01-05 00:00:00 comes twice"):
        store.ingest("us5", pd.concat([bars(1), bars(1)]), "file", MONDAY, NOW)
    assert store.prices("us5").empty


def test_append_inserts_each_key_once(store: Store) -> None:
    """Appended rows whose key is stored stay as they were first stored."""
    assert store.append(PRICES, stored_prices()) == 6
    assert store.append(PRICES, stored_prices(close=9.0)) == 0
    more = pd.concat([stored_prices(), stored_prices(universe="crypto"), stored_prices(symbol="O'X")[:3]])
    assert store.append(PRICES, more) == 9
    assert store.read(PRICES, "us5")["symbol"].tolist() == [*"AAABBB", "O'X", "O'X", "O'X"]
    assert 9.0 not in store.read(PRICES)["close"].to_numpy()


def test_quarantine_is_appended_once(store: Store) -> None:
    """A refused row is kept once a batch, row and rule, whatever is empty in it."""
    row = {"batch": "b", "row": 3, "rule": "close present", "universe": "us5", "symbol": None}
    row |= {"session": pd.NaT, "received": '{"close": ""}', "reason": "close is empty", "first_seen": NOW}
    row |= {"decision": None, "decided_by": None, "decided_at": pd.NaT, "decision_reason": None, "bar": None}
    refused = pd.DataFrame([row, row | {"rule": "volume"}])
    assert store.append(QUARANTINE, refused) == 2
    assert store.append(QUARANTINE, refused) == 0
    assert store.append(QUARANTINE, refused.assign(batch="c")) == 2
    assert store.read(QUARANTINE, "us5")["symbol"].isna().all()


def test_upsert_counts_and_replaces(store: Store) -> None:
    """An upsert inserts the new, replaces what differs and leaves the rest, in one version."""
    assert store.upsert(PRICES, stored_prices()[:4]) == (4, 0)
    changed = stored_prices()
    changed.loc[0, "close"] = 9.0
    assert store.upsert(PRICES, changed) == (2, 1)
    assert store.read(PRICES)["close"].tolist() == [9, 2, 3, 1, 2, 3]


def test_upsert_ignores_stamps(store: Store) -> None:
    """Rows that differ in their wall-clock stamp alone are not written again."""
    store.upsert(PRICES, stored_prices())
    later = NOW.replace(year=2027)
    assert store.upsert(PRICES, stored_prices(ingested_at=later)) == (0, 0)
    assert set(store.read(PRICES)["ingested_at"]) == {pd.Timestamp(NOW)}


@pytest.mark.parametrize("write", ["append", "upsert"])
def test_levels_may_change(store: Store, write: str) -> None:
    """Forecasts of other levels live in one table; a level that a row does not have is empty."""
    few, many = (0.25, 0.5, 0.75), (0.05, 0.5, 0.95)
    getattr(store, write)(forecasts_schema(few), forecasts(few, "1"))
    getattr(store, write)(forecasts_schema(many), forecasts(many, "2"))
    getattr(store, write)(forecasts_schema(few), forecasts(few, "3"))
    read = store.read(forecasts_schema((0.05, 0.25, 0.5, 0.975)), "us5").drop_duplicates("model_version")
    assert read["q0500"].isna().tolist() == [True, False, True]
    assert read["q2500"].isna().tolist() == [False, True, False]
    assert read["q5000"].tolist() == [11, 11, 11]
    assert read["q9750"].isna().all()


def test_upsert_adds_levels_to_stored_rows(store: Store) -> None:
    """A stored forecast gets the levels that it lacked when it is made again with them."""
    few, many = (0.25, 0.5, 0.75), (0.05, 0.25, 0.5, 0.75, 0.95)
    store.upsert(forecasts_schema(few), forecasts(few))
    assert store.upsert(forecasts_schema(many), forecasts(many)) == (0, 2)
    read = store.read(forecasts_schema(many))
    pd.testing.assert_frame_equal(read, forecasts(many), check_dtype=False)


def test_other_universes_files_are_not_opened(store: Store) -> None:
    """A universe reads well while another's file is gone, which only a read of that one notices."""
    store.append(PRICES, pd.concat([stored_prices(), stored_prices("crypto")]))
    next(Path(store.uri(PRICES), "universe=crypto").glob("*.parquet")).unlink()
    assert len(store.read(PRICES, "us5")) == 6
    with pytest.raises(StoreError, match="prices"):
        store.read(PRICES)


def test_read_selects(store: Store) -> None:
    """A read returns the columns asked for, in order, of the rows that meet every condition."""
    store.append(PRICES, stored_prices())
    where: list[Condition] = [
        ("session", ">", pd.Timestamp(MONDAY)),
        ("symbol", "=", "B"),
        ("close", "<=", 2.0),
    ]
    read = store.read(PRICES, columns=["close", "session"], where=where)
    assert read.to_dict("list") == {"close": [2.0], "session": [pd.Timestamp(TUESDAY)]}


def test_read_without_key_columns(store: Store) -> None:
    """Columns outside the key can be read alone."""
    store.append(PRICES, stored_prices())
    assert sorted(store.read(PRICES, columns=["close"])["close"]) == [1, 1, 2, 2, 3, 3]


def test_signature_names_the_newest_date(store: Store) -> None:
    """A signature counts one universe's rows and names the newest date of the asked column."""
    store.append(PRICES, pd.concat([stored_prices(), stored_prices("crypto")[:1]]))
    assert store.signature(PRICES, "us5") == Signature(6, WEDNESDAY)
    assert store.signature(PRICES, "crypto", "known_at") == Signature(1, FRIDAY)


def test_root_may_be_a_uri(tmp_path: Path) -> None:
    """A root given as a URI holds the same tables as the folder it names."""
    assert Store(f"file://{tmp_path}/").append(PRICES, stored_prices()) == 6
    assert len(Store(tmp_path).prices("us5")) == 6
    assert Store(f"file://{tmp_path}").read(REVISIONS).empty


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
    commits.tidy(table, ["us5"], 7)
    assert len(DeltaTable(store.uri(QUARANTINE)).file_uris()) == 2


def quarantined(batch: str) -> pd.DataFrame:
    """One refused row."""
    row = {"batch": batch, "row": 0, "rule": "r", "universe": "us5", "symbol": "A", "session": pd.NaT}
    row |= {"decision": None, "decided_by": None, "decided_at": pd.NaT, "decision_reason": None, "bar": None}
    return pd.DataFrame([row | {"received": "{}", "reason": "no", "first_seen": NOW}])


def spoil_log(table: Path) -> None:
    """Write what is no JSON into the newest commit."""
    newest(table).write_text("garbage\n")


def truncate_log(table: Path) -> None:
    """Cut the newest commit off within its first action."""
    newest(table).write_bytes(newest(table).read_bytes()[:200])


def empty_log(table: Path) -> None:
    """Leave nothing in the newest commit, as a power cut may."""
    newest(table).write_bytes(b"")


def remove_log(table: Path) -> None:
    """Leave the rows without any commit."""
    for file in (table / "_delta_log").iterdir():
        file.unlink()


def remove_rows(table: Path) -> None:
    """Lose a file of rows."""
    next(table.rglob("*.parquet")).unlink()


def spoil_rows(table: Path) -> None:
    """Put something else in place of a file of rows."""
    next(table.rglob("*.parquet")).write_bytes(b"garbage")


def newest(table: Path) -> Path:
    """Find the newest commit."""
    return max((table / "_delta_log").glob("*.json"))


@pytest.mark.parametrize(
    "spoil",
    [spoil_log, truncate_log, empty_log, remove_log, remove_rows, spoil_rows],
    ids=lambda f: f.__name__,
)
def test_corrupt_table_is_one_line(store: Store, spoil: object) -> None:
    """A corrupt table is an error of one line that names it and what to do, when read and when written."""
    store.append(PRICES, stored_prices())
    assert callable(spoil)
    spoil(Path(store.uri(PRICES)))
    for act in (lambda: store.prices("us5"), lambda: store.append(PRICES, stored_prices(close=2.0))):
        with pytest.raises(StoreError, match=r"cannot be read: .+; restore this folder from a copy") as error:
            act()
        assert store.uri(PRICES) in str(error.value)
        assert "\n" not in str(error.value)


def test_file_in_place_of_the_root(tmp_path: Path) -> None:
    """A root that is a file is an error that names the table, when read and when written."""
    (tmp_path / "file").write_text("")
    store = Store(tmp_path / "file")
    with pytest.raises(StoreError, match="file/prices"):
        store.prices("us5")
    with pytest.raises(StoreError, match="file/prices"):
        store.append(PRICES, stored_prices())


def test_file_in_place_of_the_root_of_a_uri(tmp_path: Path) -> None:
    """A root that cannot be made is an error when written, where its files cannot be listed either."""
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match=r"cannot be written: .+; it is as it was before"):
        Store(f"file://{tmp_path}/file").append(PRICES, stored_prices())


@contextmanager
def largest_file(size: int) -> Iterator[None]:
    """Let no file grow past a size in bytes, as a full disk would."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_full_disk_leaves_the_table_as_it_was(store: Store) -> None:
    """A write that finds no room is an error of one line, and the table reads as before."""
    store.append(PRICES, stored_prices())
    before = store.read(PRICES)
    with largest_file(1000), pytest.raises(StoreError, match=r"cannot be written: .+ make room") as error:
        store.append(PRICES, stored_prices("crypto"))
    assert "\n" not in str(error.value)
    pd.testing.assert_frame_equal(store.read(PRICES), before)
