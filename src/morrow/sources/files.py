"""Files of text, Parquet and workbooks as a source, parsed once for the same bytes, options and window."""

import contextlib
import itertools
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
import pyarrow as pa
from pydantic import AfterValidator, Field, model_validator

from morrow.errors import SourceError
from morrow.source_kinds import TableSource, source
from morrow.sources.batch import EVERYTHING, Content, ContentReader, Window
from morrow.sources.raw_replies import RawReplies
from morrow.sources.tables import file_set
from morrow.sources.tables.block_assembly import Assembly, Block, BudgetError, no_rows_message
from morrow.sources.tables.columns import Columns
from morrow.sources.tables.days import day_notation, read_days
from morrow.sources.tables.field_names import match_names
from morrow.sources.tables.file_blocks import FOUND, Make, Store, TextOptions, open_blocks, same_block
from morrow.sources.tables.file_options import fit_options
from morrow.sources.tables.file_set import FileKind, SourceFile
from morrow.sources.tables.layouts import LAYOUTS
from morrow.sources.tables.parquet import Wanted
from morrow.sources.tables.raw_block import RawBlock
from morrow.sources.tables.text_encoding import normalize_encoding
from morrow.sources.tables.text_header import DeclaredHeader

_MOST_CONTENTS, _MOST_ROWS = 8, 4_000_000
_SMALL_BYTES = 1 << 22  # files up to this size are read completely, whatever window is asked for
_BLOCKS_AHEAD, _LISTED_FILES = 3, 4
_WORKERS = 2

_contents: dict[tuple[str, str, str], Content] = {}


@source
class FileSource(TableSource):
    """CSV, Parquet or a workbook, long or wide: a file, a folder or a glob."""

    is_local: ClassVar[bool] = True

    kind: FileKind
    path: str
    encoding: Annotated[str, AfterValidator(normalize_encoding)] | None = Field(
        None, description="of texts, such as cp1252; found where it is not given"
    )
    sheet: str | None = Field(None, description="of workbooks; not needed where only one holds a table")
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
    def text_options(self) -> TextOptions:
        """What is said about the text of each file."""
        line = None if self.header is None else int(self.header)
        return TextOptions(DeclaredHeader(line, self.names), self.encoding, self.sheet)

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
        fresh = _read_files(options, root, files, failed, window, key[0])
        while _contents and not _has_room(fresh):
            _contents.pop(next(iter(_contents)))
        _contents[key] = fresh
    return _contents[key]


def first_table(files: Sequence[SourceFile], kind: FileKind, options: TextOptions = FOUND) -> RawBlock:
    """The first rows of the first file that has some, to look at its columns.

    Raises:
        SourceError: no file can be read and has a row; it is the first file's.
    """
    first_error: SourceError | None = None
    for file in files:
        try:
            return _first_rows(file, kind, options)
        except SourceError as error:
            first_error = first_error or error
    raise first_error or SourceError("there is no file")


def first_tables(
    files: Sequence[SourceFile], kind: FileKind, options: TextOptions = FOUND
) -> Iterator[tuple[SourceFile, RawBlock]]:
    """The first rows of each file that has some, to compare their columns."""
    for file in files:
        with contextlib.suppress(SourceError):
            yield file, _first_rows(file, kind, options)


def _first_rows(file: SourceFile, kind: FileKind, options: TextOptions) -> RawBlock:
    with file_set.open_unchanged(file) as opened:
        blocks = open_blocks(opened, file.name, kind, options)
        tables = [make()[0] for make in itertools.islice(blocks.makes, 2)]
    table = next((table for table in tables if len(table.positions)), None)
    if table is None:
        raise SourceError(no_rows_message(file.name))
    return table


def _has_room(fresh: Content) -> bool:
    rows = sum(len(each.rows) for each in _contents.values()) + len(fresh.rows)
    return len(_contents) < _MOST_CONTENTS and rows <= _MOST_ROWS


def _read_files(
    options: FileSource,
    root: Path,
    files: tuple[SourceFile, ...],
    failed: tuple[tuple[str, str], ...],
    window: Window,
    digest: str,
) -> Content:
    assembly = Assembly(options, options.path, window)
    unreadable: list[tuple[str, str]] = []
    _note_others(assembly, options, root)
    with ThreadPoolExecutor(_WORKERS) as pool:
        for file in files:
            mark = assembly.begin_file(file.name)
            try:
                _add_file(assembly, options, file, window, pool, may_differ=len(files) > 1)
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
    assembly: Assembly,
    options: FileSource,
    file: SourceFile,
    window: Window,
    pool: ThreadPoolExecutor,
    *,
    may_differ: bool,
) -> None:
    """Read one file: blocks are typed side by side, and added in their order."""
    pending: deque[Future[Block]] = deque()
    with file_set.open_unchanged(file) as opened:
        wanted = _row_group_filter(options, window.first) if options.kind == "parquet" else None
        blocks = open_blocks(opened, file.name, options.kind, options.text_options, wanted)
        first_blocks = _read_first_blocks(blocks.makes)
        if not first_blocks:
            raise SourceError(no_rows_message(file.name))
        if may_differ:
            options = fit_options(options, first_blocks[-1][0], file.name, assembly.note)
        columns = LAYOUTS[options.layout].find_columns(first_blocks[-1][0], options, file.name)
        for block in first_blocks:
            assembly.add(_type_block(partial(same_block, block), columns, options, file, window.first))
        for make in blocks.makes:
            pending.append(pool.submit(_type_block, make, columns, options, file, window.first))
            if len(pending) >= _BLOCKS_AHEAD:
                assembly.add(pending.popleft().result())
        for future in pending:
            assembly.add(future.result())
    if blocks.text is not None:
        encoding = "" if options.encoding else blocks.text.recoder.encoding
        assembly.add_text(blocks.text.header, encoding)


def _read_first_blocks(makes: Iterator[Make]) -> list[tuple[RawBlock, Store]]:
    """The blocks up to the first whose rows were read; row groups before the window are only counted."""
    blocks = []
    for make in makes:
        block = make()
        if block[0].rows:
            blocks.append(block)
        if len(block[0].positions) or block[0].ragged:
            break
    return blocks


def _note_others(assembly: Assembly, options: FileSource, root: Path) -> None:
    """Note the files of a folder that another kind of source would read."""
    others = file_set.list_others(options.path, root, options.kind)
    if others:
        listed = ", ".join(others[:_LISTED_FILES]) + (", ..." if len(others) > _LISTED_FILES else "")
        assembly.note(f"{len(others)} files of the folder are no {options.kind} and left aside: {listed}")


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
