"""The blocks of one file, whatever its format: each is made when it is asked for, and can be made again."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import BinaryIO

import pyarrow as pa

from morrow.sources.tables import delimited_text, workbook
from morrow.sources.tables.day_parts import join_day_parts
from morrow.sources.tables.delimited_text import DelimitedText
from morrow.sources.tables.file_set import FileKind
from morrow.sources.tables.parquet import Wanted, read_parquet
from morrow.sources.tables.raw_block import RawBlock, Restore, compress
from morrow.sources.tables.text_header import SEARCHED, DeclaredHeader

Store = Callable[[], tuple[Restore, int]]
Make = Callable[[], tuple[RawBlock, Store]]

_ZSTD = pa.Codec("zstd", compression_level=1)


@dataclass(frozen=True)
class TextOptions:
    """What a person says about a file of text.

    Attributes:
        header: of its header.
        encoding: None to find it.
        sheet: of a workbook; None for the only one with a table.
    """

    header: DeclaredHeader = SEARCHED
    encoding: str | None = None
    sheet: str | None = None


FOUND = TextOptions()


@dataclass(frozen=True)
class FileBlocks:
    """The blocks of a file.

    Attributes:
        makes: make each block, and what stores it.
        text: the file as text, if it is one.
    """

    makes: Iterator[Make]
    text: DelimitedText | None = None


def open_blocks(
    file: BinaryIO, name: str, kind: FileKind, options: TextOptions, wanted: Wanted | None = None
) -> FileBlocks:
    """Open the blocks of a file.

    Args:
        file: to read from.
        name: of it, for messages.
        kind: how it is read.
        options: how its text is.
        wanted: which row groups of a Parquet file are.

    Raises:
        SourceError: it cannot be read.
    """
    if kind == "parquet":
        return FileBlocks(
            partial(same_block, (join_day_parts(table), partial(compress, table)))
            for table in read_parquet(file, name, wanted)
        )
    if kind == "excel":
        text = delimited_text.open_blocks(
            workbook.read_sheet(file, name, options.sheet), name, options.header
        )
    else:
        text = delimited_text.open_text(file, name, options.header, options.encoding)
    return FileBlocks((partial(_make_block, data, text) for data in text.blocks), text)


def same_block(block: tuple[RawBlock, Store]) -> tuple[RawBlock, Store]:
    """A block that is made already."""
    return block


def _make_block(data: bytes, text: DelimitedText) -> tuple[RawBlock, Store]:
    def store() -> tuple[Restore, int]:
        size, stored = len(data), _ZSTD.compress(data, asbytes=True)

        def restore() -> RawBlock:
            return delimited_text.read_block(_ZSTD.decompress(stored, size, asbytes=True), text.header)

        return restore, len(stored)

    return join_day_parts(delimited_text.read_block(data, text.header)), store
