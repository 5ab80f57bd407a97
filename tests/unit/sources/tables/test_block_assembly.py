"""Blocks of several files as one content, within a budget of memory."""

from pathlib import Path

import pandas as pd

from morrow.sources import show_raw_rows
from tests.files import read, refusal, write


def test_wide_and_parquet_files_come_in_parts_too(tmp_path: Path) -> None:
    """Wide files with other columns, and Parquet files, are put together with places of their own."""
    wide = tmp_path / "wide"
    write(wide, "Date,A,B\n2024-01-02,1,2\n", "1.csv")
    write(wide, "Date,B,C\n2024-01-03,3,4\n", "2.csv")
    rows = read(wide, layout="wide").rows
    assert rows[["row", "symbol", "close"]].to_numpy().tolist() == [
        [0, "A", 1], [1, "B", 2], [2, "B", 3], [3, "C", 4],
    ]  # fmt: skip
    folder = tmp_path / "typed"
    folder.mkdir()
    for name, day in (("x", 2), ("y", 3)):
        frame = pd.DataFrame({"date": [pd.Timestamp(2024, 1, day)], "close": [float(day)]})
        frame.to_parquet(folder / f"{name}.parquet")
    batch = read(folder, kind="parquet")
    assert batch.rows[["row", "symbol"]].to_numpy().tolist() == [[0, "X"], [1, "Y"]]
    assert show_raw_rows(batch, [1]) == ['{"close":3.0,"date":"2024-01-03 00:00:00"}']


def test_rows_beyond_the_budget_of_memory_are_refused(tmp_path: Path) -> None:
    """A source whose rows need more than memory_mb is refused in one line that says what to raise."""
    line = b"2024-01-02,A,1\n"
    path = write(tmp_path, b"date,symbol,close\n" + line * 300_000)
    assert "raise source.memory_mb" in refusal(path, memory_mb=64)


def test_files_that_are_too_much_together_are_refused(tmp_path: Path) -> None:
    """The budget is the source's: no file of a folder is passed over because those before it filled it."""
    for name in ("A", "B"):
        write(tmp_path, b"date,close\n" + b"2024-01-02,1\n" * 150_000, f"many/{name}.csv")
    assert "raise source.memory_mb" in refusal(tmp_path / "many", memory_mb=64)
