"""A Delta table as a target: every revision of every export is appended once, in one transaction."""

import pyarrow as pa
from deltalake import CommitProperties, DeltaTable, write_deltalake
from deltalake.exceptions import DeltaError

from morrow.errors import ExportError
from morrow.export.targets.delivery import REVISION, Delivery

_FAULTS = (DeltaError, OSError, ValueError, pa.ArrowException)


class DeltaReceiver:
    """Appends exports to a Delta table, partitioned by universe."""

    def __init__(self, uri: str) -> None:
        """Set where the table lies; credentials of an object store come from the environment."""
        self._uri = uri

    def list_held(self, universe: str) -> set[tuple[str, int]]:
        """Cutoff and revision of every export in the table.

        Raises:
            ExportError: it is no Delta table of exports, or cannot be read.
        """
        try:
            if not DeltaTable.is_deltatable(self._uri):
                return set()
            name = universe.replace("'", "''")
            rows = pa.table(
                DeltaTable(self._uri).scan(columns=["cutoff", REVISION], predicate=f"universe = '{name}'")
            )
        except _FAULTS as error:
            raise ExportError(f'table "{self._uri}" cannot be read: {error}') from None
        exports = rows.group_by(["cutoff", REVISION]).aggregate([]).to_pylist()
        return {(str(one["cutoff"]), int(one[REVISION])) for one in exports}

    def receive(self, delivery: Delivery) -> None:
        """Append an export; its manifest is in the metadata of the commit.

        Raises:
            ExportError: the table cannot be written, or has other columns.
        """
        try:
            write_deltalake(
                self._uri,
                delivery.rows,
                mode="append",
                partition_by=["universe"],
                schema_mode="merge",
                commit_properties=CommitProperties(custom_metadata={"morrow": delivery.manifest}),
            )
        except _FAULTS as error:
            raise ExportError(f'table "{self._uri}" cannot be written: {error}') from None
