"""The legacy encoding of a text, by what each makes of its bytes.

A short header gives general detectors too little; so an encoding is judged by the words for a bar's
fields, and by whether its letters look like words at all.
"""

import re
import unicodedata
from collections import Counter

from morrow.sources.tables.field_names import FIELD_NAMES

ENCODINGS = {
    "gb18030": "Chinese (GB 18030)",
    "cp932": "Japanese (Shift JIS)",
    "big5": "Chinese (Big5)",
    "cp949": "Korean (CP949)",
    "cp1252": "Western European (Windows-1252)",
    "cp1250": "Central European (Windows-1250)",
    "cp1251": "Cyrillic (Windows-1251)",
    "cp1254": "Turkish (Windows-1254)",
    "cp1253": "Greek (Windows-1253)",
    "cp1255": "Hebrew (Windows-1255)",
    "cp1256": "Arabic (Windows-1256)",
    "cp874": "Thai (Windows-874)",
    "euc_jp": "Japanese (EUC-JP)",
    "koi8_r": "Cyrillic (KOI8-R)",
    "cp866": "Cyrillic (DOS)",
    "cp850": "Western European (DOS)",
    "cp852": "Central European (DOS)",
    "mac_roman": "Western European (Macintosh)",
}
"""Legacy encodings, the more likely of equally good ones first, and what they are called."""

_RARER = frozenset({"cp866", "cp850", "cp852", "mac_roman"})
_LOOKED_AT, _HEADER_LINES = 1 << 13, 20
_LEAST_SCORE, _LEAST_RARE_SCORE = 0.5, 0.99
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_CELL = re.compile(r'[,;\t|"]')
_WORDS = frozenset(word.casefold() for words in FIELD_NAMES.values() for word in words if not word.isascii())
_ALPHABETS = (
    "äöüß", "àâæçéèêëîïôœùûüÿ", "áéíñóúüºª", "áâãàçéêíóôõúü", "àèéìíîòóù", "åäöæøé", "áéíóúýþæöð",
    "ąćęłńóśźż", "áčďéěíňóřšťúůýž", "áäčďéíĺľňóôŕšťúýž", "áéíóöőúüű", "ăâîşţșț", "čćđšž", "çğıöşüâî",
)  # fmt: skip
# Lead bytes of the characters that are in daily use.
_COMMON_LEADS = {
    "gb18030": ("gb2312", 0xD8),
    "big5": ("big5", 0xC7),
    "cp932": ("cp932", 0x98),
    "cp949": ("euc_kr", 0xC9),
}
_GROUPING = "\u00a0\u202f’·"
_SYMBOLS = "\u00a0\u202f\u3000€£¥¢°·–—’‘“”«»…±²³¹½¼¾‰§®©™ºª№，、。；：（）％￥＋－／．【】"


def describe_encoding(name: str) -> str:
    """An encoding's name, and what it is called where that says more."""
    return f"{name}, {ENCODINGS[name]}" if name in ENCODINGS else name.upper()


def detect_encoding(block: bytes) -> str | None:
    """The legacy encoding that makes most sense of bytes that are no UTF-8; None if none does.

    Args:
        block: whole lines.
    """
    lines = dict.fromkeys(line for line in block[: 1 << 22].split(b"\n") if not line.isascii())
    sample, size = [], 0
    for line in lines:
        sample.append(line)
        size += len(line)
        if size > _LOOKED_AT:
            break
    if _CONTROL.search(block[:_LOOKED_AT] + b"".join(sample)):
        return None
    best, encoding = (0, _LEAST_SCORE - 1e-9), None
    rarer, best_rarer = None, _LEAST_RARE_SCORE
    for candidate in ENCODINGS:
        try:
            text = b"\n".join(sample).decode(candidate)
        except UnicodeDecodeError:
            continue
        score = _count_fields(text), _judge_letters(text, candidate)
        if candidate in _RARER and not score[0]:
            if score[1] > best_rarer:
                rarer, best_rarer = candidate, score[1]
        elif score > best:
            best, encoding = score, candidate
    return rarer if rarer and best < (1, 0) and best[1] < best_rarer else encoding


def _count_fields(text: str) -> int:
    """How many words with letters beyond ASCII are, to the letter, fields of a bar."""
    cells = _CELL.split("\t".join(text.split("\n")[:_HEADER_LINES]))
    return len(_WORDS & {cell.strip().casefold() for cell in cells})


def _judge_letters(text: str, encoding: str) -> float:
    """How much the letters beyond ASCII look like text: 1 if all do, below 0 if most do not."""
    letters = Counter(letter.lower() for letter in text if "\x80" <= letter < "\u0250" and letter.isalpha())
    alphabet = max(_ALPHABETS, key=lambda each: sum(letters[letter] for letter in each))
    weights = total = 0.0
    for number, letter in enumerate(text):
        if letter < "\x80":
            continue
        before, after = text[number - 1] if number else " ", text[number + 1 : number + 2] or " "
        judgement = _judge_letter(before, letter, after, encoding)
        if letter.lower() in letters and letter.lower() not in alphabet:
            judgement = min(judgement, 0.4)
        weight = 2.0 if letter > "\u2e7f" else 1.0
        weights, total = weights + weight, total + weight * judgement
    return total / weights if weights else 0.0


def _judge_letter(before: str, letter: str, after: str, encoding: str) -> float:
    category = unicodedata.category(letter)
    if category.startswith("C") or "\uff61" <= letter <= "\uff9f":
        return -1.0  # a control, or halfwidth katakana
    neighbours = [other for other in (before, after) if other.isalpha()]
    if not category.startswith(("L", "M")):
        is_amid_digits = before.isdigit() and after.isdigit() and letter not in _GROUPING
        return (
            0.9 if letter in _SYMBOLS and (not neighbours or letter in "’·") and not is_amid_digits else -1.0
        )
    script = _script(letter)
    if script == "wide":
        return -0.5 if any("a" <= other <= "z" for other in neighbours) else _judge_wide(letter, encoding)
    is_odd = letter.isupper() and (before.islower() or (before.isalpha() and after.islower()))
    if is_odd or before.isdigit() or after.isdigit() or any(_script(other) != script for other in neighbours):
        return -0.75
    is_alone = not neighbours
    is_amid_accents = script == "LATIN" and len(neighbours) > 1 and not (before + after).isascii()
    return 0.2 if is_alone or is_amid_accents else 1.0


def _judge_wide(letter: str, encoding: str) -> float:
    if encoding == "cp949" and not "\uac00" <= letter <= "\ud7a3":
        return 0.0
    if encoding == "cp949":
        return 1.0 if _is_common(letter, encoding) else -0.25
    return 0.95 if _is_common(letter, encoding) else -0.25


def _script(letter: str) -> str:
    if letter < "\u0250":
        return "LATIN"
    return "wide" if letter > "\u2e7f" else unicodedata.name(letter, "").split(" ")[0]


def _is_common(letter: str, encoding: str) -> bool:
    if encoding not in _COMMON_LEADS:
        return True
    plain, rare = _COMMON_LEADS[encoding]
    try:
        return letter.encode(plain)[0] < rare
    except UnicodeEncodeError:
        return False
