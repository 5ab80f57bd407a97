"""Rows as they were received."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet

from morrow.sources import show_raw_rows
from tests.files import LONG, read, write


def test_rows_are_shown_as_received(tmp_path: Path) -> None:
    """A refused row comes back with every field as it was in the file, in canonical JSON."""
    path = write(tmp_path, LONG + "2020-01-02,AAA,1,3,0.50,é,10\n2020-01-03,AAA,1\n2020-01-06,AAA,1,3,1,2,\n")
    batch = read(path)
    shown = show_raw_rows(batch, batch.rows["row"][:2])
    assert shown[0] == (
        '{"Close":"é","Date":"2020-01-02","High":"3","Low":"0.50","Open":"1","Ticker":"AAA","Volume":"10"}'
    )
    assert json.loads(shown[1]) == {"fields": ["2020-01-03", "AAA", "1"]}


def test_parquet_rows_are_shown_as_received(tmp_path: Path) -> None:
    """Typed values come back as JSON, a value that JSON does not know as text."""
    frame = pd.DataFrame({"date": pd.to_datetime(["2020-01-02", "2020-01-03"]), "close": [1.5, np.inf]})
    frame.to_parquet(tmp_path / "x.parquet")
    batch = read(tmp_path / "x.parquet")
    assert show_raw_rows(batch, [1]) == ['{"close":"inf","date":"2020-01-03 00:00:00"}']


def test_columns_of_one_name_are_shown_apart(tmp_path: Path) -> None:
    """The first of two columns with one name is read, and a row as received shows both."""
    batch = read(write(tmp_path, "date,close,close\n2024-01-02,1,2\n"), columns={"close": "close"})
    assert batch.rows["close"].tolist() == [1]
    assert show_raw_rows(batch, [0]) == ['{"close":"1","close (column 3)":"2","date":"2024-01-02"}']


def test_a_day_that_python_cannot_hold_is_shown(tmp_path: Path) -> None:
    """A typed day beyond year 9999 is malformed, and its row can still be shown as received."""
    days = pa.array([19_000, 2**31 - 1, 19_001], pa.int32()).cast(pa.date32())
    pa.parquet.write_table(pa.table({"date": days, "close": [1.0, 2, 3]}), tmp_path / "p.parquet")
    batch = read(tmp_path / "p.parquet", kind="parquet")
    assert batch.rows["session"].isna().tolist() == [False, True, False]
    assert len(show_raw_rows(batch, [1])) == 1
