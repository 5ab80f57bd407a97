"""How numbers and days are written, and several files as one source."""

import gzip
import zlib
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet
import pytest

from morrow.config import FileSource, Universe
from morrow.errors import MorrowError, SourceError
from morrow.sources import Batch, fetch, files, inspect, parts, received

HEAD = "Date;Close;Volume\n"


def read(path: Path, kind: str = "csv", symbols: tuple[str, ...] | None = None, **options: Any) -> Batch:
    """Fetch a path as a universe of its own."""
    start = options.pop("start", None)
    source = FileSource.model_validate({"kind": kind, "path": path.name, **options})
    universe = Universe(source=source, calendar="observed", symbols=symbols)
    return fetch(universe, path.parent, start=start)


def refusal(path: Path, **options: Any) -> str:
    """The one line with which it is refused."""
    with pytest.raises(MorrowError) as caught:
        read(path, **options)
    message = str(caught.value)
    assert "\n" not in message
    return message


def written(folder: Path, text: str | bytes, name: str = "p.csv") -> Path:
    """A file with the given content."""
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


@pytest.mark.parametrize(
    ("options", "cells", "values"),
    [
        ({"decimal": ","}, ["1,5", "-0,25", ",5", "7", "1,5e2"], [1.5, -0.25, 0.5, 7, 150]),
        ({"decimal": ",", "thousands": "."}, ["1.234,5", "1.234.567", "1234,5"], [1234.5, 1234567, 1234.5]),
        ({"thousands": ","}, ["1,234.5", "12,345,678", "1234.5"], [1234.5, 12345678, 1234.5]),
        ({"thousands": " "}, ["1 234.5", "1\u00a0234", "1\u202f234"], [1234.5, 1234, 1234]),
        ({"thousands": "'"}, ["1'234.5", "1’234"], [1234.5, 1234]),
    ],
    ids=["comma", "comma and points", "commas", "spaces", "apostrophes"],
)
def test_declared_separators_are_read(
    options: dict[str, str], cells: list[str], values: list[float], tmp_path: Path
) -> None:
    """Numbers with the declared separators have the value that they have on paper."""
    lines = "".join(f"2024-01-{day:02d};{cell};1\n" for day, cell in enumerate(cells, start=1))
    rows = read(written(tmp_path, HEAD + lines), **options).rows
    assert rows["close"].tolist() == values
    assert rows["malformed"].isna().all()


@pytest.mark.parametrize(
    ("options", "cells"),
    [
        ({}, ["1,5", "1 234", "5%", "$5", "5-", "nan(1)", "1e999", "1e-999"]),
        ({"decimal": ","}, ["1.5", "1.234,5"]),
        ({"decimal": ",", "thousands": "."}, ["1.5", "12.34", "1.2345", "1,234.5", "1..234"]),
        ({"thousands": ","}, ["1,23", "1.234,5", ",123"]),
    ],
    ids=["none", "comma", "comma and points", "commas"],
)
def test_other_separators_are_malformed(options: dict[str, str], cells: list[str], tmp_path: Path) -> None:
    """A separator that was not declared, or parts no groups of three, is never guessed away."""
    lines = "".join(f"2024-01-{day:02d};{cell};1\n" for day, cell in enumerate(cells, start=2))
    rows = read(written(tmp_path, HEAD + "2024-01-01;1;1\n" + lines), **options).rows[1:]
    assert rows["close"].isna().all()
    assert rows["malformed"].tolist() == [f'close="{cell}"' for cell in cells]


def test_one_character_cannot_be_both_separators(tmp_path: Path) -> None:
    """The same decimal and thousands separator is refused by the configuration."""
    with pytest.raises(ValueError, match="they must differ"):
        read(tmp_path, decimal=",", thousands=",")


def test_dates_are_turned_only_if_declared(tmp_path: Path) -> None:
    """03/04/2024 is 3 April day-first and 4 March month-first; ISO stays; a short year is malformed."""
    path = written(
        tmp_path, "Date,Close\n03/04/2024,1\n05-04-2024,2\n6.4.2024 16:00,3\n2024-01-31,4\n7/4/24,5\n"
    )
    first = read(path, dates="day-first").rows
    assert first["session"].dropna().dt.strftime("%m-%d").tolist() == ["04-03", "04-05", "04-06", "01-31"]
    assert first["malformed"].dropna().tolist() == ['session="7/4/24"']
    second = read(path, dates="month-first").rows
    assert second["session"].dropna().dt.strftime("%m-%d").tolist() == ["03-04", "05-04", "06-04", "01-31"]
    assert 'dates = "day-first" or "month-first"' in refusal(path)


def test_days_that_no_calendar_holds_are_malformed(tmp_path: Path) -> None:
    """A year that nanosecond stamps cannot hold is unreadable in a text and in a typed column."""
    path = written(tmp_path, "Date,Close\n0001-01-01,1\n2024-01-02,2\n9999-12-31,3\n2024-01-03,2\n")
    assert read(path).rows["session"].isna().tolist() == [True, False, True, False]
    days = [date(1, 1, 1), date(2024, 1, 2), date(2024, 1, 3)]
    pa.parquet.write_table(pa.table({"date": days, "close": [1.0, 2, 3]}), tmp_path / "p.parquet")
    rows = read(tmp_path / "p.parquet", "parquet").rows
    assert rows["session"].isna().tolist() == [True, False, False]
    assert rows["malformed"].dropna().tolist() == ['session="0001-01-01"']


def test_a_folder_of_files_is_one_batch(tmp_path: Path) -> None:
    """Each file's stem names its symbol; places are unique over all files, and rows are shown as received."""
    folder = tmp_path / "in"
    written(folder, "Date,Close\n2024-01-02,1\n2024-01-03,2\n", "aaa.csv")
    written(folder, gzip.compress(b"Day;Close\n2024-01-02;5\n\n2024-01-03;x\n"), "bbb.csv.gz")
    written(folder, "mine", "README.md")
    written(folder, "\x00", ".hidden.csv")
    batch = read(folder)
    assert batch.rows[["row", "symbol"]].to_numpy().tolist() == [
        [0, "AAA"], [1, "AAA"], [2, "BBB"], [3, "BBB"],
    ]  # fmt: skip
    assert received(batch, [3, 0]) == [
        '{"Close":"x","Day":"2024-01-03"}',
        '{"Close":"1","Date":"2024-01-02"}',
    ]
    assert (batch.source, batch.failed) == ("csv:in", ())
    assert read(folder, symbols=("BBB",)).rows["row"].tolist() == [2, 3]
    before = batch.id
    written(folder, "Date,Close\n2024-01-02,1\n2024-01-03,3\n", "aaa.csv")
    assert read(folder).id != before


def test_a_glob_chooses_files(tmp_path: Path) -> None:
    """A glob takes the files that match, reaching into folders with two stars; one symbol may span them."""
    for year in (2022, 2023):
        written(tmp_path / str(year), f"Date,Close\n{year}-01-03,{year}\n", f"p{year}.csv")
    source = {"kind": "csv", "path": "**/p*.csv", "symbol": "ONE"}
    universe = Universe(source=FileSource.model_validate(source), calendar="observed")
    rows = fetch(universe, tmp_path).rows
    assert rows[["symbol", "close"]].to_numpy().tolist() == [["ONE", 2022], ["ONE", 2023]]
    assert "no file is matched by" in refusal(tmp_path / "x*.csv")


def test_wide_and_parquet_files_come_in_parts_too(tmp_path: Path) -> None:
    """Wide files with other columns, and Parquet files, are put together with places of their own."""
    wide = tmp_path / "wide"
    written(wide, "Date,A,B\n2024-01-02,1,2\n", "1.csv")
    written(wide, "Date,B,C\n2024-01-03,3,4\n", "2.csv")
    rows = read(wide, layout="wide").rows
    assert rows[["row", "symbol", "close"]].to_numpy().tolist() == [
        [0, "A", 1], [1, "B", 2], [2, "B", 3], [3, "C", 4],
    ]  # fmt: skip
    folder = tmp_path / "typed"
    folder.mkdir()
    for name, day in (("x", 2), ("y", 3)):
        frame = pd.DataFrame({"date": [pd.Timestamp(2024, 1, day)], "close": [float(day)]})
        frame.to_parquet(folder / f"{name}.parquet")
    batch = read(folder, "parquet")
    assert batch.rows[["row", "symbol"]].to_numpy().tolist() == [[0, "X"], [1, "Y"]]
    assert received(batch, [1]) == ['{"close":3.0,"date":"2024-01-03 00:00:00"}']


def test_one_bad_file_among_several_is_passed_over(tmp_path: Path) -> None:
    """A broken or empty file is named in what failed and the others are read; none readable is refused."""
    folder = tmp_path / "in"
    written(folder, "Date,Close\n2024-01-02,1\n", "aaa.csv")
    written(folder, gzip.compress(b"Date,Close\n" + b"2024-01-02,1\n" * 9)[:-9], "bent.csv")
    written(folder, "", "empty.csv")
    batch = read(folder, symbols=("AAA", "BENT"))
    assert batch.rows["symbol"].tolist() == ["AAA"]
    assert [symbol for symbol, _ in read(folder).failed] == ["EMPTY", "BENT"]
    assert "broken gzip" in batch.failed[0][1]
    (folder / "aaa.csv").unlink()
    assert "broken gzip" in refusal(folder)


def test_a_window_of_a_large_source_reads_the_same_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a window reads is what the whole has in it, with the same places, from CSV and pruned Parquet."""
    days = pd.bdate_range("2024-01-01", periods=60)
    frame = pd.DataFrame({
        "date": np.repeat(days, 3), "symbol": np.tile(["A", "B", "C"], 60), "close": np.arange(180) + 1.0,
    })  # fmt: skip
    frame.to_csv(tmp_path / "p.csv", index=False)
    frame.to_parquet(tmp_path / "p.parquet", row_group_size=20)
    whole = read(tmp_path / "p.csv").rows
    monkeypatch.setattr(files, "_WHOLE_BYTES", 0)
    start = days[50].date()
    expected = whole[whole["session"] >= days[50]].reset_index(drop=True)
    for kind in ("csv", "parquet"):
        files._parsed.clear()
        batch = read(tmp_path / f"p.{kind}", kind, start=start)
        pd.testing.assert_frame_equal(batch.rows, expected)
        assert len(files._parsed) == 1
        assert '"close":' in received(batch, [179])[0].replace('"close":"180.0"', '"close":180.0')
        assert "180.0" in received(batch, [179])[0]
        by_symbol = read(tmp_path / f"p.{kind}", kind, start={"A": start, "B": start}).rows
        assert by_symbol.groupby("symbol").size().to_dict() == {"A": 10, "B": 10, "C": 60}
    files._parsed.clear()


def test_rows_beyond_the_budget_of_memory_are_refused(tmp_path: Path) -> None:
    """A source whose rows need more than memory_mb is refused in one line that says what to raise."""
    line = b"2024-01-02,A,1\n"
    path = written(tmp_path, b"date,symbol,close\n" + line * 300_000)
    assert "raise source.memory_mb" in refusal(path, memory_mb=64)


def test_files_that_are_too_much_together_are_refused(tmp_path: Path) -> None:
    """The budget is the source's: no file of a folder is passed over because those before it filled it."""
    for name in ("A", "B"):
        written(tmp_path, b"date,close\n" + b"2024-01-02,1\n" * 150_000, f"many/{name}.csv")
    assert "raise source.memory_mb" in refusal(tmp_path / "many", memory_mb=64)


def test_a_path_that_the_system_refuses_is_one_line(tmp_path: Path) -> None:
    """A name that is too long is refused as one that leads nowhere is; a look at it says the same."""
    path = tmp_path / ("a" * 300)
    assert refusal(path).startswith(f'cannot read "{path}": File name too long')
    with pytest.raises(SourceError, match="File name too long"):
        inspect(path)


def test_a_file_whose_name_is_no_text_is_passed_over(tmp_path: Path) -> None:
    """Of several files one whose name is not UTF-8 is named, and the others are read."""
    written(tmp_path, "date,close\n2024-01-02,1\n", "many/A.csv")
    written(tmp_path, "date,close\n2024-01-02,1\n", "many/\udcff.csv")
    batch = read(tmp_path / "many")
    assert batch.rows["symbol"].tolist() == ["A"]
    assert [symbol for symbol, _ in batch.failed] == ["\\udcff"]


def test_columns_of_one_name_are_shown_apart(tmp_path: Path) -> None:
    """The first of two columns with one name is read, and a row as received shows both."""
    batch = read(written(tmp_path, "date,close,close\n2024-01-02,1,2\n"))
    assert batch.rows["close"].tolist() == [1]
    assert received(batch, [0]) == ['{"close":"1","close (column 3)":"2","date":"2024-01-02"}']


def test_a_gzip_bomb_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that swells without end is refused before it fills the memory, with or without line ends."""
    monkeypatch.setattr(parts, "_BOMB_FLOOR", 1 << 22)
    packer = zlib.compressobj(9, wbits=31)
    bomb = b"".join(
        [packer.compress(b"Date,Close\n"), *(packer.compress(b"\n" * (1 << 24)) for _ in range(6))]
    )
    assert "swells" in refusal(written(tmp_path, bomb + packer.flush(), "b.csv.gz"))
    flat = b"Date,Close\n" + b"0" * (1 << 24)
    assert "line longer than 4 MiB" in refusal(written(tmp_path, flat, "flat.csv"))


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "latin-1"])
def test_other_encodings_are_refused_by_name(encoding: str, tmp_path: Path) -> None:
    """A file in another encoding is refused with its likely name and what to save it as."""
    message = refusal(written(tmp_path, "Date,Close,é\n2024-01-02,1,é\n".encode(encoding)))
    assert {"latin-1": "Windows-1252"}.get(encoding, encoding[:6].upper()) in message
    assert "save it as UTF-8" in message


def test_bytes_of_zero_cost_their_rows(tmp_path: Path) -> None:
    """A NUL in a line refuses that row alone, and names it; in the header it is a binary file."""
    rows = read(
        written(tmp_path, b"Date,Close\n2024-01-02,1\n2024-01-03,\x002\n2024-01-04,3\n\x00\x00\n")
    ).rows
    assert rows["malformed"].fillna("").tolist() == ["", "NUL byte", "", "NUL byte"]
    assert rows["session"].dt.day.tolist()[:3] == [2, 3, 4]


def test_quotes_bind_within_their_line(tmp_path: Path) -> None:
    """Quoted separators stay in their field, and a quote that nothing closes costs its own line alone."""
    path = written(
        tmp_path,
        'Date,Symbol,Close\n2024-01-02,"A,B",1\n2024-01-03,x"y,"2\n2024-01-04,"A,B",3"\n'
        '2024-01-05, "A,B", "4"\n2024-01-08,5" pipe,5\n2024-01-09,"A""B",6\n2024-01-10,"A\u2028B",7\n',
    )
    rows = read(path).rows
    assert rows["malformed"].fillna("").tolist() == [
        "", "unmatched quote", 'close="3""', "", "", "", "",
    ]  # fmt: skip
    assert rows["symbol"].tolist()[3:] == ["A,B", '5" pipe', 'A"B', "A\u2028B"]
    assert rows["close"].tolist()[3:] == [4, 5, 6, 7]


def test_headers_in_the_middle_are_skipped(tmp_path: Path) -> None:
    """Files put together repeat their header, marked or not; those lines are no rows, and are counted."""
    text = "Date,Close\n2024-01-02,1\nDate,Close\n2024-01-03,2\n\ufeffDate,Close\n2024-01-04,3\n"
    batch = read(written(tmp_path, text))
    assert batch.rows["row"].tolist() == [0, 2, 4]
    assert batch.notes == ("2 repeated header lines skipped",)


def test_trailing_separators_are_no_fields(tmp_path: Path) -> None:
    """Separators at the ends of lines or of the header alone neither break rows nor make columns."""
    for text in (
        "Date,Close\n2024-01-02,1,\n2024-01-03,2,\n",
        "Date,Close,\n2024-01-02,1\n2024-01-03,2\n",
        "Date,Close,\n2024-01-02,1,\n2024-01-03,2,,\n",
        "Date,Close\n2024-01-02,1\n2024-01-03,2,,\n",
    ):
        rows = read(written(tmp_path, text)).rows
        assert rows["close"].tolist() == [1, 2]
        assert rows["malformed"].isna().all()


@pytest.mark.parametrize("layout", ["long", "wide"])
def test_lines_of_separators_alone_are_none(layout: str, tmp_path: Path) -> None:
    """A sheet that was exported with far more empty lines than rows is read for its rows."""
    batch = read(written(tmp_path, "Date,Close,Volume\n2024-01-02,1,2\n" + ",,\n" * 9), layout=layout)
    assert batch.rows["close"].tolist() == ([1] if layout == "long" else [1, 2])


def test_a_day_that_python_cannot_hold_is_shown(tmp_path: Path) -> None:
    """A typed day beyond year 9999 is malformed, and its row can still be shown as received."""
    days = pa.array([19_000, 2**31 - 1, 19_001], pa.int32()).cast(pa.date32())
    pa.parquet.write_table(pa.table({"date": days, "close": [1.0, 2, 3]}), tmp_path / "p.parquet")
    batch = read(tmp_path / "p.parquet", "parquet")
    assert batch.rows["session"].isna().tolist() == [False, True, False]
    assert len(received(batch, [1])) == 1


def test_an_exact_decimal_is_the_nearest_float(tmp_path: Path) -> None:
    """Decimals of a Parquet file become the floats that their texts would."""
    exact = [Decimal("7.1"), Decimal("0.3"), Decimal("9007199254740993.1")]
    table = pa.table({"date": ["2024-01-02", "2024-01-03", "2024-01-04"], "close": exact})
    pa.parquet.write_table(table, tmp_path / "p.parquet")
    assert read(tmp_path / "p.parquet", "parquet").rows["close"].tolist() == [float(each) for each in exact]


def test_a_total_at_the_end_is_one_malformed_row(tmp_path: Path) -> None:
    """A line of totals is refused for what stands where its day should."""
    rows = read(written(tmp_path, HEAD + "2024-01-02;1;5\n2024-01-03;2;5\nTotal;;10\n")).rows
    assert rows["malformed"].fillna("").tolist() == ["", "", 'session="Total"']


@pytest.mark.parametrize("cell", ["-", "--", "null", "NULL", "None", "N/A", "#N/A", "nan", '""', '"-"', " "])
def test_words_for_nothing_are_nothing(cell: str, tmp_path: Path) -> None:
    """What vendors write where they have nothing is absent, and no row is refused for it."""
    rows = read(written(tmp_path, HEAD + f"2024-01-02;1;{cell}\n")).rows
    assert rows["volume"].isna().all()
    assert rows["malformed"].isna().all()


def zeros(folder: Path, opens: list[float], others: int = 0) -> tuple[list[float], tuple[str, ...]]:
    """Opens of one symbol as they are read, beside so many sound rows of another, and the notes."""
    days = pd.bdate_range("2024-01-01", periods=max(len(opens), others)).strftime("%Y-%m-%d")
    lines = [f"{day},A,{price},3,1,2\n" for day, price in zip(days, opens, strict=False)]
    lines += [f"{day},B,2,3,1,2\n" for day in days[:others]]
    batch = read(written(folder, "date,symbol,open,high,low,close\n" + "".join(lines)))
    rows = batch.rows
    return rows.loc[rows["symbol"] == "A", "open"].fillna(-1).tolist(), batch.notes


def test_zero_opens_throughout_are_not_given(tmp_path: Path) -> None:
    """Zeros throughout, in nine rows of ten, or five in a row are absent with a note; a single one stays."""
    assert zeros(tmp_path, [0.0] * 6, 6) == ([-1] * 6, ("symbol A: 6 zeros for open count as not given",))
    assert zeros(tmp_path, [0.0] * 9 + [2])[0] == [-1] * 9 + [2]
    assert zeros(tmp_path, [0.0] * 5 + [2.0] * 20)[0] == [-1] * 5 + [2] * 20
    assert zeros(tmp_path, [2.0] * 10 + [0.0]) == ([2] * 10 + [0], ())
    assert zeros(tmp_path, [0.0], 6)[0] == [0]
    assert zeros(tmp_path, [0.0], 0)[0] == [0]


def test_a_first_look_finds_how_numbers_and_days_are_written(tmp_path: Path) -> None:
    """Decimal commas, points between thousands and day-first dates are found where they are unambiguous."""
    path = written(
        tmp_path, "Datum;Date;Close;Volume\nx;31.01.2024;1.234,50;1.000\nx;01.02.2024;12,5;20.000\n"
    )
    found = inspect(path)
    assert found.written == {"dates": "day-first", "decimal": ",", "thousands": "."}
    assert found.first == date(2024, 1, 31)
    american = written(tmp_path, 'Date,Close\n01/31/2024,"1,234.50"\n02/01/2024,12.5\n')
    assert inspect(american).written == {"dates": "month-first", "thousands": ","}
    plain = written(tmp_path, "Date,Close\n2024-01-31,1234.50\n")
    assert inspect(plain).written == {}


def test_a_first_look_guesses_nothing(tmp_path: Path) -> None:
    """Days up to 12 could be months, and 1,234 could be either number: both are refused, not guessed."""
    with pytest.raises(SourceError, match="could be swapped"):
        inspect(written(tmp_path, "Date;Close\n03/04/2024;1\n04/05/2024;2\n"))
    with pytest.raises(SourceError, match='first unreadable: close="1,234"'):
        inspect(written(tmp_path, "Date;Close\n2024-01-02;1,234\n2024-01-03;5,678\n"))


def test_a_first_look_at_a_folder(tmp_path: Path) -> None:
    """A folder of files with a symbol each is described by all of them."""
    for name in ("aaa", "bbb"):
        written(tmp_path / "in", "Date,Close\n2024-01-02,1\n2024-01-03,2\n", f"{name}.csv")
    found = inspect(tmp_path / "in")
    assert (found.kind, found.symbols, found.symbol) == ("csv", ("AAA", "BBB"), None)
    assert inspect(tmp_path / "in" / "*.csv").symbols == ("AAA", "BBB")
