"""A Prefect server on loopback, as a child process that is stopped by its process id.

It replaces Prefect's own temporary server, which imports the whole server into the caller as well and
gives up after 20 seconds.
"""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from types import FrameType

from prefect.context import refresh_global_settings_context
from prefect.events.worker import EventsWorker
from prefect.logging.handlers import APILogWorker
from prefect.settings import get_current_settings

from morrow.errors import NightError, UserError

HOST = "127.0.0.1"
PATIENCE_S = 180.0
FAREWELL_S = 15.0
WORKLESS = {
    "PREFECT_SERVER_UI_ENABLED": "false",
    "PREFECT_SERVER_SERVICES_SCHEDULER_ENABLED": "false",
    "PREFECT_SERVER_SERVICES_LATE_RUNS_ENABLED": "false",
}


@contextmanager
def at_hand() -> Iterator[str]:
    """The server that Prefect's settings name, or a temporary one without pages and schedules.

    Yields:
        The URL of its API.

    Raises:
        NightError: the temporary server did not start.
    """
    named = get_current_settings().api.url
    if named:
        yield named
        return
    with running(0, WORKLESS) as url:
        yield url


@contextmanager
def running(port: int, settings: dict[str, str] | None = None) -> Iterator[str]:
    """Start a server in its own process, and use it until the context is left.

    Args:
        port: on 127.0.0.1; 0 takes a free one.
        settings: Prefect settings of the server alone, by variable.

    Yields:
        The URL of its API.

    Raises:
        UserError: the port is taken.
        NightError: the server ended, or did not answer within 180 seconds.
    """
    port = _bindable(port)
    url = f"http://{HOST}:{port}/api"
    log = Path(os.environ["PREFECT_HOME"]) / "server.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with _terminable(), log.open("w", encoding="utf-8") as sink:
        child = subprocess.Popen(
            [sys.executable, "-m", "prefect", "server", "start"],
            env=_environment(port, settings or {}),
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C is for this process, which still has to tell the server
        )
        try:
            _await_health(child, port, log)
            with _use_server(url):
                yield url
        finally:
            _end(child)


def _bindable(port: int) -> int:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except (OSError, OverflowError) as error:
            raise UserError(
                f"port {port} on {HOST} cannot be used ({error}); give a free one with --port, or 0 for any"
            ) from None
        return int(probe.getsockname()[1])


def _environment(port: int, settings: dict[str, str]) -> dict[str, str]:
    origin = f"http://{HOST}:{port}"
    inherited = {name: value for name, value in os.environ.items() if name != "PREFECT_API_URL"}
    return {
        **inherited,
        "PREFECT_SERVER_API_HOST": HOST,
        "PREFECT_SERVER_API_PORT": str(port),
        "PREFECT_SERVER_UI_STATIC_DIRECTORY": str(Path(inherited["PREFECT_HOME"]) / "ui"),
        # Prefect's default lets every page that the browser has open call the server.
        "PREFECT_SERVER_CORS_ALLOWED_ORIGINS": f"{origin},http://localhost:{port}",
        **settings,
    }


def _await_health(child: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        if child.poll() is not None:
            raise NightError(f'the Prefect server ended with code {child.returncode}; see "{log}"')
        if _answers(port):
            return
        time.sleep(0.05)
    raise NightError(f'the Prefect server did not answer within {PATIENCE_S:.0f} s; see "{log}"')


def _answers(port: int) -> bool:
    with closing(HTTPConnection(HOST, port, timeout=5)) as connection:
        try:
            connection.request("GET", "/api/health")
            return connection.getresponse().status == 200
        except (OSError, HTTPException):
            return False


@contextmanager
def _use_server(url: str) -> Iterator[None]:
    """Point every thread of this process at the server, and flush all queued records before leaving."""
    before = os.environ.get("PREFECT_API_URL")
    os.environ["PREFECT_API_URL"] = url
    refresh_global_settings_context()
    try:
        yield
    finally:
        EventsWorker.drain_all(timeout=10)
        APILogWorker.drain_all(timeout=10)
        if before is None:
            del os.environ["PREFECT_API_URL"]
        else:
            os.environ["PREFECT_API_URL"] = before
        refresh_global_settings_context()


@contextmanager
def _terminable() -> Iterator[None]:
    """Turn SIGTERM into ``SystemExit``, so that the child processes are ended."""

    def leave(_number: int, _frame: FrameType | None) -> None:
        raise SystemExit(128 + signal.SIGTERM)

    try:
        before = signal.signal(signal.SIGTERM, leave)
    except ValueError:  # not the main thread, where no signal arrives
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _end(child: subprocess.Popen[bytes]) -> None:
    child.terminate()
    try:
        child.wait(FAREWELL_S)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
