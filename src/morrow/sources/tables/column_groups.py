"""Tables with one row per session and several columns per symbol: their groups of columns.

The symbols are named by a second header level, by joined names, by the one column beside a column of days of
its own, or by the option ``groups``.
"""

import re
from collections.abc import Iterator, Mapping, Sequence

from morrow.errors import SourceError, UndecidedError
from morrow.source_kinds import TableSource
from morrow.sources.tables.columns import (
    PRICES,
    Columns,
    Group,
    are_days,
    find_configured_columns,
    find_days,
    is_unnamed,
    list_names,
)
from morrow.sources.tables.companion_columns import CLOSE, find_companions
from morrow.sources.tables.field_names import find_rivals, is_field, match_field, match_names
from morrow.sources.tables.header_levels import LevelName, split_level_names
from morrow.sources.tables.layout_answers import answer_columns
from morrow.sources.tables.raw_block import RawBlock
from morrow.sources.tables.reported_actions import ACTIONS
from morrow.sources.tables.symbol_names import clean_symbol

READ = (*PRICES, *ACTIONS)
_COPY = re.compile(r"[._ ]\d+$")


def find_grouped_columns(table: RawBlock, options: TableSource, path: str) -> Columns:
    """Find the columns of a table with one row per session and several columns per symbol.

    Raises:
        UndecidedError: the symbols have no names.
        SourceError: the columns form no groups, or no group has a close.
    """
    levels = find_levels(table, options)
    if not levels and (levels := _find_companions(table, options)):
        fields = {name: word for name, word in options.columns.items() if name in READ}
        options = options.model_copy(
            update={"columns": {**options.columns, **({CLOSE: CLOSE} if fields else {})}}
        )
    if levels:
        groups = tuple(_group_by_levels(table, options, path, levels))
    else:
        parts = divide_by_days(table, options) or divide_by_copies(table.names)
        groups = tuple(_name_parts(table, options, path, parts))
    usable = tuple(group for group in groups if not group.prices.keys().isdisjoint({"close", "adj_close"}))
    if not usable:
        raise SourceError(
            f'"{path}" has no close for any symbol among {list_names(table.names)}; '
            'name the field: columns = { close = "..." }, or set layout = "long" or "wide"'
        )
    return Columns(usable[0].session, None, {}, groups=usable)


def find_levels(table: RawBlock, options: TableSource) -> dict[int, LevelName]:
    """What two header lines, or joined names, say of each symbol's columns; nothing where there are none."""
    fields = tuple(word for name, word in options.columns.items() if name in READ)
    return split_level_names(table.names, fields)


def _find_companions(table: RawBlock, options: TableSource) -> dict[int, LevelName]:
    fields = [word for name, word in options.columns.items() if name in READ]
    return find_companions(table.names, fields)


def name_fields(table: RawBlock, columns: Columns) -> dict[str, str]:
    """The file's words for the fields of its groups, by morrow's names; nothing where no level has them."""
    options = TableSource(kind="csv")
    levels = find_levels(table, options) or _find_companions(table, options)
    return {
        name: levels[number].field
        for group in columns.groups
        for name, number in group.prices.items()
        if number in levels
    }


def divide_by_days(table: RawBlock, options: TableSource) -> list[list[int]]:
    """Numbers of the columns from each column of days to the next, days first; empty if there is only one."""
    days = [
        number
        for number, name in enumerate(table.names)
        if are_days(table.columns[number], options) and not name.replace(".", "").isdigit()
    ]
    names = {_COPY.sub("", table.names[number]).casefold() for number in days}
    if len(days) < 2 or days[0] != 0 or len(names) > 1:
        return []
    ends = [*days[1:], len(table.names)]
    parts = [
        [start, *(n for n in range(start + 1, end) if not is_unnamed(table.names[n]))]
        for start, end in zip(days, ends, strict=True)
    ]
    return parts if all(len(part) > 1 for part in parts) else []


def divide_by_copies(names: Sequence[str]) -> list[list[int]]:
    """Numbers of the first column of each repeated field (Close, Close.1), of the second, and so on."""
    parts: list[list[int]] = []
    seen: dict[str, int] = {}
    for number, name in enumerate(names):
        word = match_field(_COPY.sub("", name)) or match_field(name)
        if word not in PRICES:
            continue
        copy = seen[word] = seen.get(word, -1) + 1
        if copy == len(parts):
            parts.append([])
        parts[copy].append(number)
    return parts if len(parts) > 1 else []


def _group_by_levels(
    table: RawBlock, options: TableSource, path: str, levels: Mapping[int, LevelName]
) -> Iterator[Group]:
    configured = {name: meaning for meaning, name in options.columns.items() if meaning in READ}
    by_symbol: dict[str, list[int]] = {}
    for number, part in levels.items():
        by_symbol.setdefault(clean_symbol(part.symbol), []).append(number)
    common = None
    for symbol, numbers in by_symbol.items():
        fields = [levels[number].field for number in numbers]
        usual = match_names(fields)
        if configured:
            prices = {
                configured[field]: n for field, n in zip(fields, numbers, strict=True) if field in configured
            }
        else:
            wanted = PRICES if {"close", "adj_close"} <= usual.keys() else READ
            prices = {meaning: numbers[place] for meaning, place in usual.items() if meaning in wanted}
        if "session" not in usual:
            common = _find_common_days(table, options, path) if common is None else common
        yield Group(symbol, numbers[usual["session"]] if "session" in usual else common or 0, prices)


def _find_common_days(table: RawBlock, options: TableSource, path: str) -> int:
    configured = {name: text for name, text in options.columns.items() if name == "session"}
    numbers = find_configured_columns(table, options.model_copy(update={"columns": configured}), path)
    return numbers["session"] if "session" in numbers else find_days(table, options, path)


def _name_parts(
    table: RawBlock, options: TableSource, path: str, parts: Sequence[Sequence[int]]
) -> Iterator[Group]:
    """Groups out of columns side by side, named by their only column or by the option ``groups``."""
    if not parts:
        raise SourceError(
            f'"{path}" has no groups of columns among {list_names(table.names)}; set layout = "long" (one '
            'row per bar) or "wide" (one column per symbol)'
        )
    names = _name_groups(table, options, path, parts)
    for symbol, part in zip(names, parts, strict=True):
        if are_days(table.columns[part[0]], options):
            session, fields = part[0], part[1:]
        else:
            session, fields = _find_common_days(table, options, path), part
        words = match_names([_COPY.sub("", table.names[number]) for number in fields])
        prices = {meaning: fields[place] for meaning, place in words.items() if meaning in PRICES}
        yield Group(symbol, session, {"close": fields[0]} if len(fields) == 1 else prices)


def _name_groups(
    table: RawBlock, options: TableSource, path: str, parts: Sequence[Sequence[int]]
) -> Sequence[str]:
    if options.groups:
        if len(options.groups) != len(parts):
            raise SourceError(
                f'"{path}" has {len(parts)} groups of columns, and source.groups names {len(options.groups)}'
            )
        return options.groups
    names = [table.names[part[-1]] for part in parts]
    if (
        all(len(part) == 2 for part in parts)
        and not any(map(is_field, names))
        and len({*names}) == len(names)
    ):
        return names
    raise UndecidedError(
        f'"{path}" has the columns of {len(parts)} symbols side by side ({list_names(table.names)}) and does '
        "not name them",
        [ask_for_groups(len(parts))],
    )


def refuse_copies(table: RawBlock, path: str) -> None:
    """Ask where several columns have the name of one field (Close, Close.1), as of two symbols side by side.

    Raises:
        UndecidedError: they have.
    """
    rivals = {name: numbers for name, numbers in find_rivals(table.names).items() if name in PRICES}
    if not rivals:
        return
    names = [table.names[number] for number in next(iter(rivals.values()))]
    usual = match_names(table.names)
    one = {name: table.names[number] for name, number in usual.items() if name in PRICES}
    raise UndecidedError(
        f'"{path}" has {" and ".join(names)}, as if several symbols stood side by side',
        [
            ask_for_groups(max(len(divide_by_copies(table.names)), 2)),
            answer_columns(one),
        ],
    )


def ask_for_groups(count: int) -> str:
    r"""The lines that name the symbols side by side.

    >>> ask_for_groups(2)
    'layout = "fields"\ngroups = ["NAME1", "NAME2"]'
    """
    names = ", ".join(f'"NAME{number}"' for number in range(1, count + 1))
    return f'layout = "fields"\ngroups = [{names}]'
