"""What is kept of live sources' replies, what is remembered of them, and what may show nowhere."""

import gzip
import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from morrow import sources
from morrow.errors import SourceError
from morrow.sources import RawReplies
from tests.live import ALL, BARS, NOW, fetch, universe
from tests.servers import Market, served
from tests.vendors import Bar

SECRET = "k3y-that-nobody-may-see"  # noqa: S105 (of nobody)


@pytest.fixture
def market(monkeypatch: pytest.MonkeyPatch) -> Iterator[Market]:
    """Two symbols, served, and a key."""
    monkeypatch.setenv("TIINGO_API_KEY", SECRET)
    with served(Market({"AAPL": BARS, "MSFT": [Bar(bar.day, 10.0) for bar in BARS]})) as up:
        yield up


def test_raw_replies_are_kept_and_leave(market: Market, tmp_path: Path) -> None:
    """Replies are kept as they came, by fetch, with their batch; those past their time go."""
    old = tmp_path / "20251101T000000Z"
    old.mkdir()
    market.faults["AAPL"] = ["503"]
    batch = sources.fetch(universe(market, "tiingo"), Path(), raw=RawReplies(tmp_path, 30, NOW))
    assert [folder.name for folder in tmp_path.iterdir()] == ["20260102T030405Z"]
    folder = tmp_path / "20260102T030405Z"
    names = ["0001-AAPL.gz", "0002-AAPL.gz", "0003-MSFT.gz"]
    assert sorted(path.name for path in folder.iterdir()) == [*names, "batch.json"]
    assert gzip.decompress((folder / names[0]).read_bytes()) == b"trouble"
    assert json.loads(gzip.decompress((folder / names[1]).read_bytes()))[0]["close"] == 100.0
    said = json.loads((folder / "batch.json").read_text())
    assert (said["batch"], said["source"]) == (batch.id, "tiingo")
    assert [each["file"] for each in said["replies"]] == names


def test_nothing_is_kept_for_no_days(market: Market, tmp_path: Path) -> None:
    """With raw_days = 0 no reply is kept."""
    sources.fetch(universe(market, "ecb"), Path(), raw=RawReplies(tmp_path / "raw", 0, NOW))
    assert not (tmp_path / "raw").exists()


@pytest.mark.parametrize("kind", ALL)
def test_a_full_disk_is_one_line(market: Market, kind: str) -> None:
    """If replies cannot be kept, the error says where and what to do."""
    with pytest.raises(SourceError, match=r'^raw replies cannot be kept in ".*": .*raw_days = 0$') as caught:
        sources.fetch(universe(market, kind), Path(), raw=RawReplies(Path("/dev/full"), 9, NOW))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("kind", ALL)
def test_a_night_asks_once(market: Market, tmp_path: Path, kind: str) -> None:
    """Within a night what was read is remembered; the next night asks again, and so does an older start."""
    chosen, raw = universe(market, kind), RawReplies(tmp_path, 9, NOW)
    sources.fetch(chosen, Path(), raw=raw)
    asked = len(market.asked)
    again = sources.fetch(chosen, Path(), date(2020, 1, 8), start=date(2020, 1, 6), raw=raw)
    assert len(market.asked) == asked
    assert len(again.rows) == 6
    sources.fetch(chosen, Path(), raw=RawReplies(tmp_path, 9, NOW.replace(day=3)))
    assert len(market.asked) == 2 * asked


@pytest.mark.parametrize("fault", ["", "400 echo", "401", "503", "page", "redirect elsewhere", "run over"])
def test_the_key_shows_nowhere(
    market: Market, tmp_path: Path, fault: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The key goes out in a header, and into no address, error, log or kept reply."""
    caplog.set_level(0)
    market.faults["*"] = [fault] * 9
    said = ""
    try:
        sources.fetch(universe(market, "tiingo"), Path(), raw=RawReplies(tmp_path, 9, NOW))
    except SourceError as error:
        said = str(error)
    assert market.asked[0][2]["authorization"] == f"Token {SECRET}"
    assert not any(SECRET in path + query for path, query, _ in market.asked)
    kept = b"".join(gzip.decompress(path.read_bytes()) for path in tmp_path.rglob("*.gz"))
    assert SECRET.encode() not in kept
    assert SECRET not in said + caplog.text
    assert bool(said) == bool(fault)


def test_without_a_key_the_variable_is_named(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    """No key in the environment: one line that says where to put it, and nobody is asked."""
    monkeypatch.delenv("TIINGO_API_KEY")
    with pytest.raises(SourceError, match="TIINGO_API_KEY"):
        fetch(market, "tiingo")
    assert market.asked == []


def test_a_used_up_allowance_is_repeated(market: Market) -> None:
    """Tiingo says in plain text, with status 200, that the allowance is used up: that is the reason given."""
    market.faults["*"] = ["run over"]
    with pytest.raises(SourceError, match="You have run over your 500 symbol look up"):
        fetch(market, "tiingo", "AAPL")
