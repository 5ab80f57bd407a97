"""The choice whether columns beside symbols' closes are their further fields or symbols of their own.

Names propose it, values confirm it; where they do not agree it asks.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from morrow.errors import UndecidedError
from morrow.sources.tables.companion_columns import CLOSE, find_companions, find_joined_words, is_copy
from morrow.sources.tables.field_names import match_field
from morrow.sources.tables.fields_by_value import fits_bar
from morrow.sources.tables.header_levels import LevelName
from morrow.sources.tables.layout_answers import WIDE, answer_fields, answer_wide
from morrow.sources.tables.table_sample import TableSample
from morrow.sources.tables.unlike_prices import is_volume

Floats = NDArray[np.float64]

_NEAR = 0.2  # of the logarithm: typical distance between two fields of a bar
_PRICES = ("open", "high", "low")


def are_companions(sample: TableSample, path: str) -> bool:
    """Whether all columns are symbols' closes and their further fields (XI, XI Volume), without a doubt.

    Raises:
        UndecidedError: names say so and values may not, or names may be symbols and values are a bar's.
    """
    _ask_about_joined_words(sample, path)
    levels = {n: part for n, part in find_companions(sample.names).items() if n in sample.numbers}
    further = {number: part for number, part in levels.items() if part.field != CLOSE}
    if not further:
        return False
    odd = [number for number, part in further.items() if not _confirms(sample, number, part)]
    if not odd:
        return True
    likely = dict.fromkeys(part.field for n, part in further.items() if is_volume(sample.numbers[n]))
    meanings = {match_field(part.field): part.field for part in further.values()}
    prices = {name: meanings[name] for name in _PRICES if name in meanings}
    symbols = [sample.names[number] for number, part in levels.items() if part.field == CLOSE]
    raise UndecidedError(
        _describe(sample, odd[0], further[odd[0]], path),
        [
            *(answer_fields({"volume": word}) for word in likely),
            *([answer_fields(prices)] if prices else []),
            answer_wide(symbols),
            WIDE,
        ],
    )


def _ask_about_joined_words(sample: TableSample, path: str) -> None:
    """Ask where AHIGH stands beside A and has values of a high of A; where it has not, it is a symbol."""
    parts = {n: part for n, part in find_joined_words(sample.names).items() if n in sample.numbers}
    fitting = {n: part for n, part in parts.items() if _fits(sample, n, part)}
    if not fitting:
        return
    words: Mapping[str, str] = {match_field(part.field) or "": part.field for part in fitting.values()}
    fields = {name: words[name] for name in (*_PRICES, "adj_close") if name in words}
    further = {n: each for n, each in find_companions(sample.names).items() if each.field != CLOSE}
    volumes = [each.field for each in further.values() if match_field(each.field) == "volume"]
    fields |= {"volume": volumes[0]} if volumes else {}
    number, part = next(iter(fitting.items()))
    aside = {*fitting, *further}
    symbols = [name for n, name in enumerate(sample.names) if n in sample.numbers and n not in aside]
    raise UndecidedError(
        _describe(sample, number, part, path),
        [*([answer_fields(fields)] if fields else []), answer_wide(symbols), WIDE],
    )


def _describe(sample: TableSample, number: int, part: LevelName, path: str) -> str:
    return (
        f'"{path}" has a column "{sample.names[number]}" beside "{part.symbol}": another field of that '
        "symbol, or a symbol of its own"
    )


def _confirms(sample: TableSample, number: int, part: LevelName) -> bool:
    """Whether the values of a further field are what its word says, if it says a field that morrow reads."""
    meaning = match_field(part.field)
    if is_copy(part.field) or meaning in ("close", "adj_close", "symbol", "session"):
        return False
    if meaning == "volume":
        return is_volume(sample.numbers[number])
    return meaning not in _PRICES or _fits(sample, number, part)


def _fits(sample: TableSample, number: int, part: LevelName) -> bool:
    """Whether values are as near to the symbol's closes as another price of its bar, on the right side."""
    if part.symbol not in sample.names:
        return False
    close = sample.numbers.get(sample.names.index(part.symbol))
    if close is None:
        return False
    values, meaning = sample.numbers[number], match_field(part.field)
    there = np.isfinite(values + close) & (values > 0) & (close > 0)
    if not there.any() or float(np.median(np.abs(np.log(values[there] / close[there])))) >= _NEAR:
        return False
    if meaning in ("high", "low"):
        return fits_bar(*((values, close) if meaning == "high" else (close, values)), close)
    return True
