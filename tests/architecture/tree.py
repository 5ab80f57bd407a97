"""The Python files of the project, by the module that each of them is."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
ROOTS = {"src/morrow": "morrow", "flows": "flows", "benchmarks": "benchmarks"}


@dataclass(frozen=True)
class Module:
    """One Python file.

    Attributes:
        name: the dotted name to import it by; for ``__init__.py`` that of its package.
        file: where it lies.
        path: its file relative to the project, with forward slashes.
    """

    name: str
    file: Path
    path: str

    @property
    def is_package(self) -> bool:
        """Whether the file is a package's ``__init__.py``."""
        return self.file.name == "__init__.py"

    @cached_property
    def syntax(self) -> ast.Module:
        """The parsed file."""
        return ast.parse(self.file.read_text(encoding="utf-8"))


def read_modules(project: Path = PROJECT, folder: str = "src/morrow") -> list[Module]:
    """The modules in one folder of a project, sorted by path; empty if it has no such folder."""
    root = project / folder
    return [
        Module(_dotted_name(ROOTS.get(folder, folder.replace("/", ".")), file.relative_to(root)), file, path)
        for file in sorted(root.rglob("*.py"))
        for path in [file.relative_to(project).as_posix()]
    ]


def read_code(project: Path = PROJECT) -> Iterator[Module]:
    """Every module of the library, the flows and the benchmarks."""
    for folder in ROOTS:
        yield from read_modules(project, folder)


def _dotted_name(root: str, relative: Path) -> str:
    parts = relative.with_suffix("").parts
    return ".".join([root, *(parts[:-1] if parts[-1] == "__init__" else parts)])
