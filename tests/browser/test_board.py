"""The board in a real Chromium: at two widths, in light and dark, by keyboard, and with hostile names."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from morrow.board import write_universe
from morrow.board.file_names import make_file_name
from tests.boards import HOSTILE, make_entry, make_facts, make_report
from tests.browser.board_pages import Visit, launch

PAGES = ("index", "symbols", "contest", "calibration", "data", "runs")
SYMBOL = f"symbols/{make_file_name('AAA')}"
ROW = {
    "kind": "baseline", "pinball": 0.002, "pinball_select": 0.0021, "skill_vs_gjr_garch": 0.01,
    "skill_interval_vs_gjr_garch": 0.005, "coverage_80": 0.81, "train_s": 1.0,
    "by_volatility": {"calm": {"rows": 10, "pinball": 0.001, "coverage_80": 0.8, "coverage_95": 0.95}},
}  # fmt: skip
VERDICT: dict[str, Any] = {
    "judged_at": "2020-02-24", "reason": "ewma stays",
    "rules": [{"rule": "evidence", "held": False, "about": "0.05, 20 is needed"}],
}  # fmt: skip
HOLD = {
    "symbol": HOSTILE[0], "rule": "jump", "since": "2020-02-25", "rows": 1, "reason": "rises by half",
    "command": "morrow quarantine accept 1",
}  # fmt: skip


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A universe whose every page has something to show, beside symbols with hostile names."""
    board = [{"name": name, **ROW} for name in ("ewma", "gjr-garch-t")]
    facts = make_facts(
        leaderboard=board, verdict=VERDICT, windows={"select": "a..b", "test": "b..c"},
        reports=[
            make_report(day, verdict=VERDICT, leaderboard=board) for day in ("2020-02-24", "2020-02-25")
        ],
        ledger=[make_entry(date(2020, 2, 20), figures={"ewma": {"dm": 1.0}})],
        waiting={"holds": [HOLD], "newest_refused": [], "list_refused": "morrow quarantine list"},
    )  # fmt: skip
    return write_universe(facts, tmp_path_factory.mktemp("board")).parent


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for all tests of this module."""
    with launch() as started:
        yield started


@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (390, "dark")])
def test_every_page_is_clean(root: Path, browser: Browser, width: int, scheme: str) -> None:
    """No console error, no request that leaves the disk, no sideways scrolling, no serious fault of axe."""
    visit = Visit(browser, width, scheme)
    for name in (*PAGES, SYMBOL):
        visit.open(root / f"{name}.html")
        figures = visit.page.locator("script[data-figure]").count()
        assert visit.page.locator(".js-plotly-plot").count() >= figures
        assert visit.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name
        assert visit.find_faults() == [], name
    assert visit.errors == []
    assert [each for each in visit.requests if not each.startswith(("file:", "data:"))] == []


def test_the_list_of_universes_is_clean(root: Path, browser: Browser) -> None:
    """The first page leads to the universe, and axe finds no serious fault on it."""
    visit = Visit(browser, 390, "light")
    visit.page.goto((root.parent / "index.html").as_uri())
    assert visit.find_faults() == []
    visit.page.get_by_role("link", name="toy").click()
    visit.page.wait_for_selector("body[data-ready]")
    assert "Tonight" in visit.page.title()


def test_search_by_typing_leads_to_the_symbol(root: Path, browser: Browser) -> None:
    """Letters in any case find a name, Enter opens its page, and a hostile name is found as text."""
    visit = Visit(browser, 1440, "light")
    visit.open(root / "contest.html")
    search = visit.page.get_by_label("Find a symbol")
    search.fill("script>w")
    assert visit.page.locator("#found a").all_inner_texts() == [HOSTILE[0]]
    search.fill("aa")
    search.press("Enter")
    visit.page.wait_for_selector("h1.name")
    assert visit.page.locator("h1.name").inner_text() == "AAA"


def test_stepping_back_in_time_shows_what_came(root: Path, browser: Browser) -> None:
    """The newest fan is not known yet; two steps earlier both closes are, in the words, table and chart."""
    visit = Visit(browser, 1440, "light")
    visit.open(root / f"{SYMBOL}.html")
    page = visit.page
    newest = page.locator("#chosen").inner_text()
    assert "None of these closes is known yet" in page.locator("#fan-words").inner_text()
    assert page.locator("#later").is_disabled()
    page.locator("#earlier").click()
    page.locator("#cutoff").press("ArrowLeft")
    assert page.locator("#chosen").inner_text() < newest
    assert "2 of 2 closes" in page.locator("#fan-words").inner_text()
    assert page.locator("#fan-table tbody tr").nth(1).inner_text().split("\t")[5:] == ["139", "inside"]
    names = page.evaluate("document.getElementById('fan').data.map(each => each.name)")
    assert "close that came" in names
    assert page.locator("#earlier").is_disabled()


def test_the_keyboard_reaches_everything(root: Path, browser: Browser) -> None:
    """Tabbing from the top passes every link, button, field and scrolling table, and none is a trap."""
    visit = Visit(browser, 1440, "light")
    visit.open(root / f"{SYMBOL}.html")
    visit.page.evaluate(
        "document.querySelectorAll('a, button:enabled, input, [tabindex=\"0\"]')"
        ".forEach(each => each.classList.add('wanted'))"
    )
    wanted = visit.page.locator(".wanted").count()
    for _ in range(wanted + 5):
        visit.page.keyboard.press("Tab")
        visit.page.evaluate("document.activeElement.classList.remove('wanted')")
    assert visit.page.locator(".wanted").all_inner_texts() == []


@pytest.mark.parametrize("symbol", HOSTILE)
def test_a_hostile_name_is_text(root: Path, browser: Browser, symbol: str) -> None:
    """The heading shows the name itself, and nothing of it runs."""
    visit = Visit(browser, 390, "light")
    visit.open(root / "symbols" / f"{make_file_name(symbol)}.html")
    assert visit.page.locator("h1.name").text_content() == symbol
    assert visit.page.evaluate("window.hit") is None
    assert visit.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert visit.errors == []
    visit.page.close()
