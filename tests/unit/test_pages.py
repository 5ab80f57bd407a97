"""The page of a gate's run: complete in itself, safe against what a source wrote, and kept for a while."""

import os
import re
from datetime import UTC, date, datetime, timedelta
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest

from morrow.checks import Verdict, check_raw, load_suite
from morrow.checks.pages import Subject, render
from morrow.config import load
from morrow.steps.gates import KEPT_NIGHTS, Gate, keep
from morrow.steps.night import Night

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


def subject(universe: str = "us5") -> Subject:
    """Name a raw batch whose refused rows wait under two ids."""
    ids = {5: "3fa2c1d0:5", 6: "3fa2c1d0:6"}
    return Subject("raw", universe, "2024-01-03", NOW, "raw.json, as it ships", (("Source", HOSTILE),), ids)


class Tags(HTMLParser):
    """Collects the tags of a page, its attributes by name, and which tags are left open."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.open: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.fixture(scope="module")
def page() -> str:
    """Render a verdict once."""
    return render(verdict(), subject())


def test_a_page_fetches_nothing(page: str) -> None:
    """It names no address, loads no file and holds no script."""
    assert "http" not in page
    assert not re.search(r"url\(|@import|src=|srcset|//", page.replace("<!doctype", ""))
    found = Tags(page)
    assert found.open == []
    assert not found.tags & {"script", "link", "img", "iframe", "object", "embed", "base", "form", "svg"}
    assert not any(name.startswith("on") or name in {"src", "style"} for name in found.attributes)


def test_what_a_source_wrote_stays_text(page: str) -> None:
    """A symbol that is a script is shown, and does nothing."""
    assert "<script>" not in page
    assert page.count("&lt;script&gt;alert(1)&lt;/script&gt;&#39;&#34;&amp;") >= 2


def test_a_page_says_what_was_asked_found_and_can_be_done(page: str) -> None:
    """Each broken expectation has its sentence, reason, action, counts and rows; then come the commands."""
    for text in (
        "<title>raw gate, us5, 2024-01-03: 2 rows are refused; the others go on</title>",
        "<h1>Raw batch: us5, 2024-01-03</h1>",
        "Every close is above zero.",
        "Why: A return is the logarithm of a ratio of prices; a fall to any price above zero is real",
        "refuses the row",
        "2 of 3 rows.",
        "<code>3fa2c1d0:5</code>",
        "close is -1, must be above 0",
        "morrow quarantine show 3fa2c1d0:5 --universe us5",
        "Written by morrow",
        "2024-01-09 06:30 UTC",
    ):
        assert text in page, text
    assert page.index("What is not as it should be") < page.index("What is as it should be")


def test_a_universe_in_a_command_is_quoted() -> None:
    """What is copied from the page is one argument to a shell."""
    assert "--universe &#39;a b;c&#39;" in render(verdict(), subject("a b;c"))


def test_a_stopped_night_and_a_clean_one_say_so() -> None:
    """The headline is the decision, and a clean run shows no commands."""
    rows = pd.DataFrame(columns=["row", "symbol", "session", "open", "high", "low", "close", "volume"])
    rows = rows.assign(split_factor=1.0, dividend_factor=1.0, malformed=None, session=pd.to_datetime([]))
    stopped = render(check_raw(rows, SESSIONS, load_suite("raw", None)), Subject("raw", "u", "d", NOW, "s"))
    assert "The night is stopped" in stopped
    assert "the batch has 0 rows, must have at least 1" in stopped
    clean = render(Verdict(True, pd.DataFrame({"row": []}), (), ()), Subject("panel", "u", "d", NOW, "s"))
    assert ">Passed<" in clean
    assert "quarantine" not in clean


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
