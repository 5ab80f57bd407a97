"""Dirty vendor files through a whole ingest, and files larger than the allowed memory."""

import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from morrow import config, steps
from morrow.frames import PRICES, QUARANTINE
from morrow.sessions import sessions

PROJECT = Path(__file__).resolve().parents[2]
NOW = datetime(2024, 12, 31, 12, tzinfo=UTC)
CONFIG = """
[universes.v]
calendar = "XNYS"
[universes.v.source]
kind = "csv"
path = "v.csv"
decimal = ","
thousands = "."
dates = "day-first"
"""
READING = """
import sys
from datetime import date
from pathlib import Path
from morrow.config import Universe
from morrow.sources.files import FileSource
from morrow.errors import MorrowError
from morrow.sources import fetch
source = FileSource(kind="csv", path=sys.argv[1], memory_mb=int(sys.argv[2]))
start = date.fromisoformat(sys.argv[3]) if len(sys.argv) > 3 else None
try:
    print(len(fetch(Universe(source=source, calendar="XNYS"), Path(), start=start).rows))
except MorrowError as error:
    print(error)
lines = Path("/proc/self/status").read_text().splitlines()
print(next(int(line.split()[1]) >> 10 for line in lines if line.startswith("VmHWM")))
"""


def vendor() -> tuple[pd.DataFrame, set[tuple[str, str]]]:
    """A year of three symbols with a vendor's habits, and the rows that must be refused."""
    days = sessions("XNYS", "2024-01-02", "2024-12-27")
    draw = np.random.default_rng(2)
    blocks = []
    for symbol, price in (("AAA", 40.0), ("OIL", 1800.0), ("NEW", 7.0)):
        close = price * np.exp(draw.normal(0, 0.01, len(days)).cumsum())
        opened = close * np.exp(draw.normal(0, 0.004, len(days)))
        block = pd.DataFrame({
            "Date": days, "Ticker": symbol, "Open": opened, "High": np.maximum(opened, close) * 1.004,
            "Low": np.minimum(opened, close) * 0.996, "Close": close,
            "Volume": draw.integers(10_000, 99_999, len(days)),
        })  # fmt: skip
        blocks.append(block)
    frame = pd.concat(blocks, ignore_index=True)
    frame.loc[frame["Ticker"] == "AAA", "Open"] = 0.0  # zero opens throughout
    listed = (frame["Ticker"] == "NEW") & (frame["Date"] < days[100])
    frame.loc[listed, ["Open", "High", "Low", "Close", "Volume"]] = np.nan  # padding before a listing
    oil = frame.index[frame["Ticker"] == "OIL"]
    frame.loc[oil[80], ["Low", "Close"]] = [-40.32, -37.63]  # as on 2020-04-20
    frame.loc[oil[120], "Close"] = frame.loc[oil[120], "High"] * 1.06  # the close lies outside low and high
    extra = []
    for at, day in ((30, "2024-02-18"), (36, "2024-02-19")):  # a Sunday bar, and a holiday filled flat
        last = frame.loc[oil[at]].copy()
        last["Date"], flat = pd.Timestamp(day), frame.loc[oil[at], "Close"]
        last[["Open", "High", "Low", "Close"]] = flat
        last["Volume"] = 0
        extra.append(last)
    wrong = {("OIL", f"{frame.loc[oil[at], 'Date']:%Y-%m-%d}") for at in (80, 120)}
    wrong |= {("OIL", "2024-02-18"), ("OIL", "2024-02-19")}
    return pd.concat([frame, pd.DataFrame(extra)], ignore_index=True), wrong


def as_german_csv(frame: pd.DataFrame) -> bytes:
    """With decimal commas, points between thousands, day-first dates, Windows line ends and more."""
    lines = ["DATE;ticker;Open;HIGH;Low;close;Volume;"]
    for row in frame.itertuples(index=False):
        numbers = ["-" if np.isnan(x) else f"{x:,.4f}".translate(str.maketrans(",.", ".,")) for x in row[2:]]
        quoted = [f'"{number}"' if place % 2 else number for place, number in enumerate(numbers)]
        lines.append(";".join([f"{row[0]:%d.%m.%Y}", row[1], *quoted, ""]))
    lines.insert(400, lines[0])  # two exports put together
    lines.append("Total;;;;;;1.000.000;")
    return ("\ufeff" + "\r\n".join(lines) + "\r\n;;;;;;;\r\n").encode()


def test_a_vendors_habits_cost_their_own_rows(tmp_path: Path) -> None:
    """Of a file that is dirty in fifteen ways exactly the wrong rows are refused, and all others stored."""
    frame, wrong = vendor()
    (tmp_path / "v.csv").write_bytes(as_german_csv(frame))
    (tmp_path / "morrow.toml").write_text(CONFIG, encoding="utf-8")
    night = steps.Night(config.load(tmp_path / "morrow.toml"), "v", None, NOW)
    results, _ = steps.play(night, [step for step in steps.STEPS if step.name == "ingest"])
    notes = str(results)
    refused = night.store.read(QUARANTINE, "v")
    stored = night.store.read(PRICES, "v")
    days = refused["session"].dt.strftime("%Y-%m-%d")
    keys = set(zip(refused["symbol"].fillna(""), days.fillna(""), strict=True))
    assert keys == wrong | {("", "")}  # the total has neither
    kept = frame.dropna(subset=["Close"])
    assert len(stored) == len(kept) - len(wrong)
    assert stored.loc[stored["symbol"] == "AAA", "open"].isna().all()
    assert stored.loc[stored["symbol"] == "OIL", "close"].min() > 0
    for said in ("zeros for open count as not given", "100 empty leading rows", "1 repeated header lines"):
        assert said in notes
    merged = stored.merge(kept, left_on=["symbol", "session"], right_on=["Ticker", "Date"])
    np.testing.assert_allclose(merged["close"], merged["Close"].round(4), rtol=1e-12)


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A CSV of 250 MB: five million bars."""
    path = tmp_path_factory.mktemp("large") / "large.csv"
    days = pd.bdate_range("2000-01-03", periods=5000).strftime("%Y-%m-%d")
    with path.open("w", encoding="utf-8") as file:
        file.write("date,symbol,open,high,low,close,volume\n")
        for number, day in enumerate(days):
            file.writelines(
                f"{day},S{k:04d},{k}.11,{k}.42,{k}.03,{k}.25,{number}00\n" for k in range(1, 1001)
            )
    return path


def test_a_file_larger_than_its_budget_is_refused_in_time(large: Path) -> None:
    """A CSV whose rows need more than memory_mb ends in one line, and never takes much more than that."""
    started = time.monotonic()
    said, peak = reading(large, "256")
    assert "raise source.memory_mb" in said
    assert peak < 256 + 350
    assert time.monotonic() - started < 60


def test_a_window_of_a_large_file_is_read_within_its_budget(large: Path) -> None:
    """The last sessions of the same file are read, block by block, within the same budget."""
    said, peak = reading(large, "256", "2019-02-25")
    assert int(said) == 1000 * 5
    assert peak < 256 + 350


def reading(path: Path, *arguments: str) -> tuple[str, int]:
    """What a process of its own says of reading a file, and its peak memory in MiB."""
    done = subprocess.run(
        [sys.executable, "-c", READING, str(path), *arguments],
        env={"PYTHONPATH": str(PROJECT / "src"), "PATH": ""},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    said, peak = done.stdout.splitlines()
    return said, int(peak)
