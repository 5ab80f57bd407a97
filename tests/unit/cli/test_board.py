"""``morrow board``: pages from the tables alone, in text and as JSON."""

import json
from pathlib import Path

from tests.commands import TWO_UNIVERSES, run


def test_every_universe_has_its_pages_and_the_first_page_lists_them(tmp_path: Path) -> None:
    """The line of each universe says what to open; nothing but the board is created."""
    file = tmp_path / "morrow.toml"
    file.write_text(TWO_UNIVERSES, encoding="utf-8")
    code, out, _ = run("board", "--config", file)
    assert code == 0
    assert [line.split()[-1] for line in out.splitlines()] == ["board/one/index.html", "board/two/index.html"]
    index = (tmp_path / "board" / "index.html").read_text(encoding="utf-8")
    assert 'href="one/index.html"' in index
    assert 'href="two/index.html"' in index
    assert sorted(each.name for each in tmp_path.iterdir()) == ["board", "morrow.toml"]
    code, out, _ = run("board", "--config", file, "--universe", "one", "--json")
    (document,) = json.loads(out.splitlines()[-1])
    assert (code, document["path"], document["pages"]) == (0, "board/one/index.html", 6)
