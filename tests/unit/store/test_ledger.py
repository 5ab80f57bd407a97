"""The ledger: decisions are added once, come back as they were, and hand on the newest evidence."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from morrow.store import Store
from morrow.store.ledger import LedgerEntry, append_entry, read_entries, read_evidence

FRIDAY = date(2026, 1, 9)
NOW = datetime(2026, 1, 9, 22, 30, tzinfo=UTC)


def entry(**changes: object) -> LedgerEntry:
    """A first promotion, with changes."""
    first = LedgerEntry(
        universe="us5",
        as_of=FRIDAY,
        entry="abc",
        decision="promote",
        champion_before=None,
        version_before=None,
        champion_after="ewma",
        version_after="1",
        data_version="d1",
        code_version="c1",
        by="morrow",
        reason="there was none",
        recorded_at=NOW,
        rules=({"rule": "evidence", "figure": 21.5, "limit": 20.0, "held": True, "about": "an e-value"},),
        figures={"ewma": {"pinball": 0.0012}},
        evidence={"pairs": {"a|b": [1.5, 2.0]}},
        windows={"select": "2025-01-02..2025-06-30"},
    )
    return replace(first, **changes)  # type: ignore[arg-type]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """An empty store."""
    return Store(tmp_path / "tables")


def test_a_decision_comes_back_as_it_was(store: Store) -> None:
    """Every field survives the table, and an absent champion stays absent."""
    assert append_entry(store, entry())
    (back,) = read_entries(store, "us5")
    assert replace(back, rules=tuple(back.rules)) == entry()


def test_the_same_decision_is_added_once(store: Store) -> None:
    """A second writing of one key adds nothing and changes nothing, whatever it says."""
    append_entry(store, entry())
    assert not append_entry(store, entry(reason="another", recorded_at=NOW + timedelta(hours=1)))
    assert [each.reason for each in read_entries(store, "us5")] == ["there was none"]


def test_a_clock_that_was_put_back_changes_no_order(store: Store) -> None:
    """A decision of the same moment, or of an earlier one, is recorded after all others of its universe."""
    append_entry(store, entry())
    append_entry(store, entry(entry="same", version_after="2"))
    append_entry(store, entry(entry="earlier", version_after="3", recorded_at=NOW - timedelta(days=1)))
    append_entry(store, entry(entry="other", universe="ecb-fx", recorded_at=NOW - timedelta(days=1)))
    moments = [each.recorded_at for each in read_entries(store, "us5")]
    assert moments == [NOW + timedelta(microseconds=each) for each in range(3)]
    assert [each.version_after for each in read_entries(store, "us5")] == ["1", "2", "3"]
    assert read_entries(store, "ecb-fx")[0].recorded_at == NOW - timedelta(days=1)


def test_decisions_come_oldest_first_and_up_to_a_day(store: Store) -> None:
    """Order is that of days, and within a day that of recording; other universes are left out."""
    append_entry(store, entry(entry="c", as_of=FRIDAY + timedelta(days=7)))
    append_entry(store, entry(entry="a2", recorded_at=NOW))
    append_entry(store, entry(entry="b", recorded_at=NOW + timedelta(hours=2)))
    append_entry(store, entry(universe="ecb-fx", entry="x"))
    assert [each.entry for each in read_entries(store, "us5")] == ["a2", "b", "c"]
    assert [each.entry for each in read_entries(store, "us5", FRIDAY)] == ["a2", "b"]
    assert read_entries(store, "crypto") == []


def test_evidence_is_that_of_the_newest_other_decision(store: Store) -> None:
    """A night goes on from every try up to its day but its own, and passes over what measured nothing."""
    assert read_evidence(store, "us5", FRIDAY) == {}
    append_entry(store, entry())
    append_entry(store, entry(entry="second", recorded_at=NOW + timedelta(hours=1), evidence={"pairs": {}}))
    append_entry(store, entry(entry="by hand", as_of=FRIDAY + timedelta(days=1), evidence={}))
    assert read_evidence(store, "us5", FRIDAY - timedelta(days=1)) == {}
    assert read_evidence(store, "us5", FRIDAY) == {"pairs": {}}
    assert read_evidence(store, "us5", FRIDAY, without="second") == {"pairs": {"a|b": [1.5, 2.0]}}
    assert read_evidence(store, "us5", FRIDAY + timedelta(days=7)) == {"pairs": {}}
