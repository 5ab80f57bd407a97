"""The command line itself: its words, its errors and its exit codes, without a night."""

import contextlib
import io
import json
import math
import signal
import socket
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from morrow.cli import main
from morrow.cli.app import COMMANDS
from morrow.cli.asked import Asked
from morrow.cli.complaints import complain, worst
from morrow.cli.output import number, plain, table
from morrow.cli.ui import server
from morrow.cli.universes import every
from morrow.config import load
from morrow.errors import NightError, SourceError
from morrow.steps import Night
from tests.servers import Market, served

NAMES = [name for name, _, _ in COMMANDS]
CONTRACT = [
    "init", "nightly", "ingest", "check", "features", "audit", "train", "backtest", "judge", "forecast",
    "export", "monitor", "quarantine list", "quarantine show", "quarantine accept", "quarantine drop", "asof",
    "symbols list", "symbols rename", "tune", "status", "recipes", "replay", "ui",
]  # fmt: skip
TWO = """
[universes.one]
calendar = "observed"
source = { kind = "csv", path = "one.csv" }

[universes.two]
calendar = "observed"
source = { kind = "csv", path = "two.csv" }
"""


def run(*arguments: object) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of a command."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main([str(each) for each in arguments])
    return code, out.getvalue(), err.getvalue()


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A configuration of two universes without files."""
    path = tmp_path / "morrow.toml"
    path.write_text(TWO, encoding="utf-8")
    return path


def test_help_names_every_command() -> None:
    """The commands are those of the contract, and help, which no argument also asks for, lists them."""
    code, out, err = run("--help")
    assert (code, err) == (0, "")
    assert NAMES == CONTRACT
    listed = [words[1] for line in out.splitlines() if len(words := line.split()) > 2]
    heads = list(dict.fromkeys(name.split()[0] for name in CONTRACT))
    assert [name for name in listed if name in heads] == heads
    assert run() == (0, out, "")


@pytest.mark.parametrize("name", NAMES)
def test_every_command_has_help_and_an_example(name: str) -> None:
    """A command's help says what it does, explains each option and shows an example that names it."""
    code, out, _ = run(*name.split(), "--help")
    said = " ".join(out.replace("│", " ").split())
    text, example = next((text, example) for each, text, example in COMMANDS if each == name)
    assert code == 0
    assert text in said
    assert f"Example: {example}" in said
    assert example.startswith(f"morrow {name}")
    assert "--debug" in said


def test_the_nights_commands_share_their_options() -> None:
    """All but init, recipes and ui take --config, --universe, --as-of, --json and --debug."""
    for name in set(NAMES) - {"init", "recipes", "ui"}:
        _, out, _ = run(*name.split(), "--help")
        for option in ("--config", "--universe", "--as-of", "--json", "--debug"):
            assert option in out, (name, option)


def test_help_imports_nothing_heavy() -> None:
    """Help is answered without pandas, numpy, pydantic, torch or MLflow."""
    code = "import sys; from morrow.cli import main; main(['--help']); print(*sys.modules)"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    loaded = out.splitlines()[-1].split()
    assert "cyclopts" in loaded
    heavy = ("pandas", "numpy", "pydantic", "pydantic_core", "torch", "mlflow", "great_expectations")
    assert not set(heavy) & set(loaded)


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["nightl"], 'Did you mean "nightly"?'),
        (["nightly", "--univers", "us5"], "Did you mean --universe?"),
        (["nightly", "us5"], "us5"),
        (["nightly", "--as-of", "tomorrow"], '--as-of: unable to convert "tomorrow"'),
        (["nightly", "--as-of", "2013-02-30"], "2013-02-30"),
        (["nightly", "--as-of"], "--as-of"),
        (["replay", "--last", "0"], "--last"),
        (["ui", "--port", "70000"], "--port"),
        (["init"], "FOLDER"),
        (["quarantine", "shw"], 'Did you mean "show"?'),
        (["quarantine", "list", "--state", "gone"], "--state"),
    ],
)
def test_a_slip_in_the_arguments_is_one_line(arguments: list[str], named: str) -> None:
    """A usage error is one line on stderr that names what was typed and points to help, and exit code 2."""
    code, out, err = run(*arguments)
    assert (code, out) == (2, "")
    assert err.startswith("error: ")
    assert err.count("\n") == 1
    assert named in err
    assert "--help" in err


def test_a_missing_configuration_is_one_line(tmp_path: Path) -> None:
    """Without morrow.toml a command says how to write one."""
    code, out, err = run("status", "--config", tmp_path / "morrow.toml")
    assert (code, out) == (2, "")
    assert err == f'error: no configuration at "{tmp_path}/morrow.toml"; write one with: morrow init DIR\n'


def test_an_unknown_key_names_the_nearest(config: Path) -> None:
    """A misspelt key stops every command before it does anything."""
    config.write_text("[forecast]\nhorizn = 3\n" + TWO, encoding="utf-8")
    code, _, err = run("nightly", "--config", config)
    assert code == 2
    assert err == 'error: unknown key "forecast.horizn" in morrow.toml; did you mean "horizon"?\n'
    assert list(config.parent.iterdir()) == [config]


def test_every_unknown_universe_is_named(config: Path) -> None:
    """All universes that are not configured are named in the one line."""
    code, _, err = run(
        "check", "--config", config, "--universe", "on", "--universe", "one", "--universe", "x"
    )
    assert code == 2
    assert 'universe "on"' in err
    assert 'did you mean "one"?' in err
    assert 'universe "x"' in err
    assert err.count("\n") == 1


def test_one_universe_does_not_stop_the_others(config: Path) -> None:
    """What fails is named with its universe, the others are finished, and the exit code is the worst."""

    def work(night: Night) -> dict[str, str]:
        if night.universe == "one":
            raise SourceError("gone\naway")
        return {"universe": night.universe}

    err = io.StringIO()
    with contextlib.redirect_stderr(err):
        done = every(Asked(config=config), work)
    assert done.found == ({"universe": "two"},)
    assert done.code == 2
    assert err.getvalue() == "error: one: gone away\n"


def test_a_fault_of_morrow_says_so(config: Path) -> None:
    """An error that nobody expected is one line with its type, and a traceback only when asked for."""

    def work(_night: Night) -> dict[str, str]:
        raise ZeroDivisionError("by zero")

    for debug in (False, True):
        err = io.StringIO()
        with contextlib.redirect_stderr(err):
            done = every(Asked(config=config, universe=("one",), debug=debug), work)
        assert done.code == 1
        assert ("Traceback" in err.getvalue()) == debug
        line = err.getvalue().splitlines()[-1]
        assert line.startswith("error: one: ZeroDivisionError: by zero; this is a fault of morrow")
        assert ("run again with --debug" in line) != debug


def test_a_command_that_breaks_is_one_line(tmp_path: Path) -> None:
    """Whatever a command raises outside a universe's work ends as one line and exit code 1."""
    code, _, err = run("init", tmp_path / "new", "--csv", "a\x00b")
    assert code == 1
    assert err.count("\n") == 1
    assert "this is a fault of morrow" in err


def test_worst_exit_code() -> None:
    """Only if the user is at fault everywhere is it the user's error."""
    assert [worst(codes) for codes in ([], [2], [2, 2], [2, 1], [1])] == [0, 2, 2, 1, 1]


def test_the_exit_code_is_the_errors_own() -> None:
    """A failed night is 1 and the user's error 2."""
    with contextlib.redirect_stderr(io.StringIO()):
        assert complain(NightError("x"), debug=False) == 1
        assert complain(SourceError("x"), debug=False) == 2


def test_an_interrupt_ends_with_130(config: Path) -> None:
    """Ctrl-C, here while the source does not answer, is one line and 130."""
    command = [sys.executable, "-c", "import sys; from morrow.cli import main; sys.exit(main())"]
    command += ["check", "--config", str(config), "--universe", "one"]
    with served(Market({}, faults={"*": ["silent"]})) as market:
        config.write_text(
            f'[universes.one]\ncalendar = "ECB"\nsource = {{ kind = "ecb", base_url = "{market.url}" }}\n',
            encoding="utf-8",
        )
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
            while not market.asked and process.poll() is None:
                time.sleep(0.05)
            process.send_signal(signal.SIGINT)
            _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert err.splitlines()[1:] == ["error: interrupted; run it again to finish"]


def test_json_has_no_nan() -> None:
    """What JSON cannot say becomes None, and dates, paths, tuples and numpy's numbers become plain."""
    value = {
        "a": (math.nan, np.float32(0.5), np.int64(3), np.float64(math.inf)),
        1: date(2020, 1, 2),
        "p": Path("x"),
        "t": [True, None, "s"],
    }
    assert plain(value) == {"a": [None, 0.5, 3, None], "1": "2020-01-02", "p": "x", "t": [True, None, "s"]}
    assert json.loads(json.dumps(plain(value), allow_nan=False))["t"] == [True, None, "s"]


def test_a_table_aligns_its_columns() -> None:
    """The first column is set to the left, the others to the right."""
    assert table(["name", "n"], [["a", "1.5"], ["long one", "-"]]) == [
        "  name        n",
        "  a         1.5",
        "  long one    -",
    ]
    assert number(math.nan) == "-"


def test_the_ui_is_mlflow_on_loopback_without_telemetry(config: Path) -> None:
    """MLflow's server gets 127.0.0.1, the registry's files by their full path, and no telemetry."""
    command, said = server(load(config), 5017)
    assert command[1:] == [
        "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", "5017", "--workers", "1"
    ]  # fmt: skip
    assert said["MLFLOW_BACKEND_STORE_URI"] == f"sqlite:///{config.parent}/mlruns/mlflow.db"
    assert said["MLFLOW_DEFAULT_ARTIFACT_ROOT"] == f"file://{config.parent}/mlruns/artifacts"
    assert said["MLFLOW_DISABLE_TELEMETRY"] == said["DO_NOT_TRACK"] == "true"


def test_the_ui_hides_a_databases_password(config: Path) -> None:
    """A database's URI, which may hold a password, is in no argument, and artifacts may be anywhere."""
    head = '[registry]\nuri = "postgresql://me:secret@127.0.0.1/db"\nartifacts = "s3://bucket/runs"\n'
    config.write_text(head + TWO, encoding="utf-8")
    command, said = server(load(config), 5000)
    assert "secret" not in " ".join(command)
    assert said["MLFLOW_BACKEND_STORE_URI"] == "postgresql://me:secret@127.0.0.1/db"
    assert said["MLFLOW_DEFAULT_ARTIFACT_ROOT"] == "s3://bucket/runs"


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
    """Where the registry is an MLflow server, its address is all there is to say."""
    config.write_text('[registry]\nuri = "http://127.0.0.1:1"\n' + TWO, encoding="utf-8")
    assert run("ui", "--config", config) == (0, "The registry is a server; open http://127.0.0.1:1\n", "")
