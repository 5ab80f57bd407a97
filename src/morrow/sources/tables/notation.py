"""The detection of how a table writes its numbers and days, as far as its texts prove it."""

import re
from collections.abc import Iterable, Mapping

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from morrow.sources.tables.day_detection import detect_order, read_instants
from morrow.sources.tables.day_texts import DayNotation
from morrow.sources.tables.days import looks_like_days
from morrow.sources.tables.field_names import match_names
from morrow.sources.tables.raw_block import RawBlock
from morrow.sources.tables.values import Notation, is_text, read_numbers, to_texts
from morrow.sources.tables.zones import detect_zone

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


def detect_notation(table: RawBlock) -> dict[str, str]:
    """Options that read a table: of decimal, thousands, dates and zone those that are not the default.

    Days are taken as day-first or month-first only if a number above 12 proves it; a comma that could be a
    decimal as well as a thousands separator is left alone.

    Raises:
        SourceError: the days of stamps as written are those of no exchange, and no zone is certain.
    """
    usual = match_names(table.names)
    number, options = _detect_days(table, usual.get("session"))
    others = {number, usual.get("symbol", -1)}
    columns = [column for index, column in enumerate(table.columns) if index not in others]
    return {**options, **_detect_separators(column for column in columns if is_text(column.type))}


def _detect_days(table: RawBlock, session: int | None) -> tuple[int, dict[str, str]]:
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
        options = ({"dates": order} if order else {}) | ({"zone": zone} if zone else {})
        return number, options
    return -1, {}


def _detect_separators(columns: Iterable[pa.ChunkedArray]) -> Mapping[str, str]:
    """The first notation that leaves fewest texts unread, if no other one reads them differently."""
    samples = [column[:_SAMPLE_ROWS] for column in columns]
    samples = [sample for sample in samples if _look_like_numbers(to_texts(sample).to_pylist()[:100])]
    best: Mapping[str, str] = {}
    fewest, best_values = None, None
    for separators in _NOTATIONS:
        read = [read_numbers(sample, Notation(strict=True, **separators)) for sample in samples]  # type: ignore[arg-type]
        unread = sum(int(bad.sum()) for _, bad in read)
        values = [numbers for numbers, _ in read]
        if fewest is None or unread < fewest:
            best, fewest, best_values = separators, unread, values
        elif unread == fewest and best_values is not None and not _are_equal(values, best_values):
            return {}
        if not best and not unread:
            break
    return best


def _look_like_numbers(sample: Iterable[str]) -> bool:
    texts = [text for text in sample if text]
    return sum(_NUMBER_LIKE.fullmatch(text) is not None for text in texts) * 2 > len(texts)


def _are_equal(first: list[Floats], second: list[Floats]) -> bool:
    return all(np.array_equal(a, b, equal_nan=True) for a, b in zip(first, second, strict=True))
