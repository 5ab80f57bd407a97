"""Jobs side by side, in processes of one thread, longest first."""

import multiprocessing
import os
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from multiprocessing import connection
from typing import TYPE_CHECKING

from morrow.backtest.jobs import Job, Result, result, run
from morrow.config import GarchRecipe, NetworkRecipe
from morrow.errors import MorrowError, NightError

Progress = Callable[[str, Mapping[str, float]], None]
POLL_S = 0.1
SEPARATE = 10  # networks that a recipe with one a symbol is taken to have

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.synchronize import Lock

    Line = tuple[Connection, Lock]

_line: "Line"


def _connect(sender: "Connection", lock: "Lock") -> None:
    global _line  # noqa: PLW0603 (how a pool hands a connection to its processes)
    _line = sender, lock
    threading.Thread(target=_die_with_parent, daemon=True).start()


def _die_with_parent() -> None:
    """End this process when the one that started it is gone, however it went."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)


def _work(job: Job) -> str:
    run(job, partial(_tell, job.name))
    return job.name


def _tell(name: str, epoch: dict[str, float]) -> None:
    sender, lock = _line
    with lock:
        sender.send((name, epoch))


def run_all(
    jobs: Sequence[Job], processes: int, progress: Progress = lambda *_: None
) -> tuple[list[Result], dict[str, str]]:
    """Run the jobs that are not finished, longest first, in processes of one thread.

    Returns:
        results in the jobs' order, and the recipes that failed with the reason.

    Raises:
        NightError: no recipe succeeded, or a process died.
    """
    waiting = sorted((job for job in jobs if not job.folder.exists()), key=_cost, reverse=True)
    failed: dict[str, str] = {}
    if waiting and processes == 1:
        failed = _here(waiting, progress)
    elif waiting:
        failed = _in_processes(waiting, processes, progress)
    results = [result(job) for job in jobs if job.name not in failed]
    if not results:
        raise NightError("every recipe failed: " + "; ".join(f"{k}: {v}" for k, v in failed.items()))
    return results, failed


def _here(waiting: Sequence[Job], progress: Progress) -> dict[str, str]:
    failed: dict[str, str] = {}
    tell = _careful(progress)
    for job in waiting:
        try:
            run(job, partial(tell, job.name))
        except Exception as error:  # noqa: BLE001 (one recipe's fault must not cost the night)
            failed[job.name] = _reason(error)
    return failed


def _reason(error: Exception) -> str:
    return str(error) if isinstance(error, MorrowError) else f"{type(error).__name__}: {error}"


def _careful(progress: Progress) -> Progress:
    """Tell of progress until that fails: a broken terminal must not hold up the training."""
    broken = False

    def tell(name: str, epoch: Mapping[str, float]) -> None:
        nonlocal broken
        if not broken:
            try:
                progress(name, epoch)
            except Exception:  # noqa: BLE001 (whatever a terminal does, the training goes on)
                broken = True

    return tell


def _in_processes(waiting: Sequence[Job], processes: int, progress: Progress) -> dict[str, str]:
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    finished = threading.Event()
    listener = threading.Thread(target=_listen, args=(receiver, finished, _careful(progress)), daemon=True)
    listener.start()
    try:
        return _pooled(waiting, processes, (sender, context.Lock()))
    finally:
        finished.set()
        listener.join()


def _pooled(waiting: Sequence[Job], processes: int, line: "Line") -> dict[str, str]:
    failed: dict[str, str] = {}
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(
        min(processes, len(waiting)), mp_context=context, initializer=_connect, initargs=line
    ) as pool:
        futures = {pool.submit(_work, job): job for job in waiting}
        for future in as_completed(futures):
            try:
                future.result()
            except BrokenProcessPool:
                raise NightError(
                    f"a training process died while recipe {futures[future].name} was waiting or running "
                    "(killed, or out of memory); run again: finished recipes are kept"
                ) from None
            except Exception as error:  # noqa: BLE001 (one recipe's fault must not cost the night)
                failed[futures[future].name] = _reason(error)
    return failed


def _listen(receiver: "Connection", finished: threading.Event, progress: Progress) -> None:
    """Pass on what the processes tell. Nothing is asked of them: one that was killed holds its lock."""
    while receiver.poll(POLL_S) or not finished.is_set():
        if receiver.poll():
            progress(*receiver.recv())


def _cost(job: Job) -> float:
    """A rough order of how long recipes take: multiplications of a network's epochs, relative."""
    recipe = job.recipe
    if not isinstance(recipe, NetworkRecipe):
        return 1 if isinstance(recipe, GarchRecipe) else 0
    window = recipe.window or int(job.settings["forecast"]["window"])
    sessions = window if recipe.supervision == "last" else window + recipe.stride
    sides = 2 if recipe.direction == "bidirectional" else 1
    gates = {"gru": 2.2, "lstm": 2.0, "rnn": 1.0}[recipe.kind]  # seconds per width, as they were measured
    each = SEPARATE if recipe.symbols == "separate" else 1
    size = recipe.layers * recipe.width * (recipe.width + 32) * sides * gates
    return recipe.networks * each * recipe.epochs * recipe.batch * sessions * size
