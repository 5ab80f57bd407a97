"""Names that say nothing: participles alone, riddles, and catch-all words."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.architecture.tree import PROJECT, Module, read_code


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Participles and other verb forms that no ending gives away.
IRREGULAR = _words(
    """
    begun born bought bound broken brought built chosen come done drawn driven felt forgotten found given gone
    got grown had heard held hidden kept known laid lent lost made meant met paid risen said seen sent shown
    sold spent spoken stood taken taught thought told torn understood went withheld won worn written
    """
)
# Words that look like a participle and are none: nouns, proper names, and adjectives that are terms.
NO_PARTICIPLES = _words(
    """
    bed between bundled children christoffersen embed even feed fixed golden happen listen need often open
    screen seed seven shorten signed speed ten then token when
    """
)
# File names of earlier days that told a reader nothing, and catch-all words.
RIDDLES = _words(
    """
    absent ahead anew apart complaints early late looks reign scene second sight spots standing waiting walk
    whole
    common helper helpers manager managers misc stuff util utils
    """
)
# Functions by these names say how little they do; one shared function with a real name replaces them.
VAGUE = _words("plain")
# Variables for which a noun always tells more.
VARIABLES = _words("found said shown told whose")

_ENDINGS = re.compile(r"[a-z]+(?:ed|ied|en)")


def is_participle(word: str) -> bool:
    """Whether one lower-case word is a participle by the looks of it.

    >>> is_participle("shown"), is_participle("quarantined"), is_participle("seed"), is_participle("table")
    (True, True, False, False)
    """
    return word not in NO_PARTICIPLES and (word in IRREGULAR or bool(_ENDINGS.fullmatch(word)))


def find_bad_files(project: Path = PROJECT) -> list[str]:
    """Files and folders of code that are named by a participle alone, a riddle or a catch-all word."""
    names = {
        (module.file.parent if module.is_package else module.file.with_suffix("")).relative_to(project)
        for module in read_code(project)
    }
    return sorted(f"{path.as_posix()}" for path in names if _names_nothing(path.name) or path.name in RIDDLES)


def find_bad_definitions(project: Path = PROJECT) -> list[str]:
    """Functions, methods and classes named by a participle alone or vaguely, as ``path:line name``.

    A function that answers yes or no may be an adjective, and a fixture of the tests what it gives.
    """
    return [
        f"{module.path}:{node.lineno} {node.name}"
        for module in read_code(project)
        for node in ast.walk(module.syntax)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        if _names_nothing(node.name) or node.name.strip("_") in VAGUE
        if isinstance(node, ast.ClassDef) or not (node.returns and ast.unparse(node.returns) == "bool")
    ]


def find_bad_variables(project: Path = PROJECT) -> list[str]:
    """Variables and parameters for which any noun would tell more, as ``path:line name``."""
    return [
        f"{module.path}:{line} {name}"
        for module in read_code(project)
        for name, line in sorted(set(_bound_names(module)), key=lambda pair: pair[1])
        if name in VARIABLES
    ]


def _bound_names(module: Module) -> Iterator[tuple[str, int]]:
    for node in ast.walk(module.syntax):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id, node.lineno
        elif isinstance(node, ast.arg):
            yield node.arg, node.lineno


def _names_nothing(name: str) -> bool:
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name.strip("_")).lower().split("_")
    return len(words) == 1 and is_participle(words[0])
