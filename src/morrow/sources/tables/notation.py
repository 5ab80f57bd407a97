"""The detection of how a table writes its numbers and days, as far as its texts prove it."""

from collections.abc import Iterable, Mapping

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from morrow.sources.tables.days import detect_day_order
from morrow.sources.tables.field_names import match_names
from morrow.sources.tables.raw_block import RawBlock
from morrow.sources.tables.values import Notation, is_text, read_numbers, to_texts

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
_SAMPLE_ROWS = 20_000


def detect_notation(table: RawBlock) -> dict[str, str]:
    """Options that read a table: of decimal, thousands and dates those that are not the default.

    Days are taken as day-first or month-first only if a number above 12 proves it; a comma that could be a
    decimal as well as a thousands separator is left alone.
    """
    notation: dict[str, str] = {}
    days: set[int] = set()
    for number, column in enumerate(table.columns):
        if is_text(column.type):
            order = detect_day_order(to_texts(column[:_SAMPLE_ROWS]).unique().to_pylist())
            if order is not None:
                notation["dates"] = order
                days.add(number)
                break
    days |= {match_names(table.names).get("session", -1), match_names(table.names).get("symbol", -1)}
    columns = [
        column for number, column in enumerate(table.columns) if number not in days and is_text(column.type)
    ]
    return {**notation, **_detect_separators(columns)}


def _detect_separators(columns: Iterable[pa.ChunkedArray]) -> Mapping[str, str]:
    """The first notation that leaves fewest texts unread, if no other one reads them differently."""
    samples = [column[:_SAMPLE_ROWS] for column in columns]
    samples = [sample for sample in samples if _look_like_numbers(to_texts(sample).to_pylist()[:100])]
    best: Mapping[str, str] = {}
    fewest, best_values = None, None
    for separators in _NOTATIONS:
        read = [read_numbers(sample, Notation(**separators)) for sample in samples]  # type: ignore[arg-type]
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
    return sum(text[-1].isdigit() and text.lstrip("+-")[:1].isdigit() for text in texts) * 2 > len(texts)


def _are_equal(first: list[Floats], second: list[Floats]) -> bool:
    return all(np.array_equal(a, b, equal_nan=True) for a, b in zip(first, second, strict=True))
