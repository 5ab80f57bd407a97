"""A preview of a source that a person can check: bars as they will be stored, and columns left aside."""

from dataclasses import dataclass

import pandas as pd

from morrow.sources.batch import NUMBERS, Content
from morrow.sources.tables.columns import Columns, is_unnamed
from morrow.sources.tables.raw_block import RawBlock


@dataclass(frozen=True)
class Preview:
    """What a person can check.

    Attributes:
        bars: the first and last bar of the first and the last symbol, one line each.
        left_aside: names of the columns that are not read.
        notes: what reading noted, one line each.
    """

    bars: tuple[str, ...] = ()
    left_aside: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def preview_content(content: Content, table: RawBlock, columns: Columns) -> Preview:
    """Preview a source.

    Args:
        content: all of it, as it is read.
        table: its first rows.
        columns: what their columns hold.
    """
    rows = content.rows[content.rows["close"].notna() & content.rows["session"].notna()]
    symbols = [name for name in content.symbols if (rows["symbol"] == name).any()]
    bars = []
    for name in dict.fromkeys([*symbols[:1], *symbols[-1:]]):
        of_symbol = rows[rows["symbol"] == name].sort_values("session", kind="stable")
        bars += [describe_bar(of_symbol.iloc[place]) for place in dict.fromkeys((0, len(of_symbol) - 1))]
    unread = (f"file of {symbol} not read: {reason}" for symbol, reason in content.failed)
    notes = (*unread, *describe_unread_rows(content), *(line for _, line in content.notes))
    return Preview(tuple(bars), _left_aside(table, columns), notes)


def describe_unread_rows(content: Content) -> tuple[str, ...]:
    """How many rows have a field that cannot be read, and the first one's; nothing where all can."""
    reasons = content.rows["malformed"].dropna()
    if reasons.empty:
        return ()
    return (f"{len(reasons)} of {len(content.rows)} rows cannot be read, first: {reasons.iloc[0]}",)


def describe_bar(bar: "pd.Series[float]") -> str:
    """One line for a bar: its symbol, its session and what it has.

    >>> describe_bar(pd.Series({"symbol": "A", "session": pd.Timestamp("2024-01-02"), "close": 1234.5}))
    'A 2024-01-02: close 1234.5'
    """
    parts = [f"{name} {bar[name]:.12g}" for name in NUMBERS if name in bar and pd.notna(bar[name])]
    factors = (name for name in ("split_factor", "dividend_factor") if name in bar and bar[name] != 1)
    parts += [f"{name.replace('_', ' ')} {bar[name]:.6g}" for name in factors]
    return f"{bar['symbol']} {bar['session']:%Y-%m-%d}: {', '.join(parts)}"


def _left_aside(table: RawBlock, columns: Columns) -> tuple[str, ...]:
    used = {columns.session, columns.symbol, *columns.prices.values(), *columns.wide}
    for group in columns.groups:
        used |= {group.session, *group.prices.values()}
    names = (name for number, name in enumerate(table.names) if number not in used)
    return tuple(name for name in names if not is_unnamed(name))
