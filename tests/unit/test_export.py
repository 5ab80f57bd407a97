import fcntl
import hashlib
import os
import resource
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import FrameType

import pandas as pd
import pytest

import morrow
from morrow import export, frames
from morrow.errors import ExportError, ShapeError
from tests.exports import FILES, LINEAGE, SCHEMA, contents, rows


def test_export_lies_under_universe_and_cutoff(tmp_path: Path) -> None:
    """An export is three files under UNIVERSE/CUTOFF, named by the hash of the Parquet file."""
    exported = export.write(rows(), tmp_path / "exports", LINEAGE, SCHEMA)
    target = tmp_path / "exports" / "us5" / "2026-01-05"
    assert sorted(entry.name for entry in target.iterdir()) == FILES
    digest = hashlib.sha256((target / "forecasts.parquet").read_bytes()).hexdigest()
    assert exported == export.Export(target, 4, digest, written=True)


def test_export_reads_back(tmp_path: Path) -> None:
    """What is read from an export is what was written, in the order of the key."""
    shuffled = rows().sample(frac=1, random_state=1)
    exported = export.write(shuffled, tmp_path, LINEAGE, SCHEMA)
    expected = frames.from_arrow(frames.to_arrow(rows(), SCHEMA))
    pd.testing.assert_frame_equal(export.read(exported.path), expected)


def test_same_forecasts_are_left_alone(tmp_path: Path) -> None:
    """The same rows in another order touch no file of the export that lies there."""
    first = export.write(rows(), tmp_path, LINEAGE, SCHEMA)
    stamps = {name: (first.path / name).stat().st_mtime_ns for name in FILES}
    second = export.write(rows()[::-1], tmp_path, LINEAGE, SCHEMA)
    assert second == export.Export(first.path, 4, first.sha256, written=False)
    assert stamps == {name: (first.path / name).stat().st_mtime_ns for name in FILES}


def test_same_forecasts_give_the_same_bytes(tmp_path: Path) -> None:
    """Two exports of the same rows into different roots have the same bytes."""
    export.write(rows(), tmp_path / "one", LINEAGE, SCHEMA)
    export.write(rows(), tmp_path / "two", LINEAGE, SCHEMA)
    assert contents(tmp_path / "one") == contents(tmp_path / "two")


def test_newer_code_does_not_claim_an_old_forecast(tmp_path: Path) -> None:
    """The same forecasts exported by newer code leave the export with the version that made it."""
    export.write(rows(), tmp_path, LINEAGE, SCHEMA)
    before = contents(tmp_path)
    assert not export.write(rows(), tmp_path, LINEAGE | {"code_version": "newer"}, SCHEMA).written
    assert contents(tmp_path) == before


def test_spoiled_export_is_replaced(tmp_path: Path) -> None:
    """An export that lost a file is written again."""
    exported = export.write(rows(), tmp_path, LINEAGE, SCHEMA)
    whole = contents(tmp_path)
    (exported.path / "forecasts.csv").unlink()
    assert export.write(rows(), tmp_path, LINEAGE, SCHEMA).written
    assert contents(tmp_path) == whole


def test_leftovers_of_a_killed_writer_are_cleared(tmp_path: Path) -> None:
    """A half-written folder and a replaced one that a killed process left are gone after the next export."""
    exported = export.write(rows(), tmp_path, LINEAGE, SCHEMA)
    whole = contents(tmp_path)
    for name in (".2026-01-05.new", ".2026-01-04.new", ".2026-01-05.old"):
        (tmp_path / "us5" / name).mkdir()
        (tmp_path / "us5" / name / "forecasts.csv").write_text("half")
    assert not export.write(rows(), tmp_path, LINEAGE, SCHEMA).written
    assert contents(tmp_path) == whole
    assert exported.path.is_dir()


def test_export_that_was_set_aside_comes_back(tmp_path: Path) -> None:
    """An export whose replacement was killed halfway is back after the export of another cutoff."""
    exported = export.write(rows(), tmp_path, LINEAGE, SCHEMA)
    exported.path.rename(exported.path.parent / ".2026-01-05.old")
    export.write(rows(cutoff="2026-01-06"), tmp_path, LINEAGE, SCHEMA)
    assert sorted(entry.name for entry in (tmp_path / "us5").iterdir()) == [
        "2026-01-05",
        "2026-01-06",
        "latest.json",
    ]
    assert len(export.read(exported.path)) == 4


def test_reader_never_sees_a_part(tmp_path: Path) -> None:
    """Before each system call of a replacing writer there is the old export, none or the new."""
    target = export.write(rows(), tmp_path, LINEAGE, SCHEMA).path
    old, seen = contents(target), []

    def look(_frame: FrameType, event: str, called: object) -> None:
        if event == "c_call" and getattr(called, "__module__", "") == "posix":
            seen.append(contents(target))

    sys.setprofile(look)
    export.write(rows(2.0), tmp_path, LINEAGE, SCHEMA)
    sys.setprofile(None)
    new = contents(target)
    states = [state for number, state in enumerate(seen) if number == 0 or state != seen[number - 1]]
    assert states == [old, {}, new]


def test_consumers_import_the_loader_from_morrow(tmp_path: Path) -> None:
    """``morrow.load_forecasts`` gives the typed frame, of the newest cutoff where a universe is named."""
    for cutoff in ("2026-01-06", "2026-01-05"):
        export.write(rows(cutoff=cutoff), tmp_path, LINEAGE, SCHEMA)
    frame = morrow.load_forecasts(tmp_path / "us5")
    assert list(frame.columns) == SCHEMA.names
    assert set(frame["cutoff"]) == {pd.Timestamp("2026-01-06")}
    with pytest.raises(AttributeError, match="load_forecast"):
        _ = morrow.load_forecast


def test_full_disk_leaves_the_export_as_it_was(tmp_path: Path) -> None:
    """A writer that finds no room is an error of one line, and the export that lay there is whole."""
    target = export.write(rows(), tmp_path, LINEAGE, SCHEMA).path
    before = contents(target)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, hard))
    try:
        with pytest.raises(ExportError, match="File too large; make room"):
            export.write(rows(2.0), tmp_path, LINEAGE, SCHEMA)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert contents(target) == before


def test_writers_wait_for_each_other(tmp_path: Path) -> None:
    """A writer starts only when no other one holds the universe's folder."""
    export.write(rows(), tmp_path, LINEAGE, SCHEMA)
    handle = os.open(tmp_path / "us5", os.O_RDONLY)
    fcntl.flock(handle, fcntl.LOCK_EX)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(export.write, rows(2.0), tmp_path, LINEAGE, SCHEMA)
        with pytest.raises(TimeoutError):
            waiting.result(timeout=0.2)
        os.close(handle)
        assert waiting.result(timeout=10).written


def test_unwritable_folder_is_one_line(tmp_path: Path) -> None:
    """An export folder that cannot be made is an error of one line that names it."""
    (tmp_path / "exports").write_text("a file")
    with pytest.raises(
        ExportError, match=r"exports/us5/2026-01-05.* cannot be written: Not a directory"
    ) as error:
        export.write(rows(), tmp_path / "exports", LINEAGE, SCHEMA)
    assert "\n" not in str(error.value)


def test_changed_file_is_refused(tmp_path: Path) -> None:
    """A file that is not the one of the manifest is an error that names it."""
    exported = export.write(rows(), tmp_path, LINEAGE, SCHEMA)
    with (exported.path / "forecasts.csv").open("a") as file:
        file.write("one more row\n")
    with pytest.raises(ExportError, match=r"forecasts\.csv has sha256"):
        export.read(exported.path)


@pytest.mark.parametrize("text", [None, "no JSON", "[]", '{"sha256": {}}'])
def test_unreadable_export_is_one_line(tmp_path: Path, text: str | None) -> None:
    """An export without a usable manifest is an error of one line."""
    exported = export.write(rows(), tmp_path, LINEAGE, SCHEMA)
    manifest = exported.path / "manifest.json"
    manifest.unlink() if text is None else manifest.write_text(text)
    with pytest.raises(ExportError, match="cannot be read") as error:
        export.read(exported.path)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("frame", "lineage", "message"),
    [
        (rows()[:0], LINEAGE, "got 0 in 0 rows"),
        (pd.concat([rows(), rows(cutoff="2026-01-06")]), LINEAGE, "got 2 in 8 rows"),
        (rows(), {"model": "m"}, "lineage has"),
        (rows().drop(columns="mean"), LINEAGE, "mean"),
    ],
)
def test_unfit_forecasts_are_refused(
    tmp_path: Path, frame: pd.DataFrame, lineage: dict[str, str], message: str
) -> None:
    """Forecasts that are not of one universe and cutoff, or untraceable, are refused and not written."""
    with pytest.raises(ShapeError, match=message):
        export.write(frame, tmp_path, lineage, SCHEMA)
    assert not list(tmp_path.iterdir())
