"""A first look at a person's file: its layout, columns, symbols and calendar, for a configuration."""

import re
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

from morrow import sessions
from morrow.config import FileSource
from morrow.errors import ConfigError
from morrow.sources import files, parts, writing
from morrow.sources.columns import long_layout, usual, wide_layout
from morrow.sources.delimited import unnamed

_EXCHANGES = {
    "XNYS": "USD", "XLON": "GBP", "XETR": "EUR", "XTKS": "JPY", "XHKG": "HKD", "XPAR": "EUR",
    "XTSE": "CAD", "XASX": "AUD", "XSWX": "CHF",
}  # fmt: skip
_CURRENCIES = _EXCHANGES | {sessions.CENTRAL_BANK: "EUR"}
_CURRENCY = re.compile(r"[A-Z]{3}(EUR)?|EUR[A-Z]{3}")
_ALIKE = 0.995
_DAYS_NEEDED = 20


@dataclass(frozen=True)
class Inspection:
    """What a file holds, in the words of ``config.FileSource`` and ``config.Universe``.

    Attributes:
        kind: "csv" or "parquet".
        layout: "long" or "wide".
        columns: morrow's name to the file's; a nameless column of days is left out, and found again.
        symbol: name of the only symbol, where the file does not name it.
        calendar: an exchange's MIC, "24/7", "ECB" or "observed".
        currency: a guess by the calendar, "USD" where it says nothing.
        symbols: all of them, in the file's order.
        first: first session with a bar.
        last: last session with a bar.
        close_only: whether there is no open, high and low.
        written: of decimal, thousands and dates those that are not the default.
    """

    kind: Literal["csv", "parquet"]
    layout: Literal["long", "wide"]
    columns: dict[str, str]
    symbol: str | None
    calendar: str
    currency: str
    symbols: tuple[str, ...]
    first: date
    last: date
    close_only: bool
    written: dict[str, str] = field(default_factory=dict)


def inspect(path: Path) -> Inspection:
    """Look at CSV or Parquet (a file, a folder or a glob) and say how to read it.

    A file with a close column is long; one without is wide, each other column of numbers a symbol.

    Raises:
        SourceError: there is none, it is unreadable, or has no prices or no days.
    """
    path = path if path.name else path.resolve()
    kind, first = parts.first(path)
    table = files.first_table(first, kind)
    found = usual(table.names)
    layout: Literal["long", "wide"] = "long" if {"close", "adj_close"} & found.keys() else "wide"
    options = writing.find(table)
    bare = FileSource.model_validate({"kind": kind, "path": path.name, "layout": layout, **options})
    places = (long_layout if layout == "long" else wide_layout)(table, bare, path.name)
    columns = {} if unnamed(table.names[places.session]) else {"session": table.names[places.session]}
    columns |= {name: table.names[place] for name, place in places.prices.items()}
    if places.symbol is not None:
        columns["symbol"] = table.names[places.symbol]
    content = files.content(bare, path.parent)
    rows = content.rows
    dated = rows.loc[rows["session"].notna() & rows["close"].notna(), "session"]
    days = pd.DatetimeIndex(dated.unique()).sort_values()
    close_only = bool(rows[["open", "high", "low"]].isna().all(axis=None))
    rates = close_only and all(_CURRENCY.fullmatch(symbol) for symbol in content.symbols)
    among = reversed(_CURRENCIES) if rates else _CURRENCIES  # Paris has the ECB's days in most years
    calendar = choose_calendar(days, tuple(among))
    nameless = layout == "long" and places.symbol is None and path.is_file()
    only = content.symbols[0] if nameless else None
    return Inspection(
        kind=kind,
        layout=layout,
        columns=columns,
        symbol=only,
        calendar=calendar,
        currency=_CURRENCIES.get(calendar, "USD"),
        symbols=content.symbols,
        first=days[0].date(),
        last=days[-1].date(),
        close_only=close_only,
        written=options,
    )


def choose_calendar(days: pd.DatetimeIndex, among: tuple[str, ...] = tuple(_CURRENCIES)) -> str:
    """Choose the calendar whose sessions are the given days, in at least 99.5 % both ways.

    Args:
        days: ascending distinct midnights.
        among: calendars to compare with; of equally good ones the first is chosen.

    Returns:
        "24/7" where nearly every day of the week is there, the best of ``among``, else "observed".
    """
    if len(days) < _DAYS_NEEDED:
        return sessions.OBSERVED
    if (days.day_of_week >= 5).any():
        span = (days[-1] - days[0]).days + 1
        return sessions.DAILY if len(days) >= 0.98 * span else sessions.OBSERVED
    best, name = _ALIKE, sessions.OBSERVED
    for calendar in among:
        alike = _likeness(calendar, days)
        if alike > best or (alike == best and name == sessions.OBSERVED):
            best, name = alike, calendar
        if best == 1:
            break
    return name


def _likeness(calendar: str, days: pd.DatetimeIndex) -> float:
    """Share of days in the calendar, or of its sessions among the days, whichever is less."""
    try:
        known = sessions.sessions(calendar, days[0], days[-1], days)
    except ConfigError:
        return 0.0
    shared = len(np.intersect1d(days, known))
    return shared / max(len(days), len(known))
