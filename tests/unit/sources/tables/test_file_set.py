"""Paths, folders and globs, and what becomes of files that cannot be read."""

import gzip
import zlib
from pathlib import Path

import pandas as pd
import pytest

from morrow.config import Universe
from morrow.errors import SourceError
from morrow.sources import fetch, inspect, show_raw_rows
from morrow.sources.files import FileSource
from morrow.sources.tables import file_set
from tests.files import LONG, TWO_DAYS, read, refusal, write


def test_unreadable_files_are_named(tmp_path: Path) -> None:
    """Missing, empty, binary, truncated, mislabelled and wrongly encoded files each say what they are."""
    good = gzip.compress(TWO_DAYS.encode() * 50)
    pd.DataFrame({"date": ["2020-01-02"], "close": [1.0]}).to_parquet(tmp_path / "real.parquet")
    parquet = (tmp_path / "real.parquet").read_bytes()
    assert 'no file at "' in refusal(tmp_path / "missing.csv")
    (tmp_path / "folder.csv").mkdir()
    assert 'no file that ends like .csv or .csv.gz in "' in refusal(tmp_path / "folder.csv")
    assert "is empty (0 bytes)" in refusal(write(tmp_path, ""))
    assert "is binary" in refusal(write(tmp_path, b"\x00\x01\x02"))
    assert "broken gzip" in refusal(write(tmp_path, good[:-20], "cut.csv.gz"))
    assert "broken gzip" in refusal(write(tmp_path, good[:20] + b"?" * 50, "bent.csv.gz"))
    assert "not UTF-8 text (byte 12 is 0xf3)" in refusal(write(tmp_path, b"Date,Close,1\xf35\n"))
    assert 'set source.kind = "parquet"' in refusal(write(tmp_path, parquet))
    assert "not a readable Parquet" in refusal(write(tmp_path, parquet[:-30], "cut.parquet"))
    assert "no readable header" in refusal(write(tmp_path, "\n\n"))
    assert "a header and no rows" in refusal(write(tmp_path, LONG))


def test_a_folder_of_files_is_one_batch(tmp_path: Path) -> None:
    """Each file's stem names its symbol; places are unique over all files, and rows are shown as received."""
    folder = tmp_path / "in"
    write(folder, "Date,Close\n2024-01-02,1\n2024-01-03,2\n", "aaa.csv")
    write(folder, gzip.compress(b"Day;Close\n2024-01-02;5\n\n2024-01-03;x\n"), "bbb.csv.gz")
    write(folder, "mine", "README.md")
    write(folder, "\x00", ".hidden.csv")
    batch = read(folder)
    assert batch.rows[["row", "symbol"]].to_numpy().tolist() == [
        [0, "AAA"], [1, "AAA"], [2, "BBB"], [3, "BBB"],
    ]  # fmt: skip
    assert show_raw_rows(batch, [3, 0]) == [
        '{"Close":"x","Day":"2024-01-03"}',
        '{"Close":"1","Date":"2024-01-02"}',
    ]
    assert (batch.source, batch.failed) == ("csv:in", ())
    assert read(folder, symbols=("BBB",)).rows["row"].tolist() == [2, 3]
    before = batch.id
    write(folder, "Date,Close\n2024-01-02,1\n2024-01-03,3\n", "aaa.csv")
    assert read(folder).id != before


def test_a_glob_chooses_files(tmp_path: Path) -> None:
    """A glob takes the files that match, reaching into folders with two stars; one symbol may span them."""
    for year in (2022, 2023):
        write(tmp_path / str(year), f"Date,Close\n{year}-01-03,{year}\n", f"p{year}.csv")
    source = {"kind": "csv", "path": "**/p*.csv", "symbol": "ONE"}
    universe = Universe(source=FileSource.model_validate(source), calendar="observed")
    rows = fetch(universe, tmp_path).rows
    assert rows[["symbol", "close"]].to_numpy().tolist() == [["ONE", 2022], ["ONE", 2023]]
    assert "no file is matched by" in refusal(tmp_path / "x*.csv")


def test_one_bad_file_among_several_is_passed_over(tmp_path: Path) -> None:
    """A broken or empty file is named in what failed and the others are read; none readable is refused."""
    folder = tmp_path / "in"
    write(folder, "Date,Close\n2024-01-02,1\n", "aaa.csv")
    write(folder, gzip.compress(b"Date,Close\n" + b"2024-01-02,1\n" * 9)[:-9], "bent.csv")
    write(folder, "", "empty.csv")
    batch = read(folder, symbols=("AAA", "BENT"))
    assert batch.rows["symbol"].tolist() == ["AAA"]
    assert [symbol for symbol, _ in read(folder).failed] == ["EMPTY", "BENT"]
    assert "broken gzip" in batch.failed[0][1]
    (folder / "aaa.csv").unlink()
    assert "broken gzip" in refusal(folder)


def test_a_path_that_the_system_refuses_is_one_line(tmp_path: Path) -> None:
    """A name that is too long is refused as one that leads nowhere is; a look at it says the same."""
    path = tmp_path / ("a" * 300)
    assert refusal(path).startswith(f'cannot read "{path}": File name too long')
    with pytest.raises(SourceError, match="File name too long"):
        inspect(path)


def test_a_file_whose_name_is_no_text_is_passed_over(tmp_path: Path) -> None:
    """Of several files one whose name is not UTF-8 is named, and the others are read."""
    write(tmp_path, "date,close\n2024-01-02,1\n", "many/A.csv")
    write(tmp_path, "date,close\n2024-01-02,1\n", "many/\udcff.csv")
    batch = read(tmp_path / "many")
    assert batch.rows["symbol"].tolist() == ["A"]
    assert [symbol for symbol, _ in batch.failed] == ["\\udcff"]


def test_a_gzip_bomb_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that swells without end is refused before it fills the memory, with or without line ends."""
    monkeypatch.setattr(file_set, "_BOMB_FLOOR", 1 << 22)
    packer = zlib.compressobj(9, wbits=31)
    bomb = b"".join(
        [packer.compress(b"Date,Close\n"), *(packer.compress(b"\n" * (1 << 24)) for _ in range(6))]
    )
    assert "swells" in refusal(write(tmp_path, bomb + packer.flush(), "b.csv.gz"))
    flat = b"Date,Close\n" + b"0" * (1 << 24)
    assert "line longer than 4 MiB" in refusal(write(tmp_path, flat, "flat.csv"))
