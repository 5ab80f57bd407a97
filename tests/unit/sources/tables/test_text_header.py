"""Headers of text files, searched for and declared."""

from pathlib import Path

import pytest

from morrow.errors import SourceError
from morrow.sources.files import FileSource
from morrow.sources.tables.text_header import read_header
from tests.files import read, refusal, write

NAMES = "Date,Open,High,Low,Close,Volume\n"
ROWS = "".join(f"2017-01-{day:02d},10.5,11.25,10.0,11.0,{day}00\n" for day in range(2, 20))


def test_what_stands_above_the_rows_is_kept() -> None:
    """Preamble, header, units and the number of its line are told, and rows begin behind them."""
    text = "A title\n\n# comment\n" + NAMES + ",USD,USD,USD,USD,shares\n" + ROWS
    header, blocks = read_header(iter([b"\xef\xbb\xbf" + text.encode()]), "x.csv")
    assert header.names == ("Date", "Open", "High", "Low", "Close", "Volume")
    assert (header.preamble, header.line) == (("A title", "# comment"), 4)
    assert (header.units[1], header.levels) == ("USD", (header.names,))
    assert header.first_lines[0] == "A title"
    assert next(blocks).startswith(b"2017-01-02,10.5")


def test_a_file_with_a_preamble_is_read(tmp_path: Path) -> None:
    """The same bars come out of a file with and without a title, comments and units, with the same places."""
    expected = read(write(tmp_path, NAMES + ROWS)).rows
    for above in ("Title, of A\nhttps://a.b\n", "# a\n# b\n", "A,,,,,\n"):
        for below in ("", ",USD,USD,USD,USD,shares\n"):
            rows = read(write(tmp_path, above + NAMES + below + ROWS)).rows
            assert rows.equals(expected)


def test_a_header_of_several_lines_has_levels() -> None:
    """Three header lines of fields by ticker are all kept, and name each column as pandas does."""
    text = "Price,Close,Close\nTicker,AAA,BBB\nDate,,\n2024-01-02,1,2\n2024-01-03,1,2\n"
    header, _ = read_header(iter([text.encode()]), "x.csv")
    assert header.levels == (("Price", "Close", "Close"), ("Ticker", "AAA", "BBB"), ("Date", "", ""))
    assert header.names == ("Date", "('Close', 'AAA')", "('Close', 'BBB')")


def test_a_declared_header_line_is_taken(tmp_path: Path) -> None:
    """The number of a line is taken at its word; one beyond the file is refused."""
    path = write(tmp_path, "Date,Close,x\n\nDay,Price,y\n2024-01-02,1,2\n")
    assert read(path, header=3).rows["close"].tolist() == [1]
    assert "nothing in line 9" in refusal(path, header=9)


def test_a_file_without_a_header_is_declared(tmp_path: Path) -> None:
    """The refusal says how to name the columns; following it reads every row, the first one too."""
    rows = "".join(f"2017-01-{day:02d},7,{day}.5\n" for day in range(2, 20))
    path = write(tmp_path, rows)
    message = refusal(path)
    assert message.startswith('"prices.csv" has no header; its first row is "2017-01-02,7,2.5"')
    assert "name its 3 columns in their order" in message
    assert message.endswith('write header = false and columns = ["session", "", "close"]')
    batch = read(path, header=False, columns=["session", "", "close"])
    assert batch.rows["close"].tolist() == [day + 0.5 for day in range(2, 20)]
    assert batch.rows["row"].tolist() == list(range(18))
    assert "columns names 2 columns, and " in refusal(path, header=False, columns=["session", "close"])


def test_names_by_place_go_with_no_header() -> None:
    """A list of columns without header = false is refused with both ways to write it."""
    with pytest.raises(ValueError, match=r"set header = false as well, or map the header's names"):
        FileSource.model_validate({"kind": "csv", "path": "x", "columns": ["session", "close"]})


def test_nothing_is_no_header() -> None:
    """Line ends alone have no header."""
    with pytest.raises(SourceError, match="no readable header"):
        read_header(iter([b"\n\n"]), "x.csv")
