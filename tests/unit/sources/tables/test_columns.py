"""Which column holds what."""

from pathlib import Path

import pandas as pd

from tests.files import TWO_DAYS, read, refusal, write


def test_columns_are_mapped_as_configured(tmp_path: Path) -> None:
    """Named columns are used instead of usual ones, and prices that are not named stay out."""
    path = write(tmp_path, "when;who;px;Close;Volume;Name\n2020-01-02;AAA;5;7;3;z\n")
    rows = read(path, columns={"session": "when", "symbol": "who", "close": "px"}).rows
    assert rows[["symbol", "close"]].to_numpy().tolist() == [["AAA", 5]]
    assert rows["volume"].isna().all()
    assert read(path, columns={"session": "when"}).rows["close"].tolist() == [7]
    assert read(path, symbol="B").rows["symbol"].tolist() == ["B"]


def test_unusable_tables_are_named(tmp_path: Path) -> None:
    """No price, no date, no number, mismatched fields and doubled symbols each say what to do."""
    assert "no price column among Date, Mood" in refusal(write(tmp_path, "Date,Mood\n2020-01-02,1\n"))
    assert "no date column among Close, Mood" in refusal(write(tmp_path, "Close,Mood\n1,ok\n"))
    assert 'no readable dates, first: "x"' in refusal(write(tmp_path, "Date,Close\nx,1\n"))
    assert 'first: "2020-13-45"' in refusal(write(tmp_path, "Date,Close\n2020-13-45,1\n"))
    assert 'no readable dates, first: ""' in refusal(write(tmp_path, "Date,Close\n,1\n"))
    assert 'first unreadable: close="1,5"' in refusal(write(tmp_path, "Date;Close\n2020-01-02;1,5\n"))
    assert "no row with a close;" in refusal(write(tmp_path, "Date,Close\n2020-01-02,\n"))
    ragged = "Date,Close\n2020-01-02,1,2\n2020-01-03,1,2\n2020-01-06,1\n"
    assert "2 of 3 rows" in refusal(write(tmp_path, ragged))
    doubled = write(tmp_path, "Date,AAA,AAA\n2020-01-02,1,2\n")
    assert 'has 2 columns "AAA"' in refusal(doubled, layout="wide")
    many = ",".join(f"word{place}" for place in range(9))
    words = write(tmp_path, f"Date,{many}\n2020-01-02{',x' * 9}\n")
    assert "and 1 more" in refusal(words, layout="wide")


def test_a_date_column_without_a_usual_name_is_found(tmp_path: Path) -> None:
    """The first column that reads as days is taken when none is named so."""
    path = write(tmp_path, "n,when,close\n1,2020-01-02,5\n2,2020-01-03,6\n")
    assert read(path).rows["session"].max() == pd.Timestamp("2020-01-03")


def test_row_numbers_are_no_symbol(tmp_path: Path) -> None:
    """A column that counts the rows of a wide table is left out, upwards and downwards."""
    lines = [
        f"{n},{day:%Y-%m-%d},{n % 7 + 1},{40 - n}"
        for n, day in enumerate(pd.bdate_range("2020-01-01", periods=30))
    ]
    rows = read(write(tmp_path, "SNo,Date,AAA,Left\n" + "\n".join(lines)), layout="wide").rows
    assert rows["symbol"].unique().tolist() == ["AAA"]


def test_a_misspelt_column_names_the_nearest(tmp_path: Path) -> None:
    """A mapped column that the file lacks, or a field that morrow lacks, names the nearest known one."""
    path = write(tmp_path, TWO_DAYS)
    message = refusal(path, columns={"close": "Clsoe"})
    assert 'column "Clsoe" (close) is not in "prices.csv"' in message
    assert message.endswith('did you mean "Close"?')
    assert 'did you mean "close"?' in refusal(path, columns={"clsoe": "Close"})


def test_days_across_are_refused_with_the_way_to_transpose(tmp_path: Path) -> None:
    """A table with a row per symbol says so, and how to turn it."""
    path = write(tmp_path, "Ticker,2020-01-02,2020-01-03,2020-01-06\nAAA,1,2,3\nBBB,4,5,6\n")
    assert "one row per symbol; transpose it" in refusal(path)
