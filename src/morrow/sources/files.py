"""CSV and Parquet files as a source, parsed once per process for the same bytes, options and window."""

import itertools
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Annotated, Any, BinaryIO, ClassVar, Literal

import numpy as np
import pyarrow as pa
from pydantic import Field, model_validator

from morrow.errors import SourceError
from morrow.source_kinds import TableSource, source
from morrow.sources.batch import EVERYTHING, Content, ContentReader, Window
from morrow.sources.raw_replies import RawReplies
from morrow.sources.tables import delimited_text, file_set
from morrow.sources.tables.block_assembly import Assembly, Block, BudgetError, no_rows_message
from morrow.sources.tables.columns import Columns
from morrow.sources.tables.days import day_notation, read_days
from morrow.sources.tables.field_names import match_names
from morrow.sources.tables.file_set import SourceFile
from morrow.sources.tables.layouts import LAYOUTS
from morrow.sources.tables.parquet import Wanted, read_parquet
from morrow.sources.tables.raw_block import RawBlock, Restore, compress
from morrow.sources.tables.text_header import SEARCHED, DeclaredHeader

_MOST_CONTENTS, _MOST_ROWS = 8, 4_000_000
_SMALL_BYTES = 1 << 22  # files up to this size are read completely, whatever window is asked for
_BLOCKS_AHEAD = 3
_WORKERS = 2
Store = Callable[[], tuple[Restore, int]]
Make = Callable[[], tuple[RawBlock, Store]]

_ZSTD = pa.Codec("zstd", compression_level=1)
_contents: dict[tuple[str, str, str], Content] = {}


@source
class FileSource(TableSource):
    """CSV (plain or gzipped) or Parquet, long or wide: a file, a folder or a glob."""

    is_local: ClassVar[bool] = True

    kind: Literal["csv", "parquet"]
    path: str
    header: Literal[False] | Annotated[int, Field(ge=1)] | None = Field(
        None, description="number of the line that names the columns, false where none does"
    )
    names: tuple[str, ...] = Field(
        (), description="the columns in their order where there is no header; columns = [...] for short"
    )

    @model_validator(mode="before")
    @classmethod
    def _columns_by_place(cls, options: Any) -> Any:
        """Take a list of columns as their names by place."""
        if isinstance(options, dict) and isinstance(options.get("columns"), list):
            return {**options, "columns": {}, "names": options["columns"]}
        return options

    @model_validator(mode="after")
    def _names_replace_a_header(self) -> "FileSource":
        if self.names and self.header is not False:
            raise ValueError(
                "columns = [...] names the columns of a file without a header; set header = false as well, "
                'or map the header\'s names: columns = { close = "..." }'
            )
        return self

    @property
    def declared_header(self) -> DeclaredHeader:
        """What is said about the header of each file."""
        return DeclaredHeader(None if self.header is None else int(self.header), self.names)

    def open(self, root: Path, replies: RawReplies | None) -> ContentReader:  # noqa: ARG002 (nothing is asked)
        """Return what reads the files."""
        return ContentReader(f"{self.kind}:{self.path}", lambda window: read_content(self, root, window))

    def may_have_changed(self, root: Path, since: float) -> bool:
        """Whether the file or folder was written after a time, in seconds since the epoch."""
        try:
            return (root / self.path).stat().st_mtime > since
        except OSError:
            return False


def read_content(options: FileSource, root: Path, window: Window = EVERYTHING) -> Content:
    """Read files, completely or, if they are large, as far as a window reaches.

    Of several files one that cannot be read is passed over and named in ``failed``.

    Raises:
        SourceError: the only file, or each one, is missing or unreadable, lacks a needed column, or has no
            price; or the rows need more memory than is allowed.
    """
    window = replace(window, last=None)
    files, failed = file_set.list_files(options.path, root, options.kind)
    identity = file_set.digest_of(files), options.model_dump_json()
    is_small = sum(file.path.stat().st_size for file in files) <= _SMALL_BYTES
    if is_small or any(key[:2] == identity for key in _contents):
        # A second window of a large file: reading all of it serves every further one.
        window = EVERYTHING if (*identity, repr(window)) not in _contents else window
    key = *identity, repr(window)
    if key not in _contents:
        fresh = _read_files(options, files, failed, window, key[0])
        while _contents and not _has_room(fresh):
            _contents.pop(next(iter(_contents)))
        _contents[key] = fresh
    return _contents[key]


def first_table(
    files: Sequence[SourceFile], kind: Literal["csv", "parquet"], declared: DeclaredHeader = SEARCHED
) -> RawBlock:
    """The first rows of the first file that has some, to look at its columns.

    Raises:
        SourceError: no file can be read and has a row; it is the first file's.
    """
    first_error: SourceError | None = None
    for file in files:
        try:
            return _first_rows(file, kind, declared)
        except SourceError as error:
            first_error = first_error or error
    raise first_error or SourceError("there is no file")


def _first_rows(file: SourceFile, kind: Literal["csv", "parquet"], declared: DeclaredHeader) -> RawBlock:
    with file_set.open_unchanged(file) as opened:
        is_csv = kind == "csv"
        blocks = (
            _csv_blocks(opened, file.name, declared) if is_csv else _parquet_blocks(opened, file.name, None)
        )
        tables = [make()[0] for make in itertools.islice(blocks, 2)]
    table = next((table for table in tables if len(table.positions)), None)
    if table is None:
        raise SourceError(no_rows_message(file.name))
    return table


def _has_room(fresh: Content) -> bool:
    rows = sum(len(each.rows) for each in _contents.values()) + len(fresh.rows)
    return len(_contents) < _MOST_CONTENTS and rows <= _MOST_ROWS


def _read_files(
    options: FileSource,
    files: tuple[SourceFile, ...],
    failed: tuple[tuple[str, str], ...],
    window: Window,
    digest: str,
) -> Content:
    assembly = Assembly(options, options.path, window)
    unreadable: list[tuple[str, str]] = []
    with ThreadPoolExecutor(_WORKERS) as pool:
        for file in files:
            mark = assembly.begin_file(file.name)
            try:
                _add_file(assembly, options, file, window, pool)
            except BudgetError:
                raise
            except SourceError as error:
                if len(files) == 1:
                    raise
                assembly.undo(mark)
                unreadable.append((file.symbol, str(error)))
    if files and len(unreadable) == len(files):
        raise SourceError(f"none of {len(files)} files could be read; the first: {unreadable[0][1]}")
    return assembly.finish(digest, (*failed, *unreadable))


def _add_file(
    assembly: Assembly, options: FileSource, file: SourceFile, window: Window, pool: ThreadPoolExecutor
) -> None:
    """Read one file: blocks are typed side by side, and added in their order."""
    find_columns = LAYOUTS[options.layout].find_columns
    columns: Columns | None = None
    pending: deque[Future[Block]] = deque()
    with file_set.open_unchanged(file) as opened:
        wanted = _row_group_filter(options, window.first)
        is_csv = options.kind == "csv"
        blocks = (
            _csv_blocks(opened, file.name, options.declared_header)
            if is_csv
            else _parquet_blocks(opened, file.name, wanted)
        )
        for make in blocks:
            if columns is None:
                first_block = make()
                if first_block[0].rows:
                    columns = find_columns(first_block[0], options, file.name)
                    assembly.add(
                        _type_block(partial(_same, first_block), columns, options, file, window.first)
                    )
                continue
            pending.append(pool.submit(_type_block, make, columns, options, file, window.first))
            if len(pending) >= _BLOCKS_AHEAD:
                assembly.add(pending.popleft().result())
        for future in pending:
            assembly.add(future.result())
    if columns is None:
        raise SourceError(no_rows_message(file.name))


def _type_block(
    make: Make, columns: Columns, options: FileSource, file: SourceFile, first: date | None
) -> Block:
    """Type a block, and store what shows it as received if any row is wanted."""
    table, store = make()
    size = table.rows
    if first is not None and len(table.positions) and columns.shares_days:
        sessions, _ = read_days(table.columns[columns.session], day_notation(options))
        table = table.select(~(sessions < np.datetime64(first, "us")))
    typed = LAYOUTS[options.layout].read_block(table, columns, options, file.symbol)
    restore, stored_bytes = store() if len(typed.frame) else (lambda: table, 0)
    return Block(typed, table, size, restore, stored_bytes)


def _same(block: tuple[RawBlock, Store]) -> tuple[RawBlock, Store]:
    return block


def _csv_blocks(file: BinaryIO, name: str, declared: DeclaredHeader) -> Iterator[Make]:
    header, blocks = delimited_text.open_text(file_set.read_line_blocks(file, name), name, declared)

    def make(data: bytes, offset: int) -> tuple[RawBlock, Store]:
        def store() -> tuple[Restore, int]:
            size, stored = len(data), _ZSTD.compress(data, asbytes=True)

            def restore() -> RawBlock:
                return delimited_text.read_block(_ZSTD.decompress(stored, size, asbytes=True), header)

            return restore, len(stored)

        return delimited_text.read_block(data, header, offset), store

    for offset, data in blocks:
        yield partial(make, data, offset)


def _parquet_blocks(file: BinaryIO, name: str, wanted: Wanted | None) -> Iterator[Make]:
    for table in read_parquet(file, name, wanted):
        yield partial(_same, (table, partial(compress, table)))


def _row_group_filter(options: FileSource, first: date | None) -> Wanted | None:
    """Whether a row group reaches the window, by the statistics of a typed column of days."""
    if first is None:
        return None

    def is_wanted(names: Sequence[str], group: pa.parquet.RowGroupMetaData) -> bool:
        number = match_names(names).get("session")
        if "session" in options.columns and options.columns["session"] in names:
            number = names.index(options.columns["session"])
        if number is None or number >= group.num_columns or len(names) != group.num_columns:
            return True
        statistics = group.column(number).statistics
        newest = statistics.max if statistics is not None and statistics.has_min_max else None
        if isinstance(newest, datetime):
            newest = newest.date() + timedelta(days=1)  # in another zone it may be a day later
        return not isinstance(newest, date) or statistics.null_count != 0 or newest >= first

    return is_wanted
