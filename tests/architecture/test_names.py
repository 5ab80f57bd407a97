"""Files, functions, classes and variables are named by what they are or do."""

import re
from collections import Counter
from pathlib import Path

import pytest

from tests.architecture import names, remainder


def without_lines(entries: list[str]) -> Counter[str]:
    """How often each ``path:name`` stands in entries of the form ``path:line name``."""
    return Counter(re.sub(r":\d+ ", ":", entry) for entry in entries)


def write(project: Path, name: str, text: str) -> None:
    """Write one module of a small library."""
    file = project / "src" / "morrow" / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")


def test_files_are_named_by_nouns() -> None:
    """No file or folder of code is named by a participle alone, a riddle or a catch-all word."""
    assert set(names.find_bad_files()) == remainder.FILES


def test_functions_and_classes_are_named_by_what_they_do_or_are() -> None:
    """No function or class is named by a participle alone, or vaguely."""
    assert without_lines(names.find_bad_definitions()) == remainder.DEFINITIONS


def test_variables_are_named_by_nouns() -> None:
    """No further variable is called found, said, shown, told or whose."""
    assert without_lines(names.find_bad_variables()) == remainder.VARIABLES


@pytest.mark.parametrize(
    "name",
    ["known.py", "steps/second.py", "sources/whole.py", "cli/looks.py", "cli/utils.py", "panel/standing.py",
     "early/__init__.py"],
)  # fmt: skip
def test_a_planted_old_file_is_found(tmp_path: Path, name: str) -> None:
    """An old name of a file or folder does not come back."""
    write(tmp_path, name, "")
    path = f"src/morrow/{name}".removesuffix(".py").removesuffix("/__init__")
    assert names.find_bad_files(tmp_path) == [path]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("def shown(): ...", "shown"),
        ("def _parsed(text) -> str: ...", "_parsed"),
        ("def plain(value): ...", "plain"),
        ("class Said: ...", "Said"),
        ("class Held:\n    def rows(self): ...", "Held"),
        ("class Rows:\n    def told(self): ...", "told"),
        ("async def met(): ...", "met"),
    ],
)
def test_a_planted_old_name_is_found(tmp_path: Path, text: str, name: str) -> None:
    """A participle alone names no function and no class, private or not."""
    write(tmp_path, "room.py", text)
    assert [line.split()[-1] for line in names.find_bad_definitions(tmp_path)] == [name]


@pytest.mark.parametrize("text", ["found = 1", "def f(said): ...", "for shown in (): ...", "whose: int = 1"])
def test_a_planted_old_variable_is_found(tmp_path: Path, text: str) -> None:
    """Variables and parameters have nouns for names."""
    write(tmp_path, "room.py", text)
    assert len(names.find_bad_variables(tmp_path)) == 1


def test_good_names_pass(tmp_path: Path) -> None:
    """Nouns, verbs with an object, terms that end like a participle, and yes-or-no adjectives pass."""
    write(
        tmp_path, "bundled.py", "class Seed: ...\ndef read_rows(): ...\ndef closed() -> bool: ...\nneed = 1"
    )
    write(tmp_path, "second_source.py", "class QuarantinedRow: ...\ndef hidden_size(): ...")
    assert names.find_bad_files(tmp_path) == []
    assert names.find_bad_definitions(tmp_path) == []
    assert names.find_bad_variables(tmp_path) == []
