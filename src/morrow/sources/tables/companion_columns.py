"""Columns beside a symbol's closes that its name marks as another field: XI and XI Volume, AAA and AAA.1.

Without a joint only a word for a volume marks one: SMIN beside S and IMAX beside I are symbols of their own.
"""

import re
from collections.abc import Collection, Sequence

from morrow.sources.tables.field_names import is_field, match_field
from morrow.sources.tables.header_levels import LevelName

CLOSE = "close"
_BETWEEN = " ._-:/|()[]"
_SHORTEST = 3  # letters of a word that stands without a joint
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


def find_joined_words(names: Sequence[str]) -> dict[int, LevelName]:
    """Find columns whose name is another's and a field's word without a joint: AHIGH beside A, SMIN beside S.

    They may as well be symbols, which only their values can tell. Words for a volume are left out: those are
    companions.

    >>> find_joined_words(["Date", "S", "SMIN", "S Low", "SVOL"])
    {2: LevelName(field='MIN', symbol='S')}
    """
    stems = [name for name in names if name and not is_field(name)]
    words: dict[int, LevelName] = {}
    for number, name in enumerate(names):
        rests = {stem: (name.removeprefix(stem), name.removesuffix(stem)) for stem in stems if stem in name}
        for stem, word in ((stem, word) for stem, pair in rests.items() for word in pair):
            is_joined = _SHORTEST <= len(word) < len(name) and word == word.strip(_BETWEEN)
            if is_joined and is_field(word) and match_field(word) not in ("volume", "session", "symbol"):
                words[number] = LevelName(word, stem)
    return words


def is_copy(field: str) -> bool:
    """Whether a field is the number that a library adds to a repeated name."""
    return _COPY.fullmatch(field) is not None


def _split(name: str, stems: Collection[str], fields: Collection[str]) -> LevelName | None:
    for length in range(len(name) - 1, 0, -1):
        for stem, rest in ((name[:length], name[length:]), (name[-length:], name[:-length])):
            word = rest.strip(_BETWEEN)
            if stem not in stems:
                continue
            has_joint = word != rest
            is_volume = len(word) >= _SHORTEST and match_field(word) == "volume"
            if word in fields or is_volume or (has_joint and (is_field(word) or is_copy(word))):
                return LevelName(word, stem)
    return None
