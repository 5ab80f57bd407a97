"""Archives with one text in them."""

import bz2
import io
import lzma
import zipfile
from pathlib import Path

import pytest

from morrow.sources.tables import archives
from tests.files import TWO_DAYS, read, refusal, write


def zipped(**members: str) -> bytes:
    """A zip with a text under each name."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in members.items():
            archive.writestr(name, text)
    return buffer.getvalue()


def test_one_text_in_an_archive_is_read(tmp_path: Path) -> None:
    """Zip, bzip2 and xz give the bars of the text in them, and the symbol of the archive's name."""
    expected = read(write(tmp_path, TWO_DAYS)).rows
    data = {
        "a.zip": zipped(**{"p.csv": TWO_DAYS, "__MACOSX/._p.csv": "x"}),
        "a.csv.bz2": bz2.compress(TWO_DAYS.encode()),
        "a.csv.xz": lzma.compress(TWO_DAYS.encode()),
    }
    for name, packed in data.items():
        assert read(write(tmp_path, packed, name)).rows.equals(expected)
    write(tmp_path / "in", zipped(p="Date,Close\n2024-01-02,1\n"), "BTC-1d.zip")
    assert read(tmp_path / "in").rows["symbol"].tolist() == ["BTC-1D"]


def test_a_broken_archive_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cut archive, one of several files and one that swells without end are each one line."""
    assert "is a broken archive" in refusal(write(tmp_path, zipped(p=TWO_DAYS)[:-30], "a.zip"))
    assert "is a broken archive" in refusal(
        write(tmp_path, bz2.compress(TWO_DAYS.encode())[:-9], "a.csv.bz2")
    )
    assert "with 2 files (a, b)" in refusal(write(tmp_path, zipped(a="1", b="2"), "b.zip"))
    monkeypatch.setattr(archives, "_BOMB_FLOOR", 1 << 20)
    assert "swells" in refusal(write(tmp_path, zipped(p=TWO_DAYS + "\n" * (1 << 24)), "c.zip"))
