"""Blocks of rows."""

import numpy as np
import pyarrow as pa

from morrow.sources.tables.raw_block import Header, RawBlock, compress


def test_a_block_keeps_its_header() -> None:
    """What stands above the rows survives a selection and a compression; a block without it has no levels."""
    header = Header(("a",), ",", "x.csv", (("a",),))
    block = RawBlock(("a",), (pa.chunked_array([["1", "2"]]),), np.arange(2), header=header)
    assert block.select(np.array([True, False])).levels == (("a",),)
    restored = compress(block)[0]()
    assert (restored.levels, restored.columns[0].to_pylist()) == ((("a",),), ["1", "2"])
    assert RawBlock(("a",), block.columns, block.positions).levels == ()
