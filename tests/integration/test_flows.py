"""The flows under a real Prefect server: order, retries, artifacts and exit codes."""

import flows  # noqa: F401  first: Prefect reads its settings when it is imported

# isort: split
import multiprocessing.spawn
import sys
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any, NoReturn
from uuid import UUID

import pytest
from prefect import Flow, flow, get_client
from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterFlowRunId
from prefect.client.schemas.objects import State
from prefect.settings import PREFECT_FLOWS_HEARTBEAT_FREQUENCY, temporary_settings

from flows import server, tasks
from flows.command import command
from flows.forecast import forecast
from flows.ingest import ingest
from flows.monitor import monitor
from flows.nightly import nightly
from flows.retrain import retrain
from flows.tasks import NightFlow, Report, UniversesError, play, publish
from morrow.errors import ConfigError, MorrowError, NightError, RegistryError, SourceError
from morrow.steps import Night, Step
from tests.diary import Diary, prefect_home, write_config


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Prefect's home in a temporary folder, with no server named."""
    with prefect_home(tmp_path_factory.mktemp("prefect")) as folder:
        yield folder


@pytest.fixture(scope="module")
def api(home: Path) -> Iterator[str]:
    """A running server; its home is empty before."""
    assert not (home / "prefect.db").exists()
    # A flow run waits up to a second for its heartbeat to stop.
    with server.at_hand() as url, temporary_settings({PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}):
        yield url


@pytest.fixture
def config(tmp_path: Path) -> str:
    """A configuration of the universes ``one`` and ``two``."""
    return write_config(tmp_path)


def flow_of(*steps: Step) -> NightFlow:
    """A flow that plays the given steps."""

    @flow(name="diary", persist_result=False)
    def diary(
        universes: list[str] | None = None, as_of: date | None = None, config: str = "morrow.toml"
    ) -> list[Report] | State[Any]:
        return play(steps, universes, as_of, config)

    return diary


def fails(flow_: Flow[Any, Any], *arguments: object) -> MorrowError:
    """The error that a flow raises at its caller."""
    with pytest.raises(MorrowError) as caught:
        flow_(*arguments)
    return caught.value


@pytest.mark.usefixtures("api")
def test_universes_go_through_the_steps_in_order(home: Path, config: str) -> None:
    """Each universe takes all steps in order, with the results so far, in one flow run of named tasks."""
    first, second = Diary("first"), Diary("second")
    state = flow_of(first.step(), second.step())(None, date(2020, 1, 2), config, return_state=True)
    reports = state.result()
    assert isinstance(reports, list)
    assert [each["universe"] for each in reports] == ["one", "two"]
    assert [each["as_of"] for each in reports] == ["2020-01-02", "2020-01-02"]
    assert list(reports[0]["seconds"]) == ["first", "second", "total"]
    assert first.calls == [("one", ()), ("two", ())]
    assert second.calls == [("one", ("first",)), ("two", ("first",))]
    noted = task_names(state)
    assert noted == {"one: first", "one: second", "two: first", "two: second"}
    assert not (home / "storage").exists()


def task_names(state: State[Any]) -> set[str]:
    """The finished tasks that the server has on record for a flow run."""
    from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterId

    run = state.state_details.flow_run_id
    assert isinstance(run, UUID)
    with get_client(sync_client=True) as client:
        found = client.read_task_runs(flow_run_filter=FlowRunFilter(id=FlowRunFilterId(any_=[run])))
    return {each.name for each in found if each.state is not None and each.state.is_final()}


@pytest.mark.usefixtures("api")
def test_one_failure_does_not_stop_the_others(home: Path, config: str) -> None:
    """The failed universe is named, its later steps are not taken, and the other universe is finished."""
    first, second = Diary("first", SourceError("no file; give one")), Diary("second")
    error = fails(flow_of(first.step(), second.step()), None, None, config)
    assert isinstance(error, UniversesError)
    assert str(error) == "one: no file; give one"
    assert error.exit_code == 2
    assert [each["universe"] for each in error.reports] == ["two"]
    assert second.calls == [("two", ("first",))]
    assert not (home / "storage").exists()


@pytest.mark.usefixtures("api")
def test_a_bug_is_the_nights_failure(config: str) -> None:
    """An error that nobody wrote for the user is named with its type and exits with 1."""
    error = fails(flow_of(Diary("first", ValueError("a bug")).step()), ["one"], None, config)
    assert str(error) == "one: ValueError: a bug"
    assert error.exit_code == 1


@pytest.mark.usefixtures("api")
def test_a_failed_report_is_that_universes_failure(config: str, tmp_path: Path) -> None:
    """A registry that breaks while the report is made fails its universe alone."""
    from morrow.steps.results import Plan

    def plan(night: Night, _results: Mapping[str, object]) -> Plan | None:
        if night.universe == "two":
            return None
        return Plan(date(2020, 1, 2), "d", "i", stale=False, due=False, why="recent", champion=None)

    (tmp_path / "mlruns").write_text("not a folder", encoding="utf-8")
    error = fails(flow_of(Step("plan", plan, 0)), None, None, config)
    assert isinstance(error, UniversesError)
    assert list(error.failures) == ["one"]
    assert [each["universe"] for each in error.reports] == ["two"]


@pytest.mark.parametrize(
    ("error", "retries", "calls"),
    [
        (OSError("gone"), 2, 3),
        (OSError("gone"), 0, 1),
        (SourceError("no file"), 2, 1),
        (NightError("x"), 1, 1),
        (RegistryError("x"), 1, 2),
    ],
)
@pytest.mark.usefixtures("api")
def test_only_what_may_pass_is_tried_again(
    config: str, monkeypatch: pytest.MonkeyPatch, error: Exception, retries: int, calls: int
) -> None:
    """A step is tried again as often as it says, but not where the user must act first."""
    monkeypatch.setattr(tasks, "RETRY_DELAY_S", 0.0)
    diary = Diary("first", error)
    fails(flow_of(diary.step(retries)), ["one"], None, config)
    assert len(diary.calls) == calls


@pytest.mark.usefixtures("api")
def test_a_passing_failure_is_no_failure(config: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A step that succeeds at its second attempt lets the night go on."""
    monkeypatch.setattr(tasks, "RETRY_DELAY_S", 0.0)
    played = flow_of(Diary("first", OSError("gone"), times=1).step(1))(["one"], None, config)
    assert isinstance(played, list)
    assert [each["universe"] for each in played] == ["one"]


@pytest.mark.usefixtures("api")
@pytest.mark.parametrize("one", [nightly, ingest, retrain, forecast, monitor])
def test_a_bad_configuration_arrives_as_itself(one: NightFlow, tmp_path: Path) -> None:
    """A configuration error inside a flow run is raised at the caller as the same error."""
    error = fails(one, None, None, str(tmp_path / "none.toml"))
    assert type(error) is ConfigError


@pytest.mark.usefixtures("api")
def test_leaderboard_verdict_and_gates_are_artifacts() -> None:
    """A report's leaderboard becomes a table, its verdict and its gates texts, under the universe's keys."""
    judged = {
        "universe": "one",
        "cutoff": "2020-01-02",
        "leaderboard": [{"name": "lstm", "pinball": 0.5}],
        "verdict": {"promoted": True, "reason": "lstm is better"},
        "gates": [
            {"gate": "raw", "page": "gates/one/2020-01-02/raw.html", "refused": 3, "warnings": 1, "stops": 0},
            {"gate": "panel", "page": "", "refused": 0, "warnings": 0, "stops": 0},
        ],
    }

    @flow(persist_result=False)
    def published() -> None:
        publish(judged, Path("/srv/morrow"))
        publish({"universe": "two", "cutoff": None, "leaderboard": [], "verdict": None})

    run = published(return_state=True).state_details.flow_run_id
    assert run is not None
    with get_client(sync_client=True) as client:
        chosen_run = ArtifactFilter(flow_run_id=ArtifactFilterFlowRunId(any_=[run]))
        found = {each.key: each for each in client.read_artifacts(artifact_filter=chosen_run)}
    assert {key: each.type for key, each in found.items()} == {
        "leaderboard-one": "table",
        "verdict-one": "markdown",
        "gates-one": "markdown",
    }
    page = "[gates/one/2020-01-02/raw.html](file:///srv/morrow/gates/one/2020-01-02/raw.html)"
    assert f"| raw | 3 refused, 1 warnings | {page} |" in str(found["gates-one"].data)
    assert "| panel | passed | not written |" in str(found["gates-one"].data)
    assert found["leaderboard-one"].data == '[{"name": "lstm", "pinball": 0.5}]'
    assert "lstm is better" in str(found["verdict-one"].data)
    assert "| promoted | True |" in str(found["verdict-one"].data)


@pytest.mark.usefixtures("api")
def test_command_prints_the_summary(config: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A finished flow prints its summary to stdout, its progress to stderr and returns 0."""

    def told(night: Night, _results: Mapping[str, object]) -> None:
        for epoch in (0.0, 1.0):
            night.tell("epoch", {"recipe": "lstm", "epoch": epoch})

    assert command(flow_of(Step("train", told, 0)), ["--config", config, "--universe", "two"]) == 0
    printed = capsys.readouterr()
    assert "two" in printed.out
    lines = [line.split(" ", 1)[1] for line in printed.err.splitlines()]
    assert lines == ["two: train", "two: train lstm, epoch 0"]


@pytest.mark.usefixtures("api")
def test_command_says_what_failed(config: str, capsys: pytest.CaptureFixture[str]) -> None:
    """After a failure the finished universe's summary is printed, and the failure in one line."""
    failing = flow_of(Diary("first", SourceError("no file; give one")).step())
    assert command(failing, ["--config", config]) == 2
    printed = capsys.readouterr()
    assert printed.out.startswith("two")
    assert printed.err.splitlines()[-1] == "error: one: no file; give one"
    assert "Traceback" not in printed.err


@pytest.mark.usefixtures("api")
def test_command_shows_a_traceback_on_demand(config: str, capsys: pytest.CaptureFixture[str]) -> None:
    """With --debug the traceback of the step's own error is shown."""
    failing = flow_of(Diary("first", ValueError("a bug")).step())
    assert command(failing, ["--config", config, "--universe", "one", "--debug"]) == 1
    assert "ValueError: a bug\n" in capsys.readouterr().err


@pytest.mark.usefixtures("api")
def test_command_survives_an_interrupt(config: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Ctrl-C ends a flow with 130 and a line, not with a traceback."""

    def interrupted(_night: Night, _results: Mapping[str, object]) -> NoReturn:
        raise KeyboardInterrupt

    assert command(flow_of(Step("train", interrupted, 0)), ["--config", config]) == 130
    assert capsys.readouterr().err.splitlines()[-1].startswith("error: interrupted")


def test_a_named_server_is_used(api: str) -> None:
    """Where Prefect's settings name a server no other one is started."""
    with server.at_hand() as url:
        assert url == api


@pytest.mark.usefixtures("api")
def test_training_processes_do_not_import_the_flow(config: str) -> None:
    """While steps run, a spawned process is told of no main module to import; afterwards it is again."""
    told: list[dict[str, Any]] = []

    def spawning(_night: Night, _results: Mapping[str, object]) -> None:
        told.append(multiprocessing.spawn.get_preparation_data("child"))

    before = dict(vars(sys.modules["__main__"]))
    flow_of(Step("train", spawning, 0))(["one"], None, config)
    assert not {"init_main_from_name", "init_main_from_path"} & set(told[0])
    assert vars(sys.modules["__main__"]) == before
