"""``morrow ui``: MLflow's own server, on loopback."""

import socket
from pathlib import Path

from morrow.cli.ui import server_command
from morrow.config import load
from tests.commands import TWO_UNIVERSES, run


def test_the_ui_is_mlflow_on_loopback_without_telemetry(config: Path) -> None:
    """MLflow's server gets 127.0.0.1, the registry's files by their full path, and no telemetry."""
    command, settings = server_command(load(config), 5017)
    assert command[1:] == [
        "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", "5017", "--workers", "1"
    ]  # fmt: skip
    assert settings["MLFLOW_BACKEND_STORE_URI"] == f"sqlite:///{config.parent}/mlruns/mlflow.db"
    assert settings["MLFLOW_DEFAULT_ARTIFACT_ROOT"] == f"file://{config.parent}/mlruns/artifacts"
    assert settings["MLFLOW_DISABLE_TELEMETRY"] == settings["DO_NOT_TRACK"] == "true"


def test_the_ui_hides_a_databases_password(config: Path) -> None:
    """A database's URI, which may hold a password, is in no argument, and artifacts may be anywhere."""
    head = '[registry]\nuri = "postgresql://me:secret@127.0.0.1/db"\nartifacts = "s3://bucket/runs"\n'
    config.write_text(head + TWO_UNIVERSES, encoding="utf-8")
    command, settings = server_command(load(config), 5000)
    assert "secret" not in " ".join(command)
    assert settings["MLFLOW_BACKEND_STORE_URI"] == "postgresql://me:secret@127.0.0.1/db"
    assert settings["MLFLOW_DEFAULT_ARTIFACT_ROOT"] == "s3://bucket/runs"


def test_a_taken_port_is_the_users_error(config: Path) -> None:
    """A port that another program listens on is named, and another one proposed."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        code, _, err = run("ui", "--config", config, "--port", port)
    assert code == 2
    assert err.startswith(f"error: port {port} of 127.0.0.1 cannot be used")


def test_a_registry_that_is_a_server_needs_no_other(config: Path) -> None:
    """Where the registry is an MLflow server its address is printed; if it does not answer, that is said."""
    config.write_text('[registry]\nuri = "http://127.0.0.1:1"\n' + TWO_UNIVERSES, encoding="utf-8")
    code, out, err = run("ui", "--config", config)
    assert (code, out) == (2, "The registry is a server: http://127.0.0.1:1\n")
    assert err.count("\n") == 1
    assert "check [registry].uri, that its server runs" in err
