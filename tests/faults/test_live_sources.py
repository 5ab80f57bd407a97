"""Every way a server misbehaves, for every live source; some take seconds."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from morrow import sources
from morrow.config import Universe
from morrow.errors import SourceError
from morrow.sources import Batch
from tests.servers import Market, served
from tests.vendors import Bar

BARS = [Bar(f"2020-01-{day:02}", 100.0 + day) for day in (2, 3, 6, 7, 8, 9)]
BY_SYMBOL = ("yahoo", "tiingo")
ALL = (*BY_SYMBOL, "ecb")
PASSING = (
    "429",
    "429 at once",
    "429 dated",
    "500",
    "503",
    "truncated",
    "cut",
    "picture",
    "page",
    "nothing",
    "reset",
)
LASTING = ("redirect elsewhere", "redirect in circles", "empty list", "400 echo", "401", "disguised page")


@pytest.fixture
def market(monkeypatch: pytest.MonkeyPatch) -> Iterator[Market]:
    """Three symbols, served."""
    monkeypatch.setenv("TIINGO_API_KEY", "k3y")
    with served(Market(dict.fromkeys(("AAPL", "MSFT", "IBM"), BARS))) as up:
        yield up


def fetch(market: Market, kind: str, *symbols: str, **options: object) -> Batch:
    """All that the server has."""
    source = {"kind": kind, "base_url": market.url, "rate_per_s": 1000, "wait_s": 0, "retries": 2, **options}
    chosen = symbols or ("AAPL", "MSFT")
    universe = Universe.model_validate({"source": source, "calendar": "observed", "symbols": chosen})
    return sources.fetch(universe, Path())


@pytest.mark.parametrize("kind", ALL)
@pytest.mark.parametrize("fault", PASSING)
def test_what_passes_is_waited_out(market: Market, kind: str, fault: str) -> None:
    """After two faults of a kind that passes, the third try gives the same batch as an undisturbed one."""
    undisturbed = fetch(market, kind, "AAPL")
    market.faults["*"] = [fault, fault]
    market.asked.clear()
    batch = fetch(market, kind, "AAPL")
    assert batch.rows.equals(undisturbed.rows)
    assert batch.failed == ()
    assert len(market.asked) == 3


@pytest.mark.parametrize("kind", BY_SYMBOL)
@pytest.mark.parametrize("fault", [*PASSING, *LASTING])
def test_one_bad_symbol_does_not_stop_the_rest(market: Market, kind: str, fault: str) -> None:
    """What came before and after a symbol that keeps failing is there, and the symbol is named with why."""
    market.faults["IBM"] = [fault] * 9
    batch = fetch(market, kind, "AAPL", "IBM", "MSFT")
    assert batch.rows["symbol"].unique().tolist() == ["AAPL", "MSFT"]
    ((symbol, why),) = batch.failed
    assert symbol == "IBM"
    assert why.strip()
    assert "\n" not in why


@pytest.mark.parametrize("kind", ALL)
@pytest.mark.parametrize("fault", [*PASSING, *LASTING])
def test_a_source_that_gives_nothing_is_named(market: Market, kind: str, fault: str) -> None:
    """If no symbol comes through, the error names the source, in one line."""
    market.faults["*"] = [fault] * 30
    with pytest.raises(SourceError, match=f"^source {kind} gave nothing") as caught:
        fetch(market, kind)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("kind", ALL)
@pytest.mark.parametrize("fault", ["silent", "drip", "dripping head"])
def test_a_server_that_takes_its_time_is_left(market: Market, kind: str, fault: str) -> None:
    """Silence, and bytes or headers that come one by one, end at the deadline; the next try may succeed."""
    limits = {"timeout_s": 1.0, "deadline_s": 1.5}
    market.faults["*"] = [fault]
    began = time.monotonic()
    assert len(fetch(market, kind, "AAPL", **limits).rows) == 6
    assert time.monotonic() - began < 5
    market.faults["*"] = [fault] * 9
    with pytest.raises(SourceError, match=f"source {kind} gave nothing"):
        fetch(market, kind, "AAPL", retries=0, **limits)


@pytest.mark.parametrize("kind", ALL)
def test_a_server_that_asks_for_a_second_gets_it(market: Market, kind: str) -> None:
    """Retry-After is waited for; an hour is not, and is said."""
    market.faults["*"] = ["429 in a second"]
    began = time.monotonic()
    assert len(fetch(market, kind, "AAPL").rows) == 6
    assert time.monotonic() - began >= 1
    market.faults["*"] = ["429 in an hour"]
    with pytest.raises(SourceError, match=r"asks to wait 3,600 s"):
        fetch(market, kind, "AAPL")


@pytest.mark.parametrize("kind", ALL)
def test_a_closed_port_is_one_line(market: Market, kind: str) -> None:
    """Nobody there: one line that names the source."""
    with pytest.raises(SourceError, match=f"^source {kind} gave nothing") as caught:
        fetch(market, kind, base_url="http://127.0.0.1:9")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("kind", ALL)
def test_ctrl_c_ends_a_wait(market: Market, tmp_path: Path, kind: str) -> None:
    """Ctrl-C while a server is silent ends the command within moments, in one line, with 130."""
    market.faults["*"] = ["silent"] * 9
    (tmp_path / "morrow.toml").write_text(
        f'[universes.x]\ncalendar = "observed"\nsymbols = ["AAPL"]\n'
        f'source = {{ kind = "{kind}", base_url = "{market.url}" }}\n'
    )
    command = [sys.executable, "-c", "import sys; from morrow.cli import main; sys.exit(main())"]
    command += ["check", "--config", str(tmp_path / "morrow.toml")]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        while not market.asked and process.poll() is None:
            time.sleep(0.02)
        began = time.monotonic()
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=30)
    assert (process.returncode, err.splitlines()[-1]) == (130, "error: interrupted; run it again to finish")
    assert time.monotonic() - began < 5
