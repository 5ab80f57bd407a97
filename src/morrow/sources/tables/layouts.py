"""The layouts of tables: how a block's fields are read, for one row per bar and for symbols side by side.

A layout is an entry of ``LAYOUTS``: a function that finds its columns and one that reads a block.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from morrow.source_kinds import TableSource
from morrow.sources.tables.bar_rhythm import refuse_intraday
from morrow.sources.tables.column_groups import find_grouped_columns
from morrow.sources.tables.columns import Columns, find_long_columns, find_wide_columns
from morrow.sources.tables.days import day_notation, read_days
from morrow.sources.tables.event_rows import find_event_rows, is_event, take_actions
from morrow.sources.tables.layout_choice import refuse_undescribed
from morrow.sources.tables.price_columns import (
    FIELDS,
    describe_unreadable,
    read_price_column,
    read_price_columns,
)
from morrow.sources.tables.raw_block import RawBlock
from morrow.sources.tables.reported_actions import ACTIONS
from morrow.sources.tables.symbol_names import clean_symbol
from morrow.sources.tables.values import Flags, Notation, read_ratios, to_texts

Codes = NDArray[np.int64]
FindColumns = Callable[[RawBlock, TableSource, str], Columns]


@dataclass(frozen=True)
class TypedBlock:
    """A block whose fields have been read.

    Attributes:
        frame: row (number within its file), code (index into ``names``, −1 if unreadable), session,
            ``FIELDS``, malformed.
        names: the block's symbols.
        blank_codes: code of each dated row without any value.
        blank_days: its session.
        undated: rows that hold something and whose session cannot be read.
        hollow: rows that hold nothing.
        columns: what its columns hold.
        tally: how many values or rows were left out without refusing a bar, by ``bars.TALLIES``.
    """

    frame: pd.DataFrame
    names: tuple[str, ...]
    blank_codes: Codes
    blank_days: NDArray[np.datetime64]
    undated: int
    hollow: int
    columns: Columns
    tally: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Layout:
    """How tables of one layout are read.

    Attributes:
        find_columns: finds what a table's columns hold, for the options and the name in messages.
        read_block: reads the fields of a block; the last argument is its symbol where nothing names it.
    """

    find_columns: FindColumns
    read_block: Callable[[RawBlock, Columns, TableSource, str], TypedBlock]


def read_long_block(table: RawBlock, columns: Columns, options: TableSource, symbol: str) -> TypedBlock:
    """Read a block of one row per bar; rows without any price or volume are no bars and are left out."""
    notation = Notation(options.decimal, options.thousands)
    codes, names = _encode_symbols(table, columns, options.symbol or symbol, options.symbol_case)
    malformed = np.full(len(codes), None, dtype=object)
    sessions, undated, unwritten = _read_sessions(table, columns, options, malformed)
    frame = pd.DataFrame({"row": table.positions, "code": codes, "session": sessions})
    tally = Counter[str]()
    lone, unread, empty = read_price_columns(frame, table, columns, notation, tally, malformed)
    empty &= ~np.isnat(sessions) | unwritten
    for name in (each for each in ACTIONS if each in columns.prices):
        column = table.columns[columns.prices[name]]
        frame[name], bad = read_ratios(column, notation)
        describe_unreadable(malformed, name, column, bad & ~empty)
    events = find_event_rows(table, columns.prices.values(), lone & unread & ~np.isnat(sessions))
    taken = 0  # where a column says the factors
    if not {"adj_close", *ACTIONS} & columns.prices.keys():
        taken = take_actions(frame, table, columns.prices.values(), events, ~(lone | events), options.decimal)
    tally["event actions"] += taken
    tally["event rows"] += int(events.sum()) - taken
    if columns.symbol is not None:
        describe_unreadable(malformed, "symbol", table.columns[columns.symbol], codes < 0)
    frame["malformed"] = malformed
    if "close" not in columns.prices:
        frame["close"] = frame["adj_close"]
        frame[["open", "high", "low", "adj_close"]] = np.nan
    blank = empty & (codes >= 0) & ~np.isnat(sessions)
    return TypedBlock(
        frame=_add_ragged_rows(frame[~(empty | events)], table, columns, names, options, tally),
        names=names,
        blank_codes=codes[blank],
        blank_days=sessions[blank],
        undated=int((undated & ~empty).sum()),
        hollow=int((undated & empty).sum()),
        columns=columns,
        tally=tally,
    )


def read_wide_block(table: RawBlock, columns: Columns, options: TableSource, _symbol: str) -> TypedBlock:
    """Read a block of one row per session and one column of closes per symbol.

    A row number is line × symbols + symbol; empty cells are no bars and are left out.
    """
    notation = Notation(options.decimal, options.thousands)
    names = tuple(clean_symbol(table.names[number], options.symbol_case) for number in columns.wide)
    sessions, undated = read_days(table.columns[columns.session], day_notation(options))
    tally = Counter[str]()
    read = [read_price_column(table.columns[number], notation, tally) for number in columns.wide]
    closes = np.column_stack([values for values, _ in read])  # (L, N)
    bad = np.column_stack([unreadable for _, unreadable in read])
    empty = np.isnan(closes) & ~bad
    lines, codes = np.nonzero(~empty)
    frame = pd.DataFrame({"row": table.positions[lines] * len(names) + codes, "code": codes})
    frame = frame.assign(session=sessions[lines], **dict.fromkeys(FIELDS, np.nan))
    frame["close"] = closes[lines, codes]
    frame["malformed"] = _describe_wide(table, columns, bad, undated)[lines, codes]
    blank_lines, blank_codes = np.nonzero(empty & ~undated[:, None])
    return TypedBlock(
        frame=_add_ragged_rows(frame, table, columns, names, options, tally),
        names=names,
        blank_codes=blank_codes,
        blank_days=sessions[blank_lines],
        undated=int((undated & ~empty.all(axis=1)).sum()),
        hollow=int((undated & empty.all(axis=1)).sum()),
        columns=columns,
        tally=tally,
    )


def read_grouped_block(table: RawBlock, columns: Columns, options: TableSource, _symbol: str) -> TypedBlock:
    """Read a block of one row per session and several columns per symbol, each symbol as a long table.

    A row number is line × symbols + symbol; lines in which a symbol has nothing are no bars.
    """
    whole = replace(table, ragged={}, reasons={})
    width, blocks = columns.width, []
    for code, group in enumerate(columns.groups):
        alone = Columns(group.session, None, group.prices)
        block = read_long_block(whole, alone, options.model_copy(update={"symbol": None}), group.symbol)
        frame = block.frame
        blocks.append(
            replace(block, frame=frame.assign(row=frame["row"] * width + code, code=frame["code"] + code))
        )
    names = tuple(group.symbol for group in columns.groups)
    frame = pd.concat([block.frame for block in blocks]).sort_values("row", kind="stable")
    tally = sum((Counter(block.tally) for block in blocks), Counter[str]())
    return TypedBlock(
        frame=_add_ragged_rows(frame, table, columns, names, options, tally),
        names=names,
        blank_codes=np.concatenate([block.blank_codes + code for code, block in enumerate(blocks)]),
        blank_days=np.concatenate([block.blank_days for block in blocks]),
        undated=max(block.undated for block in blocks),
        hollow=min(block.hollow for block in blocks),
        columns=columns,
        tally=tally,
    )


def _find_daily_columns(find_columns: FindColumns) -> FindColumns:
    """The same search, which refuses tables that need a description, and bars of less than a day."""

    def find(table: RawBlock, options: TableSource, path: str) -> Columns:
        if options.is_local:
            refuse_undescribed(table, options, path)
        columns = find_columns(table, options, path)
        refuse_intraday(table, columns, path)
        return columns

    return find


LAYOUTS: Mapping[str, Layout] = {
    "long": Layout(_find_daily_columns(find_long_columns), read_long_block),
    "wide": Layout(_find_daily_columns(find_wide_columns), read_wide_block),
    "fields": Layout(_find_daily_columns(find_grouped_columns), read_grouped_block),
}


def _encode_symbols(
    table: RawBlock, columns: Columns, symbol: str, case: str | None
) -> tuple[Codes, tuple[str, ...]]:
    """Number each row's symbol in order of appearance, −1 where it is empty."""
    if columns.symbol is None:
        return np.zeros(len(table.positions), dtype=np.int64), (symbol,)
    encoded = to_texts(table.columns[columns.symbol]).dictionary_encode()
    distinct: Sequence[str] = [clean_symbol(text, case) for text in encoded.dictionary.to_pylist()]
    names = [name for name in dict.fromkeys(distinct) if name]
    index = {name: code for code, name in enumerate(names)}
    codes = np.array([index.get(name, -1) for name in distinct], dtype=np.int64)
    return (codes[np.asarray(encoded.indices)] if distinct else np.empty(0, np.int64)), tuple(names)


def _read_sessions(
    table: RawBlock, columns: Columns, options: TableSource, malformed: NDArray[np.object_]
) -> tuple[NDArray[np.datetime64], Flags, Flags]:
    """Days of all rows, which are unreadable, and which rows have an empty one."""
    column = table.columns[columns.session]
    sessions, undated = read_days(column, day_notation(options))
    describe_unreadable(malformed, "session", column, undated)
    unwritten = undated.copy()
    unwritten[undated] = [reason.startswith('session=""') for reason in malformed[undated]]
    return sessions, undated, unwritten


def _describe_wide(table: RawBlock, columns: Columns, bad: Flags, undated: Flags) -> NDArray[np.object_]:
    malformed = np.full(bad.shape, None, dtype=object)  # (L, N)
    for code, number in enumerate(columns.wide):
        describe_unreadable(malformed[:, code], "close", table.columns[number], bad[:, code])
        describe_unreadable(malformed[:, code], "session", table.columns[columns.session], undated)
    return malformed


def _add_ragged_rows(
    frame: pd.DataFrame,
    table: RawBlock,
    columns: Columns,
    names: Sequence[str],
    options: TableSource,
    tally: Counter[str],
) -> pd.DataFrame:
    """Add the rows that could not be divided into columns, with symbol and session as far as readable."""
    codes = {name: code for code, name in enumerate(names)}
    rows = []
    for position, fields in table.ragged.items():
        if not any(text.strip() for text in fields):
            continue
        session = fields[columns.session] if columns.session < len(fields) else ""
        code = -1 if columns.symbol is not None or columns.width > 1 or columns.wide else 0
        if columns.symbol is not None and columns.symbol < len(fields):
            code = codes.get(clean_symbol(fields[columns.symbol]), -1)
        row = position * columns.width
        day = read_days(pa.chunked_array([[session]]), day_notation(options))[0][0]
        if not np.isnat(day) and any(map(is_event, fields)):
            tally["event rows"] += 1
            continue
        rows.append((row, code, day, table.reasons[position]))
    if not rows:
        return frame
    added = pd.DataFrame(rows, columns=["row", "code", "session", "malformed"]).reindex(columns=frame.columns)
    return pd.concat([frame, added.astype(dict.fromkeys(FIELDS, "float64"))])
