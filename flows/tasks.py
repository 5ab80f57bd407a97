"""The steps of the night as Prefect tasks, which every flow here runs.

Nothing is cached or persisted: results are a few versions, ids and paths, and the next night starts from
the tables.
"""

import logging
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from time import monotonic, perf_counter, sleep
from typing import Any
from uuid import UUID

from prefect import Flow, Task, flow, get_client
from prefect.artifacts import create_markdown_artifact, create_table_artifact
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterId
from prefect.client.schemas.objects import State, TaskRun
from prefect.runtime import flow_run
from prefect.states import Failed

from morrow.config import load
from morrow.errors import MorrowError, RegistryError, StoreError, UserError, one_line
from morrow.steps import STEPS, Night, Results, Step, report
from morrow.steps.alarms import raise_failure
from morrow.steps.deliver.board import deliver_board
from morrow.steps.preflight import refuse_early

logger = logging.getLogger("flows")

RETRY_DELAY_S = 10.0
RECORDS_S = 15.0
EPOCHS_A_LINE = 10
Report = dict[str, Any]
NightFlow = Flow[[list[str] | None, date | None, str], list[Report] | State[Any]]


class UniversesError(MorrowError):
    """Some universes of a flow run failed; the others were finished.

    Attributes:
        failures: the error of each failed universe.
        reports: those of the universes that were finished.
    """

    def __init__(self, failures: Mapping[str, BaseException], reports: Sequence[Report]) -> None:
        super().__init__(
            "; ".join(f"{universe}: {describe_error(each)}" for universe, each in failures.items())
        )
        self.failures = failures
        self.reports = reports
        self.exit_code = 2 if all(isinstance(each, UserError) for each in failures.values()) else 1


@dataclass
class Course:
    """The progress of one universe in a flow run."""

    results: Results = field(default_factory=Results)
    seconds: dict[str, float] = field(default_factory=dict)
    failure: BaseException | None = None


def make_flow(name: str, purpose: str, *steps: str) -> NightFlow:
    """Make a flow that runs steps on universes and can be deployed alone.

    Args:
        name: of the flow.
        purpose: a sentence, which heads its description in Prefect.
        steps: by name; none means the whole night.
    """
    taken = select_steps(*steps) if steps else STEPS

    def play_night(
        universes: list[str] | None = None, as_of: date | None = None, config: str = "morrow.toml"
    ) -> list[Report] | State[Any]:
        """Play the steps.

        Args:
            universes: by name; none means all of the configuration.
            as_of: the end of this session; none means each universe's last one.
            config: path of ``morrow.toml``.

        Returns:
            One report per universe, or the failed state that ``flows.tasks.play`` describes.
        """
        return play(taken, universes, as_of, config)

    play_night.__doc__ = (play_night.__doc__ or "").replace("Play the steps.", purpose)
    return flow(name=name, persist_result=False)(play_night)


def select_steps(*names: str) -> tuple[Step, ...]:
    """The steps of these names, in the order of the night.

    Raises:
        KeyError: a name is no step's.
    """
    known = {step.name for step in STEPS}
    for name in names:
        if name not in known:
            raise KeyError(name)
    return tuple(step for step in STEPS if step.name in names)


def as_task(step: Step, night: Night, results: Results) -> Task[[], object]:
    """Wrap a step of one universe as a task without parameters, named ``UNIVERSE: STEP``.

    It is retried as often as the step says, unless the user must correct something first.
    """

    def call() -> object:
        return step(night, results)

    name = f"{night.universe}: {step.name}"
    return Task(
        call,
        name=name,
        task_run_name=name,
        retries=step.retries,
        retry_delay_seconds=RETRY_DELAY_S,
        retry_condition_fn=_may_pass,
        cache_policy=NO_CACHE,
        persist_result=False,
    )


def play(
    steps: Sequence[Step], universes: list[str] | None, as_of: date | None, config: str
) -> list[Report] | State[Any]:
    """Inside a flow run, run the steps on every universe, one universe after another.

    Args:
        steps: in order.
        universes: by name; none means all of the configuration.
        as_of: the end of this session; none means each universe's last one.
        config: path of ``morrow.toml``.

    Returns:
        One report per universe, which are the artifacts of the flow run too; or, for the flow to return, a
        failed state that holds a ConfigError if the configuration cannot be used, or a UniversesError if
        a universe failed and the others are finished. Prefect raises it at the caller, where an error
        raised here would be pickled into its storage too.
    """
    try:
        return _play(steps, universes, as_of, config)
    except MorrowError as error:
        return Failed(message=describe_error(error), data=error)


def publish(of_universe: Report, root: Path = Path()) -> None:
    """Leave the leaderboard, the verdict and the gates of a report as artifacts of the flow run.

    Args:
        of_universe: the report.
        root: the folder that the pages of the gates are relative to.
    """
    universe, verdict = of_universe["universe"], of_universe.get("verdict")
    if of_universe.get("leaderboard"):
        create_table_artifact(
            table=of_universe["leaderboard"],
            key=f"leaderboard-{universe}",
            description=f"{universe}: test sessions, cutoff {of_universe['cutoff']}",
        )
    if verdict:
        create_markdown_artifact(markdown=_in_markdown(universe, verdict), key=f"verdict-{universe}")
    if of_universe.get("gates"):
        create_markdown_artifact(
            markdown=_gates_in_markdown(of_universe, root.resolve()),
            key=f"gates-{universe}",
            description=f"{universe}: what each gate decided, with its page",
        )


def describe_error(error: BaseException) -> str:
    """Word an error in one line, with its type if morrow did not raise it on purpose."""
    text = one_line(error)
    return text if isinstance(error, MorrowError) else f"{type(error).__name__}: {text}"


def _play(
    steps: Sequence[Step], universes: list[str] | None, as_of: date | None, config: str
) -> list[Report]:
    settings = load(Path(config))
    now = datetime.now(UTC)
    reports: list[Report] = []
    failures: dict[str, BaseException] = {}
    tasks = 0
    with _light_processes():
        for universe in settings.universe_names(tuple(universes or ())):
            night = Night(settings, universe, as_of, now, tell=partial(_tell, universe))
            course = _take(night, steps)
            tasks += len(course.seconds) - 1
            if course.failure is not None:
                failures[universe] = course.failure
                continue
            try:
                reports.append(report(night, course.results, course.seconds))
                if steps == STEPS:
                    deliver_board(night, reports[-1])
                publish(reports[-1], settings.root)
                raise_failure(reports[-1])
            except MorrowError as error:
                failures[universe] = error
    _await_records(tasks)
    if failures:
        raise UniversesError(failures, reports) from next(iter(failures.values()))
    return reports


def _take(night: Night, steps: Sequence[Step]) -> Course:
    course, start = Course(), perf_counter()
    try:
        refuse_early(night, [step.name for step in steps])
    except MorrowError as error:
        course.failure = error
        steps = ()
    for step in steps:
        night.tell("step", {"step": step.name})
        began = perf_counter()
        state = as_task(step, night, course.results)(return_state=True)
        course.seconds[step.name] = perf_counter() - began
        result = state.result(raise_on_failure=False)
        if isinstance(result, BaseException):
            course.failure = result
            break
    course.seconds["total"] = perf_counter() - start
    return course


def _await_records(tasks: int) -> None:
    """Wait briefly until the server has recorded every task: records still queued at exit are lost."""
    this_run = FlowRunFilter(id=FlowRunFilterId(any_=[UUID(flow_run.id)]))
    deadline = monotonic() + RECORDS_S
    with get_client(sync_client=True) as client:
        while monotonic() < deadline:
            noted = client.read_task_runs(flow_run_filter=this_run)
            if sum(each.state is not None and each.state.is_final() for each in noted) >= tasks:
                return
            sleep(0.1)


@contextmanager
def _light_processes() -> Iterator[None]:
    """Spare training processes the import of this one's main module, and of Prefect with it.

    A spawned process imports the main module of its parent again, if it can find out which that is.
    """
    main = sys.modules["__main__"]
    known: dict[str, Any] = {
        name: vars(main).pop(name) for name in ("__spec__", "__file__") if name in vars(main)
    }
    main.__spec__ = None
    try:
        yield
    finally:
        vars(main).update(known)


def _tell(universe: str, event: str, facts: Mapping[str, Any]) -> None:
    if event == "step":
        logger.info("%s: %s", universe, facts["step"])
    elif event == "epoch" and facts["epoch"] % EPOCHS_A_LINE == 0:
        logger.info("%s: train %s, epoch %d", universe, facts["recipe"], facts["epoch"])


def _may_pass(_task: object, _run: TaskRun, state: State[Any]) -> bool:
    """Whether a retry may help: it does for external faults, not for errors of the user or the code."""
    return isinstance(state.data, OSError | StoreError | RegistryError)


def _in_markdown(universe: str, verdict: Mapping[str, Any]) -> str:
    facts = "\n".join(f"| {name} | {value} |" for name, value in verdict.items() if name != "reason")
    return f"## {universe}\n\n{verdict['reason']}\n\n| | |\n|---|---|\n{facts}\n"


def _gates_in_markdown(of_universe: Report, root: Path) -> str:
    """One line per gate: its decision, and a link to its page for copying into a browser."""
    lines = [f"## {of_universe['universe']}", "", "| gate | decided | page |", "|---|---|---|"]
    for run in of_universe["gates"]:
        counts = [f"{run[name]:,} {name}" for name in ("stops", "refused", "warnings") if run[name]]
        page = f"[{run['page']}]({(root / run['page']).as_uri()})" if run["page"] else "not written"
        lines.append(f"| {run['gate']} | {', '.join(counts) or 'passed'} | {page} |")
    return "\n".join(lines) + "\n"
