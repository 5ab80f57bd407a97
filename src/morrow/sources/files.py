"""CSV and Parquet files as content, parsed once a process for the same bytes and options."""

import hashlib
from pathlib import Path

from morrow.config import FileSource
from morrow.sources import long, tables, wide
from morrow.sources.batch import Content
from morrow.sources.whole import Whole

_KEPT = 4
_parsed: dict[tuple[str, str], Content] = {}


def source(options: FileSource, root: Path) -> Whole:
    """The adapter of a file."""
    return Whole(f"{options.kind}:{options.path}", lambda: content(options, root))


def content(source: FileSource, root: Path) -> Content:
    """Read a file whole.

    Raises:
        SourceError: the file is missing or unreadable, lacks a needed column, or has no price.
    """
    data = tables.load(root / source.path)
    key = hashlib.sha256(data).hexdigest(), source.model_dump_json()
    if key not in _parsed:
        while len(_parsed) >= _KEPT:
            _parsed.pop(next(iter(_parsed)))
        read = tables.from_csv if source.kind == "csv" else tables.from_parquet
        shape = long.content if source.layout == "long" else wide.content
        _parsed[key] = shape(key[0], read(data, source.path), source)
    return _parsed[key]
