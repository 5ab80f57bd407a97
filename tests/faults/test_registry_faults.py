"""Faults of the registry, each made for real: it is named in one line, and the command in it mends it."""

import multiprocessing
import re
import shlex
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from morrow.frames import PRICES
from morrow.steps import manual_decisions
from morrow.steps.ledger_agreement import compare
from morrow.store.ledger import read_entries
from tests.champions import FIRST, decide_as_night, make_reigns, register_version
from tests.commands import run
from tests.faults.killed_decision import MOMENTS, decide_until
from tests.projects import copy_project, night, project

pytestmark = pytest.mark.no_cover  # processes of their own
JUDGE = "import sys; from morrow.cli import main; sys.exit(main(['judge', '--config', sys.argv[1]]))"
LOCK = """
import sqlite3, sys
held = sqlite3.connect(sys.argv[1], isolation_level=None)
held.execute("BEGIN EXCLUSIVE")
print("locked", flush=True)
sys.stdin.read()
"""


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three versions, made once because each takes a second."""
    return make_reigns(tmp_path_factory.mktemp("reigns") / "toy")


@pytest.fixture
def root(template: Path, tmp_path: Path) -> Path:
    """A copy of the project."""
    return copy_project(template, tmp_path / "toy")


def command(root: Path, *words: str) -> tuple[int, str, str]:
    """Run a command on the project."""
    return run(*words, "--config", root / "morrow.toml")


def execute(root: Path, *statements: str) -> None:
    """Change MLflow's database behind its back."""
    with closing(sqlite3.connect(root / "mlruns" / "mlflow.db")) as database, database:
        for statement in statements:
            database.execute(statement)


def folder_of(root: Path, version: str) -> Path:
    """Where a version's two files are."""
    return night(root).registry.version("toy", version).folder


def alter(name: str, root: Path) -> None:
    """Change one byte of a file of the champion."""
    file = folder_of(root, "3") / name
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


def remove(name: str, root: Path) -> None:
    """Remove a file of the champion."""
    (folder_of(root, "3") / name).unlink()


def delete_version(root: Path) -> None:
    """Delete the champion as MLflow does, which takes its alias away."""
    execute(
        root,
        "DELETE FROM registered_model_aliases WHERE version = 3",
        "UPDATE model_versions SET current_stage = 'Deleted_Internal' WHERE version = 3",
    )


def leave_alias(root: Path) -> None:
    """Delete the champion, and leave its alias."""
    execute(root, "UPDATE model_versions SET current_stage = 'Deleted_Internal' WHERE version = 3")


def move_alias(root: Path) -> None:
    """Move the alias without a decision."""
    night(root).registry.promote("toy", "1")


def remove_alias(root: Path) -> None:
    """Take the alias away without a decision."""
    execute(root, "DELETE FROM registered_model_aliases WHERE alias = 'champion'")


def promote_foreign(root: Path, **document: object) -> None:
    """Let a night decide for a version that does not fit this universe."""
    version = register_version(root, "ewma", "night 4", FIRST, **document)
    decide_as_night(root, "promote", version, "ewma")


def promote_other_universe(root: Path) -> None:
    """Trained on another universe."""
    promote_foreign(root, universe="other")


FAULTS: dict[str, tuple[Callable[[Path], None], str]] = {
    "altered document": (lambda root: alter("model.json", root), 'model.json" was altered'),
    "altered weights": (lambda root: alter("weights.safetensors", root), 'weights.safetensors" was altered'),
    "missing document": (lambda root: remove("model.json", root), 'no artifact "artifacts/model.json"'),
    "missing weights": (
        lambda root: remove("weights.safetensors", root),
        'no artifact "artifacts/weights.safetensors"',
    ),
    "deleted version": (delete_version, "alias champion is missing, by the ledger 3"),
    "alias of a deleted version": (leave_alias, "morrow-toy has no version 3: it was deleted"),
    "alias moved by hand": (move_alias, "alias champion is 1, by the ledger 3"),
    "alias removed by hand": (remove_alias, "alias champion is missing, by the ledger 3"),
    "another universe": (promote_other_universe, 'was trained on universe "other"'),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_status_names_a_fault_and_the_command_that_mends_it(root: Path, fault: str) -> None:
    """The line names what is wrong; its command, typed as it stands, leaves nothing to name."""
    make, words = FAULTS[fault]
    make(root)
    code, out, err = command(root, "status")
    assert (code, err) == (0, "")
    (line,) = [line for line in out.splitlines() if "problem" in line and words in line]
    (advice,) = re.findall(r"morrow ((?:rollback|ledger rebuild|retire)\b.*)$", line)
    code, _, err = run(*shlex.split(advice))
    assert (code, err) == (0, "")
    code, out, _ = command(root, "status")
    assert "problem" not in out
    assert "champion   none" not in out


def test_a_champion_of_other_features_is_named(root: Path) -> None:
    """The line says what to bring back, and how to retrain."""
    promote_foreign(root, features=["mine"], features_module="0123456789abcdef")
    (line,) = [line for line in command(root, "status")[1].splitlines() if "problem" in line]
    assert "reads features of another features.module than is configured" in line
    assert line.endswith(f"morrow judge --universe toy --config {root}/morrow.toml")


def test_nothing_of_an_altered_champion_is_forecast(root: Path) -> None:
    """``morrow forecast`` and ``nightly`` refuse it with the same line, before anything is stored."""
    assert command(root, "ingest")[0] == 0
    alter("weights.safetensors", root)
    for name in ("forecast", "nightly"):
        code, _, err = command(root, name)
        assert code == 2
        assert 'weights.safetensors" was altered' in err
        assert err.strip().endswith(f"morrow rollback --universe toy --config {root}/morrow.toml")
    assert not (root / "data" / "forecasts").exists()
    assert night(root).store.count(PRICES, "toy") > 0


@pytest.mark.parametrize(
    ("words", "after"),
    [
        (("rollback",), "2"),
        (("retire", "3"), "2"),
        (("promote", "RUN", "--because", "calm"), "1"),
    ],
    ids=["rollback", "retire", "promote"],
)
def test_a_decision_killed_at_any_moment_is_finished_by_the_same_command(
    template: Path, tmp_path: Path, words: tuple[str, ...], after: str
) -> None:
    """A forecast sees the old champion or the new one at each, and ledger and aliases end as undisturbed."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.faults.killed_decision", "morrow.cli.champion", "morrow.registry"])
    died = 0
    for number, moment in enumerate(MOMENTS):
        root = copy_project(template, tmp_path / str(number))
        run_id = night(root).registry.versions("toy")[0].run_id
        line = [run_id if word == "RUN" else word for word in words]
        line += ["--config", str(root / "morrow.toml")]
        process = context.Process(target=decide_until, args=(moment, line))
        process.start()
        process.join()
        killed = process.exitcode == -signal.SIGKILL
        died += killed
        champion = night(root).registry.champion("toy")
        assert champion is not None
        assert champion.version in ("3", after)
        if killed:
            code, _, err = run(*line)
            assert (code, err) == (0, ""), moment
        agreement = compare(night(root))
        assert (agreement.champion, agreement.aliases.champion) == (after, after), moment
        assert agreement.differences() == (), moment
        assert len(read_entries(night(root).store, "toy")) == 4, moment
    assert died >= len(MOMENTS) - 1  # only a retirement tags a version


@contextmanager
def locked(root: Path) -> Iterator[None]:
    """Hold the lock of MLflow's database in another process."""
    with subprocess.Popen(
        [sys.executable, "-c", LOCK, str(root / "mlruns" / "mlflow.db")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"locked\n"
        try:
            yield
        finally:
            holder.communicate()


def test_a_database_that_is_locked_for_long_is_named(root: Path) -> None:
    """MLflow waits for 20 seconds; then the line says who has it, and that running again helps."""
    with locked(root):
        code, _, err = command(root, "rollback")
    assert code == 2
    assert "another process has locked it; when that has ended, run again" in err
    assert command(root, "rollback")[0] == 0
    assert night(root).registry.aliases("toy").champion == "2"


def test_a_lock_that_ends_in_time_is_waited_for(root: Path) -> None:
    """Whoever holds it for a second is not noticed."""
    holder = locked(root)
    holder.__enter__()
    timer = threading.Timer(1.0, lambda: holder.__exit__(None, None, None))
    timer.start()
    assert command(root, "rollback")[0] == 0
    timer.join()


def test_a_lock_between_ledger_and_alias_leaves_a_decision_to_finish(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The decision is on record once, and the same command moves the alias when the lock is gone."""
    lock, append = locked(root), manual_decisions.append_entry

    def append_and_lock(*arguments: object) -> bool:
        recorded = append(*arguments)  # type: ignore[arg-type]
        lock.__enter__()
        return recorded

    monkeypatch.setattr(manual_decisions, "append_entry", append_and_lock)
    code, _, err = command(root, "rollback")
    lock.__exit__(None, None, None)
    monkeypatch.undo()
    assert code == 2
    assert "another process has locked it" in err
    assert night(root).registry.aliases("toy").champion == "3"
    code, out, _ = command(root, "rollback")
    assert code == 0
    assert "which was interrupted, is finished" in out
    assert night(root).registry.aliases("toy").champion == "2"
    assert len(read_entries(night(root).store, "toy")) == 4


def test_two_judges_at_once_decide_once(tmp_path: Path) -> None:
    """Both end well with one decision, one version and one night on record."""
    root = project(tmp_path / "two", recipes=("ewma",))
    assert command(root, "ingest")[0] == 0
    arguments = [sys.executable, "-c", JUDGE, str(root / "morrow.toml")]
    both = [subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(2)]
    ends = [process.communicate()[1].decode() for process in both]
    assert [process.returncode for process in both] == [0, 0], ends
    (entry,) = read_entries(night(root).store, "toy")
    assert (entry.decision, entry.version_after) == ("promote", "1")
    assert [each.version for each in night(root).registry.versions("toy")] == ["1"]
    assert compare(night(root)).differences() == ()
