import io

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from morrow import frames
from morrow.export import csv_text
from tests.exports import SCHEMA, rows


@pytest.mark.parametrize(
    "symbol", ["=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "'x", "NA", ""]
)
def test_no_cell_begins_like_a_formula_and_types_come_back(symbol: str) -> None:
    """Whatever a symbol is called, no cell can be run, and reading gives the same typed frame to the bit."""
    table = frames.to_arrow(rows(first=symbol), SCHEMA)
    content = csv_text.write_csv(table, SCHEMA)
    for cell in pd.read_csv(io.BytesIO(content), dtype=str, keep_default_na=False)["symbol"]:
        assert not cell.lstrip(" \t").startswith(("=", "+", "-", "@"))
    pd.testing.assert_frame_equal(csv_text.read_csv(content, SCHEMA), frames.from_arrow(table))


@given(st.text())
def test_escaping_can_be_undone(text: str) -> None:
    """Reading an escaped text gives the text."""
    assert csv_text.read_cell(csv_text.escape_cell(text)) == text


def test_empty_numbers_stay_empty() -> None:
    """A number that is not there is read as such, and an empty text as a text."""
    frame = rows().assign(last_close=float("nan"), reason="")
    table = frames.to_arrow(frame, SCHEMA)
    back = csv_text.read_csv(csv_text.write_csv(table, SCHEMA), SCHEMA)
    assert back["last_close"].isna().all()
    assert (back["reason"] == "").all()
