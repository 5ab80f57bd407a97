"""Rows of an export, and what lies in a folder, for the tests of the export."""

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd

from morrow.frames import export_rows

LEVELS = (0.25, 0.5, 0.75)
SCHEMA = export_rows.export_schema(LEVELS)
LINEAGE = {
    "model": "morrow-us5/gru",
    "model_version": "3",
    "run_id": "r1",
    "calibration": "0a1b through 2020-01-01",
    "data_version": "d1",
    "code_version": "c1",
}
FILES = ["forecasts.csv", "forecasts.parquet", "manifest.json"]
OLD_EXPORTS = Path(__file__).parent / "old_exports"


def rows(scale: float = 1.0, cutoff: str = "2026-01-05", first: str = "A") -> pd.DataFrame:
    """Forecasts of two symbols and two steps, with quantiles that no short decimal can hold."""
    parts = []
    for number, (symbol, step) in enumerate([(first, 1), (first, 2), ("B", 1), ("B", 2)], start=1):
        key = {"universe": "us5", "symbol": symbol, "cutoff": pd.Timestamp(cutoff), "step": step}
        quantiles = {"q2500": scale * number / 3, "q5000": scale * number / 2, "q7500": np.nan}
        rest = {"mean": number / 7, "p_down": 0.5, "p_flat": 0.0, "p_up": 0.5}
        texts = {"model_version": "3", "reason": 'a "gap", long', "run_id": "r1", "data_version": "d1"}
        texts |= {"flags": "pegged,stale" if symbol == "B" else "", "currency": "USD", "recipe": "gru"}
        stamps = {
            "session": pd.Timestamp("2026-01-06"),
            "created_at": datetime(2026, 1, 5, 22, 1, tzinfo=UTC),
            "basis": pd.Timestamp(cutoff),
        }
        parts.append(key | quantiles | rest | texts | stamps | {"last_close": number / 11})
    frame = pd.DataFrame(parts)
    return frame.assign(forecast_id=export_rows.identify_forecasts(frame))[SCHEMA.names]


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, hidden ones included, by its relative path."""
    return {str(f.relative_to(folder)): f.read_bytes() for f in sorted(folder.rglob("*")) if f.is_file()}
