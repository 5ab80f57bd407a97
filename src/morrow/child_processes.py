"""Child processes that end with their parent, however it ends."""

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import connection
from typing import Any, TypeVar

from threadpoolctl import threadpool_limits

from morrow.errors import NightError

Result = TypeVar("Result")


def die_with_parent() -> None:
    """Watch the parent process, and end this process when the parent is gone."""

    def watch() -> None:
        parent = multiprocessing.parent_process()
        if parent is not None:
            connection.wait([parent.sentinel])
            os._exit(1)

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches every process; the parent ends its own
    threading.Thread(target=watch, daemon=True).start()


def map_in_processes(
    call: Callable[..., Result], *inputs: Iterable[Any], processes: int, purpose: str, chunk: int = 1
) -> Iterator[Result]:
    """Results of calls side by side, in the order of their inputs, in new processes of one thread.

    Args:
        call: a module's function, or a partial of one.
        inputs: one iterable for each of its arguments.
        processes: how many.
        purpose: of them, in words, for the error.
        chunk: calls that a process is given at a time.

    Raises:
        NightError: a process died.
    """
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, spawn, initializer=_begin_process) as pool:
        try:
            yield from pool.map(call, *inputs, chunksize=chunk)
        except BrokenProcessPool:
            raise NightError(
                f"a process that {purpose} died, as when memory runs out; "
                "lower training.processes and run again"
            ) from None


def _begin_process() -> None:
    """Die with the parent, and use one thread, so that sums are rounded alike wherever they are computed."""
    die_with_parent()  # first, since the import below takes a while
    import scipy.linalg  # noqa: F401, PLC0415 (limits reach only the libraries that are loaded before them)

    threadpool_limits(limits=1)
