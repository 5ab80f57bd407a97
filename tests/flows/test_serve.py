"""The server on loopback and the schedules of prefect.yaml; a schedule that fires is an integration test."""

import flows  # first: Prefect reads its settings when it is imported

# isort: split
import asyncio
import signal
import socket
import subprocess
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
from prefect.client.schemas.schedules import CronSchedule

from flows import server
from flows.serve import deployments, greeting
from flows.serve import main as serve_main
from morrow.config import load
from morrow.errors import ConfigError, NightError, UserError


def test_every_universe_has_one_deployment() -> None:
    """prefect.yaml has one deployment of nightly a shipped universe, which plays that universe alone."""
    listed = deployments(flows.PROJECT / "prefect.yaml")
    assert {each.name: each.parameters for each in listed} == {
        "us5": {"universes": ["us5"]},
        "ecb-fx": {"universes": ["ecb-fx"]},
    }
    assert {each.flow_name for each in listed} == {"nightly"}
    assert {each.name for each in listed} == set(load(flows.PROJECT / "morrow.toml").universes)


@pytest.mark.parametrize(
    ("name", "friday", "monday"),
    [
        # The US changed its clocks on Sunday 2026-03-08, Europe on Sunday 2026-03-29.
        ("us5", datetime(2026, 3, 6, 23, tzinfo=UTC), datetime(2026, 3, 9, 22, tzinfo=UTC)),
        ("ecb-fx", datetime(2026, 3, 27, 16, tzinfo=UTC), datetime(2026, 3, 30, 15, tzinfo=UTC)),
    ],
)
def test_schedules_keep_local_time(name: str, friday: datetime, monday: datetime) -> None:
    """A night is on weekdays at the same local time, before and after the clocks are changed."""
    from prefect.server.schemas.schedules import CronSchedule as Clock

    (found,) = (each for each in deployments(flows.PROJECT / "prefect.yaml") if each.name == name)
    assert found.schedules
    schedule = found.schedules[0].schedule
    assert isinstance(schedule, CronSchedule)
    clock = Clock(cron=schedule.cron, timezone=schedule.timezone)
    assert asyncio.run(clock.get_dates(2, start=friday)) == [friday, monday]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "no schedules at"),
        ("deployments: [", "cannot read deployments"),
        ("name: morrow", "cannot read deployments"),
        ("deployments: [{name: a}]", 'deployment "a".*entrypoint'),
        ("deployments: [a]", 'deployment "a"'),
        ("deployments: [{name: a, entrypoint: 'flows/no.py:no'}]", 'deployment "a"'),
        (
            "deployments: [{name: a, entrypoint: 'flows/nightly.py:nightly', schedules: [{cron: often}]}]",
            'deployment "a".*often',
        ),
        (
            "deployments: [{name: a, entrypoint: 'flows/nightly.py:nightly', schedules: [{crom: often}]}]",
            'deployment "a".*crom',
        ),
    ],
)
def test_bad_schedules_are_one_line(tmp_path: Path, text: str | None, said: str) -> None:
    """A deployment that cannot be built is a one-line error that names it."""
    file = tmp_path / "prefect.yaml"
    if text is not None:
        file.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=said) as caught:
        deployments(file)
    assert "\n" not in str(caught.value)


def test_serve_refuses_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Serving a missing file says so and exits with 2 before any server is started."""
    assert serve_main(["--file", str(tmp_path / "none.yaml")]) == 2
    assert capsys.readouterr().err.startswith("error: no schedules at")


def test_a_taken_port_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A port that somebody else listens on is a user's error that names it."""
    monkeypatch.setenv("PREFECT_HOME", str(tmp_path))
    with socket.socket() as other:
        other.bind((server.HOST, 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(UserError, match=str(port)), server.running(port):
            pytest.fail("a server started on a taken port")


def test_a_server_that_ends_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that cannot start is the night's failure, and its log is named."""
    monkeypatch.setenv("PREFECT_HOME", str(tmp_path))
    wrong = {"PREFECT_SERVER_API_PORT": "many"}
    with pytest.raises(NightError, match=r"server\.log"), server.running(0, wrong):
        pytest.fail("a server started on an impossible port")


def test_a_silent_server_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that does not answer in time is ended and reported."""
    monkeypatch.setenv("PREFECT_HOME", str(tmp_path))
    monkeypatch.setattr(server, "PATIENCE_S", 0.0)
    with pytest.raises(NightError, match="did not answer within 0 s"), server.running(0):
        pytest.fail("a server answered in no time")


def test_a_deaf_server_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A child that ignores SIGTERM is killed after its time to say farewell."""
    monkeypatch.setattr(server, "FAREWELL_S", 0.1)
    deaf = "import signal, time; signal.signal(15, signal.SIG_IGN); print(flush=True); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", deaf], stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        child.stdout.readline()
        server._end(child)
        assert child.returncode == -signal.SIGKILL


def test_sigterm_leaves_in_order() -> None:
    """SIGTERM ends what was started before the process goes, and the earlier handler is put back."""
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(SystemExit) as caught, server._terminable():
        signal.raise_signal(signal.SIGTERM)
    assert caught.value.code == 143
    assert signal.getsignal(signal.SIGTERM) == before


def test_a_server_may_be_used_from_a_thread() -> None:
    """Outside the main thread, where no signal arrives, nothing is handled and nothing fails."""
    reached: list[bool] = []

    def inside() -> None:
        with server._terminable():
            reached.append(True)

    thread = threading.Thread(target=inside)
    thread.start()
    thread.join()
    assert reached == [True]


def test_serving_says_what_runs_when(tmp_path: Path) -> None:
    """The greeting has the address of the pages and a line a deployment, with its schedule and zone."""
    file = tmp_path / "prefect.yaml"
    file.write_text(
        "deployments:\n"
        "  - {name: a, entrypoint: 'flows/ingest.py:ingest', schedules: [{interval: 90}]}\n"
        "  - {name: b, entrypoint: 'flows/monitor.py:monitor', schedules: [{rrule: 'FREQ=DAILY'}]}\n"
        "  - {name: c, entrypoint: 'flows/nightly.py:nightly', "
        "schedules: [{cron: '0 18 * * MON-FRI', timezone: America/New_York}, {cron: '0 6 * * *'}]}\n",
        encoding="utf-8",
    )
    first, *lines = greeting(deployments(file), "http://127.0.0.1:4200/api").splitlines()
    assert "http://127.0.0.1:4200," in first
    assert lines[0] == "  ingest/a: every 0:01:30"
    assert lines[1].startswith("  monitor/b: ")
    assert "FREQ=DAILY" in lines[1]
    assert lines[2] == "  nightly/c: 0 18 * * MON-FRI America/New_York, 0 6 * * * UTC"
