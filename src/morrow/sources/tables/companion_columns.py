"""Columns beside a symbol's closes that its name marks as another field: XI and XI Volume, AAA and AAA.1."""

import re
from collections.abc import Collection, Sequence

from morrow.sources.tables.field_names import is_field, match_field
from morrow.sources.tables.header_levels import LevelName

CLOSE = "close"
_BETWEEN = " ._-:/|()[]"
_COPY = re.compile(r"\d{1,2}")


def find_companions(names: Sequence[str], fields: Collection[str] = ()) -> dict[int, LevelName]:
    """Find each symbol's column of closes, which has the symbol's name alone, and its further fields.

    Args:
        names: of all columns.
        fields: the file's words for fields that are not usual ones, as configured.

    Returns:
        Field and symbol by column, the field of the closes being "close"; copies (AAA.1) have their number as
        field. Nothing where no column's name is another's with a word for a field.

    >>> find_companions(["Date", "A", "A Volume"])
    {1: LevelName(field='close', symbol='A'), 2: LevelName(field='Volume', symbol='A')}
    """
    numbers = [n for n, name in enumerate(names) if name and not is_field(name)]
    stems = {names[number] for number in numbers}
    parts = {}
    for number, name in enumerate(names):
        if name and match_field(name) != "session" and (part := _split(name, stems, fields)) is not None:
            parts[number] = part
    if not parts:
        return {}
    return {n: parts.get(n) or LevelName(CLOSE, names[n]) for n in sorted({*numbers, *parts})}


def is_copy(field: str) -> bool:
    """Whether a field is the number that a library adds to a repeated name."""
    return _COPY.fullmatch(field) is not None


def _split(name: str, stems: Collection[str], fields: Collection[str]) -> LevelName | None:
    for length in range(len(name) - 1, 0, -1):
        for stem, rest in ((name[:length], name[length:]), (name[-length:], name[:-length])):
            word = rest.strip(_BETWEEN)
            if stem not in stems:
                continue
            is_joined = word != rest or len(word) > 2
            is_word = word in fields or (is_joined and is_field(word)) or (word != rest and is_copy(word))
            if is_word:
                return LevelName(word, stem)
    return None
