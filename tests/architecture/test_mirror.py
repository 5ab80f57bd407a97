"""The tree of unit tests is the tree of the library."""

from pathlib import Path

import pytest

from tests.architecture.mirror import find_unmirrored
from tests.architecture.remainder import UNMIRRORED


def test_every_unit_test_mirrors_a_module() -> None:
    """Each test file is named after the module or package that it tests."""
    assert {line.split()[0] for line in find_unmirrored()} == UNMIRRORED


@pytest.mark.parametrize(
    "test", ["test_ghost.py", "room/test_ghost.py", "test_one.py", "room/one/test_one.py"]
)
def test_a_planted_test_without_a_module_is_found(tmp_path: Path, test: str) -> None:
    """A test of nothing, or in another folder than its module's, is named with where it looks."""
    library, tests = tmp_path / "src" / "morrow", tmp_path / "tests" / "unit"
    (library / "room" / "inner").mkdir(parents=True)
    for name in ("room/__init__.py", "room/one.py", "room/inner/__init__.py", "top.py"):
        (library / name).touch()
    (tests / test).parent.mkdir(parents=True)
    for name in ("test_room.py", "test_top.py", "room/test_one.py", "room/test_inner.py", test):
        (tests / name).parent.mkdir(exist_ok=True)
        (tests / name).touch()
    (line,) = find_unmirrored(tmp_path)
    assert line.startswith(f"tests/unit/{test} tests neither src/morrow/")
