"""Long and wide tables, with whole and broken rows."""

import gzip
from pathlib import Path

import numpy as np
import pytest

from morrow.errors import SourceError
from morrow.sources import show_raw_rows
from tests.files import LONG, read, write


def test_one_malformed_row_does_not_stop_the_rest(tmp_path: Path) -> None:
    """Ragged lines, a stray quote, a bad date and an empty symbol are kept, named and counted apart."""
    path = write(
        tmp_path,
        LONG
        + "2020-01-02,AAA,1,3,0.5,2,10\n"
        + "2020-01-03,AAA,1,3,0.5\n"
        + '2020-01-06,"AAA,1,3,0.5,2,10\n'
        + "someday,AAA,1,3,0.5,x,10\n"
        + "2020-01-07,,1,3,0.5,2,10\n"
        + "2020-01-08,AAA,1,3,0.5,2,10,9\n"
        + ",,,,,,,\n"
        + "2020-01-09,AAA,1,3,0.5,2,10\n",
    )
    rows = read(path).rows
    assert rows["row"].tolist() == [0, 1, 2, 3, 4, 5, 7]
    assert rows["malformed"].fillna("").tolist() == [
        "",
        "fields=5 of 7",
        "unmatched quote",
        'session="someday", close="x"',
        'symbol=""',
        "fields=8 of 7",
        "",
    ]
    assert rows["symbol"].fillna("").tolist() == ["AAA", "AAA", "", "AAA", "", "AAA", "AAA"]
    assert rows["session"].isna().tolist() == [False, False, False, True, False, False, False]


def test_empty_rows_are_no_bars(tmp_path: Path) -> None:
    """Rows without any value are dropped, leading ones with a note; an empty close beside values stays."""
    path = write(
        tmp_path,
        LONG
        + "2020-01-02,AAA,,,,,\n2020-01-03,AAA,NaN,NaN,NaN,NaN,\n2020-01-06,AAA,1,3,1,2,5\n"
        + "2020-01-07,AAA,1,3,1,,5\n"
        + "2020-01-08,AAA,,,,,\n,,,,,,\n2020-01-02,BBB,,,,,\n2020-01-03,CCC,1,1,1,1,1\n",
    )
    batch = read(path)
    assert batch.rows["row"].tolist() == [2, 3, 7]
    assert batch.notes == (
        "symbol AAA: 2 empty leading rows skipped",
        "symbol BBB: no prices",
        "symbol AAA: 1 empty rows at the end of its series are no bars",
    )
    assert read(path, symbols=("CCC",)).notes == ()
    with pytest.raises(SourceError, match="no dated row for BBB"):
        read(path, symbols=("BBB",))


def test_a_wide_file_has_a_symbol_a_column(tmp_path: Path) -> None:
    """Each cell is a bar placed by line and column; empty cells and unnamed columns are none."""
    path = write(tmp_path, "Date,AAA,BBB,,Words\n2020-01-02,1,,7,a\n2020-01-03,2,x,7,b\n2020-01-06,3,5,7,c\n")
    batch = read(path, layout="wide")
    assert batch.rows[["row", "symbol"]].to_numpy().tolist() == [
        [0, "AAA"], [3, "AAA"], [4, "BBB"], [6, "AAA"], [7, "BBB"],
    ]  # fmt: skip
    assert batch.rows["close"].tolist() == pytest.approx([1, 2, np.nan, 3, 5], nan_ok=True)
    assert batch.rows["malformed"].dropna().tolist() == ['close="x"']
    assert batch.notes == (
        'column "Words" holds no number: skipped',
        "symbol BBB: 1 empty leading rows skipped",
    )
    assert show_raw_rows(batch, [4]) == ['{"BBB":"x","Date":"2020-01-03"}']


def test_a_broken_line_of_a_wide_file_is_one_row(tmp_path: Path) -> None:
    """A wide line with a field too few is kept once, with its session and without a symbol."""
    path = write(
        tmp_path, "Date,AAA,BBB\n2020-01-02,1,2\n2020-01-03,1\nx,3,4\n2020-01-06,1,2\n2020-01-07,1,2\n"
    )
    rows = read(path, layout="wide").rows
    broken = rows[rows["malformed"].notna()]
    assert broken["row"].tolist() == [2, 4, 5]
    assert broken["malformed"].tolist() == ["fields=2 of 3", 'session="x"', 'session="x"']
    assert broken["symbol"].fillna("").tolist() == ["", "AAA", "BBB"]


def test_symbols_are_text(tmp_path: Path) -> None:
    """Tickers such as NA, TRUE or 007 stay what they are."""
    path = write(tmp_path, "date,symbol,close\n2020-01-02,NA,1\n2020-01-02,TRUE,1\n2020-01-02, 007 ,1\n")
    assert read(path).rows["symbol"].tolist() == ["NA", "TRUE", "007"]


def test_a_file_without_symbols_is_one(tmp_path: Path) -> None:
    """The symbol is the configured one, else the file's name in capitals."""
    path = write(tmp_path, "Date,Close\n2020-01-02,1\n", "btc.csv")
    assert read(path).rows["symbol"].tolist() == ["BTC"]
    assert read(path, symbol="XBT").rows["symbol"].tolist() == ["XBT"]
    zipped = write(tmp_path, gzip.compress(b"Date,Close\n2020-01-02,1\n"), "eth.csv.gz")
    assert read(zipped).rows["symbol"].tolist() == ["ETH"]


def test_adjusted_closes_alone_are_closes(tmp_path: Path) -> None:
    """Without a close the adjusted one stands in, factors are 1 and a note says so."""
    path = write(tmp_path, "date,open,adjclose\n2020-01-02,5,4.5\n2020-01-03,5,4.6\n")
    batch = read(path)
    assert batch.rows["close"].tolist() == [4.5, 4.6]
    assert batch.rows["open"].isna().all()
    assert (batch.rows["split_factor"] == 1).all()
    assert "adjusted closes stand in" in batch.notes[0]


def test_averages_of_bid_and_ask_have_no_sign(tmp_path: Path) -> None:
    """CRSP's minus before a price marks a day without a trade; any other column keeps its sign."""
    lines = "2020-01-02,1,10\n2020-01-03,1,-10.5\n2020-01-06,1,-99\n"
    batch = read(write(tmp_path, "date,PERMNO,PRC\n" + lines))
    assert batch.rows["close"].tolist() == [10, 10.5]
    assert any(note.startswith("1 prices with a minus") for note in batch.notes)
    assert read(write(tmp_path, "date,symbol,close\n" + lines)).rows["close"].tolist() == [10, -10.5]
