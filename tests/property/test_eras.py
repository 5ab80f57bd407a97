"""Days before 1970, and far ones after it, are days like any other wherever they become integers."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from morrow import frames
from morrow.audit import futures
from morrow.features.bars import Bars
from morrow.features.session_dates import days_since
from morrow.frames import PRICES
from morrow.sessions import next_sessions
from morrow.sources.tables.bars import _share_bar
from morrow.steps.intake.ingest import ingest
from morrow.store import Store, compare
from morrow.store.comparison import BEYOND, NEW, SAME
from tests.market import market
from tests.projects import as_csv, night, project

pytestmark = pytest.mark.no_cover  # unit tests run the same lines, and coverage doubles the seconds

ERAS = ("1885-01-05", "1928-01-02", "1969-12-01", "2260-01-02")
SESSIONS = 300


def in_era(era: str) -> pd.DataFrame:
    """Bars of three symbols on so many weekdays from a day on."""
    days = pd.bdate_range(era, periods=SESSIONS, unit="us")
    return market(["AAA", "BBB", "CCC"], SESSIONS, 3).bars.assign(session=np.tile(days, 3))


@pytest.mark.parametrize("era", ERAS)
def test_a_universe_of_any_era_is_taken_in(tmp_path: Path, era: str) -> None:
    """All bars of a first night are stored, the next night adds only what is new, and repeats are known."""
    bars = in_era(era)
    root = project(tmp_path / "toy", bars)
    last = bars["session"].max()
    as_csv(bars[bars["session"] < last]).to_csv(root / "prices.csv", index=False)
    tonight = replace(night(root), now=datetime(2261, 12, 31, tzinfo=UTC))
    assert ingest(tonight, {}).accepted == 3 * (SESSIONS - 1)
    as_csv(pd.concat([bars, bars.tail(1)])).to_csv(root / "prices.csv", index=False)
    second = ingest(tonight, {})
    assert (second.accepted, second.unchanged, second.duplicates) == (3, 3 * (SESSIONS - 1), 1)
    stored = Store(root / "data").read(PRICES, "toy")
    assert stored["session"].tolist() == bars["session"].tolist()
    assert stored["close"].to_numpy() == pytest.approx(bars["close"].to_numpy())


@pytest.mark.parametrize("era", ERAS)
def test_a_changed_bar_of_any_era_is_matched_with_its_stored_one(era: str) -> None:
    """Bars are matched by symbol and day, and one price that changed is one change."""
    bars = in_era(era)
    given = bars.assign(close=bars["close"].where(bars.index != 400, bars["close"] * 1.1))
    kind = compare(given, bars.drop(index=[5, 899]).reset_index(drop=True), 0.005).kind
    assert np.flatnonzero(kind == BEYOND).tolist() == [400]
    assert np.flatnonzero(kind == NEW).tolist() == [5, 899]
    assert int((kind == SAME).sum()) == 900 - 3


@pytest.mark.parametrize("era", ERAS)
def test_each_era_has_futures_of_its_own(era: str) -> None:
    """The audit rewrites what follows a cutoff of any era: the same each time, another for another cutoff."""
    bars = in_era(era)
    cutoff, earlier = (bars["session"].to_numpy("datetime64[us]")[at] for at in (200, 199))
    first, again, other = (
        futures.alter_future(bars, day, "rewritten", 0) for day in (cutoff, cutoff, earlier)
    )
    assert first.equals(again)
    later = first["session"] > cutoff
    assert first[~later].reset_index(drop=True).equals(bars[bars["session"] <= cutoff].reset_index(drop=True))
    both = first[later].merge(other, on=["symbol", "session"])
    assert not np.isclose(both["close_x"], both["close_y"]).all()


@pytest.mark.parametrize("era", ERAS)
def test_observed_targets_follow_in_any_era(era: str) -> None:
    """The sessions ahead of a cutoff of any era are the weekdays after it."""
    days = pd.bdate_range(era, periods=100, unit="us")
    assert next_sessions("observed", days[89], 10, days).tolist() == days[90:].tolist()


@pytest.mark.parametrize("era", ERAS)
def test_a_calendars_targets_follow_in_any_era(era: str) -> None:
    """Outside of what an exchange's calendar knows they are guessed from the days observed up to then."""
    days = pd.bdate_range(era, periods=100, unit="us")
    assert next_sessions("XNYS", days[89], 10, days).tolist() == days[90:].tolist()


def test_rivals_are_found_across_1970() -> None:
    """Two rows of one symbol and day are rivals, and neighbours on either side of 1970 are not."""
    days = pd.DatetimeIndex(["1885-01-01", "1969-12-31", "1970-01-01", "1969-12-31", "2261-12-31"]).as_unit(
        "us"
    )
    frame = pd.DataFrame({"code": [0, 0, 0, 0, 1], "session": days})
    assert _share_bar(frame).tolist() == [False, True, False, True, False]


@pytest.mark.parametrize("era", ERAS)
def test_calendar_days_between_bars_are_counted_in_any_era(era: str) -> None:
    """After a weekend three days have passed, on either side of 1970."""
    bars = in_era(era).assign(series=np.repeat([0, 1, 2], SESSIONS), unit=0.01)
    gaps = np.exp(days_since(Bars.from_frame(bars).make_block(np.array([0]))))[0, 1:]
    expected = np.diff(bars["session"].to_numpy("datetime64[D]")[:SESSIONS]).astype(int)
    assert gaps == pytest.approx(expected)


def test_versions_tell_eras_apart() -> None:
    """The same prices on other days are other data."""
    assert len({frames.content_version(in_era(era)) for era in ERAS}) == len(ERAS)
