"""The page of a gate's run: complete in itself, and safe against what a source wrote."""

import re
from datetime import UTC, datetime
from functools import cache
from html.parser import HTMLParser

import pandas as pd
import pytest

from morrow.checks import Verdict, check_raw, load_suite
from morrow.checks.pages import Subject, render

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
