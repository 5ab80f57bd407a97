"""Import circles: files that need one another, directly or through others."""

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

from tests.architecture.tree import PROJECT, Module, read_code


class Kind(IntEnum):
    """When an import runs, from the hardest circle to break to the most harmless."""

    LOADING = 0
    LAZY = 1
    TYPING = 2


@dataclass(frozen=True)
class Circle:
    """Modules that import one another.

    Attributes:
        modules: their dotted names, sorted.
        kind: the latest kind of import that the circle needs: ``LOADING`` if it closes while modules load,
            ``LAZY`` if only with imports inside functions, ``TYPING`` if only with ``TYPE_CHECKING``.
        imports: the imports among them, as (importer, imported, kind).
    """

    modules: tuple[str, ...]
    kind: Kind
    imports: tuple[tuple[str, str, Kind], ...]

    def __str__(self) -> str:
        edges = ", ".join(f"{one} -> {other} ({kind.name.lower()})" for one, other, kind in self.imports)
        return f"{self.kind.name.lower()} circle of {len(self.modules)}: {edges}"


def find_circles(project: Path = PROJECT) -> list[Circle]:
    """Every import circle of the library, the flows and the benchmarks.

    An import of a name from a package counts as an import of its ``__init__.py``, unless the name is a
    module. That Python also runs the ``__init__.py`` above each imported module is not counted.
    """
    modules = {module.name: module for module in read_code(project)}
    edges = [
        (name, target, kind)
        for name, module in modules.items()
        for target, kind in sorted(set(read_imports(module, modules)))
        if target != name
    ]
    circles: dict[tuple[str, ...], Circle] = {}
    for kind in Kind:
        graph: dict[str, list[str]] = {name: [] for name in modules}
        for one, other, each in edges:
            if each <= kind:
                graph[one].append(other)
        for group in _connected_groups(graph):
            inner = tuple(edge for edge in edges if {edge[0], edge[1]} <= set(group) and edge[2] <= kind)
            circles.setdefault(group, Circle(group, kind, inner))
    return list(circles.values())


def read_imports(module: Module, known: Mapping[str, Module]) -> Iterator[tuple[str, Kind]]:
    """The known modules that a module imports, and when."""
    for node, kind in _import_statements(module.syntax, Kind.LOADING):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name in known:
                    yield alias.name, kind
            continue
        base = _absolute_name(module, node)
        for alias in node.names:
            full = f"{base}.{alias.name}"
            target = full if full in known else base
            if target in known:
                yield target, kind


def _import_statements(node: ast.AST, kind: Kind) -> Iterator[tuple[ast.Import | ast.ImportFrom, Kind]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import | ast.ImportFrom):
            yield child, kind
        elif isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from _import_statements(child, max(kind, Kind.LAZY))
        elif isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            yield from _import_statements(child, Kind.TYPING)
        else:
            yield from _import_statements(child, kind)


def _absolute_name(module: Module, node: ast.ImportFrom) -> str:
    if not node.level:
        return node.module or ""
    parts = module.name.split(".")
    parts = parts[: len(parts) - node.level + (1 if module.is_package else 0)]
    return ".".join([*parts, *([node.module] if node.module else [])])


def _connected_groups(graph: Mapping[str, Sequence[str]]) -> set[tuple[str, ...]]:
    """The groups of several nodes that all reach one another."""
    reached = {node: _reachable(graph, node) for node in graph}
    return {
        tuple(sorted(other for other in reached[node] if node in reached[other]))
        for node in graph
        if node in reached[node]
    }


def _reachable(graph: Mapping[str, Sequence[str]], start: str) -> set[str]:
    reached: set[str] = set()
    waiting = [start]
    while waiting:
        for target in graph[waiting.pop()]:
            if target not in reached:
                reached.add(target)
                waiting.append(target)
    return reached
