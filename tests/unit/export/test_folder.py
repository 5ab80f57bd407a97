import json
from pathlib import Path

import pytest

from morrow import export
from morrow.export import folder
from tests.exports import FILES, LINEAGE, SCHEMA, contents, rows


def test_a_correction_is_a_new_revision_that_names_the_old(tmp_path: Path) -> None:
    """Other rows move the old files, as they were, to revisions/1, and the manifest says what changed."""
    first = folder.write(rows(), tmp_path, LINEAGE, SCHEMA)
    before = contents(first.path)
    lineage = LINEAGE | {"data_version": "d2"}
    second = folder.write(rows(2.0), tmp_path, lineage, SCHEMA)
    assert (first.revision, second.revision) == (1, 2)
    assert contents(second.path / "revisions" / "1") == before
    assert sorted(entry.name for entry in second.path.iterdir()) == [*FILES, "revisions"]
    replaced = json.loads((second.path / "manifest.json").read_text())["replaces"]
    assert replaced == {
        "revision": 1,
        "path": "revisions/1",
        "csv_sha256": first.csv_sha256,
        "changed": ["data_version", "rows"],
    }


def test_revisions_add_up(tmp_path: Path) -> None:
    """A third revision keeps both earlier ones, and each can be read."""
    made = [folder.write(rows(scale), tmp_path, LINEAGE, SCHEMA) for scale in (1.0, 2.0, 3.0)]
    target = made[-1].path
    assert export.verify(target).revisions == (1, 2)
    assert export.read(target / "revisions" / "2")["q5000"].tolist() == [1.0, 2.0, 3.0, 4.0]


def test_a_damaged_folder_is_no_revision(tmp_path: Path) -> None:
    """A manifest that somebody altered is written as it was, as the same revision."""
    made = folder.write(rows(), tmp_path, LINEAGE, SCHEMA, lambda: {"alias": "champion"})
    whole = contents(tmp_path)
    manifest = made.path / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"champion"', '"someone"'))
    assert folder.write(rows(), tmp_path, LINEAGE, SCHEMA).written
    assert contents(tmp_path) == whole


def test_a_lost_folder_comes_back_with_the_same_bytes(tmp_path: Path) -> None:
    """With what is on record, another root gets the same bytes though facts and code have changed since."""
    lineage = LINEAGE | {"code_version": "newer"}
    made = [
        folder.write(rows(scale), tmp_path / "one", LINEAGE, SCHEMA, lambda: {"alias": "champion"})
        for scale in (1.0, 2.0)
    ]
    recorded = [{**each.document, "sha256": {"forecasts.csv": each.csv_sha256}} for each in made]
    other = folder.write(rows(2.0), tmp_path / "two", lineage, SCHEMA, lambda: {"alias": None}, recorded)
    assert other.revision == 2
    for name in FILES:
        assert (other.path / name).read_bytes() == (made[1].path / name).read_bytes()


def test_numbers_of_revisions_go_on_after_a_loss(tmp_path: Path) -> None:
    """New rows in an empty root are the revision after the last one on record."""
    made = folder.write(rows(), tmp_path / "one", LINEAGE, SCHEMA)
    recorded = [{**made.document, "sha256": {"forecasts.csv": made.csv_sha256}}]
    other = folder.write(rows(2.0), tmp_path / "two", LINEAGE, SCHEMA, recorded=recorded)
    assert other.revision == 2
    assert other.document["replaces"]["csv_sha256"] == made.csv_sha256


def test_the_pointer_names_the_newest_cutoff(tmp_path: Path) -> None:
    """The pointer moves with a later cutoff or a correction of it, and no export of an older one moves it."""
    pointer = tmp_path / "us5" / "latest.json"

    def named() -> tuple[str, int]:
        found = json.loads(pointer.read_text())
        return found["cutoff"], found["revision"]

    folder.write(rows(cutoff="2026-01-06"), tmp_path, LINEAGE, SCHEMA)
    assert named() == ("2026-01-06", 1)
    folder.write(rows(cutoff="2026-01-05"), tmp_path, LINEAGE, SCHEMA)
    assert named() == ("2026-01-06", 1)
    folder.write(rows(2.0, cutoff="2026-01-06"), tmp_path, LINEAGE, SCHEMA)
    assert named() == ("2026-01-06", 2)
    pointer.write_text("no JSON")
    folder.write(rows(2.0, cutoff="2026-01-06"), tmp_path, LINEAGE, SCHEMA)
    assert named() == ("2026-01-06", 2)


def test_the_pointer_moves_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the pointer is written, the folder that it names is whole."""
    seen = []

    def write_file(file: Path, content: bytes) -> None:
        seen.append(export.verify(file.parent / json.loads(content)["path"]).revision)

    monkeypatch.setattr(folder.atomic, "write_file", write_file)
    for scale in (1.0, 2.0):
        folder.write(rows(scale), tmp_path, LINEAGE, SCHEMA)
    assert seen == [1, 2]
