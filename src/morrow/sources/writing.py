"""How a table writes its numbers and days, as far as that can be told without guessing."""

from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from morrow.sources.columns import usual
from morrow.sources.tables import Table
from morrow.sources.values import Written, day_order, is_text, numbers, texts

Floats = NDArray[np.float64]

_STYLES: tuple[Mapping[str, str], ...] = (
    {},
    {"decimal": ","},
    {"decimal": ",", "thousands": "."},
    {"decimal": ",", "thousands": " "},
    {"decimal": ",", "thousands": "'"},
    {"thousands": ","},
    {"thousands": " "},
    {"thousands": "'"},
)
_LOOKED_AT = 20_000


def find(table: Table) -> dict[str, str]:
    """Options that read a table: of decimal, thousands and dates those that are not the default.

    Days are turned only if some number above 12 shows which is the day; a comma that could part whole from
    fraction as well as thousands is left alone.
    """
    found: dict[str, str] = {}
    days: set[int] = set()
    for place, column in enumerate(table.columns):
        if is_text(column.type):
            order = day_order(texts(column[:_LOOKED_AT]).unique().to_pylist())
            if order is not None:
                found["dates"] = order
                days.add(place)
                break
    days |= {usual(table.names).get("session", -1), usual(table.names).get("symbol", -1)}
    places = [c for c, column in enumerate(table.columns) if c not in days and is_text(column.type)]
    return {**found, **_style(table, places)}


def _style(table: Table, places: Iterable[int]) -> Mapping[str, str]:
    """The first style that leaves fewest texts unread, if no other one reads them differently."""
    columns = [table.columns[place][:_LOOKED_AT] for place in places]
    columns = [column for column in columns if _looks_like_numbers(texts(column).to_pylist()[:100])]
    best: Mapping[str, str] = {}
    fewest, values = None, None
    for style in _STYLES:
        read = [numbers(column, Written(**style)) for column in columns]  # type: ignore[arg-type]
        unread = sum(int(bad.sum()) for _, bad in read)
        given = [found for found, _ in read]
        if fewest is None or unread < fewest:
            best, fewest, values = style, unread, given
        elif unread == fewest and values is not None and not _alike(given, values):
            return {}
        if not best and not unread:
            break
    return best


def _looks_like_numbers(sample: Iterable[str]) -> bool:
    given = [text for text in sample if text]
    return sum(text[-1].isdigit() and text.lstrip("+-")[:1].isdigit() for text in given) * 2 > len(given)


def _alike(one: list[Floats], other: list[Floats]) -> bool:
    return all(np.array_equal(a, b, equal_nan=True) for a, b in zip(one, other, strict=True))
