"""The forecast export: one folder per universe and cutoff, which a reader sees whole or not at all."""

from morrow.export.contents import CSV, LINEAGE, MANIFEST, PARQUET, SCHEMA_VERSION, SUMS
from morrow.export.folder import Export, write
from morrow.export.verification import LATEST, Proof, find_folder, load_forecasts, read, verify

__all__ = [
    "CSV",
    "LATEST",
    "LINEAGE",
    "MANIFEST",
    "PARQUET",
    "SCHEMA_VERSION",
    "SUMS",
    "Export",
    "Proof",
    "find_folder",
    "load_forecasts",
    "read",
    "verify",
    "write",
]
