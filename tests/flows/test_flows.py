"""The flows: order, retries, artifacts, and exit codes, under a real Prefect server."""

import flows  # first: Prefect reads its settings when it is imported

# isort: split
import multiprocessing.spawn
import os
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, NoReturn
from uuid import UUID

import pytest
from prefect import Flow, flow, get_client
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterFlowRunId
from prefect.client.schemas.objects import State
from prefect.context import refresh_global_settings_context
from prefect.settings import PREFECT_FLOWS_HEARTBEAT_FREQUENCY, get_current_settings, temporary_settings

from flows import server, tasks
from flows.command import command
from flows.forecast import forecast
from flows.ingest import ingest
from flows.monitor import monitor
from flows.nightly import nightly
from flows.retrain import retrain
from flows.tasks import NightFlow, Report, UniversesError, as_task, play, publish, select_steps
from morrow.config import load
from morrow.errors import ConfigError, MorrowError, NightError, RegistryError, SourceError
from morrow.steps import STEPS, Night, Step

CONFIG = """
[universes.one]
calendar = "XNYS"
source = { kind = "bundled", dataset = "us5" }
[universes.two]
calendar = "XNYS"
source = { kind = "bundled", dataset = "us5" }
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Prefect's home in a temporary folder, with no server named."""
    folder = tmp_path_factory.mktemp("prefect")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PREFECT_HOME", str(folder))
        patch.delenv("PREFECT_API_URL", raising=False)
        refresh_global_settings_context()
        yield folder
    refresh_global_settings_context()


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
    path = tmp_path / "morrow.toml"
    path.write_text(CONFIG, encoding="utf-8")
    return str(path)


class Diary:
    """A step that notes who called it, and fails for one universe as often as it is told."""

    def __init__(self, name: str, error: Exception | None = None, times: int = 1000) -> None:
        self.name, self.error, self.left = name, error, times
        self.calls: list[tuple[str, tuple[str, ...]]] = []

    def __call__(self, night: Night, results: Mapping[str, object]) -> str:
        self.calls.append((night.universe, tuple(results)))
        if self.error is not None and night.universe == "one" and self.left:
            self.left -= 1
            raise self.error
        return self.name

    def step(self, retries: int = 0) -> Step:
        """Itself as a step."""
        return Step(self.name, self, retries)


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


def test_nothing_leaves_and_nothing_is_kept() -> None:
    """Importing flows turns Prefect's telemetry, result store and promotion off."""
    settings = get_current_settings()
    assert set(flows.SETTINGS) <= set(os.environ)
    assert os.environ["DO_NOT_TRACK"] in {"1", "true"}  # MLflow's room may have been there first
    assert not settings.server.analytics_enabled
    assert not settings.results.persist_by_default
    assert not settings.server.ui.show_promotional_content
    assert settings.server.ephemeral.startup_timeout_seconds == 180


@pytest.mark.parametrize(
    ("one", "names"),
    [
        (ingest, ("ingest",)),
        (retrain, ("plan", "train", "judge", "refit")),
        (forecast, ("plan", "forecast", "export")),
        (monitor, ("monitor",)),
    ],
)
def test_flows_are_parts_of_the_night(one: NightFlow, names: tuple[str, ...]) -> None:
    """Every flow keeps no result, and its steps are those of the night in the night's order."""
    assert one.persist_result is False
    assert nightly.persist_result is False
    assert tuple(step.name for step in select_steps(*reversed(names))) == names
    assert set(select_steps(*names)) <= set(STEPS)


def test_unknown_steps_are_refused() -> None:
    """A step that the night does not have cannot be chosen."""
    with pytest.raises(KeyError, match="dance"):
        select_steps("ingest", "dance")


def test_tasks_cache_and_persist_nothing(config: str) -> None:
    """A step becomes a task that is named after universe and step, retries as told and keeps nothing."""
    night = Night(load(Path(config)), "one", None, datetime.now(UTC))
    made = as_task(Diary("train").step(retries=3), night, {})
    assert (made.name, made.retries) == ("one: train", 3)
    assert made.persist_result is False
    assert made.cache_policy == NO_CACHE


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


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--config", "none.toml"], "no configuration at"),
        (["--confug", "none.toml"], "unrecognized arguments: --confug"),
        (["--as-of", "soon"], "argument --as-of: invalid"),
    ],
)
def test_slips_are_one_line_without_a_server(
    home: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    """A user's slip exits with 2 and one line, before any server is started."""
    before = sorted(home.iterdir())
    assert command(nightly, arguments) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("error: ")
    assert said in line
    assert sorted(home.iterdir()) == before


def test_an_unknown_universe_is_named(config: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A universe that is not configured exits with 2 and names it."""
    assert command(nightly, ["--config", config, "--universe", "three"]) == 2
    assert 'universe "three"' in capsys.readouterr().err


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
