"""A table or query of a database as a source."""

import hashlib
from pathlib import Path
from typing import Literal

import pyarrow as pa

from morrow.errors import SourceError
from morrow.source_kinds import Database, TableSource, source
from morrow.sources.batch import Content, ContentReader, Window
from morrow.sources.raw_replies import RawReplies
from morrow.sources.tables.block_assembly import Assembly, Block
from morrow.sources.tables.layouts import LAYOUTS
from morrow.sources.tables.raw_block import RawBlock, compress


@source
class SqlSource(TableSource, Database):
    """A table or a query of any database that SQLAlchemy reaches."""

    kind: Literal["sql"]

    def open(self, root: Path, replies: RawReplies | None) -> ContentReader:  # noqa: ARG002 (nothing to keep)
        """Return what reads the table or query."""
        return ContentReader(f"sql:{self.table or 'query'}", lambda window: read_content(self, root, window))


def read_content(options: SqlSource, root: Path, window: Window) -> Content:
    """Read a table or query; of a table no session outside the window, where the database can tell.

    Raises:
        SourceError: the database cannot be reached or read in time, its driver is missing, or it lacks a
            needed column, or has no price; or the rows need more memory than is allowed.
    """
    from morrow.sources.tables.database import DatabaseTable  # noqa: PLC0415 (SQLAlchemy)

    table = DatabaseTable(options, root, options.columns, has_symbols=options.layout == "long")
    is_cut = bool(window.start or window.last)
    assembly = Assembly(options, table.name, window, only_window=is_cut)
    layout, symbol = LAYOUTS[options.layout], (options.table or "query").rpartition(".")[2].upper()
    digest, columns = hashlib.sha256(), None
    for rows in table.blocks(window):
        columns = columns or layout.find_columns(rows, options, table.name)
        restore, stored_bytes = compress(rows)
        digest.update(_to_bytes(rows))
        typed = layout.read_block(rows, columns, options, symbol)
        assembly.add(Block(typed, rows, rows.rows, restore, stored_bytes))
    if columns is None and not is_cut:
        raise SourceError(f"{table.name} has no row; look at what is in it")
    return assembly.finish(digest.hexdigest())


def _to_bytes(table: RawBlock) -> bytes:
    sink = pa.BufferOutputStream()
    plain = pa.table(
        list(table.columns), names=[f"{number} {name}" for number, name in enumerate(table.names)]
    )
    with pa.ipc.new_stream(sink, plain.schema) as writer:
        writer.write_table(plain)
    return bytes(sink.getvalue())
