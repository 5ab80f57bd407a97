"""Jobs side by side, in processes of one thread, longest first and as many as the memory holds."""

import multiprocessing
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from multiprocessing import connection
from typing import TYPE_CHECKING

from morrow.backtest import ensembles, memory
from morrow.backtest.jobs import Job, Result, result
from morrow.backtest.run import run
from morrow.child_processes import die_with_parent
from morrow.config import EnsembleRecipe, NetworkRecipe
from morrow.errors import MorrowError, NightError

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess

Progress = Callable[[str, Mapping[str, float]], None]
KILLED = -9  # exit code of a process that signal 9 ended
SEPARATE = 10  # networks that a recipe with one a symbol is taken to have


@dataclass
class _Worker:
    """A process, the pipe to it, and the job that it has; None while it waits for one."""

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
    """Run the jobs that are not finished, longest first, in processes of one thread.

    An ensemble comes after its members. If some of them fail it goes on with the others, and if it was
    finished by a run in which others had failed than now it is put together again.

    Args:
        jobs: a recipe each, members of ensembles among them; one whose folder exists is finished.
        processes: how many run at once; 1 runs them in this process.
        progress: hears of every epoch.
        limit_bytes: memory that all of them may take together; None is what the machine has to give. Fewer
            run at once where it does not hold as many, and one that it does not hold fails before it starts.
        judged: whether the contest on these jobs has been held; then an ensemble that lacks a member stays.

    Returns:
        results in the jobs' order, and the recipes that failed with the reason.

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
    """Part the jobs from those that the memory does not hold, and say why not."""
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
        except Exception as error:  # noqa: BLE001 (one recipe's fault must not cost the night)
            failed[job.name] = _reason(error)
    return failed


def _reason(error: Exception) -> str:
    return str(error) if isinstance(error, MorrowError) else f"{type(error).__name__}: {error}"


def _guard_progress(progress: Progress) -> Progress:
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


class _Crew:
    """Worker processes and the jobs that wait for them; one that dies costs the job it had."""

    def __init__(self, waiting: Sequence[Job], size: int, limit: float, progress: Progress) -> None:
        self.waiting, self.size, self.limit, self.progress = list(waiting), size, limit, progress
        self.workers: list[_Worker] = []
        self.failed: dict[str, str] = {}

    def work(self) -> dict[str, str]:
        """Run every job; return those that failed with the reason."""
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
        """Give jobs to idle workers, and hire until there are enough; the longest that fits goes first."""
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
        """The waiting jobs that wait for none of their members."""
        open_ = {job.name for job in self.waiting} | {each.job.name for each in self._busy() if each.job}
        return [job for job in self.waiting if not open_ & {each.name for each in job.members}]

    def _hire(self) -> _Worker:
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(target=_serve, args=(theirs,), daemon=True)
        process.start()
        theirs.close()  # so that the pipe ends when the process does
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
    """Run what comes over the line, one job after another, until it is closed."""
    die_with_parent()
    while True:
        try:
            job: Job = line.recv()
        except EOFError:
            return
        try:
            run(job, lambda epoch: line.send(("epoch", epoch)))
        except Exception as error:  # noqa: BLE001 (one recipe's fault must not cost the night)
            line.send(("failed", _reason(error)))
        else:
            line.send(("done", None))


def _cost(job: Job) -> float:
    """A rough order of how long recipes take: multiplications of a network's epochs, relative.

    Ensembles take least, and so come after everybody else.
    """
    recipe = job.recipe
    if isinstance(recipe, EnsembleRecipe):
        return -1
    if not isinstance(recipe, NetworkRecipe):
        return getattr(recipe, "takes_seconds", True)
    window = recipe.window or int(job.settings["forecast"]["window"])
    sessions = window if recipe.supervision == "last" else window + recipe.stride
    sides = 2 if recipe.direction == "bidirectional" else 1
    gates = {"gru": 2.2, "lstm": 2.0, "rnn": 1.0}[recipe.kind]  # seconds per width, as they were measured
    each = SEPARATE if recipe.symbols == "separate" else 1
    size = recipe.layers * recipe.width * (recipe.width + 32) * sides * gates
    return recipe.networks * each * recipe.epochs * recipe.batch * sessions * size
