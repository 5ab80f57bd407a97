"""The forecast export: one folder per universe and cutoff, which a reader sees whole or not at all."""

import fcntl
import hashlib
import io
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from morrow import atomic, frames
from morrow.errors import ExportError, ShapeError
from morrow.frames import DATE, STAMP, Schema

SCHEMA_VERSION = "1"
PARQUET, CSV, MANIFEST = "forecasts.parquet", "forecasts.csv", "manifest.json"
LINEAGE = ("model", "model_version", "run_id", "calibration", "data_version", "code_version")


@dataclass(frozen=True)
class Export:
    """A written export.

    Attributes:
        path: the folder ``UNIVERSE/CUTOFF`` under the exports' root.
        rows: rows in it.
        sha256: hex digest of its ``forecasts.parquet``.
        written: False if the folder already had the same content.
    """

    path: Path
    rows: int
    sha256: str
    written: bool


def write(frame: pd.DataFrame, folder: Path, lineage: Mapping[str, str], schema: Schema) -> Export:
    """Write the forecasts of one universe and cutoff as Parquet, CSV and a manifest.

    The folder ``UNIVERSE/CUTOFF`` is written beside its place and renamed. A folder with other content is
    replaced; leftovers of a killed process are removed first. The same rows give the same bytes.

    Args:
        frame: rows of the ``forecasts`` table, of one universe and cutoff, in any order.
        folder: root of all exports.
        lineage: ``model`` (name), ``model_version``, ``run_id``, ``calibration`` (where it began),
            ``data_version``, ``code_version``.
        schema: of :func:`morrow.frames.export_schema` for the levels in use.

    Returns:
        The export, and whether it had to be written.

    Raises:
        ShapeError: the frame does not fit the schema or is not of one universe and cutoff, or a
            version is missing.
        ExportError: the folder cannot be written.
    """
    files, rows = _contents(frame, lineage, schema)
    universe, cutoff = str(frame["universe"].iloc[0]), f"{frame['cutoff'].iloc[0]:%Y-%m-%d}"
    target = folder / universe / cutoff
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with _lock_folder(target.parent):
            atomic.restore_folders(target.parent)
            written = not _holds(target, files)
            if written:
                with atomic.replacing_folder(target) as fresh:
                    for name, content in files.items():
                        (fresh / name).write_bytes(content)
    except OSError as error:
        raise ExportError(
            f'export folder "{target}" cannot be written: {error.strerror or error}; '
            "make room or grant write access, then run again"
        ) from None
    return Export(target, rows, _sha256(files[PARQUET]), written)


def read(folder: Path) -> pd.DataFrame:
    """Read an export's rows, after comparing its files with the hashes in its manifest.

    Args:
        folder: one export, ``UNIVERSE/CUTOFF``.

    Raises:
        ExportError: a file is missing, unreadable, or differs from its hash in the manifest.
    """
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        files = {name: (folder / name).read_bytes() for name in (PARQUET, CSV)}
        expected = {name: manifest["sha256"][name] for name in files}
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise ExportError(f'export "{folder}" cannot be read: {error}; export it again') from None
    for name, content in files.items():
        if _sha256(content) != expected[name]:
            raise ExportError(
                f'export "{folder}": {name} has sha256 {_sha256(content)[:12]}..., but the manifest names '
                f"{expected[name][:12]}...; export it again"
            )
    return frames.from_arrow(pq.read_table(pa.BufferReader(files[PARQUET])))


def _contents(
    frame: pd.DataFrame, lineage: Mapping[str, str], schema: Schema
) -> tuple[dict[str, bytes], int]:
    """Build the three files by name, and count their rows."""
    if set(lineage) != set(LINEAGE):
        raise ShapeError(f"lineage has {sorted(lineage)}; an export needs {sorted(LINEAGE)}")
    table = frames.to_arrow(frame, schema).sort_by([(name, "ascending") for name in schema.key])
    table = table.replace_schema_metadata(None)
    scopes = table.select(["universe", "cutoff"]).group_by(["universe", "cutoff"]).aggregate([])
    if len(scopes) != 1:
        raise ShapeError(f"an export holds one universe and cutoff; got {len(scopes)} in {len(table)} rows")
    sink = io.BytesIO()
    pq.write_table(table, sink, compression="zstd", store_schema=False)
    files = {PARQUET: sink.getvalue(), CSV: _csv(table, schema)}
    manifest = {
        "schema_version": SCHEMA_VERSION,
        "universe": scopes["universe"][0].as_py(),
        "cutoff": scopes["cutoff"][0].as_py().isoformat(),
        "rows": len(table),
        "columns": [{"name": c.name, "type": str(c.kind), "unit": c.unit} for c in schema.columns],
        "sha256": {name: _sha256(content) for name, content in files.items()},
        **lineage,
        "created_at": max(table["created_at"].to_pylist()).isoformat(),
    }
    files[MANIFEST] = (json.dumps(manifest, indent=1) + "\n").encode()
    return files, len(table)


def _csv(table: pa.Table, schema: Schema) -> bytes:
    """Write the table as CSV: ISO dates, stamps in UTC, and numbers that read back to the same bits."""
    text: dict[str, Any] = {}
    for column in schema.columns:
        values = frames.from_arrow(table.select([column.name]))[column.name]
        if column.kind == DATE:
            values = values.dt.strftime("%Y-%m-%d")
        elif column.kind == STAMP:
            values = values.dt.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        text[column.name] = values
    return pd.DataFrame(text).to_csv(index=False, lineterminator="\n").encode()


def _holds(target: Path, files: Mapping[str, bytes]) -> bool:
    if not target.is_dir() or {entry.name for entry in target.iterdir()} != set(files):
        return False
    return all(
        _without_code_version((target / name).read_bytes(), name) == _without_code_version(content, name)
        for name, content in files.items()
    )


def _without_code_version(content: bytes, name: str) -> bytes:
    """A file's bytes without the code version in a manifest: an old forecast is not made by newer code."""
    if name != MANIFEST:
        return content
    try:
        manifest = json.loads(content)
        return json.dumps({**manifest, "code_version": ""}, sort_keys=True).encode()
    except (TypeError, ValueError):
        return content


@contextmanager
def _lock_folder(folder: Path) -> Iterator[None]:
    """Hold a lock on the folder; the system releases it if the process ends."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
