"""The command line itself: its commands, its help, its errors and its exit codes, without a night."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from morrow.cli.app import build_application
from morrow.cli.command_groups import HEADINGS
from morrow.cli.command_table import COMMANDS
from tests.commands import run
from tests.servers import Market, served

NAMES = [command.name for command in COMMANDS]
CONTRACT = [
    "init", "nightly", "ingest", "check", "features", "audit", "train", "backtest", "judge", "forecast",
    "export write", "export verify", "show",
    "monitor", "quarantine list", "quarantine show", "quarantine accept", "quarantine drop", "asof",
    "symbols list", "symbols rename", "tune", "status", "champion", "promote", "rollback", "retire",
    "ledger show", "ledger rebuild", "clean", "explain", "reproduce", "recipes", "replay", "board", "plot",
    "ui",
]  # fmt: skip


def test_help_names_every_command() -> None:
    """The commands are those of the contract, and help, which no argument also asks for, lists them."""
    code, out, err = run("--help")
    assert (code, err) == (0, "")
    assert NAMES == CONTRACT
    listed = [words[1] for line in out.splitlines() if len(words := line.split()) > 2]
    heads = list(dict.fromkeys(name.split()[0] for name in CONTRACT))
    assert sorted(name for name in listed if name in heads) == sorted(heads)
    assert run() == (0, out, "")


def test_help_lists_commands_under_headings() -> None:
    """The headings are in their order, and the commands of each stand below it."""
    _, out, _ = run("--help")
    places = [out.index(f"─ {heading} ─") for heading in HEADINGS]
    assert places == sorted(places)
    assert out.index("│ nightly ") < places[1] < out.index("│ champion ") < places[2] < out.index("│ ui ")
    assert out.index("│ quarantine ") < places[4] < out.index("│ init ")


def test_every_default_is_in_help() -> None:
    """An option with a default that is not empty says which."""
    app = build_application()
    for command in COMMANDS:
        called = app
        for word in command.name.split():
            called = called[word]
        for argument in called.assemble_argument_collection():
            default = argument.field_info.default
            if argument.parameter.name == ("*",) or default in (None, (), False, argument.field_info.empty):
                continue
            assert "default" in (argument.parameter.help or ""), (command.name, argument.name)


def test_a_mistyped_command_answers_at_once() -> None:
    """Neither pandas nor the parser of options is imported to say what was meant."""
    code = "import sys; from morrow.cli import main; main(['nightl']); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr == 'error: unknown command "nightl"; did you mean "nightly"?; see: morrow --help\n'
    assert not {"pandas", "numpy", "pydantic", "torch", "mlflow"} & set(done.stdout.split())


@pytest.mark.parametrize("name", NAMES)
def test_every_command_has_help_and_an_example(name: str) -> None:
    """A command's help says what it does, explains each option and shows an example that names it."""
    code, out, _ = run(*name.split(), "--help")
    text = " ".join(out.replace("│", " ").split())
    command = next(command for command in COMMANDS if command.name == name)
    assert code == 0
    assert command.about in text
    assert f"Example: {command.example}" in text
    assert command.example.startswith(f"morrow {name}")
    assert "--debug" in text


def test_the_nights_commands_share_their_options() -> None:
    """All but a few take --config, --universe, --as-of, --json and --debug."""
    for name in set(NAMES) - {"init", "recipes", "ui", "export verify"}:
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
        (["nightl"], 'did you mean "nightly"?'),
        (["nightly", "--univers", "us5"], "Did you mean --universe?"),
        (["nightly", "us5"], "us5"),
        (["nightly", "--as-of", "tomorrow"], '--as-of: unable to convert "tomorrow"'),
        (["nightly", "--as-of", "2013-02-30"], "2013-02-30"),
        (["nightly", "--as-of"], "--as-of"),
        (["replay", "--last", "0"], "--last"),
        (["ui", "--port", "70000"], "--port"),
        (["init"], "FOLDER"),
        (["quarantine", "shw"], 'did you mean "show"?'),
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


def test_a_command_that_breaks_is_one_line(tmp_path: Path) -> None:
    """Whatever a command raises outside a universe's work ends as one line and exit code 1."""
    code, _, err = run("init", tmp_path / "new", "--csv", "a\x00b")
    assert code == 1
    assert err.count("\n") == 1
    assert "this is a fault of morrow" in err


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
