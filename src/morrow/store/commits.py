"""What a Delta table is told: one commit a change, its files by date, small ones joined, old ones removed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute
from deltalake import CommitProperties, DeltaTable, Transaction, write_deltalake
from deltalake.exceptions import DeltaError

from morrow import frames
from morrow.frames import Schema

FAULTS = (DeltaError, OSError, ValueError, pa.ArrowException)

_FILE_BYTES = 8 << 20  # about a quarter of a million bars: few files to open, and little to rewrite
_FILES_BEFORE_COMPACTION = 64
_BATCH_ROWS = 1 << 16


@dataclass(frozen=True)
class Change:
    """Rows to write: those whose key is not stored, and those that replace a stored row."""

    inserts: pd.DataFrame
    updates: pd.DataFrame


def span(schema: Schema, rows: pd.DataFrame) -> list[str]:
    """What holds for the dates of all rows, so that a table sorted by them is opened there alone."""
    dates = [c.name for c in schema.columns if c.name in schema.key and c.kind == frames.DATE]
    ends = [(name, rows[name].min(), rows[name].max()) for name in dates]
    return [f'"{name}" >= {literal(low)} and "{name}" <= {literal(high)}' for name, low, high in ends]


def commit(
    table: DeltaTable, schema: Schema, change: Change, scope: Sequence[str], span: Sequence[str]
) -> None:
    """Write a change in one transaction that another writer to the same scope would refuse, or be refused.

    Args:
        table: as it was when the change was planned.
        schema: of the table.
        change: what to write.
        scope: the values of the first key column that it touches.
        span: conditions on dates that hold for all of its rows.
    """
    first = schema.key[0]
    guard = CommitProperties(
        app_transactions=[Transaction(f"{first}={value}", table.version()) for value in scope]
    )
    if change.updates.empty:
        write_deltalake(
            table,
            _by_date(schema, frames.to_arrow(change.inserts, schema)),
            mode="append",
            schema_mode="merge",
            target_file_size=_FILE_BYTES,
            commit_properties=guard,
        )
        return
    rows = frames.to_arrow(pd.concat([change.updates, change.inserts]), schema)
    match = [f'target."{first}" in ({", ".join(map(literal, scope))})']
    match += [each.replace('"', 'target."', 1).replace(' and "', ' and target."') for each in span]
    match += [f'target."{name}" = source."{name}"' for name in schema.key]
    merge = table.merge(
        rows, " and ".join(match), "source", "target", merge_schema=True, commit_properties=guard
    )
    merge.when_matched_update_all().when_not_matched_insert_all().execute()


def _by_date(schema: Schema, rows: pa.Table) -> pa.RecordBatchReader:
    """Rows in the order of their dates, so that each file and group of rows holds few of them.

    They come in batches: a whole table is held twice more, once sorted and once by the writer.
    """
    dates = [c.name for c in schema.columns if c.name in schema.key and c.kind == frames.DATE]
    if not dates:
        return rows.to_reader()
    order = np.argsort(rows.column(dates[0]).cast(pa.int32()).to_numpy(), kind="stable")
    starts = range(0, len(order), _BATCH_ROWS)
    batches = (rows.take(pa.array(order[start : start + _BATCH_ROWS])).combine_chunks() for start in starts)
    return pa.RecordBatchReader.from_batches(
        rows.schema, (batch for table in batches for batch in table.to_batches())
    )


def tidy(table: DeltaTable, universes: Iterable[str], vacuum_days: int) -> None:
    """Join a universe's small files once opening them takes most of a read's time, and drop what is old.

    Files of full size stay as they are, so that the work does not grow with the table.
    """
    for universe in universes:
        files = pa.table(table.get_add_actions(flatten=True))
        sizes = files["size_bytes"].filter(pa.compute.equal(files["partition.universe"], universe)).to_numpy()
        if int((sizes < _FILE_BYTES // 2).sum()) < _FILES_BEFORE_COMPACTION:
            continue
        try:
            table.optimize.compact([("universe", "=", universe)], target_size=_FILE_BYTES)
            vacuum(table, vacuum_days)
        except FAULTS:
            # The rows are stored; the next write tries again.
            return


def vacuum(table: DeltaTable, days: int) -> None:
    """Remove the files that no newest version has held for so many days."""
    table.vacuum(days * 24, dry_run=False, enforce_retention_duration=False)


def literal(value: object) -> str:
    """Write a value as SQL."""
    if isinstance(value, date):
        return f"date '{value:%Y-%m-%d}'"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, tuple):
        return f"({', '.join(map(literal, value))})"
    return "'" + str(value).replace("'", "''") + "'"


def first_line(detail: Exception | str) -> str:
    """A message without the backtrace that follows it."""
    return str(detail).strip().partition("\n")[0]
