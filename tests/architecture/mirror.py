"""The tree of unit tests mirrors the code: each test file is named after the module that it tests."""

from pathlib import Path

from tests.architecture.tree import PROJECT

MIRRORS = {"tests/unit": "src/morrow"}


def find_unmirrored(project: Path = PROJECT) -> list[str]:
    """The test files that match no module, with the modules that they could match.

    ``tests/unit/a/test_b.py`` tests ``src/morrow/a/b.py`` or the package ``src/morrow/a/b/``.
    """
    return [
        f"{test.relative_to(project).as_posix()} tests neither {target}.py nor {target}/__init__.py"
        for tests, code in MIRRORS.items()
        for test in sorted((project / tests).rglob("test_*.py"))
        for target in [f"{code}/{_code_path(test.relative_to(project / tests))}"]
        if not (project / f"{target}.py").is_file() and not (project / target / "__init__.py").is_file()
    ]


def find_untested(project: Path = PROJECT) -> list[str]:
    """The modules and packages of the library that no test file is named after."""
    return [
        path.relative_to(project).as_posix()
        for tests, code in MIRRORS.items()
        for path in sorted((project / code).rglob("*.py"))
        for module in [path.parent if path.name == "__init__.py" else path.with_suffix("")]
        for relative in [module.relative_to(project / code)]
        if relative.parts and not (project / tests / relative.parent / f"test_{relative.name}.py").is_file()
    ]


def _code_path(test: Path) -> str:
    return (test.parent / test.stem.removeprefix("test_")).as_posix()
