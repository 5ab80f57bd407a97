"""Commands on several universes and on bad input: one line per error, exit code 2, and nothing changed."""

import contextlib
import hashlib
import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from morrow.cli.each_universe import run_each
from morrow.cli.options import Options
from morrow.errors import SourceError
from morrow.steps import Night
from tests.commands import TWO_UNIVERSES, run

CONFIG = """
[time]
minimum = 20

[training]
recipes = ["unconditional"]
processes = 1

[universes.small]
calendar = "observed"
source = { kind = "csv", path = "prices.csv" }
"""
SESSIONS = 500
Change = Callable[[Path], None]


def prices(length: int = SESSIONS) -> pd.DataFrame:
    """Four symbols that walk at random."""
    days = pd.date_range("2020-01-01", periods=length, freq="D").strftime("%Y-%m-%d")
    walk = np.exp(np.random.default_rng(5).normal(0, 0.01, (4, length)).cumsum(axis=1)) * 50
    frame = pd.DataFrame(walk.T.round(2), columns=["AAA", "BBB", "CCC", "DDD"]).assign(Date=days)
    return frame.melt("Date", var_name="Ticker", value_name="Close")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with a sound configuration and file."""
    (tmp_path / "morrow.toml").write_text(CONFIG, encoding="utf-8")
    prices().to_csv(tmp_path / "prices.csv", index=False)
    return tmp_path


def edited(old: str, new: str) -> Change:
    """Replace words of the configuration."""

    def change(folder: Path) -> None:
        path = folder / "morrow.toml"
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")

    return change


def given(frame: pd.DataFrame | bytes) -> Change:
    """Replace the file of prices."""

    def change(folder: Path) -> None:
        content = frame if isinstance(frame, bytes) else frame.to_csv(index=False).encode()
        (folder / "prices.csv").write_bytes(content)

    return change


def without_file(folder: Path) -> None:
    """Take the file of prices away."""
    (folder / "prices.csv").unlink()


def with_file_for_exports(folder: Path) -> None:
    """Put a file where the exports go."""
    (folder / "exports").write_text("mine", encoding="utf-8")


def with_corrupt_table(folder: Path) -> None:
    """Put a table there whose log cannot be read."""
    log = folder / "data" / "prices" / "_delta_log" / "00000000000000000000.json"
    log.parent.mkdir(parents=True)
    log.write_text("{not json", encoding="utf-8")


CASES: dict[str, tuple[Change, tuple[str, ...], str]] = {
    "missing file": (without_file, (), "prices.csv"),
    "unreadable file": (given(b"\x00\x01\x02"), (), "prices.csv"),
    "no price column": (given(prices()[["Date", "Ticker"]]), (), "no price column"),
    "unknown symbol": (edited("path =", 'path = "prices.csv" }\nsymbols = ["AAB"] #'), (), '"AAB"'),
    "unknown calendar": (edited('"observed"', '"XNYZ"'), (), '"XNYZ"'),
    "unknown key": (edited("minimum", "minimun"), (), 'did you mean "minimum"?'),
    "unknown universe": (edited("", ""), ("--universe", "smal"), 'did you mean "small"?'),
    "as_of before the data": (edited("", ""), ("--as-of", "2019-12-31"), "2019-12-31"),
    "fewer bars than an answer needs": (given(prices(59)), (), "59"),
    "no row": (given(b"Date,Ticker,Close\n"), (), "no rows"),
    "corrupt table": (with_corrupt_table, (), "data/prices"),
    "unreachable registry": (
        edited("[time]", '[registry]\nuri = "http://127.0.0.1:1"\n[time]'),
        (),
        "http://127.0.0.1:1",
    ),
    "unwritable exports": (with_file_for_exports, (), 'exports" is a file'),
}


@pytest.mark.parametrize("case", CASES)
def test_bad_input_is_one_line_and_changes_nothing(project: Path, case: str) -> None:
    """The night ends with 2 before it changes anything, and its one line names what is wrong."""
    change, arguments, named = CASES[case]
    change(project)
    before = files(project)
    code, out, err = run("nightly", "--config", project / "morrow.toml", *arguments)
    errors = [line for line in err.splitlines() if line.startswith("error: ")]
    assert "Traceback" not in err
    assert (code, out) == (2, ""), err
    assert len(errors) == 1, err
    assert named in errors[0]
    assert files(project) == before


def test_a_universe_of_which_nothing_is_left(project: Path) -> None:
    """Where every row is refused the night ends with 2 and says why; only quarantine has heard of them."""
    given(prices().assign(Close=-1.0))(project)
    code, out, err = run("nightly", "--config", project / "morrow.toml")
    (line,) = [line for line in err.splitlines() if line.startswith("error: ")]
    assert "all 2,000 rows were refused, the first because close is -1, must be above 0" in line
    assert (code, out) == (2, "")
    assert not (project / "exports").exists()
    assert [entry.name for entry in (project / "data").iterdir() if any(entry.rglob("*.parquet"))] == [
        "quarantine"
    ]


@pytest.mark.parametrize("command", ["features", "forecast", "export"])
def test_a_command_before_the_first_ingest_says_what_to_type(project: Path, command: str) -> None:
    """A step without what an earlier one leaves names the command that leaves it."""
    code, _, err = run(command, "--config", project / "morrow.toml")
    assert code == 2
    assert "morrow ingest" in err.splitlines()[-1]


def files(folder: Path) -> dict[str, bytes]:
    """Every file below a folder with its digest."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).digest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_an_unknown_key_names_the_nearest(config: Path) -> None:
    """A misspelt key stops every command before it does anything."""
    config.write_text("[forecast]\nhorizn = 3\n" + TWO_UNIVERSES, encoding="utf-8")
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
        outcome = run_each(Options(config=config), work)
    assert outcome.documents == ({"universe": "two"},)
    assert outcome.exit_code == 2
    assert err.getvalue() == "error: one: gone away\n"


def test_a_fault_of_morrow_says_so(config: Path) -> None:
    """An error that nobody expected is one line with its type, and a traceback only when asked for."""

    def work(_night: Night) -> dict[str, str]:
        raise ZeroDivisionError("by zero")

    for debug in (False, True):
        err = io.StringIO()
        with contextlib.redirect_stderr(err):
            outcome = run_each(Options(config=config, universe=("one",), debug=debug), work)
        assert outcome.exit_code == 1
        assert ("Traceback" in err.getvalue()) == debug
        line = err.getvalue().splitlines()[-1]
        assert line.startswith("error: one: ZeroDivisionError: by zero; this is a fault of morrow")
        assert ("run again with --debug" in line) != debug
