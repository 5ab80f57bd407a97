"""``morrow init`` for live sources: proved against a server on loopback before anything is written."""

import json
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from morrow import sources
from morrow.config import load
from tests.commands import run
from tests.servers import Market, served
from tests.vendors import Bar

DAYS = pd.bdate_range("2018-01-01", periods=700)


@pytest.fixture
def market(monkeypatch: pytest.MonkeyPatch) -> Iterator[Market]:
    """Two stocks, a coin and a currency with a history that is long enough."""
    monkeypatch.setenv("TIINGO_API_KEY", "k3y")
    bars = [Bar(f"{day:%Y-%m-%d}", 100.0 + place % 7) for place, day in enumerate(DAYS)]
    with served(Market(dict.fromkeys(("AAPL", "MSFT", "BTC-USD", "JPY"), bars))) as up:
        yield up


@pytest.mark.parametrize(
    ("kind", "symbols", "calendar", "currency"),
    [
        ("yahoo", ["AAPL", "msft"], "XNYS", "USD"),
        ("yahoo", ["BTC-USD"], "24/7", "USD"),
        ("yahoo", ["AAPL", "BTC-USD"], "observed", "USD"),
        ("ecb", ["JPY"], "ECB", "per EUR"),
        ("tiingo", ["AAPL"], "XNYS", "USD"),
    ],
)
def test_a_source_that_answers_is_written_down(
    market: Market, tmp_path: Path, kind: str, symbols: list[str], calendar: str, currency: str
) -> None:
    """The configuration holds the symbols and a guessed calendar; init says how far history goes."""
    code, out, err = run("init", tmp_path, f"--{kind}", *symbols, "--base-url", market.url)
    assert (code, err) == (0, "")
    assert "history goes back to 2018-01-01, newest session 2020-09-04" in out
    config = load(tmp_path / "morrow.toml")
    universe = config.universes[kind]
    assert (universe.calendar, universe.currency) == (calendar, currency)
    assert universe.symbols == tuple(symbol.upper() for symbol in symbols)
    assert len(sources.fetch(universe, tmp_path).rows) == len(DAYS) * len(symbols)


def test_its_json_holds_what_was_found(market: Market, tmp_path: Path) -> None:
    """With --json the last line is the finding."""
    _, out, _ = run("init", tmp_path, "--tiingo", "AAPL", "--base-url", market.url, "--json")
    found = json.loads(out.splitlines()[-1])["found"]
    assert (found["universe"], found["first"], found["symbols"]) == ("tiingo", "2018-01-01", ["AAPL"])


@pytest.mark.parametrize(("kind", "symbol"), [("yahoo", "AAPL"), ("ecb", "JPY"), ("tiingo", "AAPL")])
@pytest.mark.parametrize("fault", ["401", "redirect elsewhere"])
def test_a_source_that_does_not_answer_leaves_nothing(
    market: Market, tmp_path: Path, kind: str, symbol: str, fault: str
) -> None:
    """One line that names the source, exit code 2, and no folder."""
    market.faults["*"] = [fault] * 99
    folder = tmp_path / "new"
    code, out, err = run("init", folder, f"--{kind}", symbol, "--base-url", market.url)
    assert (code, out) == (2, "")
    assert err.startswith(f"error: source {kind} does not answer as it should: ")
    assert err.count("\n") == 1
    assert not folder.exists()


@pytest.mark.parametrize("kind", ["yahoo", "ecb", "tiingo"])
def test_an_unknown_symbol_is_named(market: Market, tmp_path: Path, kind: str) -> None:
    """A symbol that the source does not know is the user's error, and nothing is written."""
    code, _, err = run("init", tmp_path / "new", f"--{kind}", "JPY", "NOPE", "--base-url", market.url)
    assert code == 2
    assert "NOPE" in err
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--yahoo", "A", "--csv", "x.csv"], "--csv and --yahoo are both given"),
        (["--base-url", "http://127.0.0.1"], "--base-url goes with a live source"),
        (["--ecb", "USD", "--base-url", "ftp://x"], '--base-url "ftp://x" cannot be used'),
        (
            ["--ecb", "USD", "--base-url", "http://me:word@host"],
            '--base-url "http://***@host" cannot be used',
        ),
        (["--tiingo", "A", "--base-url", "http://host"], "would carry the key unencrypted"),
        (["--yahoo"], "--yahoo"),
        (["--ecb", " "], "--ecb names no symbol; write it like: --ecb USD JPY"),
    ],
)
def test_what_makes_no_sense_is_refused(tmp_path: Path, words: list[str], said: str) -> None:
    """Options that do not go together, and addresses that cannot be asked, are one line and exit code 2."""
    code, _, err = run("init", tmp_path / "new", *words)
    assert code == 2
    assert said in err
    assert "word@" not in err
    assert err.count("\n") == 1
    assert not (tmp_path / "new").exists()


def test_too_short_a_history_is_warned_of(market: Market, tmp_path: Path) -> None:
    """A history too short for the default parts of time is warned of, and written all the same."""
    market.bars["AAPL"] = market.bars["AAPL"][:100]
    code, _, err = run("init", tmp_path, "--tiingo", "AAPL", "--base-url", market.url)
    assert code == 0
    assert err.startswith("warning: tiingo has 96 sessions, too few for a contest, which needs 424")
