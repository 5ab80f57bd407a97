"""The store of prices: what was known when, revisions and signatures."""

from pathlib import Path

import pandas as pd
import pytest

from morrow import frames
from morrow.errors import ShapeError
from morrow.frames import PRICES, REVISIONS
from morrow.store import Ingest, Signature, Store
from tests.tables import (
    FRIDAY,
    MONDAY,
    NOW,
    THURSDAY,
    TUESDAY,
    WEDNESDAY,
    bars,
    close_of,
    stored_prices,
    with_close,
)


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

    def _revise(self, universe: str, changes: pd.DataFrame, as_of: pd.Timestamp) -> None:
        super()._revise(universe, changes, as_of)
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


def test_signature_names_the_newest_date(store: Store) -> None:
    """A signature counts one universe's rows and names the newest date of the asked column."""
    store.append(PRICES, pd.concat([stored_prices(), stored_prices("crypto")[:1]]))
    assert store.signature(PRICES, "us5") == Signature(6, WEDNESDAY)
    assert store.signature(PRICES, "crypto", "known_at") == Signature(1, FRIDAY)
