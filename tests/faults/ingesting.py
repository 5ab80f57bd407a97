"""Ingest a project's prices in forked processes that are killed, race each other or find the disk full.

Run as ``python -m tests.faults.ingesting MODE ROOT...``. Everything is imported before the first fork, so
that a process dies in the work itself; nothing touches a table before, because its threads survive no fork.
"""

import os
import random
import resource
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import exchange_calendars  # noqa: F401 (so that no process pays for it)

import morrow.checks
import morrow.checks.pages  # noqa: F401
from morrow.errors import MorrowError
from morrow.steps.intake.ingest import ingest
from morrow.store import commits
from tests.projects import night

SEED = 20_260_105
SMALL_FILE = 3_000


def take_in(root: Path) -> None:
    """One ingest, which joins and removes files whenever it writes; what is wrong is a line on stderr."""
    commits._FILES_BEFORE_COMPACTION = 2
    try:
        ingest(night(root), {})
    except MorrowError as error:
        sys.stderr.write(f"{error}\n")
        sys.stderr.flush()
        os._exit(error.exit_code)


def fork(work: Callable[[], None]) -> int:
    """Start work in a process of its own."""
    if child := os.fork():
        return child
    try:
        work()
    except BaseException as error:  # noqa: BLE001 (a child must never return into the parent's code)
        sys.stderr.write(f"fault: {type(error).__name__}: {error}\n")
        sys.stderr.flush()
        os._exit(99)
    os._exit(0)


def end(child: int) -> int:
    """Wait for a process; its exit code, or minus the signal that ended it."""
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def killed(roots: list[Path]) -> None:
    """Undisturbed in the first root; in each other killed at a random moment, then run again."""
    began = time.monotonic()
    undisturbed = end(fork(lambda: take_in(roots[0])))
    whole = time.monotonic() - began
    draw, deaths = random.Random(SEED), 0
    for root in roots[1:]:
        child = fork(lambda root=root: take_in(root))  # type: ignore[misc]
        time.sleep(whole * draw.random())
        os.kill(child, signal.SIGKILL)
        deaths += end(child) == -signal.SIGKILL
        undisturbed |= end(fork(lambda root=root: take_in(root)))  # type: ignore[misc]
    sys.stdout.write(f"{undisturbed} {deaths}\n")


def raced(roots: list[Path]) -> None:
    """Two at once in each root."""
    for root in roots:
        children = [fork(lambda root=root: take_in(root)) for _ in range(2)]  # type: ignore[misc]
        sys.stdout.write(" ".join(str(end(child)) for child in children) + "\n")


def full(roots: list[Path]) -> None:
    """On a disk that has no room for a file of more than a few kilobytes."""

    def work(root: Path) -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (SMALL_FILE, SMALL_FILE))
        take_in(root)

    for root in roots:
        sys.stdout.write(f"{end(fork(lambda root=root: work(root)))}\n")  # type: ignore[misc]


if __name__ == "__main__":
    {"killed": killed, "raced": raced, "full": full}[sys.argv[1]]([Path(each) for each in sys.argv[2:]])
