"""Documents name only files that exist, and describe the house as it is."""

import pkgutil
import re
import runpy
from pathlib import Path
from typing import Any

import pytest

PROJECT = Path(__file__).resolve().parents[2]
PAGES = sorted([*PROJECT.glob("*.md"), *(PROJECT / "docs").rglob("*.md")])
FOLDERS = ("src", "docs", "tests", "flows", "benchmarks", "expectations", ".ci")
PICTURE: dict[str, Any] = runpy.run_path(str(PROJECT / "docs" / "architecture.py"))
DICTIONARY: dict[str, Any] = runpy.run_path(str(PROJECT / "docs" / "data_dictionary.py"))
FAULTS: dict[str, Any] = runpy.run_path(str(PROJECT / "docs" / "faults.py"))


def prose(page: Path) -> str:
    """A page without its blocks of code and output."""
    return re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)


def anchors(page: Path) -> set[str]:
    """Names under which a page's headings can be linked."""
    headings = re.findall(r"^#+ (.+)$", prose(page), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


def broken_links(page: Path) -> list[str]:
    """Links to files or headings that do not exist; addresses on the web are not looked up."""
    broken = []
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(page)):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, heading = target.partition("#")
        file = (page.parent / name).resolve() if name else page
        if not file.exists() or (heading and heading not in anchors(file)):
            broken.append(target)
    return broken


def missing_paths(page: Path) -> list[str]:
    """Paths of this repository that a page names and that do not exist; NAME stands for any name."""
    pattern = rf"`((?:{'|'.join(re.escape(folder) for folder in FOLDERS)})/[\w./-]*)(?::\w+)?`"
    return [
        path
        for path in re.findall(pattern, prose(page))
        if "NAME" not in path and not (PROJECT / path).exists()
    ]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(PROJECT)))
def test_links_and_paths_exist(page: Path) -> None:
    """Every link of a page leads to a file and a heading, and every path that it names exists."""
    assert broken_links(page) == []
    assert missing_paths(page) == []


def test_a_broken_link_is_noticed(tmp_path: Path) -> None:
    """A link to a missing file or heading, and a path that is not there, are reported."""
    page = tmp_path / "page.md"
    page.write_text(
        "# Title\n[a](none.md) [b](#title) [c](#other) `src/morrow/none.py` `src/morrow/errors.py`\n"
    )
    assert broken_links(page) == ["none.md", "#other"]
    assert missing_paths(page) == ["src/morrow/none.py"]


def table(page: Path, first: str) -> list[list[str]]:
    """Rows of the table whose first heading is this."""
    rows: list[list[str]] = []
    for line in page.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if cells[0] == first:
            rows = [cells]
        elif rows and not line.startswith("|"):
            break
        elif rows:
            rows.append(cells)
    return rows[2:]


def test_the_picture_is_current() -> None:
    """The committed picture is what the script draws from today's imports."""
    drawn = PICTURE["draw"](PICTURE["read_floors"](PROJECT), PICTURE["read_imports"](PROJECT))
    committed = (PROJECT / PICTURE["PICTURE"]).read_text(encoding="utf-8")
    assert drawn == committed, "run: python docs/architecture.py"


def test_the_data_dictionary_has_the_columns_of_the_schemas() -> None:
    """The data dictionary is what its script writes from the schemas."""
    committed = (PROJECT / DICTIONARY["PAGE"]).read_text(encoding="utf-8")
    assert DICTIONARY["write_page"]() == committed, "run: python docs/data_dictionary.py"


def test_the_page_on_faults_has_the_limits_of_the_suite() -> None:
    """The committed page is what the script writes from its template and today's limits."""
    committed = (PROJECT / FAULTS["PAGE"]).read_text(encoding="utf-8")
    assert FAULTS["write_page"](PROJECT) == committed, "run: python docs/faults.py"


def test_every_room_has_a_sentence() -> None:
    """The page on architecture describes each room of the contract once, and no other."""
    described = [row[0].strip("`") for row in table(PROJECT / "docs" / "architecture.md", "room")]
    rooms = [room for floor in PICTURE["read_floors"](PROJECT) for room in floor]
    assert sorted(described) == sorted(rooms)


def test_contributing_lists_the_floors() -> None:
    """The table of floors in CONTRIBUTING is that of the contract."""
    rows = table(PROJECT / "CONTRIBUTING.md", "floor")
    assert [re.findall(r"`(\w+)`", row[1]) for row in rows] == PICTURE["read_floors"](PROJECT)


def dotted_names() -> list[str]:
    """Functions, classes and modules that the page on architecture names by their full path."""
    page = prose(PROJECT / "docs" / "architecture.md")
    return sorted(set(re.findall(r"`((?:morrow|flows)(?:\.\w+)+)`", page)) - {"morrow.toml"})


@pytest.mark.parametrize("name", dotted_names())
def test_dotted_names_exist(name: str) -> None:
    """Everything that the page names by its full path can be imported from there."""
    parent, _, attribute = name.rpartition(".")
    assert hasattr(pkgutil.resolve_name(parent), attribute)
