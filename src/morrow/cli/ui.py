"""``morrow ui``: run MLflow's own server, on loopback and without telemetry."""

import os
import socket
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
QUIET = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DO_NOT_TRACK": "true",
    "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
}


def ui(
    *,
    config: Annotated[Path, Parameter(help="The run configuration; default: morrow.toml here.")] = CONFIG,
    port: Annotated[int, Parameter(help="On 127.0.0.1; default: 5000.", validator=PORTS)] = 5000,
    debug: Annotated[bool, Parameter(help="Show the traceback of an error.")] = False,  # noqa: ARG001 (see app.main)
) -> None:
    """Become MLflow's server, or print the address if the registry is a server already."""
    settings = load(config)
    if settings.registry.uri.startswith(("http://", "https://")):
        print_text(f"The registry is a server; open {settings.registry.uri}")
        return
    _refuse_used(port)
    _run_server(settings, port)


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
    print_text(f"MLflow: http://{HOST}:{port}   (end it with Ctrl-C)")
    sys.stdout.flush()
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
