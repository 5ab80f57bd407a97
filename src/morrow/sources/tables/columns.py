"""The meaning of a table's columns: as configured, or by the usual names."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from morrow.errors import SourceError, UndecidedError, did_you_mean
from morrow.source_kinds import TableSource
from morrow.sources.tables.day_detection import describe_orders, list_common_orders
from morrow.sources.tables.days import day_notation, is_ambiguous, looks_like_days
from morrow.sources.tables.field_names import FIELD_NAMES, is_unit, match_names
from morrow.sources.tables.raw_block import RawBlock
from morrow.sources.tables.reported_actions import ACTIONS
from morrow.sources.tables.symbol_names import clean_symbol
from morrow.sources.tables.unread_shapes import refuse_days_across, refuse_other_separator
from morrow.sources.tables.values import read_numbers, to_texts

PRICES = ("open", "high", "low", "close", "adj_close", "volume")
_SAMPLE_ROWS = 1000
_LONGEST_EXAMPLE = 40
_LISTED_NAMES = 8
_PLAIN_NUMBER = re.compile(r"-?\d+(\.\d+)?")
_FEWEST_COUNTED = 20
_UNNAMED = re.compile(r"(Unnamed: \d+|__index_level_\d+__)?")


@dataclass(frozen=True)
class Group:
    """The columns of one symbol, for a table with several columns per symbol.

    Attributes:
        symbol: its name.
        session: the column of its days.
        prices: column number by morrow's name.
    """

    symbol: str
    session: int
    prices: Mapping[str, int]


@dataclass(frozen=True)
class Columns:
    """What the columns of a table hold, by their numbers from 0.

    Attributes:
        session: the column of days; of groups with days of their own, the first group's.
        symbol: the column of symbols, for a long table that has one.
        prices: column number by morrow's name, for a long table.
        wide: the columns that hold one symbol each, for a wide one.
        groups: the columns of each symbol, for one with several per symbol.
    """

    session: int
    symbol: int | None
    prices: Mapping[str, int]
    wide: tuple[int, ...] = ()
    groups: tuple[Group, ...] = ()

    @property
    def width(self) -> int:
        """Bars of a line: its symbols, if they stand side by side."""
        return len(self.wide) or len(self.groups) or 1

    @property
    def shares_days(self) -> bool:
        """Whether one column has the days of all symbols."""
        return all(group.session == self.session for group in self.groups)


def is_unnamed(name: str) -> bool:
    """Whether a column has no name of its own (an index that was written too, a trailing separator)."""
    return _UNNAMED.fullmatch(name) is not None


def find_long_columns(table: RawBlock, options: TableSource, path: str) -> Columns:
    """Find the columns of a table with one row per bar.

    Prices are those that ``options.columns`` names, all usual ones if it names none; day and symbol are
    searched by their usual names where it does not name them.

    Raises:
        SourceError: a mapped column is not in the table, or no column holds prices or days.
    """
    configured = find_configured_columns(table, options, path)
    usual = match_names(table.names)
    prices = {name: number for name, number in configured.items() if name in (*PRICES, *ACTIONS)}
    if not prices:
        prices = {name: number for name, number in usual.items() if name in (*PRICES, *ACTIONS)}
        if {"close", "adj_close"} <= prices.keys():  # which say the same
            prices = {name: number for name, number in prices.items() if name in PRICES}
    if "close" not in prices and "adj_close" not in prices:
        raise SourceError(
            f'"{path}" has no price column among {list_names(table.names)}; '
            'name it: columns = { close = "..." }, or set layout = "wide" if each symbol has a column'
        )
    session = configured.get("session")
    if session is None:
        session = find_days(table, options, path)
    symbol = configured.get("symbol")
    if symbol is None and options.symbol is None:
        symbol = usual.get("symbol")
        symbol = None if symbol is not None and _is_quote_currency(table, symbol, usual) else symbol
    return Columns(session, symbol, prices)


def find_wide_columns(table: RawBlock, options: TableSource, path: str) -> Columns:
    """Find the columns of a table with one row per session and one column per symbol; row numbers are none.

    Raises:
        SourceError: a mapped column is not in the table, two columns have one name, no column holds days,
            or no other holds numbers.
    """
    configured = find_configured_columns(table, options, path)
    session = configured.get("session")
    if session is None:
        session = find_days(table, options, path)
    numbers = [
        number
        for number, name in enumerate(table.names)
        if number != session and not is_unnamed(name) and not _counts_rows(table.columns[number])
    ]
    if options.groups:
        lacking = [name for name in options.groups if name not in table.names]
        if lacking:
            raise SourceError(f'source.groups names "{lacking[0]}", which "{path}" has no column for')
        numbers = [number for number in numbers if table.names[number] in options.groups]
    names = [clean_symbol(table.names[number], options.symbol_case) for number in numbers]
    for name in names:
        if names.count(name) > 1:
            raise SourceError(f'"{path}" has {names.count(name)} columns "{name}"; a symbol needs one')
    if not numbers:
        raise SourceError(f'"{path}" has no price column among {list_names(table.names)}; a symbol needs one')
    return Columns(session, None, {}, tuple(numbers))


def refuse_days(table: RawBlock, number: int, path: str) -> None:
    """Refuse a column of days most of which cannot be read.

    Raises:
        UndecidedError: day and month could be swapped; it has the orders in which all are days.
        SourceError: otherwise; it says how to write them, or what to declare.
    """
    written = [text for text in to_texts(table.columns[number])[:_SAMPLE_ROWS].to_pylist() if text]
    example = written[0][:_LONGEST_EXAMPLE] if written else ""
    name = table.names[number]
    if any(map(is_ambiguous, written)):
        example = next(filter(is_ambiguous, written))[:_LONGEST_EXAMPLE]
        readings = describe_orders(written)
        orders = list_common_orders(filter(is_ambiguous, written))
        raise UndecidedError(
            f'column "{name}" of "{path}" has dates like {example}, whose day and month could be swapped'
            f"{f' ({readings})' if readings else ''}; bring ISO dates, or say how they are meant",
            [f'dates = "{order}"' for order in orders or ("day-first", "month-first")],
        )
    raise SourceError(
        f'column "{name}" of "{path}" has no readable dates, first: "{example}"; write ISO dates '
        f"(2024-01-31), or say how they are written: {_suggest_format(example)}"
    )


def _suggest_format(example: str) -> str:
    if _PLAIN_NUMBER.fullmatch(example):
        return (
            'dates = "excel" (days since 1900), "epoch" (seconds or finer since 1970), or date_format = "..."'
        )
    return 'date_format = "%d.%m.%Y" or the like'


def list_names(names: Sequence[str]) -> str:
    """The first names, and how many more there are."""
    first = ", ".join(names[:_LISTED_NAMES])
    more = len(names) - _LISTED_NAMES
    return f"{first} and {more} more" if more > 0 else first


def _counts_rows(column: pa.ChunkedArray) -> bool:
    """Whether a column has the numbers of its rows."""
    values, _ = read_numbers(column[:_SAMPLE_ROWS])
    return len(values) >= _FEWEST_COUNTED and bool((np.abs(np.diff(values)) == 1).all())


def _is_quote_currency(table: RawBlock, symbol: int, usual: Mapping[str, int]) -> bool:
    """Whether a column named like one of symbols has the currency of bars, as beside an open and a high."""
    if not {"open", "high", "low"} & usual.keys():
        return False
    return all(map(is_unit, to_texts(table.columns[symbol][:_SAMPLE_ROWS]).unique().to_pylist()))


def find_configured_columns(table: RawBlock, options: TableSource, path: str) -> dict[str, int]:
    """The columns that ``options.columns`` names, by morrow's names.

    Raises:
        SourceError: a name is none of morrow's, or not in the table.
    """
    numbers = {}
    for meaning, name in options.columns.items():
        if meaning not in FIELD_NAMES:
            raise SourceError(
                f'source.columns names "{meaning}"; '
                f"allowed: {', '.join(FIELD_NAMES)}{did_you_mean(meaning, FIELD_NAMES)}"
            )
        if name not in table.names:
            raise SourceError(
                f'column "{name}" ({meaning}) is not in "{path}"; '
                f"it has {list_names(table.names)}{did_you_mean(name, table.names)}"
            )
        numbers[meaning] = table.names.index(name)
    return numbers


def find_days(table: RawBlock, options: TableSource, path: str) -> int:
    """The column that is named so, unless it has plain words or numbers and another one has days.

    Raises:
        SourceError: there is none.
    """
    usual = match_names(table.names).get("session")
    if usual is None:
        return _first_column_of_days(table, options, path)
    if are_days(table.columns[usual], options) or _may_be_days(table.columns[usual]):
        return usual
    days = next((number for number, column in enumerate(table.columns) if are_days(column, options)), None)
    if days is None:
        refuse_days_across(table.names, path)
    return usual if days is None else days


def _first_column_of_days(table: RawBlock, options: TableSource, path: str) -> int:
    for number, column in enumerate(table.columns):
        if are_days(column, options):
            return number
    for number, column in enumerate(table.columns):
        if not pa.types.is_nested(column.type) and any(map(is_ambiguous, to_texts(column[:1]).to_pylist())):
            refuse_days(table, number, path)
    refuse_days_across(table.names, path)
    refuse_other_separator(table.names, path)
    raise SourceError(
        f'"{path}" has no date column among {list_names(table.names)}; '
        'name it: columns = { session = "..." }, with ISO dates (2024-01-31)'
    )


def are_days(column: pa.ChunkedArray, options: TableSource) -> bool:
    """Whether at least half of what is written in a column can be read as days."""
    if pa.types.is_nested(column.type):
        return False
    return looks_like_days(column[:_SAMPLE_ROWS], day_notation(options))


def _may_be_days(column: pa.ChunkedArray) -> bool:
    """Whether the first text of a column has the parts of a date, in whatever order."""
    written = next((text for text in to_texts(column[:_SAMPLE_ROWS]).to_pylist() if text), "")
    return len(re.findall(r"\d+", written)) >= 2 and not re.fullmatch(r"[+-]?\d+([.,]\d+)?", written)
