"""CSV and Parquet files as content, parsed once a process for the same bytes, options and window."""

import itertools
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pyarrow as pa

from morrow.config import FileSource
from morrow.errors import SourceError
from morrow.sources import delimited, long, parts, tables, wide
from morrow.sources.batch import Content
from morrow.sources.columns import Layout, long_layout, usual, wide_layout
from morrow.sources.gathering import EVERYTHING, Block, BudgetError, Gathering, Window
from morrow.sources.parts import Part
from morrow.sources.shown import Again
from morrow.sources.tables import Table
from morrow.sources.values import days
from morrow.sources.whole import Whole

_KEPT, _KEPT_ROWS = 8, 4_000_000
_WHOLE_BYTES = 1 << 22  # files up to this size are read whole, whatever window is asked for
_AHEAD = 3
_WORKERS = 2
Keep = Callable[[], tuple[Again, int]]
Make = Callable[[], tuple[Table, Keep]]

_ZSTD = pa.Codec("zstd", compression_level=1)
_parsed: dict[tuple[str, str, str], Content] = {}


def source(options: FileSource, root: Path) -> Whole:
    """The adapter of a file, a folder or a glob."""
    return Whole(f"{options.kind}:{options.path}", lambda window: content(options, root, window))


def content(source: FileSource, root: Path, window: Window = EVERYTHING) -> Content:
    """Read files, whole or, if they are large, as far as a window reaches.

    Of several files one that cannot be read is passed over and named in ``failed``.

    Raises:
        SourceError: the only file, or each one, is missing or unreadable, lacks a needed column, or has no
            price; or the rows need more memory than is allowed.
    """
    window = replace(window, last=None)
    found, failed = parts.find(source.path, root, source.kind)
    options = parts.digest(found), source.model_dump_json()
    small = sum(part.path.stat().st_size for part in found) <= _WHOLE_BYTES
    if small or any(key[:2] == options for key in _parsed):  # several windows are had sooner from the whole
        window = EVERYTHING if (*options, repr(window)) not in _parsed else window
    key = *options, repr(window)
    if key not in _parsed:
        fresh = _content(source, found, failed, window, key[0])
        while _parsed and not _fits(fresh):
            _parsed.pop(next(iter(_parsed)))
        _parsed[key] = fresh
    return _parsed[key]


def _fits(fresh: Content) -> bool:
    rows = sum(len(each.rows) for each in _parsed.values()) + len(fresh.rows)
    return len(_parsed) < _KEPT and rows <= _KEPT_ROWS


def first_table(part: Part, kind: str) -> Table:
    """The first rows of a file, for a look at its columns.

    Raises:
        SourceError: it cannot be read.
    """
    with parts.opened(part) as file:
        given = _csv(file, part.name) if kind == "csv" else _parquet(file, part.name, None)
        made = [make()[0] for make in itertools.islice(given, 2)]
        return next((table for table in made if len(table.positions)), made[0])


def _content(
    source: FileSource,
    found: tuple[Part, ...],
    failed: tuple[tuple[str, str], ...],
    window: Window,
    digest: str,
) -> Content:
    gathering = Gathering(source, source.path, window)
    wrong: list[tuple[str, str]] = []
    with ThreadPoolExecutor(_WORKERS) as pool:
        for part in found:
            mark = gathering.begin(part.name)
            try:
                _take_in(gathering, source, part, window, pool)
            except BudgetError:
                raise
            except SourceError as error:
                if len(found) == 1:
                    raise
                gathering.back(mark)
                wrong.append((part.stem, str(error)))
    if found and len(wrong) == len(found):
        raise SourceError(f"none of {len(found)} files could be read; the first: {wrong[0][1]}")
    return gathering.finished(digest, (*failed, *wrong))


def _take_in(
    gathering: Gathering, source: FileSource, part: Part, window: Window, pool: ThreadPoolExecutor
) -> None:
    """Read one file: blocks are typed side by side, and taken in by their order."""
    find = long_layout if source.layout == "long" else wide_layout
    layout: Layout | None = None
    waiting: deque[Future[Block]] = deque()
    with parts.opened(part) as file:
        prune = _pruning(source, window.first)
        given = _csv(file, part.name) if source.kind == "csv" else _parquet(file, part.name, prune)
        for make in given:
            if layout is None:
                table, keep = make()
                if table.rows:
                    layout = find(table, source, part.name)
                    gathering.add(_block(partial(_same, (table, keep)), layout, source, part, window.first))
                continue
            waiting.append(pool.submit(_block, make, layout, source, part, window.first))
            if len(waiting) >= _AHEAD:
                gathering.add(waiting.popleft().result())
        for future in waiting:
            gathering.add(future.result())
    if layout is None:
        raise SourceError(f'"{part.name}" has a header and no rows, so nothing is left; export it again')


def _block(make: Make, layout: Layout, source: FileSource, part: Part, first: date | None) -> Block:
    """Type a block, and keep what shows it as received if any row is wanted."""
    table, keep = make()
    size = table.rows
    if first is not None and len(table.positions):
        found, _ = days(table.columns[layout.session], source.dates)
        table = table.only(~(found < np.datetime64(first, "us")))
    typed = (long if source.layout == "long" else wide).typed(table, layout, source, part.stem)
    again, weight = keep() if len(typed.frame) else (lambda: table, 0)
    return Block(typed, table, size, again, weight)


def _same(made: tuple[Table, Keep]) -> tuple[Table, Keep]:
    return made


def _csv(file: BinaryIO, name: str) -> Iterator[Make]:
    head, blocks = delimited.headed(parts.blocks(file, name), name)

    def make(data: bytes, offset: int) -> tuple[Table, Keep]:
        def keep() -> tuple[Again, int]:
            size, packed = len(data), _ZSTD.compress(data, asbytes=True)
            return lambda: delimited.table(_ZSTD.decompress(packed, size, asbytes=True), head), len(packed)

        return delimited.table(data, head, offset), keep

    for offset, data in blocks:
        yield partial(make, data, offset)


def _parquet(file: BinaryIO, name: str, wanted: tables.Wanted | None) -> Iterator[Make]:
    for table in tables.from_parquet(file, name, wanted):
        yield partial(_same, (table, partial(tables.packed, table)))


def _pruning(source: FileSource, first: date | None) -> tables.Wanted | None:
    """Whether a row group reaches the window, by the statistics of a typed column of days."""
    if first is None:
        return None

    def wanted(names: Sequence[str], group: pa.parquet.RowGroupMetaData) -> bool:
        place = usual(names).get("session")
        if "session" in source.columns and source.columns["session"] in names:
            place = names.index(source.columns["session"])
        if place is None or place >= group.num_columns or len(names) != group.num_columns:
            return True
        counted = group.column(place).statistics
        newest = counted.max if counted is not None and counted.has_min_max else None
        if isinstance(newest, datetime):
            newest = newest.date() + timedelta(days=1)  # in another zone it may be a day later
        return not isinstance(newest, date) or counted.null_count != 0 or newest >= first

    return wanted
