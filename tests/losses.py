"""Losses of a few rows, small enough to add up by hand."""

import pandas as pd

DAYS = pd.to_datetime(["2026-01-05", "2026-01-06"])


def losses(select: float, test: float, wobble: float = 0.0001) -> pd.DataFrame:
    """Two rows a part whose mean losses are the two given, in rows that differ."""
    return pd.DataFrame(
        {
            "symbol": ["A", "B"] * 2,
            "session": [DAYS[0], DAYS[0], DAYS[1], DAYS[1]],
            "step": [1, 2, 1, 2],
            "part": ["select", "select", "test", "test"],
            "loss": [select - wobble, select + wobble, test - wobble, test + wobble],
        }
    )
