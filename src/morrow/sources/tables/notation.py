"""The detection of how a table writes its numbers and days, as far as its texts prove it."""

import re
from collections.abc import Iterable, Mapping

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from morrow.sources.tables.day_detection import detect_order, read_instants, read_row_instants
from morrow.sources.tables.day_texts import DayNotation
from morrow.sources.tables.days import looks_like_days
from morrow.sources.tables.field_names import match_names
from morrow.sources.tables.raw_block import RawBlock
from morrow.sources.tables.values import Notation, is_text, read_numbers, to_texts
from morrow.sources.tables.zones import detect_common_zone, detect_zone

Floats = NDArray[np.float64]

_NOTATIONS: tuple[Mapping[str, str], ...] = (
    {},
    {"decimal": ","},
    {"decimal": ",", "thousands": "."},
    {"decimal": ",", "thousands": " "},
    {"decimal": ",", "thousands": "'"},
    {"thousands": ","},
    {"thousands": " "},
    {"thousands": "'"},
)
_NUMBER_LIKE = re.compile(r"[^\W\d_]{0,3}[^\w\s]{0,2}\s?\d[\d\s.,'’]*[^\w\s]?\s?[^\W\d_]{0,3}")
_SAMPLE_ROWS = 20_000
_COMMA = re.compile(r"(?<![\d,])\d{1,3}(?:[.\s'’]\d{3})*,\d+(?![\d,])|(?<![\d,])\d{4,},\d+(?![\d,])")
_COMMA_BEFORE_THREE = re.compile(r"\d{1,3},\d{3}")
_PLAIN_THOUSANDS = re.compile(r"[1-9]\d{3,}")


def detect_notation(table: RawBlock) -> dict[str, str]:
    """Options that read a table: of decimal, thousands, dates and zone those that are not the default.

    Days are taken as day-first or month-first only if a number above 12 proves it; a comma that could be a
    decimal as well as a thousands separator is left alone.

    Raises:
        SourceError: the days of stamps as written are those of no exchange, and no zone is certain.
    """
    usual = match_names(table.names)
    number, options = _detect_days(table, usual.get("session"), usual.get("symbol"))
    others = {number, usual.get("symbol", -1)}
    columns = [column for index, column in enumerate(table.columns) if index not in others]
    texts = [column for column in columns if is_text(column.type)]
    volume = usual.get("volume")
    volumes = table.columns[volume] if volume is not None and is_text(table.columns[volume].type) else None
    return {**options, **_detect_separators(texts, volumes)}


def suggest_separators(texts: Iterable[str]) -> list[str]:
    """Options that may read numbers with a comma, as TOML; both readings where each would do.

    >>> suggest_separators(['close="10,49"']), suggest_separators(['close="10,490"'])
    (['decimal = ","'], ['decimal = ","', 'thousands = ","'])
    """
    numbers = [number for text in texts for number in _COMMA.findall(text)]
    if not numbers:
        return []
    points = any("." in number for number in numbers)
    decimal = 'decimal = ","' + ('\nthousands = "."' if points else "")
    are_groups = all(map(_COMMA_BEFORE_THREE.fullmatch, numbers))
    return [decimal, 'thousands = ","'] if are_groups else [decimal]


def _detect_days(table: RawBlock, session: int | None, symbol: int | None) -> tuple[int, dict[str, str]]:
    """The column of days, −1 if there seems to be none, and the options that read it."""
    numbers = range(len(table.columns)) if session is None else [session, *range(len(table.columns))]
    for number in numbers:
        sample = table.columns[number][:_SAMPLE_ROWS]
        if pa.types.is_nested(sample.type):
            continue
        order = detect_order(sample, is_named=number == session)
        notation = DayNotation(order or "iso")
        if order is None and not looks_like_days(sample, notation):
            continue
        zone = detect_zone(*read_instants(sample, notation))
        if zone is None and symbol is not None:
            zone = _detect_common_zone(table, number, symbol, notation)
        options = ({"dates": order} if order else {}) | ({"zone": zone} if zone else {})
        return number, options
    return -1, {}


def _detect_common_zone(table: RawBlock, days: int, symbol: int, notation: DayNotation) -> str | None:
    """The zone of symbols that come with stamps of several exchanges, by all rows of the block."""
    moments, written, naive = read_row_instants(table.columns[days], notation)
    readable = ~np.isnat(moments)
    names = to_texts(table.columns[symbol]).dictionary_encode()
    codes = np.asarray(names.indices).astype(np.int64)
    return detect_common_zone(moments[readable], written[readable], naive[readable], codes[readable])


def _detect_separators(
    columns: Iterable[pa.ChunkedArray], volumes: pa.ChunkedArray | None
) -> Mapping[str, str]:
    """The first notation that leaves fewest texts unread, if no other one reads them differently.

    Of two such notations volumes decide, which are whole, and have a thousands separator if any number has
    one: 10,490 is less than eleven beside a volume of 784142, and more than ten thousand beside 784,142.
    """
    samples = [column[:_SAMPLE_ROWS] for column in columns]
    samples = [sample for sample in samples if _look_like_numbers(to_texts(sample).to_pylist()[:100])]
    readings: list[tuple[int, Mapping[str, str], list[Floats]]] = []
    for separators in _NOTATIONS:
        read = [read_numbers(sample, Notation(strict=True, **separators)) for sample in samples]  # type: ignore[arg-type]
        unread = sum(int(bad.sum()) for _, bad in read)
        if not separators and not unread:
            return {}
        readings.append((unread, separators, [numbers for numbers, _ in read]))
    fewest = min(unread for unread, _, _ in readings)
    (best, values), *others = [
        (separators, each) for unread, separators, each in readings if unread == fewest
    ]
    for separators, other_values in others:
        if _are_equal(values, other_values):
            continue
        fits = [volumes is not None and _fits_volumes(volumes, each) for each in (best, separators)]
        if fits[0] == fits[1] or (fits[0] and any(map(_has_point_currency, samples))):
            return {}
        if fits[1]:
            best, values = separators, other_values
    return best


def _fits_volumes(volumes: pa.ChunkedArray, separators: Mapping[str, str]) -> bool:
    """Whether volumes are whole in a notation, some above 999, and leave no thousands separator out."""
    sample = volumes[:_SAMPLE_ROWS]
    values, bad = read_numbers(sample, Notation(strict=True, **separators))  # type: ignore[arg-type]
    values = values[~bad & np.isfinite(values)]
    if not len(values) or (values % 1 != 0).any() or (values < 1000).all():
        return False
    return "thousands" not in separators or not any(
        map(_PLAIN_THOUSANDS.fullmatch, to_texts(sample).to_pylist())
    )


def _has_point_currency(sample: pa.ChunkedArray) -> bool:
    """Whether numbers are in the money of a country that writes a decimal point."""
    return any(sign in text for text in to_texts(sample).to_pylist()[:100] for sign in "$£¥")


def _look_like_numbers(sample: Iterable[str]) -> bool:
    texts = [text for text in sample if text]
    return sum(_NUMBER_LIKE.fullmatch(text) is not None for text in texts) * 2 > len(texts)


def _are_equal(first: list[Floats], second: list[Floats]) -> bool:
    return all(np.array_equal(a, b, equal_nan=True) for a, b in zip(first, second, strict=True))
