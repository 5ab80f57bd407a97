"""Run jobs in parallel single-threaded processes, longest first, as many at a time as fit in memory."""

import multiprocessing
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from multiprocessing import connection
from typing import TYPE_CHECKING

from morrow.backtest import ensembles, memory
from morrow.backtest.jobs import Job, Result, result
from morrow.backtest.run import run
from morrow.baselines.regression import RegressionRecipe
from morrow.child_processes import die_with_parent
from morrow.config import EnsembleRecipe, NetworkRecipe
from morrow.errors import MorrowError, NightError

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess

Progress = Callable[[str, Mapping[str, float]], None]
KILLED = -9  # exit code of a process killed by signal 9
SEPARATE = 10  # assumed number of networks in a recipe with one per symbol


@dataclass
class _Worker:
    """A process, the pipe to it, and its current job; the job is None while the worker is idle."""

    process: "BaseProcess"
    line: "Connection"
    job: Job | None = None


def run_all(
    jobs: Sequence[Job],
    processes: int,
    progress: Progress = lambda *_: None,
    limit_bytes: float | None = None,
    *,
    judged: bool = False,
) -> tuple[list[Result], dict[str, str]]:
    """Run the unfinished jobs, longest first, in single-threaded processes.

    An ensemble runs after its members. If some members fail, it uses the others. An ensemble that an
    earlier run finished without one of its members is rebuilt.

    Args:
        jobs: one per recipe, including members of ensembles; a job is finished if its folder exists.
        processes: how many jobs run at once; 1 runs them in this process.
        progress: called after every epoch.
        limit_bytes: total memory for all running jobs; None uses the memory available on the machine. Fewer
            jobs run at once if memory is short, and a job too large for the limit fails before it starts.
        judged: whether these jobs' contest has been decided; if so, an ensemble with a missing member is
            kept.

    Returns:
        Results in the order of the jobs, and the reason for failure by recipe name.

    Raises:
        NightError: no recipe succeeded.
    """
    for job in () if judged else jobs:
        ensembles.forget_if_outdated(job)
    waiting = sorted((job for job in jobs if not job.folder.exists()), key=_cost, reverse=True)
    limit = memory.available() if limit_bytes is None else limit_bytes
    fitting, failed = _split_by_memory(waiting, limit)
    if fitting and processes == 1:
        failed |= _run_in_this_process(fitting, _guard_progress(progress))
    elif fitting:
        failed |= _Crew(fitting, min(processes, len(fitting)), limit, _guard_progress(progress)).work()
    results = [result(job) for job in jobs if job.name not in failed]
    if not results:
        raise NightError("every recipe failed: " + "; ".join(f"{k}: {v}" for k, v in failed.items()))
    return results, failed


def _split_by_memory(waiting: Sequence[Job], limit: float) -> tuple[list[Job], dict[str, str]]:
    """Split off the jobs that do not fit in memory, and give the reason for each."""
    failed = {
        job.name: f"it needs about {needed / 1e9:.1f} GB of memory and {limit / 1e9:.1f} are to be had; "
        "lower its batch, width or stride"
        for job in waiting
        if (needed := memory.estimate(job)) > limit
    }
    return [job for job in waiting if job.name not in failed], failed


def _run_in_this_process(waiting: Sequence[Job], progress: Progress) -> dict[str, str]:
    failed: dict[str, str] = {}
    for job in waiting:
        try:
            run(job, partial(progress, job.name))
        except Exception as error:  # noqa: BLE001 (one failed recipe must not abort the night)
            failed[job.name] = _reason(error)
    return failed


def _reason(error: Exception) -> str:
    return str(error) if isinstance(error, MorrowError) else f"{type(error).__name__}: {error}"


def _guard_progress(progress: Progress) -> Progress:
    """Stop calling ``progress`` after its first error: a broken terminal must not stop the training."""
    broken = False

    def tell(name: str, epoch: Mapping[str, float]) -> None:
        nonlocal broken
        if not broken:
            try:
                progress(name, epoch)
            except Exception:  # noqa: BLE001 (a terminal error must not stop the training)
                broken = True

    return tell


class _Crew:
    """Worker processes and their queue of jobs; if a worker dies, only its current job fails."""

    def __init__(self, waiting: Sequence[Job], size: int, limit: float, progress: Progress) -> None:
        self.waiting, self.size, self.limit, self.progress = list(waiting), size, limit, progress
        self.workers: list[_Worker] = []
        self.failed: dict[str, str] = {}

    def work(self) -> dict[str, str]:
        """Run every job; return the reason for failure by job name."""
        try:
            while self.waiting or self._busy():
                self._hand_out()
                lines = {worker.line: worker for worker in self._busy()}
                for line in connection.wait(list(lines)):
                    self._listen(lines[line])  # type: ignore[index]  # typeshed: wait answers a union
        finally:
            self._dismiss()
        return self.failed

    def _busy(self) -> list[_Worker]:
        return [worker for worker in self.workers if worker.job is not None]

    def _hand_out(self) -> None:
        """Assign jobs to idle or new workers; the longest job that fits in memory goes first."""
        while len(self._busy()) < self.size:
            taken = sum(memory.estimate(worker.job) for worker in self._busy() if worker.job)
            job = next((job for job in self._ready() if taken + memory.estimate(job) <= self.limit), None)
            if job is None:
                return
            self.waiting.remove(job)
            worker = next((worker for worker in self.workers if worker.job is None), None) or self._hire()
            worker.job = job
            try:
                worker.line.send(job)
            except OSError:
                self._bury(worker)

    def _ready(self) -> list[Job]:
        """The waiting jobs that have no unfinished members."""
        open_ = {job.name for job in self.waiting} | {each.job.name for each in self._busy() if each.job}
        return [job for job in self.waiting if not open_ & {each.name for each in job.members}]

    def _hire(self) -> _Worker:
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(target=_serve, args=(theirs,), daemon=True)
        process.start()
        theirs.close()  # so that the pipe closes when the process exits
        self.workers.append(_Worker(process, ours))
        return self.workers[-1]

    def _listen(self, worker: _Worker) -> None:
        job = worker.job
        if job is None:
            return
        try:
            event, what = worker.line.recv()
        except (EOFError, OSError):
            self._bury(worker)
            return
        if event == "epoch":
            self.progress(job.name, what)
            return
        worker.job = None
        if event == "failed":
            self.failed[job.name] = what

    def _bury(self, worker: _Worker) -> None:
        worker.process.join()
        self.workers.remove(worker)
        if worker.job is not None:
            self.failed[worker.job.name] = _describe_death(
                worker.process.exitcode, memory.estimate(worker.job)
            )

    def _dismiss(self) -> None:
        for worker in self.workers:
            worker.line.close()
            if worker.job is not None:
                worker.process.terminate()
        for worker in self.workers:
            worker.process.join()


def _describe_death(code: int | None, needed: float) -> str:
    if code == KILLED:
        return (
            "its process was killed (signal 9), as the system does when memory runs out; it was taken to "
            f"need {needed / 1e9:.1f} GB; lower training.processes or its batch, width or stride"
        )
    how = f"signal {-code}" if code is not None and code < 0 else f"exit code {code}"
    return f"its process died ({how}); run again: finished recipes are kept"


def _serve(line: "Connection") -> None:
    """Run jobs received over the pipe, one at a time, until it is closed."""
    die_with_parent()
    while True:
        try:
            job: Job = line.recv()
        except EOFError:
            return
        try:
            run(job, lambda epoch: line.send(("epoch", epoch)))
        except Exception as error:  # noqa: BLE001 (one failed recipe must not abort the night)
            line.send(("failed", _reason(error)))
        else:
            line.send(("done", None))


def _cost(job: Job) -> float:
    """Rough relative run time of a job, for ordering: multiplications over all epochs of a network.

    Ensembles have the lowest cost, so they come last. The regression comes first: networks mix with it.
    """
    recipe = job.recipe
    if isinstance(recipe, EnsembleRecipe):
        return -1
    if isinstance(recipe, RegressionRecipe):
        return float("inf")
    if not isinstance(recipe, NetworkRecipe):
        return getattr(recipe, "takes_seconds", True)
    window = recipe.window or int(job.settings["forecast"]["window"])
    sessions = window if recipe.supervision == "last" else window + recipe.stride
    sides = 2 if recipe.direction == "bidirectional" else 1
    gates = {"gru": 2.2, "lstm": 2.0, "rnn": 1.0}[recipe.kind]  # measured relative seconds per unit of width
    each = SEPARATE if recipe.symbols == "separate" else 1
    size = recipe.layers * recipe.width * (recipe.width + 32) * sides * gates
    return recipe.networks * each * recipe.epochs * recipe.batch * sessions * size
