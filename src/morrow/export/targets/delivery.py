"""One export on its way to a target, read once and proved; and what every target can do."""

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

import pyarrow as pa

from morrow import frames
from morrow.errors import ExportError
from morrow.export.contents import MANIFEST
from morrow.export.verification import load_forecasts, verify
from morrow.frames.columns import COUNT, TEXT, Column, Schema
from morrow.frames.export_rows import export_schema, read_levels

REVISION = "revision"


@dataclass(frozen=True)
class Delivery:
    """A proved export.

    Attributes:
        folder: where it lies.
        universe, cutoff, revision: which it is; the cutoff as an ISO date.
        manifest: its text.
        schema: of the rows, with the revision; only the key is never empty, because an export of an earlier
            schema version lacks some columns.
        rows: the forecasts, with the revision.
    """

    folder: Path
    universe: str
    cutoff: str
    revision: int
    manifest: str
    schema: Schema
    rows: pa.Table

    @classmethod
    def read(cls, folder: Path) -> "Delivery":
        """Read an export.

        Raises:
            ExportError: it was altered, or its manifest names another universe or cutoff than its folder.
        """
        proved = verify(folder)
        named = (str(proved.manifest["universe"]), str(proved.manifest["cutoff"]))
        if named != (folder.parent.name, folder.name):
            raise ExportError(
                f'export "{folder}": its manifest names universe "{named[0]}" and cutoff "{named[1]}", '
                "which its folder does not; export it again"
            )
        frame = load_forecasts(folder).assign(revision=proved.revision)
        schema = make_schema(export_schema(read_levels(list(frame.columns))))
        return cls(
            folder,
            *named,
            proved.revision,
            (folder / MANIFEST).read_text(encoding="utf-8"),
            schema,
            frames.to_arrow(frame, schema),
        )


class Receiver(Protocol):
    """A target: it says what it holds, and takes an export whole or not at all."""

    def list_held(self, universe: str) -> set[tuple[str, int]]:
        """Cutoff and revision of every export that it holds."""
        ...

    def receive(self, delivery: Delivery) -> None:
        """Take an export."""
        ...


def read_revision(folder: Path) -> int:
    """The revision that an export's manifest names; 1 in schema version 1, 0 if it cannot be read."""
    try:
        return int(json.loads((folder / MANIFEST).read_text(encoding="utf-8")).get("revision", 1))
    except (OSError, ValueError, TypeError, AttributeError):
        return 0


def make_schema(schema: Schema) -> Schema:
    """The columns of an export with the revision and the manifest's place, which only the key must have."""
    key = (*schema.key, REVISION)
    columns = (*schema.columns, Column(REVISION, COUNT, "from 1; the highest counts"))
    return Schema(
        "forecasts", key, tuple(replace(column, nullable=column.name not in key) for column in columns)
    )


MANIFESTS = Schema(
    "exports",
    ("universe", "cutoff", REVISION),
    (
        Column("universe", TEXT),
        Column("cutoff", frames.DATE),
        Column(REVISION, COUNT),
        Column("manifest", TEXT, "JSON"),
    ),
)
