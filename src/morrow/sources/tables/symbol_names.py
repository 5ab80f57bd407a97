"""Symbols as they are written: cleaned of what cannot be seen, and the same in capitals and small letters."""

import re
import unicodedata
from collections.abc import Sequence

import pandas as pd

from morrow.errors import UndecidedError
from morrow.source_kinds import TableSource

_WHOLE_NUMBER = re.compile(r"^(\d+)\.0$")


def clean_symbol(text: str, case: str | None = None) -> str:
    r"""A symbol without invisible characters and the ".0" of a number, in capitals if ``case`` is "upper".

    >>> clean_symbol("\u200bKO\xa0"), clean_symbol("600519.0"), clean_symbol("ko", "upper")
    ('KO', '600519', 'KO')
    """
    plain = text if text.isascii() else "".join(map(_show, text))
    plain = _WHOLE_NUMBER.sub(r"\1", plain.strip())
    return plain.upper() if case == "upper" else plain


def _show(letter: str) -> str:
    """A letter; a plain blank for any blank, nothing for what has no width."""
    category = unicodedata.category(letter)
    return " " if category == "Zs" else "" if category == "Cf" else letter


def refuse_case_pairs(frame: pd.DataFrame, names: Sequence[str], options: TableSource, path: str) -> None:
    """Ask about symbols that differ in capitals alone and share no session, unless that is decided.

    Args:
        frame: code (index into ``names``) and session of the bars.
        names: the symbols.
        options: with ``symbol_case``.
        path: name of the source in the message.

    Raises:
        UndecidedError: some do; it names the first.
    """
    if options.symbol_case is not None:
        return
    alike: dict[str, list[int]] = {}
    for code, name in enumerate(names):
        alike.setdefault(name.casefold(), []).append(code)
    for codes in alike.values():
        if len(codes) < 2:
            continue
        days = [set(frame.loc[frame["code"] == code, "session"].dropna()) for code in codes]
        if not all(days) or len(set.union(*days)) < sum(map(len, days)):
            continue
        written = " and ".join(names[code] for code in codes)
        raise UndecidedError(
            f'"{path}" has {written}, which differ in capitals alone and have no session in common; say '
            "whether they are one symbol",
            ['symbol_case = "upper"', 'symbol_case = "keep"'],
        )
