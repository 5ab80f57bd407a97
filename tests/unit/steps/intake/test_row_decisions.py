"""What is kept of a refused row, and what becomes of it when a person decides."""

import json

import pandas as pd

from morrow.steps.intake.row_decisions import bars_as_text


def test_a_refused_row_is_kept_as_it_would_be_stored() -> None:
    """Every digit is kept, an absent field is null, and an infinite one is told apart from it."""
    row = {
        "row": 7,
        "open": float("nan"),
        "high": float("inf"),
        "low": 0.1 + 0.2,
        "close": -1.0,
        "volume": 5.0,
    }
    rows = pd.DataFrame([row | {"split_factor": 2.0, "dividend_factor": 1.0, "malformed": None}])
    (text,) = bars_as_text(rows.astype({"malformed": "str"}), "csv:a.csv")
    assert json.loads(text) == {
        "source": "csv:a.csv", "malformed": None, "open": None, "high": "inf", "low": 0.30000000000000004,
        "close": -1.0, "volume": 5.0, "split_factor": 2.0, "dividend_factor": 1.0,
    }  # fmt: skip
