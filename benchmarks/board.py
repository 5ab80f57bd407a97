"""Seconds to write the board of a large universe, its size, and how fast its pages open: one JSON line.

Run with ``python -m benchmarks.board``; the prices are random walks, and the forecasts symmetric around them.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd

from morrow.config import load
from morrow.frames import SCORES, forecasts_schema, quantile_column
from morrow.steps import Night
from morrow.steps.deliver.board import write_board

LEVELS = (0.025, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.975)
NORMAL = (-1.96, -1.645, -1.2816, -0.6745, 0.0, 0.6745, 1.2816, 1.645, 1.96)
SETTINGS = """
[universes.large]
calendar = "observed"
currency = "USD"
source = { kind = "csv", path = "none.csv" }
"""
SEED, HORIZON, CUTOFFS, DAILY = 7, 5, 60, 0.01


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, and print one JSON line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.board", description=__doc__)
    parser.add_argument("--symbols", type=int, default=500)
    parser.add_argument("--sessions", type=int, default=1000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--keep", type=Path, help="write into this folder, and leave it there")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as temporary:
        root = options.keep or Path(temporary)
        root.mkdir(parents=True, exist_ok=True)
        (root / "morrow.toml").write_text(SETTINGS, encoding="utf-8")
        _fill(_open(root), _simulate(options.symbols, options.sessions))
        result = _measure(root, options.repeats)
    print(json.dumps({"symbols": options.symbols, "sessions": options.sessions, **result}))
    return 0


def _measure(root: Path, repeats: int) -> dict[str, object]:
    seconds = []
    for _ in range(repeats):
        began, used = time.perf_counter(), time.process_time()
        result = write_board(_open(root))
        seconds.append((time.perf_counter() - began, time.process_time() - used))
    assets = sum(file.stat().st_size for file in (root / "board" / "_assets").iterdir())
    return {
        "pages": result.pages,
        "megabytes": round((result.size + assets) / 1e6, 1),
        "wall_s": sorted(round(wall, 2) for wall, _ in seconds),
        "cpu_s": sorted(round(cpu, 2) for _, cpu in seconds),
        "machine": {"cores": os.cpu_count(), "load": round(os.getloadavg()[0], 1)},
    }


def _open(root: Path) -> Night:
    return Night(load(root / "morrow.toml"), "large", None, datetime.now(UTC))


def _simulate(symbols: int, sessions: int) -> pd.DataFrame:
    """Closes of random walks: symbol, session, close."""
    draw = np.random.default_rng(SEED)
    closes = 100 * np.exp(np.cumsum(DAILY * draw.standard_normal((symbols, sessions)), axis=1))  # (N, T)
    days = pd.bdate_range("2015-01-01", periods=sessions).as_unit("us")
    names = [f"SYM{index:04d}" for index in range(symbols)]
    return pd.DataFrame(
        {"symbol": np.repeat(names, sessions), "session": np.tile(days, symbols), "close": closes.ravel()}
    )


def _fill(night: Night, closes: pd.DataFrame) -> None:
    """Store the prices, the forecasts of the last cutoffs, and the scores of those that are known."""
    fields = dict.fromkeys(("open", "high", "low", "volume"), np.nan)
    bars = closes.assign(**fields, split_factor=1.0, dividend_factor=1.0)
    night.store.ingest("large", bars, "random", closes["session"].max().date(), night.now)
    days = pd.DatetimeIndex(sorted(closes["session"].unique()))
    ahead = days.append(pd.bdate_range(days[-1] + pd.Timedelta(days=1), periods=HORIZON))
    blocks = []
    for at in range(len(days) - CUTOFFS, len(days)):
        now = closes[closes["session"] == days[at]]
        for step in range(1, HORIZON + 1):
            spread = DAILY * step**0.5
            quantiles = {
                quantile_column(level): now["close"].to_numpy() * np.exp(spread * score)
                for level, score in zip(LEVELS, NORMAL, strict=True)
            }
            block = pd.DataFrame(quantiles).assign(symbol=now["symbol"].to_numpy(), cutoff=days[at])
            close = now["close"].to_numpy()
            blocks.append(block.assign(step=step, session=ahead[at + step], last_close=close))
    forecasts = pd.concat(blocks, ignore_index=True).assign(
        universe="large", model_version="1", p_down=0.5, p_flat=0.0, p_up=0.5, flags="", reason="",
        run_id="run", data_version="data", created_at=pd.Timestamp(night.now),
    )  # fmt: skip
    forecasts = forecasts.assign(mean=forecasts["q5000"], basis=forecasts["cutoff"])
    night.store.append(forecasts_schema(LEVELS), forecasts)
    known = forecasts.merge(closes, on=["symbol", "session"])
    inside = {
        name: (known[low] <= known["close"]) & (known["close"] <= known[high])
        for name, low, high in (("in_80", "q1000", "q9000"), ("in_95", "q0250", "q9750"))
    }
    scores = known.assign(realised=known["close"], pinball=0.002, abs_error=1.0, ended=False, **inside)
    night.store.append(SCORES, scores[SCORES.names])


if __name__ == "__main__":
    sys.exit(main())
