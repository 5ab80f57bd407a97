"""Ingests over a live source, night by night, on the real command line."""

import contextlib
import io
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from morrow.cli import main
from morrow.config import load
from morrow.store import Store
from tests.servers import Market, served
from tests.vendors import Bar

DAYS = [f"{day:%Y-%m-%d}" for day in pd.bdate_range("2020-01-06", periods=122)]


def walk(seed: int, splits: dict[int, float] | None = None) -> list[Bar]:
    """Bars of a stock that moves by about 1 % a day, as traded."""
    generator = np.random.default_rng(seed)
    steps = np.exp(generator.normal(0, 0.01, len(DAYS)).cumsum())
    bars, shares = [], 1.0
    for place, day in enumerate(DAYS):
        split = (splits or {}).get(place, 1.0)
        shares *= split
        volume = int(generator.integers(900_000, 1_100_000) * shares)
        paid = 0.5 if place == 60 else 0.0
        bars.append(Bar(day, round(100 * steps[place] / shares, 2), volume, split, paid))
    return bars


@pytest.fixture
def market(monkeypatch: pytest.MonkeyPatch) -> Iterator[Market]:
    """Three stocks through their 120th bar, and no calendar in their way."""
    monkeypatch.setenv("TIINGO_API_KEY", "k3y")
    bars = {"AAPL": walk(1, {120: 2.0}), "MSFT": walk(2), "IBM": walk(3)}
    with served(Market({name: own[:120] for name, own in bars.items()})) as up:
        yield up


def ingest(folder: Path) -> dict[str, object]:
    """Tonight's report."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main(["ingest", "--config", str(folder / "morrow.toml"), "--json"])
    assert code == 0, err.getvalue()
    (found,) = json.loads(out.getvalue().splitlines()[-1])
    return dict(found["ingest"])


@pytest.mark.parametrize("kind", ["yahoo", "tiingo"])
def test_nights_over_a_live_source(market: Market, tmp_path: Path, kind: str) -> None:
    """A symbol that fails comes the next night; a split sets the new factor and changes no older row."""
    symbols = ["AAPL", "MSFT", "IBM"]
    with contextlib.redirect_stdout(io.StringIO()):
        assert main(["init", str(tmp_path), f"--{kind}", *symbols, "--base-url", market.url]) == 0
    text = (tmp_path / "morrow.toml").read_text().replace('calendar = "XNYS"', 'calendar = "observed"')
    (tmp_path / "morrow.toml").write_text(text + "rate_per_s = 1000\nwait_s = 0\n")
    market.faults["IBM"] = ["503"] * 4
    first = ingest(tmp_path)
    assert (first["accepted"], first["quarantined"]) == (240, 0)
    assert any("IBM: nothing from" in note for note in first["notes"])  # type: ignore[attr-defined]
    store = Store(load(tmp_path / "morrow.toml").folder("data"))
    before = store.prices(kind).set_index(["symbol", "session"])

    market.bars |= {"AAPL": walk(1, {120: 2.0})[:121], "MSFT": walk(2)[:121]}
    second = ingest(tmp_path)
    assert (second["accepted"], second["revised"], second["quarantined"]) == (122, 0, 0)
    after = store.prices(kind).set_index(["symbol", "session"])
    pd.testing.assert_frame_equal(after.loc[before.index], before)
    newest = after.loc[("AAPL", pd.Timestamp(DAYS[120]))]
    assert newest["split_factor"] == 2.0
    assert newest["close"] == walk(1, {120: 2.0})[120].close
    assert ingest(tmp_path)["accepted"] == 0
