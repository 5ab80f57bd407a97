"""Write an export's folder whole or not at all, keep what a correction corrects, and move the pointer last.

``UNIVERSE/CUTOFF/`` holds the newest revision, and ``revisions/N/`` in it every earlier one. ``latest.json``
beside it names the newest cutoff. A pointer of its own works where a symbolic link does not: in an object
store, where one small object is replaced at once, and on file systems without links.
"""

import json
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from morrow import atomic
from morrow.errors import ExportError
from morrow.export.contents import (
    CSV,
    LINEAGE,
    MANIFEST,
    METADATA,
    PARQUET,
    SCHEMA_VERSION,
    SUMS,
    Rows,
    arrange_rows,
    build_files,
    check_lineage,
    describe,
    sha256,
    without_sums,
)
from morrow.export.verification import LATEST, REVISIONS, verify_folder
from morrow.frames.columns import Schema

_IDENTITY = ("schema_version", *(name for name in LINEAGE if name != "code_version"))


@dataclass(frozen=True)
class Export:
    """A written export.

    Attributes:
        path: the folder ``UNIVERSE/CUTOFF`` under the exports' root.
        rows: rows in it.
        sha256: hex digest of its ``forecasts.parquet``.
        written: False if the folder already had the same content.
        csv_sha256: hex digest of its ``forecasts.csv``, and so of the rows alone.
        document: all of its manifest but the hashes of the files.
    """

    path: Path
    rows: int
    sha256: str
    written: bool
    csv_sha256: str = field(default="", compare=False)
    document: Mapping[str, Any] = field(default_factory=dict, compare=False, repr=False)

    @property
    def revision(self) -> int:
        """From 1; a later one corrects the one before."""
        return int(self.document["revision"])


def write(
    frame: pd.DataFrame,
    folder: Path,
    lineage: Mapping[str, str],
    schema: Schema,
    describe_facts: Callable[[], Mapping[str, Any]] = dict,
    recorded: Sequence[Mapping[str, Any]] = (),
) -> Export:
    """Write the forecasts of one universe and cutoff as Parquet, CSV and a manifest.

    Rows and lineage identify an export: where the folder holds the same, nothing is written, and facts and
    code version stay those of its first writing. Other rows or another lineage are a new revision; a damaged
    folder is written again. Leftovers of a killed process are removed first.

    Args:
        frame: rows of the ``forecasts`` table, of one universe and cutoff, in any order, with the columns
            that only consumers get.
        folder: root of all exports.
        lineage: ``model`` (name), ``model_version``, ``run_id``, ``calibration`` (where it began),
            ``data_version``, ``code_version``.
        schema: of :func:`morrow.frames.export_rows.export_schema` for the levels in use.
        describe_facts: gives what else the manifest says, JSON-ready; called only for a new revision.
        recorded: of earlier exports of this universe and cutoff, by revision, their documents with the CSV's
            hash; one with the same rows and lineage is used again, so that a lost folder comes back with the
            same bytes.

    Returns:
        The export, and whether it had to be written.

    Raises:
        ShapeError: the frame does not fit the schema or is not of one universe and cutoff, or a
            version is missing.
        ExportError: the folder cannot be written.
    """
    rows = arrange_rows(frame, schema)
    check_lineage(lineage)
    target = folder / rows.universe / rows.cutoff
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with atomic.locking_folder(target.parent):
            atomic.restore_folders(target.parent)
            export = _write_revision(target, rows, lineage, describe_facts, recorded)
            _move_pointer(export)
    except OSError as error:
        raise ExportError(
            f'export folder "{target}" cannot be written: {error.strerror or error}; '
            "make room or grant write access, then run again"
        ) from None
    return export


def _write_revision(
    target: Path,
    rows: Rows,
    lineage: Mapping[str, str],
    describe_facts: Callable[[], Mapping[str, Any]],
    recorded: Sequence[Mapping[str, Any]],
) -> Export:
    candidate = {"schema_version": SCHEMA_VERSION, **lineage, SUMS: {CSV: sha256(rows.csv)}}
    held = _read_undamaged(target)
    if held is not None and _is_same(held, candidate):
        digests = held[SUMS][PARQUET], False, held[SUMS][CSV]
        return Export(target, rows.table.num_rows, *digests, without_sums(held))
    known = None
    if held is None:
        earlier = (*_salvage_documents(target, rows), *reversed(recorded))
        known = next((one for one in earlier if _is_same(one, candidate)), None)
    if known is None:
        number = 1 + max(_count_revisions(target) + (held is not None), *_list_numbers(recorded), 0)
        before = held or next((one for one in recorded if one.get("revision") == number - 1), None)
        own = {"revision": number, "replaces": _name_predecessor(number, candidate, before)}
        known = describe(rows, lineage, {**describe_facts(), **own})
    files = build_files(rows, without_sums(known))
    with atomic.replacing_folder(target) as fresh:
        if (target / REVISIONS).is_dir():
            shutil.copytree(target / REVISIONS, fresh / REVISIONS)
        if held is not None:
            kept = fresh / REVISIONS / str(held.get("revision", 1))
            kept.mkdir(parents=True)
            for name in files:
                shutil.copyfile(target / name, kept / name)
        for name, content in files.items():
            (fresh / name).write_bytes(content)
    digests = sha256(files[PARQUET]), True, sha256(rows.csv)
    return Export(target, rows.table.num_rows, *digests, without_sums(known))


def _read_undamaged(target: Path) -> dict[str, Any] | None:
    """The manifest of what lies there; None if that is damaged or nothing."""
    try:
        return verify_folder(target)
    except ExportError:
        return None


def _salvage_documents(target: Path, rows: Rows) -> Iterator[Mapping[str, Any]]:
    """What a damaged folder says of itself: in the Parquet file if its rows are these, in the manifest."""
    with suppress(OSError, ValueError, LookupError, TypeError):
        table = pq.read_table(pa.BufferReader((target / PARQUET).read_bytes()))
        document = json.loads(table.schema.metadata[METADATA])
        if table.replace_schema_metadata(None).equals(rows.table):
            yield {**document, SUMS: {CSV: sha256(rows.csv)}}
    with suppress(OSError, ValueError):
        manifest = json.loads((target / MANIFEST).read_text(encoding="utf-8"))
        if isinstance(manifest, dict):
            yield manifest


def _is_same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two manifests are of the same rows and lineage."""
    sums = one.get(SUMS)
    own = sums.get(CSV) if isinstance(sums, Mapping) else None
    return own == other[SUMS][CSV] and all(one.get(name) == other[name] for name in _IDENTITY)


def _name_predecessor(
    number: int, document: Mapping[str, Any], before: Mapping[str, Any] | None
) -> dict[str, Any] | None:
    """What the manifest of a revision says of the one that it corrects; None of the first."""
    if number == 1:
        return None
    changed = []
    if before is not None:
        changed = [name for name in _IDENTITY if before.get(name) != document[name]]
        changed += ["rows"] if before[SUMS][CSV] != document[SUMS][CSV] else []
    return {
        "revision": number - 1,
        "path": f"{REVISIONS}/{number - 1}",
        "csv_sha256": before[SUMS][CSV] if before is not None else None,
        "changed": changed,
    }


def _list_numbers(recorded: Sequence[Mapping[str, Any]]) -> list[int]:
    return [int(one["revision"]) for one in recorded]


def _count_revisions(target: Path) -> int:
    """How many earlier revisions lie in the folder."""
    there = target / REVISIONS
    return sum(entry.name.isdigit() for entry in there.iterdir()) if there.is_dir() else 0


def _move_pointer(export: Export) -> None:
    """Make ``latest.json`` name this export, unless it names one of a later cutoff."""
    file = export.path.parent / LATEST
    with suppress(OSError, ValueError, LookupError, TypeError):
        named = json.loads(file.read_text(encoding="utf-8"))["cutoff"]
        if named > export.path.name and (export.path.parent / named).is_dir():
            return
    pointer = {
        "cutoff": export.path.name,
        "revision": export.revision,
        "path": export.path.name,
        "manifest_sha256": sha256((export.path / MANIFEST).read_bytes()),
    }
    content = (json.dumps(pointer, indent=1) + "\n").encode()
    if not file.is_file() or file.read_bytes() != content:
        atomic.write_file(file, content)
