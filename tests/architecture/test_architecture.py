"""The house: imports point down, doors are single, flows do no arithmetic, artifacts are data."""

import ast
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
CODE = sorted((PROJECT / "src").rglob("*.py"))
FLOWS = sorted((PROJECT / "flows").rglob("*.py"))


def read_imports(file: Path) -> Iterator[str]:
    """Names of every module that a file imports, wherever in it."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def calls(file: Path) -> Iterator[tuple[str, ast.Call]]:
    """Every call in a file, with the dotted name of what is called."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A copy of the tree, to be spoiled."""
    for name in ("src", "flows"):
        shutil.copytree(
            PROJECT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info")
        )
    shutil.copy(PROJECT / "pyproject.toml", tmp_path)
    return tmp_path


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    """Run import-linter on a tree."""
    return subprocess.run(
        [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"],
        cwd=folder,
        env={
            **os.environ,
            "PYTHONPATH": f"{folder / 'src'}{os.pathsep}{folder}",
            "PYTHONDONTWRITEBYTECODE": "1",
        },
        capture_output=True,
        text=True,
        check=False,
    )


def test_imports_point_down(house: Path) -> None:
    """The tree as it is keeps every contract, and every one of its rooms has a floor."""
    result = lint(house)
    assert result.returncode == 0, result.stdout
    assert "0 broken" in result.stdout


@pytest.mark.parametrize(
    ("file", "line", "contract"),
    [
        ("src/morrow/errors.py", "import morrow.cli", "An import may only point down"),
        ("src/morrow/metrics/totals.py", "import morrow.panel", "An import may only point down"),
        ("src/morrow/export/contents.py", "import mlflow", "Only registry imports MLflow"),
        ("src/morrow/newcomer.py", "", "An import may only point down"),
        ("flows/nightly.py", "import pandas", "Flows import steps"),
        ("src/morrow/steps/__init__.py", "import prefect", "The library knows nothing of Prefect"),
    ],
    ids=["upward", "sideways", "door", "undeclared", "flows", "prefect"],
)
def test_a_planted_import_is_found(house: Path, file: str, line: str, contract: str) -> None:
    """An upward or sideways import, a second door, an undeclared room: each breaks its contract."""
    spoiled = house / file
    text = spoiled.read_text(encoding="utf-8") if spoiled.exists() else '"""A room."""\n'
    spoiled.write_text(f"{text}\n{line}\n", encoding="utf-8")
    result = lint(house)
    assert result.returncode != 0
    kept = [row for row in result.stdout.splitlines() if contract in row and "KEPT" in row]
    assert not kept, result.stdout


@pytest.mark.parametrize("file", FLOWS, ids=lambda file: file.stem)
def test_flows_import_nothing_heavy(file: Path) -> None:
    """A flow orders steps: it imports no library of numbers, tables, tracking or validation."""
    heavy = {
        "torch",
        "mlflow",
        "great_expectations",
        "pandas",
        "numpy",
        "sklearn",
        "deltalake",
        "pyarrow",
        "arch",
    }
    assert not {name.partition(".")[0] for name in read_imports(file)} & heavy


@pytest.mark.parametrize("file", FLOWS, ids=lambda file: file.stem)
def test_flows_use_the_steps_and_the_words_only(file: Path) -> None:
    """Of morrow, a flow knows the steps, the configuration and the errors."""
    rooms = {name.split(".")[1] for name in read_imports(file) if name.startswith("morrow.")}
    assert rooms <= {"steps", "config", "errors"}


def test_nothing_is_pickled() -> None:
    """No module imports pickle or its kin: artifacts are data."""
    forbidden = {"pickle", "cloudpickle", "joblib", "dill", "shelve", "marshal"}
    result = {
        f"{file.name}: {name}"
        for file in CODE
        for name in read_imports(file)
        if name.partition(".")[0] in forbidden
    }
    assert not result


def test_arrays_are_read_as_data() -> None:
    """Every array is loaded and saved with pickling refused, and no model through torch's own format."""
    result = []
    for file in CODE:
        for name, call in calls(file):
            options = {word.arg: ast.unparse(word.value) for word in call.keywords}
            if name in {"np.load", "np.save"} and options.get("allow_pickle") != "False":
                result.append(f"{file.name}:{call.lineno}")
            if name in {"torch.load", "torch.save", "pd.read_pickle"} or name.endswith(".to_pickle"):
                result.append(f"{file.name}:{call.lineno}")
    assert not result


def test_the_clock_is_a_parameter() -> None:
    """Below the command line nothing asks what day it is."""
    asks = ("today", "now", "utcnow")
    result = [
        f"{file.relative_to(PROJECT)}:{call.lineno}"
        for file in CODE
        if "cli" not in file.parts
        for name, call in calls(file)
        if name.rpartition(".")[2] in asks
        and name.partition(".")[0] in {"date", "datetime", "dt", "pd", "Timestamp"}
    ]
    assert not result
