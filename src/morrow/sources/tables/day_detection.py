"""The detection of how a column writes its days, as far as its values leave no doubt."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from morrow.sources.tables.day_texts import DayNotation, Order, list_orders, parse_day
from morrow.sources.tables.days import (
    ISO,
    Days,
    as_utc,
    as_whole,
    epoch_moments,
    local_days,
    read_moments,
    read_number,
    read_typed,
)  # fmt: skip
from morrow.sources.tables.values import Flags, is_text, to_texts

_SECONDS_1973, _MILLISECONDS_1973 = 1e8, 1e11
_EXCEL_1900, _EXCEL_1982, _EXCEL_2118 = 61, 30_000, 80_000
_SHORTEST_DAY_US = 79_200_000_000  # 22 hours
_MOST_SHARE, _HALF = 0.9, 0.5


def describe_orders(texts: Iterable[str]) -> str:
    """An example among texts, and the day that it is in each order; empty if none is such a date."""
    for text in texts:
        if readings := list_orders(text):
            days = [f'{day} with dates = "{order}"' for order, day in readings.items()]
            return f"{text} is {' or '.join(days)}"
    return ""


def list_common_orders(texts: Iterable[str]) -> list[Order]:
    """The orders in which all of some texts are days.

    >>> list_common_orders(["03/04/2024", "04/05/2024"])
    ['day-first', 'month-first']
    """
    readings = [list_orders(text) for text in texts]
    return [order for order in readings[0] if all(order in each for each in readings)] if readings else []


def detect_order(column: pa.ChunkedArray, *, is_named: bool) -> Order | None:
    """The only order that reads a column of days; None where none is needed, several or none would do.

    Args:
        column: any.
        is_named: whether it is known to hold the days, so that 42738 can be a day, and 1483401600 a moment.
    """
    if not (is_text(column.type) or pa.types.is_integer(column.type) or pa.types.is_floating(column.type)):
        return None
    texts = [text for text in to_texts(as_whole(column)).unique().to_pylist() if text]
    unread = [text for text in texts if parse_day(text, ISO) is None]
    order = detect_day_order(unread)
    numbers = np.array([read_number(text) for text in unread], dtype=np.float64)
    numbers = numbers[~np.isnan(numbers)]
    if order is not None or len(numbers) <= _HALF * len(texts):
        return order
    return _detect_count(np.sort(numbers), is_named=is_named)


def detect_day_order(texts: Iterable[str]) -> Order | None:
    """The only order in which all dates among some texts are days; None where several or none would do.

    Of two orders of which one puts the year first, the one whose days lie closer together is taken where they
    span less than half of the other's: 17/01/31 and 17/02/01 are two days, and not two of years.
    """
    readings = [orders for text in texts if text and (orders := list_orders(text))]
    if not readings:
        return None
    common = set.intersection(*(set(orders) for orders in readings))
    if len(common) == 2 and "year-first" in common and len(readings) > 1:
        spans = {order: _span([reading[order] for reading in readings]) for order in common}
        closer, wider = sorted(common, key=lambda order: spans[order])
        common = {closer} if 2 * spans[closer] < spans[wider] else common
    return common.pop() if len(common) == 1 else None


def _span(days: Sequence[date]) -> int:
    return (max(days) - min(days)).days


def read_instants(column: pa.ChunkedArray, notation: DayNotation) -> tuple[Days, Days, Flags]:
    """The distinct moments of a column.

    Returns:
        (N,) datetime64[us] in UTC, (N,) their days as written, and (N,) which have a time without a zone.
    """
    typed = pa.types.is_timestamp(column.type) or pa.types.is_date(column.type)
    texts = column if typed else pa.chunked_array([to_texts(as_whole(column))])
    moments, written, naive = _read_distinct(pa.chunked_array([pc.drop_null(texts.unique())]), notation)
    readable = ~np.isnat(moments)
    return moments[readable], written[readable], naive[readable]


def read_row_instants(column: pa.ChunkedArray, notation: DayNotation) -> tuple[Days, Days, Flags]:
    """The moments of all rows of a column, as those that ``read_instants`` gives; NaT where unreadable."""
    typed = pa.types.is_timestamp(column.type) or pa.types.is_date(column.type)
    values = column.combine_chunks() if typed else to_texts(as_whole(column))
    encoded = values.dictionary_encode()
    indices = np.asarray(pc.fill_null(encoded.indices, -1))
    moments, written, naive = _read_distinct(pa.chunked_array([encoded.dictionary]), notation)
    never = np.datetime64("NaT", "us")
    return (
        np.append(moments, never)[indices],
        np.append(written, never)[indices],
        np.append(naive, False)[indices],
    )


def _read_distinct(distinct: pa.ChunkedArray, notation: DayNotation) -> tuple[Days, Days, Flags]:
    kind = distinct.type
    if pa.types.is_timestamp(kind):
        moments = np.asarray(pc.cast(as_utc(distinct), pa.timestamp("us"), safe=False))
        naive = np.full(len(moments), kind.tz is None)
        return moments.astype("datetime64[us]"), read_typed(distinct, notation), naive
    if pa.types.is_date(kind):
        days = read_typed(distinct, notation)
        return days, days, np.zeros(len(days), dtype=bool)
    texts = distinct.to_pylist()
    stamps = [parse_day(text, notation) for text in texts]
    naive = np.array(
        [bool(stamp and stamp.seconds is not None and stamp.offset is None) for stamp in stamps], dtype=bool
    )
    moments, _ = read_moments(texts, replace(notation, zone="UTC"))
    return moments, local_days(read_moments(texts, notation), None), naive


def _detect_count(numbers: NDArray[np.float64], *, is_named: bool) -> Order | None:
    """What ascending distinct numbers count since when, where their size leaves no doubt."""
    size = np.abs(numbers)
    if (size >= (_SECONDS_1973 if is_named else _MILLISECONDS_1973)).mean() > _MOST_SHARE:
        steps = np.diff(epoch_moments(numbers)).astype(np.int64)
        return "epoch" if is_named or (len(steps) and np.median(steps) >= _SHORTEST_DAY_US) else None
    in_range = (numbers >= _EXCEL_1900) & (numbers < _EXCEL_2118)
    if is_named and in_range.mean() > _MOST_SHARE and numbers.max() > _EXCEL_1982:
        return "excel"
    return None
