"""The choice of a layout and of its columns for a table that nobody has described.

Names come first, then values. Where two readings are plausible it asks instead of choosing.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, NoReturn

import numpy as np

from morrow.errors import UndecidedError
from morrow.source_kinds import TableSource
from morrow.sources.tables.column_groups import divide_by_days, find_levels, refuse_copies
from morrow.sources.tables.columns import PRICES, list_names
from morrow.sources.tables.companion_choice import are_companions
from morrow.sources.tables.field_names import find_candidates, is_field, match_field, match_names
from morrow.sources.tables.fields_by_value import find_bar_fields, fits_bar
from morrow.sources.tables.header_levels import split_grid
from morrow.sources.tables.layout_answers import WIDE, answer_columns, answer_fields, answer_wide
from morrow.sources.tables.raw_block import RawBlock
from morrow.sources.tables.table_sample import TableSample
from morrow.sources.tables.unlike_prices import find_unlike_prices
from morrow.sources.tables.unread_shapes import refuse_days_across, refuse_melted

LayoutName = Literal["long", "wide", "fields"]

_TICKER = re.compile(r"[A-Z0-9^][A-Z0-9.^=_/-]{0,7}")
_MOST_ANSWERS = 3
_COST_DISTANCE = 0.1  # of the mean price of a volume from the close
_OPEN_AND_CLOSE = 2  # prices between high and low
_MOST_FIELDS = 10  # with more columns of numbers a table has symbols beside each other


@dataclass(frozen=True)
class LayoutChoice:
    """A layout, and the columns that its usual names do not find.

    Attributes:
        layout: the name of an entry of ``LAYOUTS``.
        columns: the file's name by morrow's.
    """

    layout: LayoutName
    columns: Mapping[str, str] = field(default_factory=dict)


def choose_layout(table: RawBlock, options: TableSource, path: str) -> LayoutChoice:
    """Choose how to read a table, by the names of its columns and by a sample of its values.

    Args:
        table: its first rows.
        options: the notation of numbers and days.
        path: its name in messages.

    Raises:
        UndecidedError: two readings are plausible; it has the line that decides for each.
        SourceError: no column has days.
    """
    refuse_days_across(table.names, path)
    refuse_melted(table, path)
    if find_levels(table, options) or divide_by_days(table, options):
        return LayoutChoice("fields")
    refuse_copies(table, path)
    sample = TableSample(table, options, path)
    if not sample.numbers:
        return LayoutChoice("long")
    usual = {name: number for name, number in match_names(table.names).items() if name in PRICES}
    if "close" not in usual and "adj_close" not in usual:
        return _choose_without_close(sample, usual, path)
    _refuse_symbols_like_fields(sample, usual, path)
    _refuse_misfits(sample, usual, path)
    symbol, volume = _find_symbols(sample, path), _find_volume(sample, usual)
    columns = {} if symbol is None else {"symbol": symbol}
    if volume is not None:
        columns |= {**usual, "volume": volume}
    return LayoutChoice("long", {name: table.names[number] for name, number in columns.items()})


def refuse_undescribed(table: RawBlock, options: TableSource, path: str) -> None:
    """Ask about a table of which neither layout nor close is configured, and that is not plainly long.

    Raises:
        UndecidedError: as ``choose_layout``, or it chooses another layout or further columns.
        SourceError: no column has days.
    """
    if "layout" in options.model_fields_set or {"close", "adj_close"} & options.columns.keys():
        return
    choice = choose_layout(table, options, path)
    if choice.layout == "fields" or "close" in choice.columns:
        answer = 'layout = "fields"' if choice.layout == "fields" else answer_columns(choice.columns)
        raise UndecidedError(f'"{path}" has no plain closes among {list_names(table.names)}', [answer])


def _find_symbols(sample: TableSample, path: str) -> int | None:
    """The column of symbols by its name, or the only one of words that keeps repeated days apart."""
    candidates = find_candidates(sample.names, "symbol")
    if sample.keeps_days_apart(None):
        return candidates[0] if candidates else None
    for number in candidates:
        if sample.keeps_days_apart(number):
            return number
    words = [n for n in sample.words if sample.is_repetitive(n) and sample.keeps_days_apart(n)]
    if len(words) > 1:
        raise UndecidedError(
            f'"{path}" has several rows for a day, and {list_names([sample.names[n] for n in words])} could '
            "each name the symbol",
            [answer_columns({"symbol": sample.names[number]}) for number in words[:_MOST_ANSWERS]],
        )
    return words[0] if words else None


def _find_volume(sample: TableSample, usual: Mapping[str, int]) -> int | None:
    """The volume among "Volume BTC" and "Volume USD": the only one, or the one whose cost is the other."""
    if "volume" in usual or "close" not in usual:
        return None
    numbers = [n for n in sample.numbers if match_field(sample.names[n].partition(" ")[0]) == "volume"]
    closes = sample.numbers.get(usual["close"])
    if len(numbers) == 1:
        return numbers[0]
    if len(numbers) != 2 or closes is None:
        return None
    first, second = (sample.numbers[number] for number in numbers)
    for number, shares, cost in ((numbers[0], first, second), (numbers[1], second, first)):
        with np.errstate(invalid="ignore", divide="ignore"):
            ratio = cost / shares / closes
        if abs(float(np.nanmedian(ratio)) - 1) < _COST_DISTANCE:
            return number
    return None


def _choose_without_close(sample: TableSample, usual: Mapping[str, int], path: str) -> LayoutChoice:
    """A table in which no name says close: one price per symbol's row, a bar in foreign words, or wide."""
    unnamed = [number for number in sample.numbers if not is_field(sample.names[number])]
    symbol = None if sample.keeps_days_apart(None) else _find_symbols(sample, path)
    if symbol is not None:
        closes = [number for number in unnamed if number != symbol]
        if len(closes) == 1 and not usual:
            columns = {"symbol": symbol, "close": closes[0]}
            return LayoutChoice("long", {name: sample.names[number] for name, number in columns.items()})
        own = {number: values for number, values in sample.list_numbers(symbol).items() if number != symbol}
        if fields := find_bar_fields(own):
            _ask_about_bar(sample, {**usual, **fields}, path, symbol)
        _ask_for_close(sample, closes, path, usual, symbol)
    if are_companions(sample, path):
        return LayoutChoice("fields")
    _ask_about_foreign_fields(sample, path)
    _ask_about_other_numbers(sample, path)
    named = [number for number in sample.numbers if is_field(sample.names[number])]
    if fields := find_bar_fields(sample.numbers) if len(sample.numbers) <= _MOST_FIELDS else {}:
        _ask_about_bar(sample, {**usual, **fields}, path, sample.find_constant())
    if named and not (len(unnamed) > 2 and len(named) == 1 and _are_tickers(sample, [*unnamed, *named])):
        _ask_for_close(sample, unnamed, path, usual)
    return LayoutChoice("wide")


def _ask_about_foreign_fields(sample: TableSample, path: str) -> None:
    """Ask where names join symbols and unknown words, and the words' columns are a bar's by their values."""
    for words in split_grid([sample.names[number] for number in sample.numbers]):
        numbers = dict(zip(words, sample.numbers, strict=True))
        symbols = list(dict.fromkeys(symbol for _, symbol in words))
        bars = [
            find_bar_fields({n: sample.numbers[n] for (_, each), n in numbers.items() if each == symbol})
            for symbol in symbols[:_MOST_ANSWERS]
        ]
        if all(bars):
            by_number = {number: word for (word, _), number in numbers.items()}
            fields = {name: by_number[number] for name, number in bars[0].items()}
            fields.setdefault("close", "...")
            raise UndecidedError(
                f'"{path}" has columns of {len(symbols)} symbols that behave like the fields of their bars '
                f"({list_names(list(dict.fromkeys(by_number.values())))})",
                [answer_fields(fields), WIDE],
            )


def _ask_about_other_numbers(sample: TableSample, path: str) -> None:
    """Ask where columns cannot be prices by their values (volumes, returns, weekdays) and others can."""
    unlike = find_unlike_prices(sample.numbers, sample.days)
    unlike = {number: kind for number, kind in unlike.items() if not is_field(sample.names[number])}
    likely = [number for number in sample.numbers if number not in unlike]
    if not unlike or (len(unlike) == 1 and len(likely) <= _MOST_FIELDS and find_bar_fields(sample.numbers)):
        return  # a bar with its volume
    number, kind = next(iter(unlike.items()))
    what = {"volume": "volumes", "change": "changes", "date": "parts of the date"}[kind]
    raise UndecidedError(
        f'"{path}" has columns that behave like no prices, first "{sample.names[number]}" (like {what})',
        [answer_wide([sample.names[number] for number in likely]), WIDE],
    )


def _ask_about_bar(
    sample: TableSample, fields: Mapping[str, int], path: str, symbol: int | None = None
) -> NoReturn:
    """Ask about columns whose values are those of a bar; every candidate for the close is named.

    Of two candidates the other one is the open.
    """
    rest = [number for number in sample.numbers if number not in (*fields.values(), symbol)]
    closes = [fields["close"]] if "close" in fields else rest[:_MOST_ANSWERS]
    choices = [{**_name_symbol(sample, symbol), **fields, "close": number} for number in closes]
    if len(closes) == len(rest) == _OPEN_AND_CLOSE and "open" not in fields:
        choices = [{**choice, "open": sum(closes) - choice["close"]} for choice in choices]
    raise UndecidedError(
        f'"{path}" has columns that behave like the fields of one bar '
        f"({list_names([sample.names[number] for number in sample.numbers])})",
        [*(answer_columns(_name(sample, choice)) for choice in choices), WIDE],
    )


def _ask_for_close(
    sample: TableSample,
    candidates: Sequence[int],
    path: str,
    usual: Mapping[str, int],
    symbol: int | None = None,
) -> NoReturn:
    """Ask which column holds the closes; each answer names the fields that are known as well."""
    names = [sample.names[number] for number in candidates[:_MOST_ANSWERS]] or ["..."]
    known = _name(sample, {**_name_symbol(sample, symbol), **usual})
    raise UndecidedError(
        f'"{path}" has no column that is named like a close among {list_names(sample.names)}',
        [*(answer_columns({**known, "close": name}) for name in names), WIDE],
    )


def _name_symbol(sample: TableSample, symbol: int | None) -> dict[str, int]:
    """The column of symbols, where its name does not say so."""
    if symbol is None or match_names(sample.names).get("symbol") == symbol:
        return {}
    return {"symbol": symbol}


def _name(sample: TableSample, columns: Mapping[str, int]) -> dict[str, str]:
    return {meaning: sample.names[number] for meaning, number in columns.items()}


def _refuse_symbols_like_fields(sample: TableSample, usual: Mapping[str, int], path: str) -> None:
    """Ask where the only field of a bar may be a symbol among symbols (LAST beside AAPL)."""
    others = [number for number in sample.numbers if not is_field(sample.names[number])]
    if len(usual) > 1 or not others or find_candidates(sample.names, "symbol"):
        return
    (name,) = (sample.names[number] for number in usual.values())
    if "clos" in name.casefold():
        return
    if _are_tickers(sample, [*others, *usual.values()]):
        beside = list_names([sample.names[number] for number in others])
        raise UndecidedError(
            f'"{path}" has a column "{name}" beside {beside}; it may be a close, or a symbol',
            [answer_columns({"close": name}), WIDE],
        )


def _refuse_misfits(sample: TableSample, usual: Mapping[str, int], path: str) -> None:
    """Ask where the close that the names say is mostly outside of the low and the high that they say."""
    fields = {name: sample.numbers.get(usual[name]) for name in ("high", "low", "close") if name in usual}
    high, low, close = (fields.get(name) for name in ("high", "low", "close"))
    if high is None or low is None or close is None or not (close > 0).any() or fits_bar(high, low, close):
        return  # what no price can be is for the gate
    names = {name: sample.names[usual[name]] for name in ("high", "low", "close")}
    likely = {name: sample.names[number] for name, number in find_bar_fields(sample.numbers).items()}
    answers = [answer_columns(likely)] if likely else []
    raise UndecidedError(
        f'"{path}" has closes ("{names["close"]}") that are mostly outside of its lows ("{names["low"]}") '
        f'and highs ("{names["high"]}")',
        [*answers, answer_columns(_name(sample, usual))],
    )


def _are_tickers(sample: TableSample, numbers: Sequence[int]) -> bool:
    return all(_TICKER.fullmatch(sample.names[number]) for number in numbers)
