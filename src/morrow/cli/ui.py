"""``morrow ui``: run MLflow's own server, on loopback and without telemetry."""

import os
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, NoReturn

from cyclopts import Parameter, validators

from morrow.cli.options import CONFIG
from morrow.cli.output import print_text
from morrow.config import Config, load
from morrow.errors import UserError

HOST = "127.0.0.1"
PORTS = validators.Number(gte=1, lte=65535)
SQLITE = "sqlite:///"
WAIT = """import socket, time
for _ in range(240):
    try:
        socket.create_connection(("{host}", {port}), 1).close()
        break
    except OSError:
        time.sleep(0.5)
"""
QUIET = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DO_NOT_TRACK": "true",
    "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
}


def ui(
    *,
    config: Annotated[Path, Parameter(help="The run configuration; default: morrow.toml here.")] = CONFIG,
    port: Annotated[int, Parameter(help="On 127.0.0.1; default: 5000.", validator=PORTS)] = 5000,
    open_browser: Annotated[
        bool, Parameter(name="--open", negative=(), help="Open the first leaderboard in the browser.")
    ] = False,
    debug: Annotated[bool, Parameter(help="Show the traceback of an error.")] = False,  # noqa: ARG001 (see app.main)
) -> None:
    """Become MLflow's server, and print where each universe's leaderboard is.

    If the registry is a server already, only the addresses are printed.
    """
    settings = load(config)
    remote = settings.registry.uri.startswith(("http://", "https://"))
    if not remote:
        _refuse_used(port)
    server = settings.registry.uri.rstrip("/") if remote else f"http://{HOST}:{port}"
    print_text(
        f"The registry is a server: {server}" if remote else f"MLflow: {server}   (end it with Ctrl-C)"
    )
    pages = find_pages(settings, server)
    for words, address in pages:
        print_text(f"  {words:<24} {address}")
    sys.stdout.flush()
    if open_browser:
        _open_when_up(pages[0][1] if pages else server, settings.registry.uri if remote else None, port)
    if not remote:
        _run_server(settings, port)


def find_pages(config: Config, server: str) -> list[tuple[str, str]]:
    """Words and address of each universe's saved views, of those that had a night.

    Raises:
        RegistryError: the registry cannot be reached.
    """
    from morrow.registry import Registry  # noqa: PLC0415 (MLflow: seconds)

    registry = Registry(config.registry.uri, config.registry.artifacts, config.root)
    return [
        (f"{universe}, {view}:", server + address)
        for universe in config.universes
        for view, address in registry.find_views(universe).items()
    ]


def _open_when_up(address: str, server: str | None, port: int) -> None:
    """Open a page in the browser, of a local server once it answers, from a process of its own."""
    wait = "" if server else WAIT.format(host=HOST, port=port)
    subprocess.Popen(
        [sys.executable, "-c", f"import sys, webbrowser\n{wait}webbrowser.open(sys.argv[1])", address],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def server_command(config: Config, port: int) -> tuple[list[str], dict[str, str]]:
    """Write the command line of MLflow's server, and the variables that its environment needs."""
    uri = config.registry.uri
    if uri.startswith(SQLITE):
        uri = SQLITE + str(config.folder(uri.removeprefix(SQLITE)))
    artifacts = config.registry.artifacts
    if "://" not in artifacts:
        artifacts = config.folder(artifacts).as_uri()
    command = [
        sys.executable,
        "-m",
        "mlflow",
        "server",
        "--host",
        HOST,
        "--port",
        str(port),
        "--workers",
        "1",
    ]
    # The URI may hold a password: an argument could be read by everybody on the machine.
    return command, {**QUIET, "MLFLOW_BACKEND_STORE_URI": uri, "MLFLOW_DEFAULT_ARTIFACT_ROOT": artifacts}


def _run_server(config: Config, port: int) -> NoReturn:
    command, settings = server_command(config, port)
    store = settings["MLFLOW_BACKEND_STORE_URI"]
    if store.startswith(SQLITE):
        Path(store.removeprefix(SQLITE)).parent.mkdir(parents=True, exist_ok=True)
    environment: Mapping[str, str] = {**os.environ, **settings}
    os.execve(command[0], command, environment)  # noqa: S606 (a list of our own, and no shell)


def _refuse_used(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise UserError(
                f"port {port} of {HOST} cannot be used: {error.strerror}; choose another with --port"
            ) from None
