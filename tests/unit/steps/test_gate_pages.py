"""The pages of gates: kept by universe and night, and removed after thirty nights."""

import os
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path

import pandas as pd

from morrow.checks import Verdict, check_raw, load_suite
from morrow.config import load
from morrow.steps.context import Night
from morrow.steps.gate_pages import KEPT_NIGHTS, keep
from morrow.steps.results import Gate

NOW = datetime(2024, 1, 9, 6, 30, tzinfo=UTC)
HOSTILE = "<script>alert(1)</script>'\"&"
SESSIONS = pd.DatetimeIndex(["2024-01-02", "2024-01-03"])


@cache
def verdict() -> Verdict:
    """Judge a batch with a good bar, a negative one and one whose symbol is a script."""
    columns = {
        "row": [4, 5, 6], "symbol": ["AAA", "BBB", HOSTILE], "session": pd.Timestamp("2024-01-03"),
        "open": 10.0, "high": 11.0, "low": 9.0, "close": [10.5, -1.0, -2.0], "volume": 1e6,
        "split_factor": 1.0, "dividend_factor": 1.0, "malformed": None,
    }  # fmt: skip
    rows = pd.DataFrame(columns).astype({"symbol": "str", "malformed": "str"})
    return check_raw(rows, SESSIONS, load_suite("raw", None))


def night(root: Path) -> Night:
    """Make a night of a universe in a folder."""
    text = '[universes.us5]\ncalendar = "XNYS"\nsource = { kind = "bundled", dataset = "us5" }\n'
    (root / "morrow.toml").write_text(text, encoding="utf-8")
    return Night(load(root / "morrow.toml"), "us5", None, NOW)


def test_a_page_is_kept_by_universe_and_night(tmp_path: Path) -> None:
    """It lies in a folder of its night and is replaced when the gate runs again; the run says where."""
    expected = Gate("raw", False, 2, 0, 0, "gates/us5/2024-01-03/raw.html")
    assert keep(night(tmp_path), verdict(), "raw", date(2024, 1, 3)) == expected
    first = (tmp_path / expected.page).read_text(encoding="utf-8")
    assert keep(night(tmp_path), verdict(), "raw", date(2024, 1, 3)) == expected
    assert (tmp_path / expected.page).read_text(encoding="utf-8") == first
    assert [each.name for each in (tmp_path / expected.page).parent.iterdir()] == ["raw.html"]


def test_old_pages_are_forgotten(tmp_path: Path) -> None:
    """Of more than thirty nights those that were written longest ago are removed."""
    folder = tmp_path / "gates" / "us5"
    for age in range(KEPT_NIGHTS + 2):
        old = folder / str(date(2023, 12, 31) - timedelta(days=age))
        old.mkdir(parents=True)
        (old / "raw.html").write_text("old", encoding="utf-8")
        stamp = NOW.timestamp() - 1e6 - age
        os.utime(old, (stamp, stamp))
    keep(night(tmp_path), verdict(), "raw", date(1999, 1, 1))
    left = sorted(each.name for each in folder.iterdir())
    assert len(left) == KEPT_NIGHTS
    assert left[0] == "1999-01-01"
    assert left[1] == str(date(2023, 12, 31) - timedelta(days=KEPT_NIGHTS - 2))


def test_only_pages_are_forgotten(tmp_path: Path) -> None:
    """What else lies in an old night's folder, such as an export where both share a path, is left."""
    folder = tmp_path / "gates" / "us5"
    for age in range(KEPT_NIGHTS + 2):
        old = folder / str(date(2023, 12, 31) - timedelta(days=age))
        old.mkdir(parents=True)
        for name in ("raw.html", "forecasts.csv"):
            (old / name).write_text("old", encoding="utf-8")
        os.utime(old, (NOW.timestamp() - 1e6 - age,) * 2)
    for day in (1, 2):
        keep(night(tmp_path), verdict(), "raw", date(1999, 1, day))
    assert len(list(folder.glob("*/raw.html"))) == KEPT_NIGHTS
    assert len(list(folder.glob("*/forecasts.csv"))) == KEPT_NIGHTS + 2


def test_a_page_that_cannot_be_written_stops_nothing(tmp_path: Path) -> None:
    """Where a file stands in the way the verdict counts all the same."""
    (tmp_path / "gates").write_text("mine", encoding="utf-8")
    assert keep(night(tmp_path), verdict(), "raw", date(2024, 1, 3)) == Gate("raw", False, 2, 0, 0, "")
