"""What a column and a schema are, and the Arrow types that tables use."""

from dataclasses import dataclass

import pyarrow as pa

TEXT, DATE, REAL, COUNT = pa.string(), pa.date32(), pa.float64(), pa.int64()
STAMP = pa.timestamp("us", tz="UTC")


@dataclass(frozen=True)
class Column:
    """One column: its Arrow type, its unit or meaning, and where a reader needs more, a description."""

    name: str
    kind: pa.DataType
    unit: str = ""
    nullable: bool = False
    about: str = ""


@dataclass(frozen=True)
class Schema:
    """A table's columns in order, and the columns that identify a row."""

    name: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]

    @property
    def names(self) -> list[str]:
        """Column names in order."""
        return [column.name for column in self.columns]

    def arrow(self) -> pa.Schema:
        """The columns as an Arrow schema."""
        return pa.schema([pa.field(c.name, c.kind, nullable=c.nullable) for c in self.columns])
