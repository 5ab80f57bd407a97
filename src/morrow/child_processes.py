"""Child processes that exit when their parent exits, for whatever reason."""

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
    """Watch the parent process, and exit when it is gone."""

    def watch() -> None:
        parent = multiprocessing.parent_process()
        if parent is not None:
            connection.wait([parent.sentinel])
            os._exit(1)

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all processes; the parent ends its own
    threading.Thread(target=watch, daemon=True).start()


def map_in_processes(
    call: Callable[..., Result], *inputs: Iterable[Any], processes: int, purpose: str, chunk: int = 1
) -> Iterator[Result]:
    """Run calls in parallel in new single-threaded processes; yield results in the order of their inputs.

    Args:
        call: a module-level function, or a partial of one.
        inputs: one iterable per argument of the call.
        processes: number of processes.
        purpose: what they are for, in words, for the error message.
        chunk: number of calls passed to a process at a time.

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
    """Exit with the parent, and use one thread so that sums round the same in every process."""
    die_with_parent()  # first, because the import below is slow
    import scipy.linalg  # noqa: F401, PLC0415 (limits affect only libraries that are already loaded)

    threadpool_limits(limits=1)
