"""Files of every shape, whole and broken."""

import gzip
import json
import time
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from morrow.config import FileSource, Universe
from morrow.errors import HistoryError, MorrowError, SourceError
from morrow.sources import Batch, fetch, received

LONG = "Date,Ticker,Open,High,Low,Close,Volume\n"
TWO_DAYS = LONG + "2020-01-02,AAA,1,3,0.5,2,10\n2020-01-03,AAA,2,4,1,3,20\n"


def read(
    path: Path, as_of: date | None = None, symbols: tuple[str, ...] | None = None, **options: object
) -> Batch:
    """Fetch a file as a universe of its own."""
    given = {"kind": "parquet" if path.suffix == ".parquet" else "csv", "path": path.name} | options
    universe = Universe(source=FileSource.model_validate(given), calendar="observed", symbols=symbols)
    return fetch(universe, path.parent, as_of)


def written(folder: Path, text: str | bytes, name: str = "prices.csv") -> Path:
    """A file with the given content."""
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def refusal(path: Path, **options: Any) -> str:
    """The one line with which a file is refused."""
    with pytest.raises(MorrowError) as caught:
        read(path, **options)
    message = str(caught.value)
    assert "\n" not in message
    assert caught.value.exit_code == 2
    return message


def test_a_long_file_is_read_as_written(tmp_path: Path) -> None:
    """Each line of a long file is a bar with its fields, factors 1 and its place."""
    batch = read(written(tmp_path, TWO_DAYS))
    assert batch.rows.drop(columns="malformed").to_numpy().tolist() == [
        [0, "AAA", pd.Timestamp("2020-01-02"), 1, 3, 0.5, 2, 10, 1, 1],
        [1, "AAA", pd.Timestamp("2020-01-03"), 2, 4, 1, 3, 20, 1, 1],
    ]
    assert batch.rows["malformed"].isna().all()
    assert (batch.source, batch.notes, batch.duplicates) == ("csv:prices.csv", (), 0)


@pytest.mark.parametrize("separator", [";", "\t", "|"])
def test_the_separator_is_found(separator: str, tmp_path: Path) -> None:
    """Semicolons, tabs and bars separate as commas do."""
    path = written(tmp_path, TWO_DAYS.replace(",", separator))
    assert read(path).rows["close"].tolist() == [2, 3]


def test_every_wrapping_holds_the_same_prices(tmp_path: Path) -> None:
    """A byte order mark, Windows line ends, quotes, gzip and Parquet change no value."""
    quoted = "\n".join(",".join(f'"{cell}"' for cell in line.split(",")) for line in TWO_DAYS.split())
    frame = pd.read_csv(written(tmp_path, TWO_DAYS))
    frame.to_parquet(tmp_path / "prices.parquet")
    frame.assign(Date=pd.to_datetime(frame["Date"], utc=True)).to_parquet(tmp_path / "stamped.parquet")
    frame.assign(Date=pd.to_datetime(frame["Date"]).dt.date).to_parquet(tmp_path / "dated.parquet")
    frame.assign(Ticker=frame["Ticker"].astype("category")).to_parquet(tmp_path / "coded.parquet")
    paths = [
        written(tmp_path, b"\xef\xbb\xbf" + TWO_DAYS.encode(), "marked.csv"),
        written(tmp_path, "\r\n" + TWO_DAYS.replace("\n", "\r\n"), "windows.csv"),
        written(tmp_path, quoted, "quoted.csv"),
        written(tmp_path, gzip.compress(TWO_DAYS.encode()), "prices.csv.gz"),
        *(tmp_path / f"{name}.parquet" for name in ("prices", "stamped", "dated", "coded")),
    ]
    expected = read(tmp_path / "prices.csv").rows
    for path in paths:
        pd.testing.assert_frame_equal(read(path).rows, expected)


@pytest.mark.parametrize(
    "text",
    [
        "20200102", "2020/1/2", "2020-01-02 00:00:00", "2020-01-02T00:00:00Z", "2020-01-02 00:00:00-05:00",
        "2020-01-02 00:00:00.000 UTC", "2020-01-02 16:00",
    ],
)  # fmt: skip
def test_days_are_read_as_written(text: str, tmp_path: Path) -> None:
    """A timestamp is its own date, whatever its time and zone."""
    path = written(tmp_path, f"Date,Close\n{text},5\n")
    assert read(path).rows["session"].tolist() == [pd.Timestamp("2020-01-02")]


def test_days_may_be_whole_numbers(tmp_path: Path) -> None:
    """A Parquet column of integers like 20200102 holds days."""
    pd.DataFrame({"date": [20200102, 20200103], "price": [1, 2]}).to_parquet(tmp_path / "n.parquet")
    assert read(tmp_path / "n.parquet").rows["session"].max() == pd.Timestamp("2020-01-03")


def test_swappable_dates_are_refused(tmp_path: Path) -> None:
    """Dates whose day and month could be swapped are refused with the way to write them."""
    message = refusal(written(tmp_path, "Date,Close\n03/04/2020,5\n04/04/2020,6\n"))
    assert "03/04/2020" in message
    assert "write ISO dates" in message
    unnamed = refusal(written(tmp_path, ",AAA\n03/04/2020,5\n"), layout="wide")
    assert "could be swapped" in unnamed


def test_numbers_are_strict(tmp_path: Path) -> None:
    """Inf and negatives are numbers, the usual words for nothing are absent, anything else is malformed."""
    cells = ["inf", "-1.5", "+2", "1e3", " 7 ", "abc", "1,5", "$3", "0x10", "1_0"]
    lines = "".join(f"2020-01-{day:02d};{cell};1\n" for day, cell in enumerate(cells, start=1))
    absent = "".join(
        f"2020-02-{day:02d};{cell};1\n" for day, cell in enumerate(["N/A", "nan", "null", ""], start=1)
    )
    rows = read(written(tmp_path, "Date;Close;Volume\n" + lines + absent)).rows
    assert rows["close"].tolist()[:5] == [np.inf, -1.5, 2, 1000, 7]
    assert rows["close"][5:].isna().all()
    assert rows["malformed"].dropna().to_dict() == {
        5: 'close="abc"', 6: 'close="1,5"', 7: 'close="$3"', 8: 'close="0x10"', 9: 'close="1_0"',
    }  # fmt: skip


def test_one_malformed_row_does_not_stop_the_rest(tmp_path: Path) -> None:
    """Ragged lines, a stray quote, a bad date and an empty symbol are kept, named and counted apart."""
    path = written(
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


def test_rows_are_shown_as_received(tmp_path: Path) -> None:
    """A refused row comes back with every field as it was in the file, in canonical JSON."""
    path = written(
        tmp_path, LONG + "2020-01-02,AAA,1,3,0.50,é,10\n2020-01-03,AAA,1\n2020-01-06,AAA,1,3,1,2,\n"
    )
    batch = read(path)
    shown = received(batch, batch.rows["row"][:2])
    assert shown[0] == (
        '{"Close":"é","Date":"2020-01-02","High":"3","Low":"0.50","Open":"1","Ticker":"AAA","Volume":"10"}'
    )
    assert json.loads(shown[1]) == {"fields": ["2020-01-03", "AAA", "1"]}


def test_parquet_rows_are_shown_as_received(tmp_path: Path) -> None:
    """Typed values come back as JSON, a value that JSON does not know as text."""
    frame = pd.DataFrame({"date": pd.to_datetime(["2020-01-02", "2020-01-03"]), "close": [1.5, np.inf]})
    frame.to_parquet(tmp_path / "x.parquet")
    batch = read(tmp_path / "x.parquet")
    assert received(batch, [1]) == ['{"close":"inf","date":"2020-01-03 00:00:00"}']


def test_rows_without_a_readable_session_are_in_every_slice(tmp_path: Path) -> None:
    """An earlier as_of leaves out later sessions and keeps rows that cannot be dated."""
    path = written(tmp_path, TWO_DAYS + "someday,AAA,1,3,0.5,2,10\n")
    rows = read(path, as_of=date(2020, 1, 2)).rows
    assert rows["row"].tolist() == [0, 2]
    assert read(path).id == read(path, as_of=date(2020, 1, 2)).id


def test_exact_duplicates_collapse_and_conflicts_stay(tmp_path: Path) -> None:
    """A repeated line counts once, as of its session; two lines that differ both stay for the gate."""
    path = written(
        tmp_path,
        TWO_DAYS + "2020-01-03,AAA,2,4,1,3.0,20\n2020-01-06,AAA,1,1,1,1,1\n2020-01-06,AAA,1,1,1,9,1\n",
    )
    batch = read(path)
    assert batch.duplicates == 1
    assert batch.rows["row"].tolist() == [0, 1, 3, 4]
    assert read(path, as_of=date(2020, 1, 2)).duplicates == 0


def test_empty_rows_are_no_bars(tmp_path: Path) -> None:
    """Rows without any value are dropped, leading ones with a note; an empty close beside values stays."""
    path = written(
        tmp_path,
        LONG
        + "2020-01-02,AAA,,,,,\n2020-01-03,AAA,NaN,NaN,NaN,NaN,\n2020-01-06,AAA,1,3,1,2,5\n"
        + "2020-01-07,AAA,1,3,1,,5\n"
        + "2020-01-08,AAA,,,,,\n,,,,,,\n2020-01-02,BBB,,,,,\n2020-01-03,CCC,1,1,1,1,1\n",
    )
    batch = read(path)
    assert batch.rows["row"].tolist() == [2, 3, 7]
    assert batch.notes == ("symbol AAA: 2 empty leading rows skipped", "symbol BBB: no prices")
    assert read(path, symbols=("CCC",)).notes == ()
    with pytest.raises(SourceError, match="no dated row for BBB"):
        read(path, symbols=("BBB",))


def test_a_wide_file_has_a_symbol_a_column(tmp_path: Path) -> None:
    """Each cell is a bar placed by line and column; empty cells and unnamed columns are none."""
    path = written(
        tmp_path, "Date,AAA,BBB,,Words\n2020-01-02,1,,7,a\n2020-01-03,2,x,7,b\n2020-01-06,3,5,7,c\n"
    )
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
    assert received(batch, [4]) == ['{"BBB":"x","Date":"2020-01-03"}']


def test_a_broken_line_of_a_wide_file_is_one_row(tmp_path: Path) -> None:
    """A wide line with a field too few is kept once, with its session and without a symbol."""
    path = written(
        tmp_path, "Date,AAA,BBB\n2020-01-02,1,2\n2020-01-03,1\nx,3,4\n2020-01-06,1,2\n2020-01-07,1,2\n"
    )
    rows = read(path, layout="wide").rows
    broken = rows[rows["malformed"].notna()]
    assert broken["row"].tolist() == [2, 4, 5]
    assert broken["malformed"].tolist() == ["fields=2 of 3", 'session="x"', 'session="x"']
    assert broken["symbol"].fillna("").tolist() == ["", "AAA", "BBB"]


def test_many_notes_are_cut_short(tmp_path: Path) -> None:
    """Twelve symbols that start late make ten notes and a count of the rest."""
    names = [f"S{place}" for place in range(12)]
    path = written(tmp_path, f"Date,{','.join(names)}\n2020-01-02{',' * 12}\n2020-01-03{',1' * 12}\n")
    notes = read(path, layout="wide").notes
    assert len(notes) == 11
    assert notes[-1] == "and 2 more like these"


def test_symbols_are_text(tmp_path: Path) -> None:
    """Tickers such as NA, TRUE or 007 stay what they are."""
    path = written(tmp_path, "date,symbol,close\n2020-01-02,NA,1\n2020-01-02,TRUE,1\n2020-01-02, 007 ,1\n")
    assert read(path).rows["symbol"].tolist() == ["NA", "TRUE", "007"]


def test_a_file_without_symbols_is_one(tmp_path: Path) -> None:
    """The symbol is the configured one, else the file's name in capitals."""
    path = written(tmp_path, "Date,Close\n2020-01-02,1\n", "btc.csv")
    assert read(path).rows["symbol"].tolist() == ["BTC"]
    assert read(path, symbol="XBT").rows["symbol"].tolist() == ["XBT"]
    zipped = written(tmp_path, gzip.compress(b"Date,Close\n2020-01-02,1\n"), "eth.csv.gz")
    assert read(zipped).rows["symbol"].tolist() == ["ETH"]


def test_columns_are_mapped_as_configured(tmp_path: Path) -> None:
    """Named columns are used instead of usual ones, and prices that are not named stay out."""
    path = written(tmp_path, "when;who;px;Close;Volume;Name\n2020-01-02;AAA;5;7;3;z\n")
    rows = read(path, columns={"session": "when", "symbol": "who", "close": "px"}).rows
    assert rows[["symbol", "close"]].to_numpy().tolist() == [["AAA", 5]]
    assert rows["volume"].isna().all()
    assert read(path, columns={"session": "when"}).rows["close"].tolist() == [7]
    assert read(path, symbol="B").rows["symbol"].tolist() == ["B"]


def test_factors_come_from_adjusted_closes(tmp_path: Path) -> None:
    """An adjusted close beside the close gives factors, whatever the order of the lines."""
    path = written(
        tmp_path,
        "date,close,adj close\n2020-01-07,49,49\n2020-01-06,50,49\n2020-01-03,102,49.98\n2020-01-02,100,49\n",
    )
    rows = read(path).rows
    assert rows["split_factor"].tolist() == [2, 2, 1, 1]
    assert rows["dividend_factor"].tolist() == pytest.approx([50 / 49, 1, 1, 1], rel=1e-6)


def test_adjusted_closes_alone_are_closes(tmp_path: Path) -> None:
    """Without a close the adjusted one stands in, factors are 1 and a note says so."""
    path = written(tmp_path, "date,open,adjclose\n2020-01-02,5,4.5\n2020-01-03,5,4.6\n")
    batch = read(path)
    assert batch.rows["close"].tolist() == [4.5, 4.6]
    assert batch.rows["open"].isna().all()
    assert (batch.rows["split_factor"] == 1).all()
    assert "adjusted closes stand in" in batch.notes[0]


def test_a_rewritten_file_is_read_again(tmp_path: Path) -> None:
    """New bytes of the same length in the same file give new prices and a new id."""
    before = read(written(tmp_path, TWO_DAYS))
    after = read(written(tmp_path, TWO_DAYS.replace("0.5,2,10", "0.5,9,10")))
    assert (before.rows["close"][0], after.rows["close"][0]) == (2, 9)
    assert before.id != after.id


def test_unreadable_files_are_named(tmp_path: Path) -> None:
    """Missing, empty, binary, truncated, mislabelled and wrongly encoded files each say what they are."""
    good = gzip.compress(TWO_DAYS.encode() * 50)
    pd.DataFrame({"date": ["2020-01-02"], "close": [1.0]}).to_parquet(tmp_path / "real.parquet")
    parquet = (tmp_path / "real.parquet").read_bytes()
    assert 'no file at "' in refusal(tmp_path / "missing.csv")
    (tmp_path / "folder.csv").mkdir()
    assert 'no file that ends like .csv or .csv.gz in "' in refusal(tmp_path / "folder.csv")
    assert "is empty (0 bytes)" in refusal(written(tmp_path, ""))
    assert "is binary" in refusal(written(tmp_path, b"\x00\x01\x02"))
    assert "broken gzip" in refusal(written(tmp_path, good[:-20], "cut.csv.gz"))
    assert "broken gzip" in refusal(written(tmp_path, good[:20] + b"?" * 50, "bent.csv.gz"))
    assert "not UTF-8 text (byte 11 is 0xe9)" in refusal(written(tmp_path, "Date,Close,é".encode("latin-1")))
    assert 'set source.kind = "parquet"' in refusal(written(tmp_path, parquet))
    assert "not a readable Parquet" in refusal(written(tmp_path, parquet[:-30], "cut.parquet"))
    assert "no readable header" in refusal(written(tmp_path, "\n\n"))
    assert "a header and no rows" in refusal(written(tmp_path, LONG))


def test_unusable_tables_are_named(tmp_path: Path) -> None:
    """No price, no date, no number, mismatched fields and doubled symbols each say what to do."""
    assert "no price column among Date, Mood" in refusal(written(tmp_path, "Date,Mood\n2020-01-02,1\n"))
    assert "no date column among Close, Mood" in refusal(written(tmp_path, "Close,Mood\n1,ok\n"))
    assert 'no readable dates, first: "x"' in refusal(written(tmp_path, "Date,Close\nx,1\n"))
    assert 'first: "2020-13-45"' in refusal(written(tmp_path, "Date,Close\n2020-13-45,1\n"))
    assert 'no readable dates, first: ""' in refusal(written(tmp_path, "Date,Close\n,1\n"))
    assert 'first unreadable: close="1,5"' in refusal(written(tmp_path, "Date;Close\n2020-01-02;1,5\n"))
    assert "no row with a close;" in refusal(written(tmp_path, "Date,Close\n2020-01-02,\n"))
    ragged = "Date,Close\n2020-01-02,1,2\n2020-01-03,1,2\n2020-01-06,1\n"
    assert "2 of 3 rows" in refusal(written(tmp_path, ragged))
    doubled = written(tmp_path, "Date,AAA,AAA\n2020-01-02,1,2\n")
    assert 'has 2 columns "AAA"' in refusal(doubled, layout="wide")
    many = ",".join(f"word{place}" for place in range(9))
    words = written(tmp_path, f"Date,{many}\n2020-01-02{',x' * 9}\n")
    assert "and 1 more" in refusal(words, layout="wide")


def test_a_date_column_without_a_usual_name_is_found(tmp_path: Path) -> None:
    """The first column that reads as days is taken when none is named so."""
    path = written(tmp_path, "n,when,close\n1,2020-01-02,5\n2,2020-01-03,6\n")
    assert read(path).rows["session"].max() == pd.Timestamp("2020-01-03")


def test_a_misspelt_column_names_the_nearest(tmp_path: Path) -> None:
    """A mapped column that the file lacks, or a field that morrow lacks, names the nearest known one."""
    path = written(tmp_path, TWO_DAYS)
    message = refusal(path, columns={"close": "Clsoe"})
    assert 'column "Clsoe" (close) is not in "prices.csv"' in message
    assert message.endswith('did you mean "Close"?')
    assert 'did you mean "close"?' in refusal(path, columns={"clsoe": "Close"})


def test_unsuitable_types_are_no_numbers_and_no_days(tmp_path: Path) -> None:
    """Parquet columns of truth values are malformed prices, of fractions no days, and of nothing absent."""
    days = pd.to_datetime(["2020-01-02", "2020-01-03"])
    frame = pd.DataFrame({"date": days, "close": [1.0, 2.0], "open": [True, None], "volume": [None, None]})
    frame.to_parquet(tmp_path / "odd.parquet")
    rows = read(tmp_path / "odd.parquet").rows
    assert rows["malformed"].fillna("").tolist() == ['open="true"', ""]
    assert rows["volume"].isna().all()
    pd.DataFrame({"date": [1.5], "close": [1.0]}).to_parquet(tmp_path / "worse.parquet")
    assert "no readable dates" in refusal(tmp_path / "worse.parquet")


def test_several_bars_a_day_are_refused_with_the_likely_cause(tmp_path: Path) -> None:
    """Hourly bars, or a symbol column that was not found, are refused rather than quarantined row by row."""
    lines = "".join(f"2020-01-02 {hour:02d}:00,{hour}\n" for hour in range(24))
    message = refusal(written(tmp_path, "Date,Close\n" + lines))
    assert "several different rows for most days, first for PRICES on 2020-01-02" in message
    assert "name their column" in message


def test_an_as_of_before_a_file_starts_is_an_error(tmp_path: Path) -> None:
    """Nothing up to the day asked for is an error that names the file's first session."""
    with pytest.raises(HistoryError, match=r"csv:prices.csv has nothing up to 2019-12-31; .* 2020-01-02"):
        read(written(tmp_path, TWO_DAYS), as_of=date(2019, 12, 31))


def test_five_hundred_symbols_are_read_in_seconds(tmp_path: Path) -> None:
    """500 symbols × 1,000 sessions are parsed within seconds, and sliced at once the second time."""
    days = pd.bdate_range("2016-01-01", periods=1000).strftime("%Y-%m-%d")
    rng = np.random.default_rng(0)
    price = np.round(50 * np.exp(rng.normal(0, 0.01, (1000, 500)).cumsum(axis=0)), 2).astype(str)
    line = [
        f"{day},S{s:03d},{price[d, s]},{price[d, s]},1000" for d, day in enumerate(days) for s in range(500)
    ]
    path = written(tmp_path, "date,symbol,close,adj_close,volume\n" + "\n".join(line))
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
