import json
from pathlib import Path

from morrow import export
from morrow.export.targets.delivery import Delivery
from morrow.export.targets.folder import FolderReceiver
from tests.exports import LINEAGE, SCHEMA, contents, rows


def test_a_copy_is_the_export_byte_for_byte(tmp_path: Path) -> None:
    """The folder, its revisions and the pointer are the same; the pointer names only what is there."""
    receiver, pointer = FolderReceiver(tmp_path / "share"), tmp_path / "share" / "us5" / "latest.json"
    paths = [
        export.write(rows(1.0, cutoff), tmp_path / "exports", LINEAGE, SCHEMA).path
        for cutoff in ("2026-01-05", "2026-01-06")
    ]
    receiver.receive(Delivery.read(paths[0]))
    assert not pointer.exists()
    receiver.receive(Delivery.read(paths[1]))
    assert json.loads(pointer.read_text())["cutoff"] == "2026-01-06"
    export.write(rows(2.0), tmp_path / "exports", LINEAGE, SCHEMA)
    receiver.receive(Delivery.read(paths[0]))
    assert contents(tmp_path / "share") == contents(tmp_path / "exports")
    assert receiver.list_held("us5") == {("2026-01-05", 2), ("2026-01-06", 1)}
