"""Commit to Delta tables: one commit per change, files sorted by date, compaction and vacuum."""

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

_FILE_BYTES = 8 << 20  # about 250,000 bars: few files to open, little to rewrite
_FILES_BEFORE_COMPACTION = 64
_BATCH_ROWS = 1 << 16


@dataclass(frozen=True)
class Change:
    """Rows to write: those whose key is not stored, and those that replace a stored row."""

    inserts: pd.DataFrame
    updates: pd.DataFrame


def date_conditions(schema: Schema, rows: pd.DataFrame) -> list[str]:
    """Conditions that the dates of all rows meet, so that only files in that date range are opened."""
    dates = [c.name for c in schema.columns if c.name in schema.key and c.kind == frames.DATE]
    ends = [(name, rows[name].min(), rows[name].max()) for name in dates]
    return [f'"{name}" >= {sql_literal(low)} and "{name}" <= {sql_literal(high)}' for name, low, high in ends]


def commit(
    table: DeltaTable, schema: Schema, change: Change, scope: Sequence[str], span: Sequence[str]
) -> None:
    """Write a change in one transaction that conflicts with any other write to the same scope.

    Args:
        table: the snapshot from which the change was planned.
        schema: the table's schema.
        change: the rows to write.
        scope: the values of the first key column that the change touches.
        span: date conditions that all of its rows meet.
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
    match = [f'target."{first}" in ({", ".join(map(sql_literal, scope))})']
    match += [each.replace('"', 'target."', 1).replace(' and "', ' and target."') for each in span]
    match += [f'target."{name}" = source."{name}"' for name in schema.key]
    merge = table.merge(
        rows, " and ".join(match), "source", "target", merge_schema=True, commit_properties=guard
    )
    merge.when_matched_update_all().when_not_matched_insert_all().execute()


def _by_date(schema: Schema, rows: pa.Table) -> pa.RecordBatchReader:
    """Sort rows by date, so that each file and row group covers few dates.

    Yields batches: a whole table would be held in memory twice more, once sorted and once in the writer.
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


def compact(table: DeltaTable, universes: Iterable[str], vacuum_days: int) -> None:
    """Compact a universe's small files once opening them dominates reads, and remove superseded files.

    Full-size files stay as they are, so that the work does not grow with the table.
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
            # The rows are stored; the next write retries the compaction.
            return


def vacuum(table: DeltaTable, days: int) -> None:
    """Remove files that were superseded at least ``days`` days ago."""
    table.vacuum(days * 24, dry_run=False, enforce_retention_duration=False)


def sql_literal(value: object) -> str:
    """Format a value as an SQL literal."""
    if isinstance(value, date):
        return f"date '{value:%Y-%m-%d}'"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, tuple):
        return f"({', '.join(map(sql_literal, value))})"
    return "'" + str(value).replace("'", "''") + "'"


def first_line(detail: Exception | str) -> str:
    """The first line of a message, without the backtrace that follows it."""
    return str(detail).strip().partition("\n")[0]
