"""Delimited text: encodings, quotes, separators and headers."""

from pathlib import Path

import pytest

from tests.files import TWO_DAYS, read, write


@pytest.mark.parametrize("separator", [";", "\t", "|"])
def test_the_separator_is_found(separator: str, tmp_path: Path) -> None:
    """Semicolons, tabs and bars separate as commas do."""
    path = write(tmp_path, TWO_DAYS.replace(",", separator))
    assert read(path).rows["close"].tolist() == [2, 3]


def test_comments_among_the_rows_are_skipped(tmp_path: Path) -> None:
    """A line that begins with a hash is no row, and is counted; places of the others do not change."""
    batch = read(write(tmp_path, "Date,Close\n2024-01-02,1\n# corrected\n2024-01-04,3\n#\n"))
    assert batch.rows["row"].tolist() == [0, 2]
    assert batch.notes == ("2 comment lines skipped",)


def test_bytes_of_zero_cost_their_rows(tmp_path: Path) -> None:
    """A NUL in a line refuses that row alone, and names it; in the header it is a binary file."""
    rows = read(write(tmp_path, b"Date,Close\n2024-01-02,1\n2024-01-03,\x002\n2024-01-04,3\n\x00\x00\n")).rows
    assert rows["malformed"].fillna("").tolist() == ["", "NUL byte", "", "NUL byte"]
    assert rows["session"].dt.day.tolist()[:3] == [2, 3, 4]


def test_quotes_bind_within_their_line(tmp_path: Path) -> None:
    """Quoted separators stay in their field, and a quote that nothing closes costs its own line alone."""
    path = write(
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
    batch = read(write(tmp_path, text))
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
        rows = read(write(tmp_path, text)).rows
        assert rows["close"].tolist() == [1, 2]
        assert rows["malformed"].isna().all()


@pytest.mark.parametrize("layout", ["long", "wide"])
def test_lines_of_separators_alone_are_none(layout: str, tmp_path: Path) -> None:
    """A sheet that was exported with far more empty lines than rows is read for its rows."""
    batch = read(write(tmp_path, "Date,Close,Volume\n2024-01-02,1,2\n" + ",,\n" * 9), layout=layout)
    assert batch.rows["close"].tolist() == ([1] if layout == "long" else [1, 2])
