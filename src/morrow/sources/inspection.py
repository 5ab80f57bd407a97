"""The inspection of a person's file: how it is read, and what it holds, for a configuration."""

import re
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pandas as pd

from morrow.errors import SourceError, UndecidedError
from morrow.sources import files
from morrow.sources.batch import Content
from morrow.sources.calendar_choice import CURRENCIES, choose_calendar
from morrow.sources.carried_rows import find_carried_rows
from morrow.sources.files import FileSource
from morrow.sources.preview import Preview, describe_unread_rows, preview_content
from morrow.sources.tables import file_set
from morrow.sources.tables.column_groups import name_fields
from morrow.sources.tables.columns import Columns, is_unnamed
from morrow.sources.tables.field_names import FIELD_NAMES
from morrow.sources.tables.file_set import FileKind
from morrow.sources.tables.layout_choice import LayoutChoice, LayoutName, choose_layout
from morrow.sources.tables.layouts import LAYOUTS
from morrow.sources.tables.notation import detect_notation, suggest_separators
from morrow.sources.tables.raw_block import RawBlock

_FEWEST_UNREAD, _UNREAD_SHARE = 20, 0.1
_SAMPLE_ROWS = 50
_CURRENCY = re.compile(r"[A-Z]{3}(EUR)?|EUR[A-Z]{3}")


@dataclass(frozen=True)
class Inspection:
    """What a file holds, in the words of ``config.FileSource`` and ``config.Universe``.

    Attributes:
        kind: "csv", "parquet" or "excel".
        layout: "long", "wide" or "fields".
        columns: the file's name by morrow's; a nameless column of days is left out, because it needs no name.
        symbol: name of the only symbol, where the file does not name it.
        calendar: an exchange's MIC, "24/7", "ECB" or "observed".
        currency: a guess by the calendar, "USD" where it says nothing.
        symbols: all of them, in the file's order.
        first: first session with a bar.
        last: last session with a bar.
        close_only: whether there is no open, high and low.
        notation: of decimal, thousands, dates and encoding those that are not the default.
        names: of the columns of a single file without a header, as guessed; empty for those left out.
        preview: bars as they will be stored, and what is left aside.
    """

    kind: FileKind
    layout: LayoutName
    columns: dict[str, str]
    symbol: str | None
    calendar: str
    currency: str
    symbols: tuple[str, ...]
    first: date
    last: date
    close_only: bool
    notation: dict[str, str] = field(default_factory=dict)
    names: tuple[str, ...] = ()
    preview: Preview = field(default_factory=Preview, compare=False)


class QuestionError(UndecidedError):
    """A table is readable, and its meaning cannot be decided.

    Attributes:
        kind: "csv", "parquet" or "excel".
        problem: the one line that says why.
    """

    def __init__(self, kind: FileKind, error: SourceError) -> None:
        """Keep what the question is about."""
        self.kind, self.problem = kind, str(error)
        super().__init__(self.problem)
        self.answers = error.answers if isinstance(error, UndecidedError) else ()


def inspect(path: Path) -> Inspection:
    """Inspect CSV or Parquet (a file, a folder or a glob), and say how to read it.

    Raises:
        QuestionError: it is a table, and something that reading it needs cannot be decided.
        SourceError: there is no file, or it is unreadable.
    """
    path = path if path.name else path.resolve()
    kind, source_files = file_set.list_files_of_any_kind(path)
    try:
        table = files.first_table(source_files, kind)
    except UndecidedError as error:
        raise QuestionError(kind, error) from None
    try:
        return _inspect_table(path, kind, table)
    except SourceError as error:
        raise QuestionError(kind, error) from None


def _inspect_table(path: Path, kind: FileKind, table: RawBlock) -> Inspection:
    notation = detect_notation(table)
    options = FileSource.model_validate({"kind": kind, "path": path.name, **notation})
    choice = choose_layout(table, options, path.name)
    options = options.model_copy(update={"layout": choice.layout, "columns": dict(choice.columns)})
    numbers = LAYOUTS[choice.layout].find_columns(table, options, path.name)
    columns = _name_columns(table, numbers, choice)
    options = FileSource.model_validate(
        {"kind": kind, "path": path.name, "layout": choice.layout, "columns": columns, **notation}
    )
    content = files.read_content(options, path.parent)
    _refuse_unread_rows(content, path.name)
    numbers = LAYOUTS[choice.layout].find_columns(table, options, path.name)
    days = _days_of_bars(content)
    calendar = choose_calendar(days, _calendars_for(content))
    is_nameless = choice.layout == "long" and numbers.symbol is None and path.is_file()
    return Inspection(
        kind=kind,
        layout=choice.layout,
        columns=columns,
        symbol=content.symbols[0] if is_nameless else None,
        calendar=calendar,
        currency=CURRENCIES.get(calendar, "USD"),
        symbols=content.symbols,
        first=days[0].date(),
        last=days[-1].date(),
        close_only=_has_closes_only(content),
        notation=notation | ({"encoding": content.encoding} if content.encoding else {}),
        names=_guessed_names(table) if path.is_file() else (),
        preview=preview_content(content, table, numbers),
    )


def _refuse_unread_rows(content: Content, path: str) -> None:
    """Ask where many rows cannot be read: prices in two units, or a notation that changes within the file.

    Raises:
        UndecidedError: it shows the first, and the options that may read it.
    """
    reasons = content.rows["malformed"].dropna()
    if len(reasons) < _FEWEST_UNREAD or len(reasons) <= _UNREAD_SHARE * len(content.rows):
        return
    (line,) = describe_unread_rows(content)
    raise UndecidedError(
        f'in "{path}" {line}; write all numbers in one unit and all days in one way, or start without these '
        "rows: a night refuses them, and takes the others",
        suggest_separators(reasons[:_SAMPLE_ROWS]),
    )


def _name_columns(table: RawBlock, numbers: Columns, choice: LayoutChoice) -> dict[str, str]:
    """The file's names of what its columns hold, by morrow's; of groups those of their fields."""
    days = table.names[numbers.session]
    columns = {} if is_unnamed(days) or not numbers.shares_days else {"session": days}
    columns |= {name: table.names[number] for name, number in numbers.prices.items()}
    if choice.layout == "fields":
        columns |= name_fields(table, numbers)
    if numbers.symbol is not None:
        columns["symbol"] = table.names[numbers.symbol]
    return columns


def _guessed_names(table: RawBlock) -> tuple[str, ...]:
    if table.header is None or not table.header.names_guessed:
        return ()
    return tuple(name if name in FIELD_NAMES else "" for name in table.names)


def _days_of_bars(content: Content) -> pd.DatetimeIndex:
    rows = content.rows[~find_carried_rows(content.rows)[0]]
    dated = rows.loc[rows["session"].notna() & rows["close"].notna(), "session"]
    return pd.DatetimeIndex(dated.unique()).sort_values()


def _has_closes_only(content: Content) -> bool:
    return bool(content.rows[["open", "high", "low"]].isna().all(axis=None))


def _calendars_for(content: Content) -> tuple[str, ...]:
    """Calendars to compare with: the ECB's first for rates, because Paris has its days in most years."""
    are_rates = _has_closes_only(content) and all(map(_CURRENCY.fullmatch, content.symbols))
    return tuple(reversed(CURRENCIES) if are_rates else CURRENCIES)
