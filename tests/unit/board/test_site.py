"""The folder of a universe: every page is there, escapes names from data, and points only at the disk."""

import html
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from morrow.board import write_universe
from tests.boards import HOSTILE, make_empty_facts, make_facts


class Reader(HTMLParser):
    """Collects the addresses and the elements of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.elements: list[str] = []
        self.handlers: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element."""
        self.elements.append(tag)
        self.addresses += [value or "" for name, value in attrs if name in ("href", "src")]
        self.handlers += [name for name, _ in attrs if name.startswith("on")]


def read(page: Path) -> Reader:
    """A page as a browser splits it."""
    reader = Reader()
    reader.feed(page.read_text(encoding="utf-8"))
    return reader


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A board with a universe of hostile names."""
    folder = tmp_path_factory.mktemp("board")
    write_universe(make_facts(), folder)
    return folder


def test_every_address_of_every_page_exists_on_the_disk(root: Path) -> None:
    """Links, scripts and downloads are relative and lead to a file of the board."""
    pages = list(root.rglob("*.html"))
    assert len(pages) > 2 + len(HOSTILE)
    for page in pages:
        for address in read(page).addresses:
            if address.startswith(("#", "data:", "file:")):
                continue
            assert not re.match(r"[a-z]+:|//", address), (page.name, address)
            assert (page.parent / address).resolve().is_file(), (page.name, address)


def test_names_from_data_are_text_only(root: Path) -> None:
    """No hostile name makes an element or a handler, and each stands on its own page in full."""
    titles = []
    for page in root.rglob("*.html"):
        reader = read(page)
        assert reader.handlers == []
        assert "b" not in reader.elements
        text = page.read_text(encoding="utf-8")
        if heading := re.search(r'<h1 class="name">(.*?)</h1>', text, re.DOTALL):
            titles.append(html.unescape(heading[1]))
        for script in re.findall(r'<script type="application/json"[^>]*>(.*?)</script>', text, re.DOTALL):
            json.loads(script)
    assert sorted(titles) == sorted(["AAA", *HOSTILE])


def test_the_search_knows_every_symbol_and_its_page(root: Path) -> None:
    """The script of the search lists each symbol with a page that exists."""
    script = (root / "toy" / "symbols.js").read_text(encoding="utf-8")
    symbols = dict(json.loads(script.removeprefix("var SYMBOLS = ").rstrip(";\n")))
    assert set(symbols) == {"AAA", *HOSTILE}
    assert all((root / "toy" / page).is_file() for page in symbols.values())


def test_writing_again_replaces_the_whole_universe(tmp_path: Path) -> None:
    """Pages of symbols that are gone do not stay, nothing partial does, and other universes are kept."""
    write_universe(make_facts("AAA", "BBB"), tmp_path)
    write_universe(make_facts("AAA", universe="other"), tmp_path)
    before = {page.name for page in (tmp_path / "toy" / "symbols").glob("*.html")}
    write_universe(make_facts("AAA"), tmp_path)
    after = {page.name for page in (tmp_path / "toy" / "symbols").glob("*.html")}
    assert {name.partition("-")[0] for name in before - after} == {"bbb"}
    assert sorted(each.name for each in tmp_path.iterdir()) == ["_assets", "index.html", "other", "toy"]
    index = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert 'href="other/index.html"' in index
    assert 'href="toy/index.html"' in index


def test_before_the_first_night_every_page_says_so(tmp_path: Path) -> None:
    """A universe without a bar has its pages, and the first says which command comes first."""
    first = write_universe(make_empty_facts(), tmp_path)
    text = html.unescape(first.read_text(encoding="utf-8"))
    assert "No night has been reported yet" in text
    assert "morrow nightly --universe toy" in text
    assert "none yet" in text
