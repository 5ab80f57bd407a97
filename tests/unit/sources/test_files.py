"""Files of every shape, read into one batch."""

import gzip
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from morrow.errors import HistoryError, SourceError
from morrow.sources import files, inspect, show_raw_rows
from tests.files import TWO_DAYS, read, write


def test_a_long_file_is_read_as_written(tmp_path: Path) -> None:
    """Each line of a long file is a bar with its fields, factors 1 and its place."""
    batch = read(write(tmp_path, TWO_DAYS))
    assert batch.rows.drop(columns="malformed").to_numpy().tolist() == [
        [0, "AAA", pd.Timestamp("2020-01-02"), 1, 3, 0.5, 2, 10, 1, 1],
        [1, "AAA", pd.Timestamp("2020-01-03"), 2, 4, 1, 3, 20, 1, 1],
    ]
    assert batch.rows["malformed"].isna().all()
    assert (batch.source, batch.notes, batch.duplicates) == ("csv:prices.csv", (), 0)


def test_every_wrapping_holds_the_same_prices(tmp_path: Path) -> None:
    """A byte order mark, Windows line ends, quotes, gzip and Parquet change no value."""
    quoted = "\n".join(",".join(f'"{cell}"' for cell in line.split(",")) for line in TWO_DAYS.split())
    frame = pd.read_csv(write(tmp_path, TWO_DAYS))
    frame.to_parquet(tmp_path / "prices.parquet")
    frame.assign(Date=pd.to_datetime(frame["Date"], utc=True)).to_parquet(tmp_path / "stamped.parquet")
    frame.assign(Date=pd.to_datetime(frame["Date"]).dt.date).to_parquet(tmp_path / "dated.parquet")
    frame.assign(Ticker=frame["Ticker"].astype("category")).to_parquet(tmp_path / "coded.parquet")
    paths = [
        write(tmp_path, b"\xef\xbb\xbf" + TWO_DAYS.encode(), "marked.csv"),
        write(tmp_path, "\r\n" + TWO_DAYS.replace("\n", "\r\n"), "windows.csv"),
        write(tmp_path, quoted, "quoted.csv"),
        write(tmp_path, gzip.compress(TWO_DAYS.encode()), "prices.csv.gz"),
        *(tmp_path / f"{name}.parquet" for name in ("prices", "stamped", "dated", "coded")),
    ]
    expected = read(tmp_path / "prices.csv").rows
    for path in paths:
        pd.testing.assert_frame_equal(read(path).rows, expected)


def test_rows_without_a_readable_session_are_in_every_slice(tmp_path: Path) -> None:
    """An earlier as_of leaves out later sessions and keeps rows that cannot be dated."""
    path = write(tmp_path, TWO_DAYS + "someday,AAA,1,3,0.5,2,10\n")
    rows = read(path, as_of=date(2020, 1, 2)).rows
    assert rows["row"].tolist() == [0, 2]
    assert read(path).id == read(path, as_of=date(2020, 1, 2)).id


def test_many_notes_are_cut_short(tmp_path: Path) -> None:
    """Twelve symbols that start late make ten notes and a count of the rest."""
    names = [f"S{place}" for place in range(12)]
    path = write(tmp_path, f"Date,{','.join(names)}\n2020-01-02{',' * 12}\n2020-01-03{',1' * 12}\n")
    notes = read(path, layout="wide").notes
    assert len(notes) == 11
    assert notes[-1] == "and 2 more like these"


def test_a_rewritten_file_is_read_again(tmp_path: Path) -> None:
    """New bytes of the same length in the same file give new prices and a new id."""
    before = read(write(tmp_path, TWO_DAYS))
    after = read(write(tmp_path, TWO_DAYS.replace("0.5,2,10", "0.5,9,10")))
    assert (before.rows["close"][0], after.rows["close"][0]) == (2, 9)
    assert before.id != after.id


def test_an_as_of_before_a_file_starts_is_an_error(tmp_path: Path) -> None:
    """Nothing up to the day asked for is an error that names the file's first session."""
    with pytest.raises(HistoryError, match=r"csv:prices.csv has nothing up to 2019-12-31; .* 2020-01-02"):
        read(write(tmp_path, TWO_DAYS), as_of=date(2019, 12, 31))


def test_five_hundred_symbols_are_read_in_seconds(tmp_path: Path) -> None:
    """500 symbols × 1,000 sessions are parsed within seconds, and sliced at once the second time."""
    days = pd.bdate_range("2016-01-01", periods=1000).strftime("%Y-%m-%d")
    rng = np.random.default_rng(0)
    price = np.round(50 * np.exp(rng.normal(0, 0.01, (1000, 500)).cumsum(axis=0)), 2).astype(str)
    line = [
        f"{day},S{s:03d},{price[d, s]},{price[d, s]},1000" for d, day in enumerate(days) for s in range(500)
    ]
    path = write(tmp_path, "date,symbol,close,adj_close,volume\n" + "\n".join(line))
    started = time.perf_counter()
    batch = read(path)
    parsed = time.perf_counter()
    assert len(batch.rows) == 500_000
    assert batch.rows["symbol"].nunique() == 500
    assert (batch.rows[["split_factor", "dividend_factor"]] == 1).all(axis=None)
    started_again = time.perf_counter()
    assert len(read(path, as_of=date(2016, 1, 1)).rows) == 500
    assert time.perf_counter() - started_again < (parsed - started)
    assert parsed - started < 20


def test_a_window_of_a_large_source_reads_the_same_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a window reads is what the whole has in it, with the same places, from CSV and pruned Parquet."""
    days, close = pd.bdate_range("2024-01-01", periods=60), np.arange(180) + 1.0
    frame = pd.DataFrame({
        "date": np.repeat(days, 3), "symbol": np.tile(["A", "B", "C"], 60),
        "open": close, "high": close, "low": close, "close": close, "volume": 7.0,
    })  # fmt: skip
    frame.to_csv(tmp_path / "p.csv", index=False)
    frame.to_parquet(tmp_path / "p.parquet", row_group_size=20)
    whole = read(tmp_path / "p.csv").rows
    monkeypatch.setattr(files, "_SMALL_BYTES", 0)
    start = days[50].date()
    expected = whole[whole["session"] >= days[50]].reset_index(drop=True)
    for kind in ("csv", "parquet"):
        files._contents.clear()
        batch = read(tmp_path / f"p.{kind}", kind=kind, start=start)
        pd.testing.assert_frame_equal(batch.rows, expected)
        assert len(files._contents) == 1
        assert '"close":' in show_raw_rows(batch, [179])[0].replace('"close":"180.0"', '"close":180.0')
        assert "180.0" in show_raw_rows(batch, [179])[0]
        by_symbol = read(tmp_path / f"p.{kind}", kind=kind, start={"A": start, "B": start}).rows
        assert by_symbol.groupby("symbol").size().to_dict() == {"A": 10, "B": 10, "C": 60}
    files._contents.clear()


@pytest.mark.parametrize(
    "text",
    [
        "Date,Close\n",
        "Date,Close",
        "Date,Close\n\n\n",
        "Date,Close\n   \n",
        "Date,Close\n,\n",
        "Date,Close\nDate,Close\n",
    ],
    ids=["header", "no line end", "blank lines", "blanks", "separators", "the header again"],
)
@pytest.mark.parametrize("look", [read, inspect])
def test_a_header_without_rows_is_one_line(tmp_path: Path, text: str, look: Callable[[Path], object]) -> None:
    """A file that has a header and nothing else says so, when it is read and when it is inspected."""
    path = write(tmp_path, text)
    with pytest.raises(SourceError, match=r'prices.csv" has a header and no rows; export it again$'):
        look(path)


@pytest.mark.parametrize("look", [read, inspect])
def test_files_without_content_are_one_line(tmp_path: Path, look: Callable[[Path], object]) -> None:
    """Line ends or comments alone, an empty gzip, Parquet without rows and an empty folder are refused."""
    pd.DataFrame({"date": pd.to_datetime([]), "close": pd.Series([], dtype=float)}).to_parquet(
        tmp_path / "zero.parquet"
    )
    (tmp_path / "folder").mkdir()
    refused = {
        write(tmp_path, "\n\n"): "no readable header",
        write(tmp_path, gzip.compress(b""), "zero.csv.gz"): "no readable header",
        write(tmp_path, "# a\n# b\n", "comments.csv"): "no readable header",
        tmp_path / "zero.parquet": "has a header and no rows",
        tmp_path / "folder": "no file that ends like",
    }
    for path, reason in refused.items():
        with pytest.raises(SourceError, match=reason) as caught:
            look(path)
        assert "\n" not in str(caught.value)


def test_a_file_without_rows_among_others_is_passed_over(tmp_path: Path) -> None:
    """Of several files the one with a header alone is named, and the others are read and inspected."""
    write(tmp_path / "in", "Date,Close\n", "aaa.csv")
    write(tmp_path / "in", "Date,Close\n2024-01-02,1\n", "bbb.csv")
    batch = read(tmp_path / "in")
    assert batch.failed == (("AAA", '"aaa.csv" has a header and no rows; export it again'),)
    assert batch.rows["symbol"].tolist() == ["BBB"]
    assert inspect(tmp_path / "in").symbols == ("BBB",)
