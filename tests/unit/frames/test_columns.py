import pyarrow as pa

from morrow.frames.columns import REAL, TEXT, Column, Schema


def test_a_schema_is_an_arrow_schema() -> None:
    """Columns keep their order, types and whether they may be empty."""
    schema = Schema("t", ("a",), (Column("a", TEXT), Column("b", REAL, nullable=True)))
    expected = pa.schema([pa.field("a", pa.string(), nullable=False), pa.field("b", pa.float64())])
    assert schema.names == ["a", "b"]
    assert schema.arrow() == expected
