"""Blocks of one file."""

from pathlib import Path

import pandas as pd

from morrow.sources.tables.file_blocks import TextOptions, open_blocks
from morrow.sources.tables.text_header import DeclaredHeader
from tests.files import write


def test_a_block_can_be_made_again(tmp_path: Path) -> None:
    """What stores a block gives the same rows back, with its header, for texts and for Parquet."""
    frame = pd.DataFrame({"date": ["2024-01-02"], "close": ["1.5"]})
    frame.to_parquet(tmp_path / "p.parquet")
    path = write(tmp_path, "a title\n2024-01-02,1.5\n")
    declared = TextOptions(DeclaredHeader(0, ("date", "close")))
    for file, kind in ((path, "csv"), (tmp_path / "p.parquet", "parquet")):
        with file.open("rb") as opened:
            makes = list(open_blocks(opened, "x", kind, declared).makes)  # type: ignore[arg-type]
            block, store = makes[-1]()
            restored = store()[0]()
        assert restored.names == block.names == ("date", "close")
        assert [column.to_pylist() for column in restored.columns] == [["2024-01-02"], ["1.5"]]
        assert restored.header == block.header
