"""The inspection of a person's file: layout, columns, notation, symbols and calendar, for a configuration."""

import re
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

from morrow import sessions
from morrow.errors import ConfigError
from morrow.sources import files
from morrow.sources.carried_rows import find_carried_rows
from morrow.sources.files import FileSource
from morrow.sources.tables import file_set
from morrow.sources.tables.columns import is_unnamed
from morrow.sources.tables.field_names import match_names
from morrow.sources.tables.layouts import LAYOUTS
from morrow.sources.tables.notation import detect_notation

_EXCHANGES = {
    "XNYS": "USD", "XLON": "GBP", "XETR": "EUR", "XTKS": "JPY", "XHKG": "HKD", "XPAR": "EUR",
    "XTSE": "CAD", "XASX": "AUD", "XSWX": "CHF",
}  # fmt: skip
_CURRENCIES = _EXCHANGES | {sessions.CENTRAL_BANK: "EUR"}
_CURRENCY = re.compile(r"[A-Z]{3}(EUR)?|EUR[A-Z]{3}")
_LEAST_LIKENESS = 0.995
_FEWEST_DAYS = 20


@dataclass(frozen=True)
class Inspection:
    """What a file holds, in the words of ``config.FileSource`` and ``config.Universe``.

    Attributes:
        kind: "csv" or "parquet".
        layout: "long" or "wide".
        columns: the file's name by morrow's; a nameless column of days is left out, because it needs no name.
        symbol: name of the only symbol, where the file does not name it.
        calendar: an exchange's MIC, "24/7", "ECB" or "observed".
        currency: a guess by the calendar, "USD" where it says nothing.
        symbols: all of them, in the file's order.
        first: first session with a bar.
        last: last session with a bar.
        close_only: whether there is no open, high and low.
        notation: of decimal, thousands and dates those that are not the default.
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
    notation: dict[str, str] = field(default_factory=dict)


def inspect(path: Path) -> Inspection:
    """Inspect CSV or Parquet (a file, a folder or a glob), and say how to read it.

    A file with a close column is long; one without is wide, and each other column of numbers is a symbol.

    Raises:
        SourceError: there is no file, it is unreadable, or has no prices or no days.
    """
    path = path if path.name else path.resolve()
    kind, source_files = file_set.list_files_of_any_kind(path)
    table = files.first_table(source_files, kind)
    is_long = not match_names(table.names).keys().isdisjoint({"close", "adj_close"})
    layout: Literal["long", "wide"] = "long" if is_long else "wide"
    notation = detect_notation(table)
    options = FileSource.model_validate({"kind": kind, "path": path.name, "layout": layout, **notation})
    numbers = LAYOUTS[layout].find_columns(table, options, path.name)
    columns = {} if is_unnamed(table.names[numbers.session]) else {"session": table.names[numbers.session]}
    columns |= {name: table.names[number] for name, number in numbers.prices.items()}
    if numbers.symbol is not None:
        columns["symbol"] = table.names[numbers.symbol]
    content = files.read_content(options, path.parent)
    rows = content.rows[~find_carried_rows(content.rows)[0]]
    dated = rows.loc[rows["session"].notna() & rows["close"].notna(), "session"]
    days = pd.DatetimeIndex(dated.unique()).sort_values()
    close_only = bool(rows[["open", "high", "low"]].isna().all(axis=None))
    are_rates = close_only and all(_CURRENCY.fullmatch(symbol) for symbol in content.symbols)
    among = reversed(_CURRENCIES) if are_rates else _CURRENCIES  # Paris has the ECB's days in most years
    calendar = choose_calendar(days, tuple(among))
    is_nameless = is_long and numbers.symbol is None and path.is_file()
    return Inspection(
        kind=kind,
        layout=layout,
        columns=columns,
        symbol=content.symbols[0] if is_nameless else None,
        calendar=calendar,
        currency=_CURRENCIES.get(calendar, "USD"),
        symbols=content.symbols,
        first=days[0].date(),
        last=days[-1].date(),
        close_only=close_only,
        notation=notation,
    )


def choose_calendar(days: pd.DatetimeIndex, among: tuple[str, ...] = tuple(_CURRENCIES)) -> str:
    """Choose the calendar whose sessions are the given days, in at least 99.5 % both ways.

    Args:
        days: ascending distinct midnights.
        among: calendars to compare with; the first of equally good ones is chosen.

    Returns:
        "24/7" where nearly every day of the week is there, the best of ``among``, else "observed".
    """
    if len(days) < _FEWEST_DAYS:
        return sessions.OBSERVED
    if (days.day_of_week >= 5).any():
        span = (days[-1] - days[0]).days + 1
        return sessions.DAILY if len(days) >= 0.98 * span else sessions.OBSERVED
    best, name = _LEAST_LIKENESS, sessions.OBSERVED
    for calendar in among:
        likeness = _likeness(calendar, days)
        if likeness > best or (likeness == best and name == sessions.OBSERVED):
            best, name = likeness, calendar
        if best == 1:
            break
    return name


def _likeness(calendar: str, days: pd.DatetimeIndex) -> float:
    """Share of the days in the calendar, or of its sessions among the days, whichever is less."""
    try:
        expected = sessions.sessions(calendar, days[0], days[-1], days)
    except ConfigError:
        return 0.0
    shared = len(np.intersect1d(days, expected))
    return shared / max(len(days), len(expected))
