import json
import shutil
from pathlib import Path

import pytest

from morrow.errors import ExportError
from morrow.export.targets.delivery import Delivery, read_revision
from tests.exports import OLD_EXPORTS


def test_an_old_export_can_be_delivered() -> None:
    """An export of schema version 1 has the columns of today, empty where it lacks them."""
    delivery = Delivery.read(OLD_EXPORTS / "version_1" / "us5" / "2026-01-05")
    assert (delivery.universe, delivery.cutoff, delivery.revision) == ("us5", "2026-01-05", 1)
    assert delivery.rows["last_close"].null_count == len(delivery.rows) == 4
    assert delivery.rows.schema.names == delivery.schema.names


@pytest.mark.parametrize(("name", "value"), [("universe", "/elsewhere"), ("cutoff", "../2026-01-04")])
def test_a_manifest_that_names_another_folder_is_not_delivered(tmp_path: Path, name: str, value: str) -> None:
    """What an altered manifest says of its place never becomes a path at a target."""
    folder = tmp_path / "us5" / "2026-01-05"
    shutil.copytree(OLD_EXPORTS / "version_1" / "us5" / "2026-01-05", folder)
    file = folder / "manifest.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {name: value}), encoding="utf-8")
    with pytest.raises(ExportError, match="its folder does not"):
        Delivery.read(folder)


@pytest.mark.parametrize(("text", "revision"), [('{"revision": 3}', 3), ("{}", 1), ("[]", 0), ("{", 0)])
def test_the_revision_is_what_the_manifest_says(tmp_path: Path, text: str, revision: int) -> None:
    """How many earlier revisions lie in the folder does not matter; one that cannot be read is 0."""
    (tmp_path / "revisions" / "1").mkdir(parents=True)
    (tmp_path / "manifest.json").write_text(text, encoding="utf-8")
    assert read_revision(tmp_path) == revision
