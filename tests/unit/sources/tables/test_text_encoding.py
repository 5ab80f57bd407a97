"""Texts recoded to UTF-8."""

from pathlib import Path

import pytest

from morrow.sources import files, inspect
from morrow.sources.files import FileSource
from morrow.sources.tables import file_set
from morrow.sources.tables.text_encoding import Recoder
from tests.files import read, refusal, write

TEXT = "Date,Ticker,Close\n" + "".join(f"2024-01-{day:02d},Nestlé,{day}\n" for day in range(2, 20))


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "latin-1", "cp1252"])
def test_other_encodings_are_read(encoding: str, tmp_path: Path) -> None:
    """A file in another encoding gives the bars of one in UTF-8, and says what it is; UTF-8 says nothing."""
    expected = read(write(tmp_path, TEXT))
    assert expected.notes == ()
    batch = read(write(tmp_path, TEXT.encode(encoding), "other.csv"))
    assert batch.rows.equals(expected.rows)
    named = {"latin-1": "cp1252"}.get(encoding, encoding)
    assert batch.notes[0].lower().startswith(f'text of "other.csv" read as {named}')
    assert read(tmp_path / "other.csv", encoding=encoding).notes == ()


def test_the_encoding_that_was_found_can_be_written_down(tmp_path: Path) -> None:
    """A content names the one encoding that reads all its files, and none where UTF-8 does."""
    for name, encoding in (("a.csv", "cp1252"), ("b.csv", "ascii")):
        write(tmp_path / "in", TEXT.replace("é", "é" if encoding == "cp1252" else "e").encode(encoding), name)
    source = FileSource(kind="csv", path="in")
    assert files.read_content(source, tmp_path).encoding == "cp1252"
    write(tmp_path / "in", TEXT, "c.csv")
    assert files.read_content(source, tmp_path).encoding == ""


def test_a_look_at_a_file_names_its_encoding(tmp_path: Path) -> None:
    """What was found goes into the configuration with the rest of the notation; UTF-8 needs no word."""
    assert inspect(write(tmp_path, TEXT.encode("cp1252"))).notation["encoding"] == "cp1252"
    assert "encoding" not in inspect(write(tmp_path, TEXT)).notation


def test_letters_are_not_cut_at_the_ends_of_pieces() -> None:
    """UTF-16 in pieces of odd sizes, and one that ends within a letter, keep every whole letter."""
    data = "Date,Close\n2024-01-02,1é\n".encode("utf-16")[:-1]
    pieces = [data[:20], *(data[start : start + 3] for start in range(20, len(data), 3))]
    assert b"".join(Recoder("x").recode_pieces(pieces)).decode() == "Date,Close\n2024-01-02,1é\ufffd"


def test_a_legacy_letter_may_come_late(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Blocks of plain ASCII before the first such letter stay as they are."""
    monkeypatch.setattr(file_set, "_BLOCK", 64)
    late = TEXT.replace("Nestlé", "Plain", 17).encode("cp1252")
    assert read(write(tmp_path, late)).rows["symbol"].iloc[-1] == "Nestlé"


def test_a_text_that_ends_within_a_letter_is_read(tmp_path: Path) -> None:
    """A half-written last line in UTF-8 costs its own row alone."""
    data = TEXT.encode()
    rows = read(write(tmp_path, data[: data.rfind(b"\xa9")])).rows
    assert rows["close"].tolist()[:17] == list(range(2, 19))
    assert rows["malformed"].notna().tolist() == [False] * 17 + [True]


def test_a_wrong_encoding_is_refused(tmp_path: Path) -> None:
    """A declared encoding that cannot read a byte says which one; one that does not exist is no option."""
    path = write(tmp_path, TEXT.encode("cp1252"))
    assert "is not UTF-8 text (byte 34 is 0xe9); save it as UTF-8, or set source.encoding" in refusal(
        path, encoding="utf-8"
    )
    with pytest.raises(ValueError, match='"cp99" is no encoding of text'):
        FileSource(kind="csv", path="x", encoding="cp99")
