import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from morrow.errors import ExportError
from morrow.export import folder, verification
from morrow.export.contents import sha256
from tests.exports import LINEAGE, OLD_EXPORTS, SCHEMA, rows


def alter_manifest(path: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """Change the manifest of an export by hand."""
    manifest = json.loads((path / "manifest.json").read_text())
    change(manifest)
    (path / "manifest.json").write_text(json.dumps(manifest))


def add_row_to_csv(path: Path) -> None:
    """Add a row to the CSV, and put its new hash into the manifest."""
    file = path / "forecasts.csv"
    file.write_bytes(file.read_bytes().replace(b',"B"', b',"C"', 1))
    alter_manifest(path, lambda manifest: manifest["sha256"].update({file.name: sha256(file.read_bytes())}))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda path: (path / "forecasts.csv").unlink(), "cannot be read"),
        (lambda path: (path / "forecasts.parquet").write_bytes(b"PAR1"), "forecasts.parquet has sha256"),
        (lambda path: alter_manifest(path, lambda m: m.update(horizon=9)), "altered: horizon is 9, and 2 in"),
        (lambda path: alter_manifest(path, lambda m: m.pop("levels")), "altered: levels is null"),
        (lambda path: alter_manifest(path, lambda m: m.update(rows=5)), "4 rows, but the manifest names 5"),
        (lambda path: alter_manifest(path, lambda m: m.update(schema_version="3")), "newer than 2"),
        (add_row_to_csv, "forecasts.csv and forecasts.parquet differ in column symbol"),
        (lambda path: (path / "manifest.json").unlink(), "no manifest.json"),
        (lambda path: (path / "revisions/1/forecasts.csv").write_text(""), "revisions/1.*csv has sha256"),
        (lambda path: (path / "revisions/1").rename(path / "revisions/7"), "says revision 1"),
    ],
)
def test_what_differs_is_named(tmp_path: Path, change: Callable[[Path], object], message: str) -> None:
    """Whatever is altered, verify says in one line what differs."""
    folder.write(rows(2.0), tmp_path, LINEAGE, SCHEMA)
    path = folder.write(rows(), tmp_path, LINEAGE, SCHEMA).path
    assert verification.verify(path).revisions == (1,)
    change(path)
    with pytest.raises(ExportError, match=message) as error:
        verification.verify(path)
    assert "\n" not in str(error.value)


def test_a_pointer_that_leads_elsewhere_is_refused(tmp_path: Path) -> None:
    """A pointer may name nothing but a folder beside it."""
    path = folder.write(rows(), tmp_path, LINEAGE, SCHEMA).path
    assert verification.find_folder(tmp_path / "us5") == path == verification.find_folder(path)
    for target in ("../us5/2026-01-05", "2026-01-09"):
        (tmp_path / "us5" / "latest.json").write_text(json.dumps({"path": target}))
        with pytest.raises(ExportError, match="which is no folder beside it"):
            verification.verify(tmp_path / "us5")


def test_a_typed_frame_is_loaded(tmp_path: Path) -> None:
    """Versions are texts, flags are never empty values, dates are dates, and the columns are the schema's."""
    path = folder.write(rows(), tmp_path, LINEAGE, SCHEMA).path
    frame = verification.load_forecasts(path)
    assert list(frame.columns) == SCHEMA.names
    assert frame["model_version"].tolist() == ["3"] * 4
    assert frame["flags"].tolist() == ["", "", "pegged,stale", "pegged,stale"]
    assert frame["session"].dtype == "datetime64[us]"
    pd.testing.assert_frame_equal(frame, verification.read(path))


def test_an_export_of_schema_version_1_is_still_read() -> None:
    """An export of an earlier release is proved and loaded: columns keep their names, types and values."""
    path = OLD_EXPORTS / "version_1" / "us5" / "2026-01-05"
    assert verification.verify(path).manifest["schema_version"] == "1"
    frame = verification.load_forecasts(path)
    assert list(frame.columns) == SCHEMA.names
    now = rows()
    kept = ["symbol", "step", "session", "q2500", "mean", "p_up", "model_version", "created_at"]
    pd.testing.assert_frame_equal(frame[kept], now[kept], check_dtype=False)
    assert frame["forecast_id"].tolist() == now["forecast_id"].tolist()
    assert frame["last_close"].isna().all()
    assert frame["basis"].dtype == "datetime64[us]"
