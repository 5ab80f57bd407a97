"""Files and folders appear whole or not at all."""

import os
from pathlib import Path

import pytest

from morrow import atomic


def names(folder: Path) -> list[str]:
    """What lies in a folder, hidden entries too."""
    return sorted(entry.name for entry in folder.iterdir())


def test_a_file_is_written_with_the_folders_it_lies_in(tmp_path: Path) -> None:
    """Text is stored as UTF-8, bytes as they are, and nothing else is left."""
    atomic.write_file(tmp_path / "a" / "b" / "text", "né")
    atomic.write_file(tmp_path / "a" / "b" / "text", "ô")
    atomic.write_file(tmp_path / "a" / "b" / "bytes", b"\x00\xff")
    assert (tmp_path / "a" / "b" / "text").read_bytes() == b"\xc3\xb4"
    assert (tmp_path / "a" / "b" / "bytes").read_bytes() == b"\x00\xff"
    assert names(tmp_path / "a" / "b") == ["bytes", "text"]


def test_a_failed_write_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    """An error in the block keeps the old content and leaves no partial file."""
    file = tmp_path / "file"
    file.write_text("old", encoding="utf-8")
    with pytest.raises(TypeError, match="int"), atomic.new_file(file) as partial:
        partial.write_text(1)
    assert file.read_text(encoding="utf-8") == "old"
    assert names(tmp_path) == ["file"]


def test_a_folder_appears_when_it_is_full(tmp_path: Path) -> None:
    """Nobody sees the folder before its last file is in it; an error leaves nothing."""
    folder = tmp_path / "deep" / "folder"
    with atomic.new_folder(folder) as partial:
        (partial / "one").write_text("1", encoding="utf-8")
        assert not folder.exists()
    assert names(folder) == ["one"]
    with pytest.raises(ValueError, match="torn"), atomic.new_folder(tmp_path / "deep" / "other"):
        raise ValueError("torn")
    assert names(tmp_path / "deep") == ["folder"]


@pytest.mark.parametrize("early", [True, False], ids=["before the block", "within the block"])
def test_the_first_of_two_writers_of_a_folder_wins(tmp_path: Path, early: bool) -> None:
    """A folder that another process has finished stays as that one wrote it."""
    folder = tmp_path / "folder"

    def finish() -> None:
        folder.mkdir()
        (folder / "first").write_text("1", encoding="utf-8")

    if early:
        finish()
    with atomic.new_folder(folder) as partial:
        (partial / "second").write_text("2", encoding="utf-8")
        if not early:
            finish()
    assert names(folder) == ["first"]
    assert names(tmp_path) == ["folder"]


def test_an_error_inside_the_block_is_raised_even_if_the_folder_exists(tmp_path: Path) -> None:
    """A full disk is not mistaken for a quicker process."""
    (tmp_path / "folder").mkdir()
    with pytest.raises(OSError, match="full"), atomic.new_folder(tmp_path / "folder"):
        raise OSError("full")


def test_old_leftovers_are_removed_and_young_ones_are_not(tmp_path: Path) -> None:
    """A leftover of the same name is removed after a day; those of other names stay."""
    for name, age_s in ((".x.1.partial", 90_000), (".x.2.partial", 60), (".y.1.partial", 90_000)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "half").write_text("h", encoding="utf-8")
        born = (tmp_path / name).stat().st_mtime - age_s
        os.utime(tmp_path / name, (born, born))
    atomic.write_file(tmp_path / "x", "whole")
    assert names(tmp_path) == [".x.2.partial", ".y.1.partial", "x"]


def test_a_folder_is_removed_whole(tmp_path: Path) -> None:
    """Nothing of it is left, under its own name or another."""
    with atomic.new_folder(tmp_path / "folder") as partial:
        (partial / "one").write_text("1", encoding="utf-8")
    atomic.remove_folder(tmp_path / "folder")
    assert names(tmp_path) == []


def test_a_failed_replacement_leaves_the_folder_as_it_was(tmp_path: Path) -> None:
    """An error in the block keeps the old content; after a success only the new is there."""
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "old").write_text("o", encoding="utf-8")
    with pytest.raises(ValueError, match="torn"), atomic.replacing_folder(folder):
        raise ValueError("torn")
    assert (names(folder), names(tmp_path)) == (["old"], ["folder"])
    with atomic.replacing_folder(folder) as fresh:
        (fresh / "new").write_text("n", encoding="utf-8")
    assert (names(folder), names(tmp_path)) == (["new"], ["folder"])


def test_a_folder_set_aside_comes_back(tmp_path: Path) -> None:
    """After a kill between the two renames the old folder is restored and the unfinished one is gone."""
    (tmp_path / ".folder.old").mkdir()
    (tmp_path / ".folder.new").mkdir()
    atomic.restore_folders(tmp_path)
    assert names(tmp_path) == ["folder"]
