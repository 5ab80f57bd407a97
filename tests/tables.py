"""Rows of stored tables for the tests of the store."""

from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import pandas as pd

from morrow import frames
from morrow.frames import forecasts_schema

NOW = datetime(2026, 1, 9, 22, tzinfo=UTC)
MONDAY, TUESDAY, WEDNESDAY = date(2026, 1, 5), date(2026, 1, 6), date(2026, 1, 7)
THURSDAY, FRIDAY = date(2026, 1, 8), date(2026, 1, 9)


def bars(sessions: int = 3, symbols: str = "AB", **fields: float) -> pd.DataFrame:
    """Rows as an ingest gets them, from Monday on: closes 1, 2, 3, ... and nothing else known."""
    days = pd.bdate_range(MONDAY, periods=sessions).as_unit("us")
    empty = dict.fromkeys(("open", "high", "low", "volume"), np.nan)
    factors = {"split_factor": 1.0, "dividend_factor": 1.0}
    one = pd.DataFrame({"session": days, "close": np.arange(1.0, sessions + 1), **empty, **factors, **fields})
    return pd.concat([one.assign(symbol=symbol) for symbol in symbols], ignore_index=True)


def with_close(rows: pd.DataFrame, symbol: str, session: date, close: float) -> pd.DataFrame:
    """Change one close of the rows."""
    there = (rows["symbol"] == symbol) & (rows["session"] == pd.Timestamp(session))
    return rows.assign(close=rows["close"].mask(there, close))


def stored_prices(universe: str = "us5", **changes: Any) -> pd.DataFrame:
    """Rows of the prices table itself."""
    stamps: dict[str, Any] = {
        "universe": universe,
        "source": "s",
        "known_at": pd.Timestamp(FRIDAY),
        "ingested_at": NOW,
    }
    return bars().assign(**stamps).assign(**changes)


def forecasts(levels: tuple[float, ...], version: str = "1") -> pd.DataFrame:
    """Two forecast rows of 10, 11, ... at the given levels."""
    schema = forecasts_schema(levels)
    values = {frames.quantile_column(level): 10.0 + n for n, level in enumerate(levels)}
    texts = {"model_version": version, "flags": "", "reason": "", "run_id": "r", "data_version": "d"}
    row = {"universe": "us5", "symbol": "A", "cutoff": pd.Timestamp(MONDAY), "session": pd.Timestamp(TUESDAY)}
    row |= values | texts | {"mean": 10.0, "p_down": 0.5, "p_flat": 0.0, "p_up": 0.5}
    row |= {"created_at": NOW, "basis": pd.Timestamp(MONDAY), "last_close": 10.0}
    return pd.DataFrame([row | {"step": 1}, row | {"step": 2}])[schema.names]


def close_of(frame: pd.DataFrame, symbol: str, session: date) -> float:
    """One close of a prices frame."""
    there = (frame["symbol"] == symbol) & (frame["session"] == pd.Timestamp(session))
    return float(frame.loc[there, "close"].item())


def quarantined(batch: str) -> pd.DataFrame:
    """One refused row."""
    row = {"batch": batch, "row": 0, "rule": "r", "universe": "us5", "symbol": "A", "session": pd.NaT}
    row |= {"decision": None, "decided_by": None, "decided_at": pd.NaT, "decision_reason": None, "bar": None}
    return pd.DataFrame([row | {"received": "{}", "reason": "no", "first_seen": NOW}])
