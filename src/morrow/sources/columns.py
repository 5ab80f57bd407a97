"""Which of a file's columns holds what: as configured, or by the usual names."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from morrow.config import TableSource
from morrow.errors import SourceError, did_you_mean
from morrow.sources.delimited import unnamed
from morrow.sources.tables import Table
from morrow.sources.values import days, is_ambiguous, texts

USUAL: Mapping[str, tuple[str, ...]] = {
    "symbol": (
        "symbol", "ticker", "asset", "instrument", "security", "code", "coin", "pair", "currency", "name",
    ),
    "session": (
        "session", "date", "day", "datetime", "timestamp", "tradedate", "tradingdate", "tradingday", "time",
    ),
    "open": ("open", "openprice", "openingprice"),
    "high": ("high", "highprice"),
    "low": ("low", "lowprice"),
    "close": ("close", "closeprice", "closingprice", "price", "last", "lastprice", "settle", "value", "rate"),
    "adj_close": ("adjclose", "adjustedclose", "adjcloseprice", "adjclosingprice", "closeadj"),
    "volume": ("volume", "vol"),
}  # fmt: skip
PRICES = ("open", "high", "low", "close", "adj_close", "volume")
_LOOKED_AT = 1000
_SHOWN = 40


@dataclass(frozen=True)
class Layout:
    """Places of the columns, from 0.

    Attributes:
        session: the column of days.
        symbol: the column of symbols, for a long table that has one.
        prices: morrow's name to place, for a long table.
        wide: the columns that are a symbol each, for a wide one.
    """

    session: int
    symbol: int | None
    prices: Mapping[str, int]
    wide: tuple[int, ...] = ()


def usual(names: Iterable[str]) -> dict[str, int]:
    """Match column names in any case to morrow's names; the most usual name of each wins."""
    plain = [re.sub(r"[^a-z]", "", name.casefold()) for name in names]
    found = {}
    for meaning, candidates in USUAL.items():
        place = next((plain.index(each) for each in candidates if each in plain), None)
        if place is not None:
            found[meaning] = place
    return found


def long_layout(table: Table, source: TableSource, path: str) -> Layout:
    """Find the columns of a table with a row for each bar.

    Prices are those that ``source.columns`` names, all usual ones if it names none; day and symbol are
    found by their usual names where it does not name them.

    Raises:
        SourceError: a mapped column is not in the file, or no column holds prices or days.
    """
    given = _configured(table, source, path)
    found = usual(table.names)
    prices = {name: place for name, place in given.items() if name in PRICES}
    if not prices:
        prices = {name: place for name, place in found.items() if name in PRICES}
    if "close" not in prices and "adj_close" not in prices:
        raise SourceError(
            f'"{path}" has no price column among {listed(table.names)}; '
            'name it: columns = { close = "..." }, or set layout = "wide" if each symbol has a column'
        )
    session = given.get("session", found.get("session"))
    if session is None:
        session = _first_of_days(table, source, path)
    symbol = given.get("symbol")
    if symbol is None and source.symbol is None:
        symbol = found.get("symbol")
    return Layout(session, symbol, prices)


def wide_layout(table: Table, source: TableSource, path: str) -> Layout:
    """Find the columns of a table with a row for each session and a column for each symbol.

    Raises:
        SourceError: a mapped column is not in the file, two columns have one name, no column holds days,
            or no other holds numbers.
    """
    given = _configured(table, source, path)
    session = given.get("session", usual(table.names).get("session"))
    if session is None or ("session" not in given and not _are_days(table.columns[session], source)):
        session = _first_of_days(table, source, path)
    places = [place for place, name in enumerate(table.names) if place != session and not unnamed(name)]
    names = [table.names[place] for place in places]
    for name in names:
        if names.count(name) > 1:
            raise SourceError(f'"{path}" has {names.count(name)} columns "{name}"; a symbol needs one')
    if not places:
        raise SourceError(f'"{path}" has no price column among {listed(table.names)}; a symbol needs one')
    return Layout(session, None, {}, tuple(places))


def check_days(table: Table, place: int, path: str) -> None:
    """Refuse a column of days that cannot be read.

    Raises:
        SourceError: it says how to write them, or which order to declare.
    """
    bad = [text for text in texts(table.columns[place])[:_LOOKED_AT].to_pylist() if text]
    example = bad[0][:_SHOWN] if bad else ""
    name = table.names[place]
    if any(map(is_ambiguous, bad)):
        example = next(filter(is_ambiguous, bad))[:_SHOWN]
        raise SourceError(
            f'column "{name}" of "{path}" has dates like {example}, whose day and month could be swapped; '
            'write ISO dates (2024-01-31), or say how they are meant: dates = "day-first" or "month-first"'
        )
    raise SourceError(
        f'column "{name}" of "{path}" has no readable dates, first: "{example}"; write ISO dates (2024-01-31)'
    )


def _configured(table: Table, source: TableSource, path: str) -> dict[str, int]:
    found = {}
    for meaning, name in source.columns.items():
        if meaning not in USUAL:
            raise SourceError(
                f'source.columns names "{meaning}"; allowed: {", ".join(USUAL)}{did_you_mean(meaning, USUAL)}'
            )
        if name not in table.names:
            raise SourceError(
                f'column "{name}" ({meaning}) is not in "{path}"; '
                f"it has {listed(table.names)}{did_you_mean(name, table.names)}"
            )
        found[meaning] = table.names.index(name)
    return found


def _first_of_days(table: Table, source: TableSource, path: str) -> int:
    for place, column in enumerate(table.columns):
        if _are_days(column, source):
            return place
    for place, column in enumerate(table.columns):
        if not pa.types.is_nested(column.type) and any(map(is_ambiguous, texts(column[:1]).to_pylist())):
            check_days(table, place, path)
    raise SourceError(
        f'"{path}" has no date column among {listed(table.names)}; '
        'name it: columns = { session = "..." }, with ISO dates (2024-01-31)'
    )


def _are_days(column: pa.ChunkedArray, source: TableSource) -> bool:
    if pa.types.is_nested(column.type):
        return False
    unreadable = days(column[:_LOOKED_AT], source.dates)[1]
    written = np.asarray(pc.not_equal(texts(column[:_LOOKED_AT]), ""))
    return bool(written.any() and unreadable[written].mean() < 0.5)


def listed(names: Sequence[str]) -> str:
    """The first names, and how many more there are."""
    shown = ", ".join(names[:8])
    return f"{shown} and {len(names) - 8} more" if len(names) > 8 else shown
