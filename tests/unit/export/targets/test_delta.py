from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from deltalake import DeltaTable

from morrow import export
from morrow.errors import ExportError
from morrow.export.targets.delivery import Delivery
from morrow.export.targets.delta import DeltaReceiver
from tests.exports import LINEAGE, SCHEMA, rows


def test_a_table_holds_every_revision_to_the_bit(tmp_path: Path) -> None:
    """Each revision is appended once, with the numbers of the export; the commit has the manifest."""
    receiver = DeltaReceiver(str(tmp_path / "lake"))
    assert receiver.list_held("us5") == set()
    for scale in (1.0, 2.0):
        path = export.write(rows(scale), tmp_path / "exports", LINEAGE, SCHEMA).path
        receiver.receive(Delivery.read(path))
    assert receiver.list_held("us5") == {("2026-01-05", 1), ("2026-01-05", 2)}
    assert receiver.list_held("other") == set()
    table = DeltaTable(str(tmp_path / "lake"))
    frame = pa.table(table.scan()).to_pandas().sort_values(["revision", "symbol", "step"])
    np.testing.assert_array_equal(frame["q2500"][:4], rows()["q2500"])
    assert '"revision": 2' in table.history(1)[0]["morrow"]


def test_a_folder_that_is_no_table_is_one_line(tmp_path: Path) -> None:
    """A file in the way is named."""
    (tmp_path / "lake").write_text("x")
    path = export.write(rows(), tmp_path / "exports", LINEAGE, SCHEMA).path
    with pytest.raises(ExportError, match=r'lake" cannot be written'):
        DeltaReceiver(str(tmp_path / "lake")).receive(Delivery.read(path))
