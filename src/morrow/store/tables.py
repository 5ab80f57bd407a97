"""Delta tables under one root, read and written by schema; each write is one transaction.

Writers take no lock. A write is planned from a snapshot and carries one application transaction per
first-key value (universe or batch) that it touches. If two writers race, one is refused and plans again;
without these transactions plain appends never conflict, and both would succeed.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import Any, Literal

import pandas as pd
import pyarrow as pa
from deltalake import DeltaTable
from deltalake.exceptions import CommitFailedError, TableNotFoundError
from pyarrow import compute

from morrow import frames
from morrow.errors import StoreError
from morrow.frames import Schema
from morrow.store import commits
from morrow.store.commits import Change
from morrow.store.rows import cast_rows, find_differences, find_positions

Condition = tuple[
    str, Literal["=", "!=", "<", "<=", ">", ">=", "in"], str | int | float | date | tuple[str, ...]
]

_ATTEMPTS = 8
_CONFIGURATION = {"delta.checkpointInterval": "20"}


class Tables:
    """One Delta table per schema name under a root, partitioned by universe and created on first write."""

    def __init__(self, root: Path | str, vacuum_days: int = 7) -> None:
        """Set the root and how long superseded files are kept.

        Args:
            root: a folder, or an object store's URI (credentials come from the environment).
            vacuum_days: days to keep superseded files before compaction removes them; at least as long as
                the longest read.
        """
        self._vacuum_days = vacuum_days
        self._local = "://" not in str(root)
        self._root = str(Path(root).absolute() if self._local else root).rstrip("/")

    def uri(self, schema: Schema) -> str:
        """URI of the schema's table."""
        return f"{self._root}/{schema.name}"

    def read(
        self,
        schema: Schema,
        universe: str | None = None,
        *,
        columns: Sequence[str] | None = None,
        where: Sequence[Condition] = (),
    ) -> pd.DataFrame:
        """Read the rows that meet every condition, sorted by the returned columns of the table's key.

        Args:
            schema: the table's schema; columns that the stored table lacks come back empty.
            universe: read only its rows (no other universe's files are opened); None for all.
            columns: names to return, in this order; None for the schema's.
            where: (column, operator, value), joined by "and".

        Returns:
            A frame; no rows if the table does not exist.

        Raises:
            StoreError: the table cannot be read.
        """
        rows = self.columns(schema, universe, columns if columns is not None else schema.names, where)
        order = [(name, "ascending") for name in schema.key if name in rows.column_names]
        return frames.from_arrow(rows.sort_by(order) if order else rows)

    def columns(
        self, schema: Schema, universe: str | None, names: Sequence[str], where: Sequence[Condition] = ()
    ) -> pa.Table:
        """Read the same rows as :meth:`read`, as an unsorted Arrow table.

        Raises:
            StoreError: the table cannot be read.
        """
        conditions = [*where, *([("universe", "=", universe)] if universe is not None else [])]
        wanted = [f'"{name}" {sign} {commits.sql_literal(value)}' for name, sign, value in conditions]
        table = self._open(schema)
        if table is None:
            return pa.schema([schema.arrow().field(name) for name in names]).empty_table()
        return self._scan(table, schema, list(names), " and ".join(wanted) or None)

    def holds(self, schema: Schema, universe: str) -> bool:
        """Return whether the table has any file for the universe, without opening one.

        Raises:
            StoreError: the table cannot be read.
        """
        table = self._open(schema)
        mine = [("universe", "=", universe)]
        return table is not None and bool(table.file_uris(file_pruning_predicate=mine))

    def version(self, schema: Schema) -> int:
        """Version of the schema's table, which each write raises; −1 without a table."""
        table = self._open(schema)
        return -1 if table is None else table.version()

    def count(self, schema: Schema, universe: str) -> int:
        """Count a universe's rows from the table's log; a file is opened only if its count is missing.

        Raises:
            StoreError: the table cannot be read.
        """
        table = self._open(schema)
        if table is None:
            return 0
        try:
            files = pa.table(table.get_add_actions(flatten=True))
            own = files.filter(compute.equal(files["partition.universe"], universe))
        except commits.FAULTS as error:
            raise self._unreadable(schema, error) from None
        if "num_records" in own.column_names and not own["num_records"].null_count:
            return compute.sum(own["num_records"]).as_py() or 0
        # A file that another writer added without statistics has no row count in the log.
        return len(self.columns(schema, universe, ["universe"]))

    def append(self, schema: Schema, frame: pd.DataFrame) -> int:
        """Insert the rows whose key is not stored, in one transaction; return their number.

        Raises:
            ShapeError: the frame does not fit the schema or holds a key twice.
            StoreError: the table cannot be read or written, or other writers kept winning the race.
        """
        rows = cast_rows(schema, frame)

        def plan(stored: pd.DataFrame) -> Change:
            return Change(rows[find_positions(rows, stored, schema.key) < 0], rows[:0])

        return len(self.transact(schema, rows, schema.key, plan).inserts)

    def upsert(self, schema: Schema, frame: pd.DataFrame) -> tuple[int, int]:
        """Insert rows that are not stored and replace rows that differ, in one transaction.

        Rows that differ only in a wall-clock timestamp stay unchanged.

        Returns:
            Rows inserted and rows updated.

        Raises:
            ShapeError: the frame does not fit the schema or holds a key twice.
            StoreError: the table cannot be read or written, or other writers kept winning the race.
        """
        rows = cast_rows(schema, frame)
        content = [c.name for c in schema.columns if c.name not in schema.key and c.kind != frames.STAMP]

        def plan(stored: pd.DataFrame) -> Change:
            at = find_positions(rows, stored, schema.key)
            common = rows[at >= 0]
            changed = find_differences(common, stored.iloc[at[at >= 0]], content).any(axis=1)
            return Change(rows[at < 0], common[changed])

        change = self.transact(schema, rows, schema.names, plan)
        return len(change.inserts), len(change.updates)

    def transact(
        self,
        schema: Schema,
        rows: pd.DataFrame,
        columns: Iterable[str],
        plan: Callable[[pd.DataFrame], Change],
    ) -> Change:
        """Plan a write of ``rows`` and commit it; plan again if another writer committed first.

        Args:
            schema: the table.
            rows: a frame that fits the schema.
            columns: the columns of the stored rows that ``plan`` needs.
            plan: receives the stored rows that share a first key with ``rows`` and lie within their date
                range; may run several times.

        Returns:
            The committed change.

        Raises:
            StoreError: the table cannot be read or written, or other writers kept winning the race.
        """
        scope = sorted(rows[schema.key[0]].unique())
        if not scope:
            return Change(rows, rows)
        span = commits.date_conditions(schema, rows)
        predicate = " and ".join(
            [f'"{schema.key[0]}" in ({", ".join(map(commits.sql_literal, scope))})', *span]
        )
        for attempt in range(_ATTEMPTS):
            table = self._open(schema) or self._create(schema)
            change = plan(frames.from_arrow(self._scan(table, schema, list(columns), predicate)))
            if change.inserts.empty and change.updates.empty:
                return change
            try:
                commits.commit(table, schema, change, scope, span)
            except CommitFailedError:
                time.sleep(min(0.01 * 2**attempt, 0.2))
            except commits.FAULTS as error:
                raise self._unwritable(schema, error) from None
            else:
                commits.compact(table, rows["universe"].unique(), self._vacuum_days)
                return change
        raise StoreError(
            f'table "{self.uri(schema)}" was written by others in each of {_ATTEMPTS} attempts; '
            "nothing was stored; let the other run end, then run again"
        )

    def _open(self, schema: Schema) -> DeltaTable | None:
        try:
            table = DeltaTable(self.uri(schema))
            log = Path(self.uri(schema), "_delta_log", f"{table.version():020d}.json")
            if log.exists() and log.stat().st_size == 0:
                # deltalake reads a commit file emptied by a power cut as a commit without actions.
                raise self._unreadable(schema, f"the log of version {table.version()} is empty")
        except TableNotFoundError:
            self._refuse_a_table_without_log(schema)
            return None
        except commits.FAULTS as error:
            raise self._unreadable(schema, error) from None
        return table

    def _refuse_a_table_without_log(self, schema: Schema) -> None:
        if not self._local:
            return
        folder = Path(self.uri(schema))
        try:
            files = [entry.name for entry in folder.iterdir() if entry.name != "_delta_log"]
        except FileNotFoundError:
            return
        except OSError as error:
            raise self._unreadable(schema, error) from None
        # Another process may have created the table in the meantime.
        if files and not any(folder.glob("_delta_log/*.json")):
            raise self._unreadable(schema, f"there is no log beside {min(files)}")

    def _create(self, schema: Schema) -> DeltaTable:
        try:
            return DeltaTable.create(
                self.uri(schema),
                schema.arrow(),
                mode="ignore",
                partition_by=["universe"],
                name=schema.name,
                configuration=_CONFIGURATION,
            )
        except commits.FAULTS as error:
            table = self._open(schema)
            if table is None:
                raise self._unwritable(schema, error) from None
            return table

    def _scan(self, table: DeltaTable, schema: Schema, names: list[str], predicate: str | None) -> pa.Table:
        """Read columns and cast DataFusion's types, such as string views, to the schema's."""
        try:
            stored = {field.name for field in table.schema().fields}
            present = [name for name in names if name in stored]
            rows = pa.table(table.scan(columns=present, predicate=predicate))
            columns: dict[str, Any] = {}
            for name in names:
                kind = schema.arrow().field(name).type
                columns[name] = rows[name].cast(kind) if name in stored else pa.nulls(len(rows), kind)
            return pa.table(columns)
        except commits.FAULTS as error:
            raise self._unreadable(schema, error) from None

    def vacuum(self, schema: Schema) -> None:
        """Remove files that were superseded at least ``vacuum_days`` ago; no row is lost.

        Raises:
            StoreError: the table cannot be read or written.
        """
        table = self._open(schema)
        if table is None:
            return
        try:
            commits.vacuum(table, self._vacuum_days)
        except commits.FAULTS as error:
            raise self._unwritable(schema, error) from None

    def _unreadable(self, schema: Schema, detail: Exception | str) -> StoreError:
        return StoreError(
            f'table "{self.uri(schema)}" cannot be read: {commits.first_line(detail)}; '
            "restore this folder from a copy, or move it away and run again"
        )

    def _unwritable(self, schema: Schema, detail: Exception | str) -> StoreError:
        return StoreError(
            f'table "{self.uri(schema)}" cannot be written: {commits.first_line(detail)}; '
            "it is as it was before; make room or grant write access, then run again"
        )
