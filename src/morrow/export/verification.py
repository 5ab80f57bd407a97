"""Prove that an export is what was written: its files against each other and against their hashes."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from morrow import frames
from morrow.errors import ExportError
from morrow.export.contents import (
    CSV,
    MANIFEST,
    METADATA,
    PARQUET,
    SCHEMA_VERSION,
    SUMS,
    sha256,
    without_sums,
)
from morrow.export.csv_text import read_csv
from morrow.frames.columns import Column, Schema
from morrow.frames.export_rows import export_schema, identify_forecasts, read_levels

LATEST, REVISIONS = "latest.json", "revisions"
FIRST_VERSION = "1"  # had no revisions, no document in its Parquet file, and another CSV


@dataclass(frozen=True)
class Proof:
    """An export that was proved.

    Attributes:
        path: the folder with its three files.
        manifest: of it.
        revisions: the earlier ones that lie in it, each proved too.
    """

    path: Path
    manifest: Mapping[str, Any]
    revisions: tuple[int, ...]

    @property
    def revision(self) -> int:
        """From 1; a later one corrects the one before."""
        return int(self.manifest.get("revision", 1))


def verify(path: Path) -> Proof:
    """Prove an export, and every earlier revision in it.

    Args:
        path: the folder ``UNIVERSE/CUTOFF``; one of its ``revisions``; or ``latest.json`` or the folder
            ``UNIVERSE``, for the newest cutoff.

    Raises:
        ExportError: it is no export, or one line that names what differs.
    """
    folder = find_folder(path)
    manifest = verify_folder(folder)
    numbers = []
    there = folder / REVISIONS
    for earlier in sorted(there.iterdir(), key=lambda entry: entry.name) if there.is_dir() else ():
        own = verify_folder(earlier)
        if str(own.get("revision", 1)) != earlier.name:
            raise _fault(
                earlier, f"its manifest says revision {own.get('revision', 1)}; restore it from a backup"
            )
        numbers.append(int(earlier.name))
    before = manifest.get("replaces")
    if before and before["revision"] in numbers:
        content = (there / str(before["revision"]) / CSV).read_bytes()
        if before["csv_sha256"] not in (None, sha256(content)):
            raise _fault(folder, f"it corrects another revision {before['revision']} than lies in it")
    return Proof(folder, manifest, tuple(sorted(numbers)))


def find_folder(path: Path) -> Path:
    """The folder that a path means: itself, or where ``latest.json`` in it, or named by it, points.

    Raises:
        ExportError: the pointer cannot be read or points nowhere.
    """
    pointer = path if path.name == LATEST else path / LATEST
    if not pointer.is_file():
        if path.name == LATEST or not (path / MANIFEST).is_file():
            raise _fault(path, f"it cannot be read: there is no {MANIFEST} and no {LATEST} in it")
        return path
    try:
        name = str(json.loads(pointer.read_text(encoding="utf-8"))["path"])
        folder = pointer.parent / name
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise _fault(pointer, f"it cannot be read ({error}); write it again with: morrow export") from None
    if Path(name).name != name or not folder.is_dir():
        raise _fault(
            pointer, f'it points at "{name}", which is no folder beside it; write it with: morrow export'
        )
    return folder


def verify_folder(folder: Path) -> dict[str, Any]:
    """Prove the three files of one folder, and return its manifest.

    Raises:
        ExportError: one line that names what differs.
    """
    manifest, contents = _read_files(folder)
    for name, content in contents.items():
        if sha256(content) != manifest[SUMS][name]:
            raise _fault(
                folder,
                f"{name} has sha256 {sha256(content)[:12]}..., but the manifest names "
                f"{manifest[SUMS][name][:12]}...; export it again",
            )
    table = read_parquet(contents[PARQUET], folder)
    if len(table) != manifest.get("rows"):
        raise _fault(
            folder, f"{len(table)} rows, but the manifest names {manifest.get('rows')}; export it again"
        )
    if str(manifest["schema_version"]) != FIRST_VERSION:
        _compare_metadata(folder, manifest, table)
        _compare_csv(folder, table, contents[CSV])
    return manifest


def read(path: Path) -> pd.DataFrame:
    """Read an export's rows, after it was proved.

    Args:
        path: as in :func:`verify`.

    Returns:
        The columns that its schema version has, with their types.

    Raises:
        ExportError: a file is missing, unreadable, altered or of a newer schema version.
    """
    folder = find_folder(path)
    verify_folder(folder)
    return frames.from_arrow(
        read_parquet((folder / PARQUET).read_bytes(), folder).replace_schema_metadata(None)
    )


def load_forecasts(path: Path | str) -> pd.DataFrame:
    """Read a proved export as a typed frame, whichever schema version it has.

    Args:
        path: the folder ``UNIVERSE/CUTOFF``; one of its ``revisions``; or the folder ``UNIVERSE`` or its
            ``latest.json``, for the newest cutoff.

    Returns:
        A row a symbol and step, sorted by them, with the columns of docs/data-dictionary.md; those that an
        older version lacks are empty, but for the recipe and the id, which follow from others. Columns that a
        later release added come last.

    Raises:
        ExportError: it is no export, was altered, or is of a newer schema version; one line that says which.
    """
    folder = find_folder(Path(path))
    manifest, frame = verify_folder(folder), read(folder)
    schema = export_schema(read_levels(list(frame.columns)))
    if "forecast_id" not in frame:
        recipe = str(manifest["model"]).rpartition("/")[2]
        frame = frame.assign(forecast_id=identify_forecasts(frame), recipe=recipe)
    absent = frames.empty(schema).reindex(frame.index)
    frame = frame.assign(**{name: absent[name] for name in schema.names if name not in frame})
    return frame[[*schema.names, *(name for name in frame if name not in schema.names)]]


def read_parquet(content: bytes, folder: Path) -> pa.Table:
    """The table of an export's Parquet file, with its metadata.

    Raises:
        ExportError: it is no Parquet file.
    """
    try:
        return pq.read_table(pa.BufferReader(content))
    except (pa.ArrowException, OSError, ValueError) as error:
        raise _fault(folder, f"{PARQUET} cannot be read: {error}; export it again") from None


def _read_files(folder: Path) -> tuple[dict[str, Any], dict[str, bytes]]:
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        version = int(manifest["schema_version"])
        contents = {name: (folder / name).read_bytes() for name in (PARQUET, CSV)}
        _ = [manifest[SUMS][name][:12] for name in contents]
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise ExportError(f'export "{folder}" cannot be read: {error}; export it again') from None
    if version > int(SCHEMA_VERSION):
        raise _fault(
            folder,
            f"schema version {version} is newer than {SCHEMA_VERSION}, which morrow reads here; upgrade it",
        )
    return manifest, contents


def _compare_metadata(folder: Path, manifest: Mapping[str, Any], table: pa.Table) -> None:
    try:
        document = json.loads(table.schema.metadata[METADATA])
    except (LookupError, TypeError, ValueError) as error:
        raise _fault(folder, f"{PARQUET} has no readable metadata ({error}); export it again") from None
    own = without_sums(manifest)
    if differing := sorted(name for name in {*own, *document} if own.get(name) != document.get(name)):
        name = differing[0]
        raise _fault(
            folder,
            f"{MANIFEST} was altered: {name} is {_shorten(own.get(name))}, and "
            f"{_shorten(document.get(name))} in the metadata of {PARQUET}; export it again",
        )


def _compare_csv(folder: Path, table: pa.Table, content: bytes) -> None:
    schema = Schema(CSV, (), tuple(Column(each.name, each.type) for each in table.schema))
    expected = frames.from_arrow(table.replace_schema_metadata(None))
    try:
        rows = read_csv(content, schema)
        differing = [
            name for name in expected if not rows[name].equals(expected[name].reset_index(drop=True))
        ]
    except (ValueError, LookupError) as error:
        raise _fault(folder, f"{CSV} cannot be read: {error}; export it again") from None
    if differing:
        raise _fault(folder, f"{CSV} and {PARQUET} differ in column {differing[0]}; export it again")


def _shorten(value: Any, longest: int = 40) -> str:
    text = json.dumps(value)
    return text if len(text) <= longest else f"{text[:longest]}..."


def _fault(folder: Path, what: str) -> ExportError:
    return ExportError(f'export "{folder}": {what}')
