"""The words that vendors and libraries use for the fields of a bar; those of ``field_names.toml``."""

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping
from importlib.resources import files

_VOCABULARY = tomllib.loads(files(__package__).joinpath("field_names.toml").read_text(encoding="utf-8"))
FIELD_NAMES: Mapping[str, tuple[str, ...]] = {
    meaning: tuple(words) for meaning, words in _VOCABULARY["fields"].items()
}
_BAR_LETTERS = {
    "o": "open",
    "h": "high",
    "l": "low",
    "c": "close",
    "v": "volume",
    "t": "session",
    "s": "symbol",
}
_PLAIN_LETTERS = str.maketrans({"ł": "l", "ø": "o", "ı": "i", "đ": "d", "æ": "ae"})
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[^\W\d_][^\W\d_A-Z]*|\d+")
_CORE_FIELDS = frozenset({"open", "high", "low", "close", "volume"})
_NEUTRAL = frozenset({  # beside a field's word; "DAY" is a symbol only beside others with the same fields
    "daily", "dly", "day", "days", "session", "trading", "trade", "traded", "price", "prices", "prc", "total",
    "raw", "unadjusted",
})  # fmt: skip
_NUMBERED = re.compile(r"^\d+[a-z]?\s*[.)]\s*", re.IGNORECASE)
_BRACKET = re.compile(r"\s*[(\[]\s*([^()\[\]]*?)\s*[)\]]")


def normalize_name(name: str) -> str:
    """A name in small letters and digits, without accents, numbering, or a unit in brackets.

    >>> normalize_name("4. Schlußkurs (EUR)"), normalize_name("Close.1"), normalize_name("Najwyższy")
    ('schlusskurs', 'close1', 'najwyzszy')
    """
    text = _NUMBERED.sub("", name.strip())
    text = _BRACKET.sub(lambda match: "" if _fold(match[1]) in {"", *_UNITS} else f" {match[1]}", text)
    return _fold(text)


def match_field(name: str) -> str | None:
    """What a column of this name holds, in morrow's words; None if the name says nothing.

    A name with a percent sign is a change, never a price.

    >>> match_field("Schlusskurs"), match_field("DailyHighPrice"), match_field("Chg %"), match_field("AAPL")
    ('close', 'high', None, None)
    """
    return None if "%" in name else _MEANINGS.get(normalize_name(name)) or _match_core(name)


def match_whole_field(name: str) -> str | None:
    """What a column of this name holds, as ``match_field``, by the whole name without neutral words.

    >>> match_whole_field("Close"), match_whole_field("DAY Close")
    ('close', None)
    """
    return None if "%" in name or _match_core(name) else _MEANINGS.get(normalize_name(name))


def is_neutral(word: str) -> bool:
    """Whether a word beside a field's word usually adds nothing to it, such as "daily"."""
    return _fold(word) in _NEUTRAL


def is_field(name: str) -> bool:
    """Whether a name is that of a field of a bar, used by morrow or not (a bid, a turnover, a change)."""
    folded = normalize_name(name)
    return "%" in name or folded in _MEANINGS or folded in _OTHERS


def is_unit(text: str) -> bool:
    """Whether a text is a unit (a currency, shares), or nothing but punctuation.

    >>> is_unit("EUR"), is_unit("$"), is_unit("AAPL")
    (True, True, False)
    """
    return _fold(text) in {"", *_UNITS, *_AMOUNTS}


def match_names(names: Iterable[str]) -> dict[str, int]:
    """Match column names in any case to morrow's names; the most usual name of each wins.

    A close beside neutral words counts only if no other column is the close of something else: DAY Close
    beside KO Close is a symbol's.
    """
    names = list(names)
    folded = ["" if "%" in name else normalize_name(name) for name in names]
    numbers: dict[str, int] = {}
    for meaning, words in _FOLDED_NAMES.items():
        number = next((folded.index(word) for word in words if word in folded), None)
        if number is not None:
            numbers[meaning] = number
    for number, name in enumerate(names):
        core = _match_core(name)
        if core == "close" and any(map(_is_close_of_another, names)):
            continue
        if core is not None and folded[number] not in _MEANINGS:
            numbers.setdefault(core, number)
    if {"o", "h", "l", "c"} <= set(folded):
        for letter, meaning in _BAR_LETTERS.items():
            if letter in folded:
                numbers.setdefault(meaning, folded.index(letter))
    return numbers


def find_candidates(names: Iterable[str], meaning: str) -> list[int]:
    """All columns whose names say one of morrow's names, the most usual name first."""
    folded = ["" if "%" in name else normalize_name(name) for name in names]
    return [number for word in _FOLDED_NAMES[meaning] for number, name in enumerate(folded) if name == word]


def find_rivals(names: Iterable[str]) -> dict[str, list[int]]:
    """The columns whose names say the same field in the same words, such as Close, Close.1 and close.

    Returns:
        Numbers of the columns, by the field; only fields with several.
    """
    by_word: dict[str, list[int]] = {}
    for number, name in enumerate(names):
        word = normalize_name(re.sub(r"[._ ]\d+$", "", name))
        if "%" not in name and word in _MEANINGS:
            by_word.setdefault(word, []).append(number)
    return {_MEANINGS[word]: numbers for word, numbers in by_word.items() if len(numbers) > 1}


def _match_core(name: str) -> str | None:
    """The field of a name with a field's word among words that add nothing: DailyHighPrice, day_low."""
    if "%" in name or normalize_name(name) in _OTHERS:
        return None
    words = [_fold(word) for word in _WORDS.findall(name)]
    core = [word for word in words if word not in _NEUTRAL]
    meaning = _MEANINGS.get(core[0]) if len(core) == 1 < len(words) else None
    return meaning if meaning in _CORE_FIELDS else None


def _is_close_of_another(name: str) -> bool:
    """Whether a name is a word for a close and one other word, which may be a symbol: KO Close."""
    if is_field(name):
        return False
    words = [_fold(word) for word in _WORDS.findall(name)]
    others = [word for word in words if word not in _NEUTRAL and _MEANINGS.get(word) != "close"]
    is_close = any(_MEANINGS.get(word) == "close" for word in words)
    return (
        is_close
        and len(others) == 1
        and not (others[0].isdigit() or is_unit(others[0]) or is_field(others[0]))
    )


def _fold(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.casefold().translate(_PLAIN_LETTERS))
    return "".join(letter for letter in plain if letter.isalnum())


_FOLDED_NAMES = {meaning: tuple(map(_fold, words)) for meaning, words in FIELD_NAMES.items()}
_MEANINGS: dict[str, str] = {}
for _meaning, _words in _FOLDED_NAMES.items():
    for _word in _words:
        _MEANINGS.setdefault(_word, _meaning)
_OTHERS = frozenset(map(_fold, _VOCABULARY["other"]["names"]))
_UNITS = frozenset(map(_fold, _VOCABULARY["units"]["names"]))
_AMOUNTS = frozenset(map(_fold, _VOCABULARY["amounts"]["names"]))
