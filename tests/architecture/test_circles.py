"""No file needs a file that needs it."""

from pathlib import Path

import pytest

from tests.architecture.circles import Kind, find_circles
from tests.architecture.remainder import CIRCLES


def write(project: Path, **texts: str) -> None:
    """Write modules of a small library."""
    room = project / "src" / "morrow" / "room"
    room.mkdir(parents=True)
    for name, text in texts.items():
        (room / f"{name}.py").write_text(text, encoding="utf-8")


def test_no_files_import_one_another() -> None:
    """The library, the flows and the benchmarks have no import circle, lazy and typing imports included."""
    assert {circle.modules: str(circle) for circle in find_circles()}.keys() == CIRCLES


@pytest.mark.parametrize(
    ("back", "kind"),
    [
        ("from morrow.room import one\n", Kind.LOADING),
        ("import morrow.room.one\n", Kind.LOADING),
        ("from . import one\n", Kind.LOADING),
        ("def act():\n    from morrow.room.one import act\n", Kind.LAZY),
        (
            "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from morrow.room.one import One\n",
            Kind.TYPING,
        ),
    ],
    ids=["from", "import", "relative", "lazy", "typing"],
)
def test_a_planted_circle_is_found(tmp_path: Path, back: str, kind: Kind) -> None:
    """Two files and one between them that import one another are a circle, whenever the import runs."""
    write(
        tmp_path,
        __init__="",
        one="import morrow.room.two\n",
        two="from morrow.room.three import x\n",
        three=back,
    )
    (circle,) = find_circles(tmp_path)
    assert circle.modules == ("morrow.room.one", "morrow.room.three", "morrow.room.two")
    assert circle.kind == kind


def test_a_file_that_needs_its_package_is_a_circle(tmp_path: Path) -> None:
    """A package's face that imports a file which imports the face is a circle."""
    write(tmp_path, __init__="from morrow.room.one import x\n", one="from morrow.room import y\n")
    (circle,) = find_circles(tmp_path)
    assert circle.modules == ("morrow.room", "morrow.room.one")


def test_imports_in_one_direction_are_no_circle(tmp_path: Path) -> None:
    """A chain is no circle, nor is the package above that Python runs first."""
    write(
        tmp_path,
        __init__="from morrow.room.one import x\n",
        one="from morrow.room import two\n",
        two="import morrow.errors\n",
    )
    assert find_circles(tmp_path) == []
