"""Two header levels, of fields and of symbols: several header lines of a text, or joined names.

A joined name is written as pandas writes it, ``('Close', 'AAA')``, so that texts and Parquet are alike.
"""

import ast
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from morrow.sources.tables.field_names import is_neutral, is_unit, match_field, match_whole_field

_DATA = re.compile(r"\s*[\"']?\d[\d./: T+-]{4,}|\s*\d{1,2}[ -][A-Za-z]{3}|\s*[A-Z][a-z]{2} \d{1,2},? ")
_MOST_LINES = 4
_JOINTS = r"[ ._\-:/|]+"
_LETTER_LAST = re.compile(r"(.+?)[ ._\-:/|]?([OHLCVohlcv])")
_LETTER_FIRST = re.compile(r"([OHLCVohlcv])[ ._\-:/|]?(.+)")
_CAPITALS = (
    re.compile(r"([A-Z0-9.^=]{1,12})([A-Z][a-z][A-Za-z]*)"),
    re.compile(r"([A-Z]?[a-z]+(?:[A-Z][a-z]+)*)([A-Z0-9.^=]{1,12})"),
)


@dataclass(frozen=True)
class LevelName:
    """A column's name taken apart.

    Attributes:
        field: the file's own word for the field.
        symbol: whose field it is.
    """

    field: str
    symbol: str


def join_levels(lines: Sequence[Sequence[str]]) -> tuple[tuple[str, ...], int] | None:
    """Join the first lines of a text, if they are a level of fields and one of symbols, in either order.

    Blank cells of the level of symbols repeat the cell before them, as merged cells do. A third line that has
    only the name of the column of days belongs to the header.

    Args:
        lines: the fields of the first lines, the header's first.

    Returns:
        (C,) names, and the number of lines that they take; None for anything else, a line of units as well.

    >>> join_levels([["Price", "Close", "Low"], ["Ticker", "A", "A"], ["Date"], ["2024-01-02", "2", "1"]])
    (('Date', "('Close', 'A')", "('Low', 'A')"), 3)
    """
    height = next((number for number, line in enumerate(lines) if _is_data(line)), 0)
    if not 2 <= height <= _MOST_LINES:
        return None
    width = max(map(len, lines[:height]))
    header = [[cell.strip() for cell in line] + [""] * (width - len(line)) for line in lines[:height]]
    full = [line for line in header if sum(map(bool, line[1:])) > 0 and not _are_units(line)]
    fields = next((line for line in full if _share_of_fields(line) > 0.5), None)
    symbols = next((line for line in full if line is not fields and _are_symbols(line)), None)
    if fields is None or symbols is None or len(full) > 2:
        return None
    names = _join_names(fields, _repeat_merged(symbols, fields), fields_first=fields is full[0])
    names[0] = names[0] if names[0].startswith("(") else _name_days([line[0] for line in header])
    return tuple(names), height


def split_level_names(names: Sequence[str], fields: Sequence[str] = ()) -> dict[int, LevelName]:
    """Take joined names apart: ``('Close', 'AAA')``, ``AAA.Close``, ``Close_AAA`` and the like.

    Args:
        names: of all columns.
        fields: words for fields that are not usual ones, as configured.

    Returns:
        What each joined name says, by its column's number; nothing where the names do not agree in the way
        that they are joined, or say neither several fields nor the close of several symbols.
    """
    tuples = {number: parts for number, name in enumerate(names) if (parts := _read_tuple(name))}
    if tuples:
        pairs = _take_two_levels(tuples)
        return _order_levels(pairs, fields) if pairs else {}
    return _split_texts(names, fields) or _split_without_unit(names, fields) or _split_letters(names)


def split_grid(names: Sequence[str]) -> list[list[tuple[str, str]]]:
    """Names as all pairs of some words and some symbols, in the orders in which they can be meant.

    Returns:
        For each order (word, symbol) of every name; nothing where names are no such grid.

    >>> split_grid(["auf.A", "zu.A", "hoch.A", "auf.B", "zu.B", "hoch.B"])[0][:2]
    [('auf', 'A'), ('zu', 'A')]
    """
    grids = []
    for joint in ".", "_", " ", "-", ":", "/", "|":
        pairs = [name.partition(joint)[::2] for name in names]
        for order in (pairs, [(second, first) for first, second in pairs]):
            words, symbols = {word for word, _ in order}, {symbol for _, symbol in order}
            if (
                len(words) >= 3
                and len(symbols) >= 2
                and "" not in words | symbols
                and len(set(order)) == len(order) == len(words) * len(symbols)
            ):
                grids.append(order)
    return grids


def _is_data(line: Sequence[str]) -> bool:
    return bool(line) and any(_DATA.match(cell) for cell in line[:2]) and not line[0].strip().isalpha()


def _share_of_fields(line: Sequence[str]) -> float:
    cells = {cell for cell in line[1:] if cell}
    return sum(match_field(cell) not in (None, "symbol") for cell in cells) / max(len(cells), 1)


def _are_units(line: Sequence[str]) -> bool:
    """Whether all cells but the first are units or types, one for all columns or for each."""
    return all(is_unit(cell) for cell in line[1:] if cell)


def _are_symbols(line: Sequence[str]) -> bool:
    cells = [cell for cell in line if cell]
    is_title = len(cells) == 1 and bool(line[0])
    return not is_title and any(not is_unit(cell) for cell in line[1:])


def _repeat_merged(symbols: Sequence[str], fields: Sequence[str]) -> list[str]:
    """The level of symbols with its blank cells filled; the first column may be one of days for all."""
    filled, last = [], ""
    for number, (symbol, field) in enumerate(zip(symbols, fields, strict=True)):
        starts_group = number or any(match_field(cell) == "session" for cell in fields[1:])
        last = symbol if symbol and starts_group else last
        filled.append(last if field else "")
    return filled


def _join_names(fields: Sequence[str], symbols: Sequence[str], *, fields_first: bool) -> list[str]:
    names = []
    for field, symbol in zip(fields, symbols, strict=True):
        pair = (field, symbol) if fields_first else (symbol, field)
        names.append(repr(pair) if field and symbol else field or symbol)
    return names


def _name_days(cells: Sequence[str]) -> str:
    usual = [cell for cell in cells if match_field(cell) == "session"]
    return usual[-1] if usual else "Date"


def _read_tuple(name: str) -> tuple[str, ...] | None:
    if not (name.startswith("(") and name.endswith(")")):
        return None
    try:
        parts = ast.literal_eval(name)
    except (ValueError, SyntaxError):
        return None
    if not isinstance(parts, tuple) or len(parts) < 2:
        return None
    texts = tuple(str(part).strip() for part in parts)
    return texts if sum(map(bool, texts)) > 1 else None


def _take_two_levels(tuples: Mapping[int, tuple[str, ...]]) -> dict[int, tuple[str, str]]:
    """The two levels that tell columns apart, without units and words that all share; nothing if unclear."""
    if len(set(map(len, tuples.values()))) != 1:
        return {}
    columns = list(zip(*tuples.values(), strict=True))
    levels = list(range(len(columns)))
    if len(levels) > 2:
        levels = [level for level in levels if not all(map(is_unit, columns[level]))]
    if len(levels) > 2:
        levels = [level for level in levels if len(set(columns[level])) > 1]
    if len(levels) != 2:
        return {}
    first, second = levels
    return {n: (parts[first], parts[second]) for n, parts in tuples.items() if parts[first] and parts[second]}


def _order_levels(tuples: dict[int, tuple[str, str]], fields: Sequence[str]) -> dict[int, LevelName]:
    levels = [{pair[level] for pair in tuples.values()} for level in (0, 1)]
    shares = [
        sum(_names_field(word, fields) or match_field(word) == "session" for word in level) / len(level)
        for level in levels
    ]
    if max(shares) <= 0.5 or shares[0] == shares[1]:
        return {}
    level = 0 if shares[0] > shares[1] else 1
    return {number: LevelName(pair[level], pair[1 - level]) for number, pair in tuples.items()}


def _split_texts(names: Sequence[str], fields: Sequence[str]) -> dict[int, LevelName]:
    """Names with the field before or after the symbol, if all that are neither day nor nameless are so."""
    candidates = {n: name for n, name in enumerate(names) if name and match_field(name) != "session"}
    for is_first in (False, True):
        parts = {n: _split_text(name, fields, is_first=is_first) for n, name in candidates.items()}
        complete = {n: part for n, part in parts.items() if part is not None}
        kinds = {part.field for part in complete.values()}
        are_units = all(is_unit(part.symbol) for part in complete.values())
        has_symbols = len({part.symbol for part in complete.values()}) > 1
        are_closes = has_symbols and {match_field(kind) for kind in kinds} <= {"close", "adj_close"}
        is_complete = len(complete) == len(candidates) and (len(kinds) > 1 or are_closes)
        if is_complete and not are_units and _are_symbols_apart(list(complete.values())):
            return complete
    return {}


def _are_symbols_apart(parts: Sequence[LevelName]) -> bool:
    """Whether no symbol is a neutral word (day), or all have the same fields, and among them a close."""
    fields: dict[str, set[str]] = {}
    for part in parts:
        fields.setdefault(part.symbol, set()).add(part.field)
    if not any(map(is_neutral, fields)):
        return True
    kinds = set(map(frozenset, fields.values()))
    closes = {match_field(field) for field in next(iter(kinds))} & {"close", "adj_close"}
    return len(fields) > 1 and len(kinds) == 1 and bool(closes)


def _split_text(name: str, fields: Sequence[str], *, is_first: bool) -> LevelName | None:
    """The longest field at the beginning or end of a name that is none as a whole, and what is beside it."""
    if name in fields or match_whole_field(name) not in (None, "symbol", "session"):
        return None
    if bracket := re.fullmatch(r"(.+?)\s*[(\[]\s*([^()\[\]]+?)\s*[)\]]", name):
        cuts = [(bracket[1], bracket[2])]
    else:
        cuts = [(name[: joint.start()], name[joint.end() :]) for joint in re.finditer(_JOINTS, name)]
    for first, second in reversed(cuts) if is_first else cuts:
        field, symbol = (first, second) if is_first else (second, first)
        if _names_field(field, fields) and _may_be_symbol(symbol, fields):
            return LevelName(field, symbol)
    return None


def _split_without_unit(names: Sequence[str], fields: Sequence[str]) -> dict[int, LevelName]:
    """Names that all end in a unit (XI open USD), and names of two words without a joint (XIOpen, OpenXI)."""
    candidates = {n: name for n, name in enumerate(names) if name and match_field(name) != "session"}
    cut = {n: re.split(_JOINTS, name) for n, name in candidates.items()}
    plain = list(names)
    if all(len(parts) > 2 and is_unit(parts[-1]) for parts in cut.values()):
        for n, name in candidates.items():
            plain[n] = re.sub(rf"{_JOINTS}[^ ._\-:/|]+$", "", name)
        return _split_texts(plain, fields)
    for pattern in _CAPITALS:
        matches = {n: pattern.fullmatch(name) for n, name in candidates.items()}
        for n, match in matches.items():
            plain[n] = f"{match[1]} {match[2]}" if match else names[n]
        if all(matches.values()):
            return _split_texts(plain, fields)
    return {}


def _split_letters(names: Sequence[str]) -> dict[int, LevelName]:
    """Names with the letter of a bar's field before or after the symbol (XI-O, OXI), all four of each."""
    candidates = {n: name for n, name in enumerate(names) if name and match_field(name) != "session"}
    for pattern, field in ((_LETTER_LAST, 2), (_LETTER_FIRST, 1)):
        matches = {n: match for n, name in candidates.items() if (match := pattern.fullmatch(name))}
        parts = {n: LevelName(match[field], match[3 - field]) for n, match in matches.items()}
        letters: dict[str, set[str]] = {}
        for part in parts.values():
            letters.setdefault(part.symbol, set()).add(part.field.lower())
        kinds = set(map(frozenset, letters.values()))
        if candidates and len(parts) == len(candidates) and len(kinds) == 1:
            (kind,) = kinds
            if kind >= set("ohlc") and len(kind) * len(letters) == len(parts):
                return parts
    return {}


def _may_be_symbol(text: str, fields: Sequence[str]) -> bool:
    is_small_number = text.isdigit() and len(text) < 3  # what a library adds to repeated names
    return bool(text) and not is_small_number and not _names_field(text, fields)


def _names_field(word: str, fields: Sequence[str]) -> bool:
    return word in fields or match_field(word) not in (None, "symbol", "session")
