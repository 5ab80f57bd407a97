"""``make setup`` says what it needs, and leaves nothing half-made where it cannot have it."""

import shutil
import subprocess
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with what ``make setup`` reads, and no environment yet."""
    for name in ("Makefile", "pyproject.toml", "constraints.txt"):
        shutil.copy(PROJECT / name, tmp_path)
    shutil.copytree(PROJECT / ".ci", tmp_path / ".ci")
    return tmp_path


def python(folder: Path, *lines: str) -> Path:
    """A program that stands in for an interpreter."""
    program = folder / "some-python"
    program.write_text("\n".join(("#!/bin/sh", *lines)) + "\n", encoding="utf-8")
    program.chmod(0o755)
    return program


def setup(folder: Path, interpreter: str) -> subprocess.CompletedProcess[str]:
    """Run ``make setup`` with the named interpreter."""
    make = shutil.which("make")
    assert make is not None
    return subprocess.run(
        [make, "setup", f"PYTHON={interpreter}"], cwd=folder, capture_output=True, text=True, check=False
    )


def ask_refusal(folder: Path, interpreter: str, reason: str) -> None:
    """Assert that the interpreter is refused for this reason, with the way out, before anything is made."""
    result = setup(folder, interpreter)
    assert result.returncode == 2
    assert f"make setup needs Python 3.11, but {reason}" in result.stderr
    assert "name yours: make setup PYTHON=/path/to/python3.11" in result.stderr
    assert not (folder / ".venv").exists()


def test_setup_without_python_says_how_to_name_one(folder: Path) -> None:
    """A Python that is not on PATH is named, with how to name another."""
    ask_refusal(folder, "python3.11-nowhere", 'there is no "python3.11-nowhere" on PATH')


def test_setup_refuses_another_version(folder: Path) -> None:
    """A Python of another version is named with its version."""
    program = python(folder, "echo 3.12.4")
    ask_refusal(folder, str(program), f'"{program}" is Python 3.12.4')


def test_setup_refuses_what_does_not_run(folder: Path) -> None:
    """A program that ends with an error is named."""
    program = python(folder, "exit 1")
    ask_refusal(folder, str(program), f'"{program}" does not run')


def test_setup_refuses_a_python_that_makes_no_environments(folder: Path) -> None:
    """A Python without ensurepip, as Debian installs it, is named with the package that brings it."""
    program = python(folder, 'case "$2" in *ensurepip*) exit 1;; esac', "echo 3.11.9")
    ask_refusal(folder, str(program), f'"{program}" cannot make virtual environments')
