"""Raw batches and suites for the tests of the gates."""

import json
from pathlib import Path
from typing import Any

import pandas as pd

SESSIONS = pd.DatetimeIndex(["2024-01-02", "2024-01-03", "2024-01-04", "2024-01-05", "2024-01-08"])
CLEAN = {
    "symbol": "AAA", "session": "2024-01-03", "open": 10.0, "high": 11.0, "low": 9.0, "close": 10.5,
    "volume": 1e6, "split_factor": 1.0, "dividend_factor": 1.0, "malformed": None,
}  # fmt: skip
ABSENT = float("nan")


def bars(*changes: dict[str, Any]) -> pd.DataFrame:
    """Make a batch with one bar a change, of symbols S0, S1, ... and rows 100, 101, ... unless changed."""
    lines = [CLEAN | {"row": 100 + i, "symbol": f"S{i}"} | change for i, change in enumerate(changes)]
    frame = pd.DataFrame(lines)
    frame["session"] = pd.to_datetime(frame["session"])
    return frame.astype({"symbol": "str", "malformed": "str"})


def own_suite(folder: Path, **changes: Any) -> Path:
    """Write a raw suite with one expectation, changed as told, and return the folder."""
    entry: dict[str, Any] = {
        "type": "expect_column_values_to_be_between",
        "kwargs": {"column": "close", "max_value": 10},
        "severity": "warning",
        "notes": "A test's own rule.",
        "meta": {"rule": "cheap", "action": "reject_row", "reason": "close is {close}, must be at most 10"},
    } | changes
    text = json.dumps({"name": "raw", "expectations": [entry]})
    (folder / "raw.json").write_text(text, encoding="utf-8")
    return folder
