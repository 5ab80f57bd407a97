import json
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
import pytest
from pyarrow import BufferReader

from morrow.errors import ShapeError
from morrow.export import contents
from tests.exports import LINEAGE, SCHEMA, rows

FACTS = {"revision": 1, "replaces": None, "alias": "champion"}


def build() -> tuple[dict[str, bytes], dict[str, Any]]:
    """The files of an export, and its manifest."""
    arranged = contents.arrange_rows(rows(), SCHEMA)
    files = contents.build_files(arranged, contents.describe(arranged, LINEAGE, FACTS))
    return files, json.loads(files["manifest.json"])


def test_the_manifest_says_what_the_rows_are() -> None:
    """The manifest names rows, symbols, flags, levels, horizon, currency, lineage and the files' hashes."""
    files, manifest = build()
    known = {
        "schema_version": "2",
        "universe": "us5",
        "cutoff": "2026-01-05",
        "rows": 4,
        "counts": {"symbols": 2, "flagged": 2, "flags": {"pegged": 2, "stale": 2}},
        "horizon": 2,
        "levels": [0.25, 0.5, 0.75],
        "sessions": ["2026-01-06"],
        "currencies": ["USD"],
        "created_at": "2026-01-05T22:01:00+00:00",
        "key": ["universe", "symbol", "cutoff", "step", "model_version"],
        "sha256": {name: contents.sha256(files[name]) for name in ("forecasts.parquet", "forecasts.csv")},
        **LINEAGE,
        **FACTS,
    }
    assert {name: manifest[name] for name in known} == known


def test_every_column_and_flag_is_described() -> None:
    """Each column has a type, a description and a place in the JSON Schema; each flag has its meaning."""
    _, manifest = build()
    columns = {column["name"]: column for column in manifest["columns"]}
    assert list(columns) == SCHEMA.names == manifest["row_schema"]["required"]
    assert all(column["description"] for column in columns.values())
    assert columns["q5000"]["description"].endswith("with a probability of 50 %")
    kinds = {name: one["type"] for name, one in manifest["row_schema"]["properties"].items()}
    assert (kinds["step"], kinds["model_version"], kinds["last_close"]) == (
        "integer",
        "string",
        ["number", "null"],
    )
    assert {"pegged", "stale"} < set(manifest["flags"])


def test_parquet_carries_the_manifest() -> None:
    """The metadata of the Parquet file are the manifest without the hashes."""
    files, manifest = build()
    metadata = pq.read_metadata(BufferReader(files["forecasts.parquet"])).metadata
    assert json.loads(metadata[b"morrow"]) == contents.without_sums(manifest)


def test_facts_may_not_contradict() -> None:
    """A fact with the name of something that follows from the rows is refused."""
    with pytest.raises(ShapeError, match="may not replace"):
        contents.describe(contents.arrange_rows(rows(), SCHEMA), LINEAGE, {"horizon": 9})


def test_rows_are_of_one_cutoff() -> None:
    """Two cutoffs are no export."""
    both = pd.concat([rows(), rows(cutoff="2026-01-06")])
    with pytest.raises(ShapeError, match="got 2 in 8 rows"):
        contents.arrange_rows(both, SCHEMA)
