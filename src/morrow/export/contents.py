"""The files of an export, built in memory: the same rows and document give the same bytes."""

import hashlib
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from morrow import frames
from morrow.errors import ShapeError
from morrow.export.csv_text import list_types, write_csv
from morrow.frames.columns import COUNT, DATE, REAL, STAMP, TEXT, Column, Schema
from morrow.frames.export_rows import FLAGS, read_levels

SCHEMA_VERSION = "2"
PARQUET, CSV, MANIFEST = "forecasts.parquet", "forecasts.csv", "manifest.json"
METADATA = b"morrow"  # key of the document in the metadata of the Parquet file
LINEAGE = ("model", "model_version", "run_id", "calibration", "data_version", "code_version")
SUMS = "sha256"
_FORMATS = {DATE: {"type": "string", "format": "date"}, STAMP: {"type": "string", "format": "date-time"}}
_JSON = {TEXT: {"type": "string"}, COUNT: {"type": "integer"}, REAL: {"type": "number"}, **_FORMATS}


@dataclass(frozen=True)
class Rows:
    """The rows of one universe and cutoff, in the order of their key.

    Attributes:
        table: without metadata.
        schema: of its columns.
        csv: the same rows as CSV.
    """

    table: pa.Table
    schema: Schema
    csv: bytes

    @property
    def universe(self) -> str:
        """The universe of all rows."""
        return str(self.table["universe"][0].as_py())

    @property
    def cutoff(self) -> str:
        """The cutoff of all rows, as an ISO date."""
        return str(self.table["cutoff"][0].as_py())


def arrange_rows(frame: pd.DataFrame, schema: Schema) -> Rows:
    """Cast and sort the rows of an export.

    Raises:
        ShapeError: the frame does not fit the schema or is not of one universe and cutoff.
    """
    table = frames.to_arrow(frame, schema).sort_by([(name, "ascending") for name in schema.key])
    table = table.replace_schema_metadata(None)
    scopes = table.select(["universe", "cutoff"]).group_by(["universe", "cutoff"]).aggregate([])
    if len(scopes) != 1:
        raise ShapeError(f"an export holds one universe and cutoff; got {len(scopes)} in {len(table)} rows")
    return Rows(table, schema, write_csv(table, schema))


def describe(rows: Rows, lineage: Mapping[str, str], facts: Mapping[str, Any]) -> dict[str, Any]:
    """What an export says of itself: all of its manifest but the hashes of its files and its revision.

    Args:
        rows: of the export.
        lineage: a text for each name of ``LINEAGE``.
        facts: what the caller knows beside; JSON-ready, and it may not hold a key that is written here.

    Raises:
        ShapeError: a name of the lineage is missing, or a fact has the name of another key.
    """
    check_lineage(lineage)
    table, schema = rows.table, rows.schema
    document = {
        "schema_version": SCHEMA_VERSION,
        "universe": rows.universe,
        "cutoff": rows.cutoff,
        "rows": len(table),
        "counts": _count(table),
        "columns": [_describe_column(column) for column in schema.columns],
        "key": list(schema.key),
        "row_schema": _describe_rows(schema),
        "flags": FLAGS,
        "csv": {
            "types": list_types(schema),
            "escape": "an apostrophe before a text that begins like a formula",
        },
        "horizon": max(table["step"].to_pylist()),
        "levels": list(read_levels(schema.names)),
        "sessions": sorted({str(day) for day in table["session"].to_pylist()}),
        "currencies": sorted(set(table["currency"].to_pylist())),
        **lineage,
        "created_at": max(table["created_at"].to_pylist()).isoformat(),
    }
    if taken := sorted(set(facts) & set(document)):
        raise ShapeError(f"facts of an export may not replace {taken}")
    return document | dict(facts)


def _count(table: pa.Table) -> dict[str, Any]:
    """Numbers of symbols, of flagged rows, and of rows by flag."""
    flags = [text.split(",") if text else [] for text in table["flags"].to_pylist()]
    return {
        "symbols": len(table["symbol"].unique()),
        "flagged": sum(map(bool, flags)),
        "flags": {name: sum(name in each for each in flags) for name in sorted(set(chain(*flags)))},
    }


def _describe_column(column: Column) -> dict[str, Any]:
    return {
        "name": column.name,
        "type": str(column.kind),
        "unit": column.unit,
        "nullable": column.nullable,
        "description": column.about,
    }


def check_lineage(lineage: Mapping[str, str]) -> None:
    """Refuse a lineage that lacks a name, or has one too many.

    Raises:
        ShapeError: it does.
    """
    if set(lineage) != set(LINEAGE):
        raise ShapeError(f"lineage has {sorted(lineage)}; an export needs {sorted(LINEAGE)}")


def build_files(rows: Rows, document: Mapping[str, Any]) -> dict[str, bytes]:
    """Build the three files by name; the document is also in the metadata of the Parquet file."""
    sink = io.BytesIO()
    with pq.ParquetWriter(sink, rows.table.schema, compression="zstd", store_schema=False) as writer:
        writer.write_table(rows.table)
        writer.add_key_value_metadata({METADATA: _dump(document)})
    files = {PARQUET: sink.getvalue(), CSV: rows.csv}
    sums = {name: sha256(content) for name, content in files.items()}
    return files | {MANIFEST: _dump({**document, SUMS: sums})}


def without_sums(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """The document that a manifest holds beside the hashes of its files."""
    return {name: value for name, value in manifest.items() if name != SUMS}


def sha256(content: bytes) -> str:
    """The hash of a file's bytes, as hex digits."""
    return hashlib.sha256(content).hexdigest()


def _describe_rows(schema: Schema) -> dict[str, Any]:
    """JSON Schema of a row: further columns may join it."""
    properties = {}
    for column in schema.columns:
        one: dict[str, Any] = dict(_JSON[column.kind])
        if column.nullable:
            one["type"] = [one["type"], "null"]
        properties[column.name] = one | {"description": column.about}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "properties": properties,
        "required": schema.names,
    }


def _dump(document: Mapping[str, Any]) -> bytes:
    return (json.dumps(document, indent=1) + "\n").encode()
