"""Jobs side by side, in processes of one thread, longest first."""

import multiprocessing
import os
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from multiprocessing import connection
from multiprocessing.queues import SimpleQueue

from morrow.backtest.jobs import Job, Result, result, run
from morrow.config import GarchRecipe, NetworkRecipe
from morrow.errors import MorrowError, NightError

Progress = Callable[[str, Mapping[str, float]], None]

_queue: "SimpleQueue[tuple[str, dict[str, float]] | None]"


def _connect(queue: "SimpleQueue[tuple[str, dict[str, float]] | None]") -> None:
    global _queue  # noqa: PLW0603 (how a pool hands a queue to its processes)
    _queue = queue
    threading.Thread(target=_die_with_parent, daemon=True).start()


def _die_with_parent() -> None:
    """End this process when the one that started it is gone, however it went."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)


def _work(job: Job) -> str:
    run(job, lambda epoch: _queue.put((job.name, epoch)))
    return job.name


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
    for job in waiting:
        try:
            run(job, partial(progress, job.name))
        except Exception as error:  # noqa: BLE001 (one recipe's fault must not cost the night)
            failed[job.name] = _reason(error)
    return failed


def _reason(error: Exception) -> str:
    return str(error) if isinstance(error, MorrowError) else f"{type(error).__name__}: {error}"


def _in_processes(waiting: Sequence[Job], processes: int, progress: Progress) -> dict[str, str]:
    context = multiprocessing.get_context("spawn")
    queue: SimpleQueue[tuple[str, dict[str, float]] | None] = context.SimpleQueue()
    listener = threading.Thread(target=_listen, args=(queue, progress), daemon=True)
    listener.start()
    try:
        return _pooled(waiting, processes, queue)
    finally:
        queue.put(None)
        listener.join()


def _pooled(
    waiting: Sequence[Job], processes: int, queue: "SimpleQueue[tuple[str, dict[str, float]] | None]"
) -> dict[str, str]:
    failed: dict[str, str] = {}
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(
        min(processes, len(waiting)), mp_context=context, initializer=_connect, initargs=(queue,)
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


def _listen(queue: "SimpleQueue[tuple[str, dict[str, float]] | None]", progress: Progress) -> None:
    while (message := queue.get()) is not None:
        try:
            progress(*message)
        except Exception:  # noqa: BLE001 (a broken terminal must not hold up the training)
            progress = _silent


def _silent(_name: str, _epoch: Mapping[str, float]) -> None:
    """Tell nobody."""


def _cost(job: Job) -> int:
    """A rough order of how long recipes take."""
    if isinstance(job.recipe, NetworkRecipe):
        return (
            job.recipe.networks
            * job.recipe.layers
            * job.recipe.width
            * {"gru": 4, "lstm": 3, "rnn": 2}[job.recipe.kind]
        )
    return 1 if isinstance(job.recipe, GarchRecipe) else 0
