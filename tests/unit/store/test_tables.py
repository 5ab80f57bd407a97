"""Tables by schema: reading, appending, replacing, and folders that cannot be used."""

import json
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
import pytest
from deltalake import DeltaTable

from morrow.errors import StoreError
from morrow.frames import PRICES, QUARANTINE, REVISIONS, forecasts_schema
from morrow.store import Condition, Store
from tests.tables import (
    MONDAY,
    NOW,
    TUESDAY,
    forecasts,
    stored_prices,
)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """Give a store whose root does not exist yet."""
    return Store(tmp_path / "tables")


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


@pytest.mark.parametrize("lacking", ["all", "one"])
def test_count_opens_files_without_statistics(store: Store, lacking: str) -> None:
    """Rows are counted where the log states no number for a file, as other writers may leave it."""
    assert store.count(PRICES, "us5") == 0
    store.append(PRICES, stored_prices())
    store.append(PRICES, pd.concat([stored_prices(symbol="C")[:3], stored_prices("crypto")]))
    assert (store.count(PRICES, "us5"), store.count(PRICES, "none")) == (9, 0)
    commits = sorted(Path(store.uri(PRICES), "_delta_log").glob("*.json"))
    for commit in commits if lacking == "all" else commits[-1:]:
        actions = [json.loads(line) for line in commit.read_text().splitlines()]
        for action in actions:
            action.get("add", {}).pop("stats", None)
        commit.write_text("\n".join(map(json.dumps, actions)) + "\n")
    assert (store.count(PRICES, "us5"), store.count(PRICES, "crypto"), store.count(PRICES, "none")) == (
        9,
        6,
        0,
    )


def test_a_count_that_fails_is_an_error_of_the_store(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A log whose list of files cannot be read names the table."""
    store.append(PRICES, stored_prices())

    def fail(*_: object, **__: object) -> None:
        raise OSError("torn")

    monkeypatch.setattr(DeltaTable, "get_add_actions", fail)
    with pytest.raises(StoreError, match='prices" cannot be read: torn'):
        store.count(PRICES, "us5")


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


def test_root_may_be_a_uri(tmp_path: Path) -> None:
    """A root given as a URI holds the same tables as the folder it names."""
    assert Store(f"file://{tmp_path}/").append(PRICES, stored_prices()) == 6
    assert len(Store(tmp_path).prices("us5")) == 6
    assert Store(f"file://{tmp_path}").read(REVISIONS).empty


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
