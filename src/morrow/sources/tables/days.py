"""Texts and typed columns as days, strictly: what cannot be read is flagged, never guessed."""

import re
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from morrow.source_kinds import TableSource
from morrow.sources.tables.day_texts import DayNotation, Order, Stamp, parse_day
from morrow.sources.tables.values import Flags, is_text, to_texts

Days = NDArray[np.datetime64]

ISO = DayNotation()
# What a stamp of nanoseconds can hold, which is what the calendars are made of.
_EARLIEST, _LATEST = np.datetime64("1678-01-01", "us"), np.datetime64("2261-12-31", "us")
_NEVER = np.datetime64("NaT", "us")
_EXCEL_ZERO = np.datetime64("1899-12-30", "us")
_EXCEL_FIRST = 61  # before 1 March 1900 Excel's numbers are a day off
_FARTHEST_S = 9.22e9  # seconds from 1970 to 2262
_NEAR_1970 = 1e11  # milliseconds: what is less, but more than any second, can be nothing else
_AMBIGUOUS = re.compile(r"\d{1,2}[/.-]\s?\d{1,2}[/.-]\s?(\d{4}|\d{2})\b.*", re.ASCII)
_SECOND_US = 1_000_000
_SECONDS_1973 = 1e8
_USUAL_SIZES: Mapping[Order, tuple[float, float]] = {"excel": (1e4, 1e5), "epoch": (_SECONDS_1973, np.inf)}
_HALF = 0.5


def day_notation(options: TableSource) -> DayNotation:
    """How the options of a source say that it writes its days."""
    return DayNotation(options.dates, options.date_format, options.zone, options.swapped_days is True)


def read_days(column: pa.ChunkedArray, notation: DayNotation = ISO) -> tuple[Days, Flags]:
    """Read a column as days: dates that can be read in one way only, stamps, and what the notation declares.

    A stamp's time and zone are cut off, unless the notation has a zone, whose day it is then.

    Returns:
        (R,) datetime64[us] midnights, NaT where unreadable, and (R,) whether unreadable (absent included).
    """
    kind = column.type
    if pa.types.is_date(kind) or pa.types.is_timestamp(kind):
        days = read_typed(column, notation)
    elif is_text(kind) or pa.types.is_integer(kind) or pa.types.is_floating(kind):
        encoded = to_texts(as_whole(column)).dictionary_encode()
        distinct = local_days(read_moments(encoded.dictionary.to_pylist(), notation), notation.zone)
        days = distinct[np.asarray(encoded.indices)] if len(distinct) else np.empty(0, dtype="datetime64[us]")
    else:
        days = np.full(len(column), _NEVER)
    if notation.swapped:
        days = swap_day_and_month(days)
    outside = (days < _EARLIEST) | (days > _LATEST)
    days = np.where(outside, _NEVER, days)
    return days, np.isnat(days)


def looks_like_days(column: pa.ChunkedArray, notation: DayNotation) -> bool:
    """Whether most values of a column are days; plain numbers, only if they are of a usual size."""
    unreadable = read_days(column, notation)[1]
    written = np.asarray(pc.not_equal(to_texts(column), ""))
    if not written.any() or unreadable[written].mean() >= _HALF:
        return False
    if notation.date_format is not None or notation.order not in _USUAL_SIZES:
        return True
    numbers = np.array([read_number(text) for text in to_texts(as_whole(column)).unique().to_pylist()])
    numbers = numbers[~np.isnan(numbers)]
    least, most = _USUAL_SIZES[notation.order]
    return not len(numbers) or bool(((np.abs(numbers) >= least) & (np.abs(numbers) < most)).mean() >= _HALF)


def read_moments(texts: Sequence[str], notation: DayNotation) -> tuple[Days, Flags]:
    """The moments of texts.

    Returns:
        (N,) datetime64[us], NaT where unreadable: in UTC where there is a time of day and the notation has a
        zone, else as written; and (N,) which are or could be in UTC.
    """
    stamps = [parse_day(text, notation) for text in texts]
    moments = np.array(
        [_moment(stamp, to_utc=notation.zone is not None) for stamp in stamps], "datetime64[us]"
    )
    in_utc = np.array([stamp is not None and stamp.seconds is not None for stamp in stamps], dtype=bool)
    if notation.date_format is None and notation.order in ("excel", "epoch"):
        left = np.flatnonzero(np.isnat(moments)).tolist()
        numbers = np.array([read_number(texts[index]) for index in left], dtype=np.float64)
        moments[left] = _excel_moments(numbers) if notation.order == "excel" else epoch_moments(numbers)
        in_utc[left] = notation.order == "epoch"
    return moments, in_utc


def swap_day_and_month(days: Days) -> Days:
    """The days with day and month exchanged wherever both are 12 or less."""
    months = days.astype("datetime64[M]")
    years = months.astype("datetime64[Y]")
    day = (days - months).astype("timedelta64[D]").astype(np.int64)  # from 0
    month = (months - years).astype(np.int64)
    swappable = ~np.isnat(days) & (day < 12)
    swapped = (years.astype("datetime64[M]") + np.where(swappable, day, 0)).astype("datetime64[us]")
    swapped = swapped + np.where(swappable, month, 0) * np.timedelta64(1, "D")
    return np.where(swappable, swapped, days)


def is_ambiguous(text: str) -> bool:
    """Whether a text is a date whose day and month could be swapped, such as 03/04/2024."""
    return _AMBIGUOUS.fullmatch(text.strip()) is not None


def read_typed(column: pa.ChunkedArray, notation: DayNotation) -> Days:
    """Midnights of a column of dates or stamps: in the notation's zone if it has one, else in their own."""
    kind = column.type
    is_moment = pa.types.is_timestamp(kind)
    if is_moment and kind.tz and notation.zone is None:
        column = pc.local_timestamp(column)
    elif is_moment:
        column = as_utc(column)
    if is_moment and notation.zone is not None:
        moments = np.asarray(pc.cast(column, pa.timestamp("us"), safe=False)).astype("datetime64[us]")
        return local_days((moments, ~np.isnat(moments)), notation.zone)
    dates = pc.cast(pc.cast(column, pa.timestamp("us"), safe=False), pa.date32(), safe=False)
    return np.asarray(pc.cast(dates, pa.timestamp("us"))).astype("datetime64[us]")


def as_utc(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Stamps without a zone; those with one in UTC."""
    kind = column.type
    return pc.local_timestamp(pc.cast(column, pa.timestamp(kind.unit, "UTC"))) if kind.tz else column


def as_whole(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Floats as integers where all of them are whole, so that their texts are plain digits."""
    if not pa.types.is_floating(column.type):
        return column
    values = np.array(pc.fill_null(column, np.nan), dtype=np.float64)
    absent = np.isnan(values)
    if (np.abs(values[~absent]) < 2**63).all() and (values[~absent] % 1 == 0).all():
        whole = np.where(absent, 0, values).astype(np.int64)
        return pa.chunked_array([pa.array(whole, mask=absent)])
    return column


def local_days(moments: tuple[Days, Flags], zone: str | None) -> Days:
    """Midnights of the moments' days, in the zone for those that are in UTC."""
    days, in_utc = moments
    if zone is not None and in_utc.any():
        stamps = pd.DatetimeIndex(days[in_utc]).tz_localize("UTC").tz_convert(zone).tz_localize(None)
        days = days.copy()
        days[in_utc] = stamps.to_numpy("datetime64[us]")
    return days.astype("datetime64[D]").astype("datetime64[us]")


def _moment(stamp: Stamp | None, *, to_utc: bool) -> np.datetime64:
    if stamp is None:
        return _NEVER
    when = np.datetime64(stamp.day, "us")
    if stamp.seconds is None:
        return when
    seconds = stamp.seconds - (60 * (stamp.offset or 0) if to_utc else 0)
    return when + np.timedelta64(seconds * _SECOND_US, "us")


def read_number(text: str) -> float:
    """A text as a plain number, NaN if it is none."""
    try:
        return float(text) if text[:1].isdigit() or text[:1] in "+-" else np.nan
    except ValueError:
        return np.nan


def _excel_moments(numbers: NDArray[np.float64]) -> Days:
    """Days of a spreadsheet's serial numbers, which count from the end of 1899."""
    readable = (numbers >= _EXCEL_FIRST) & (numbers < 200_000)
    whole = np.where(readable, np.round(numbers * 86_400), 0).astype(np.int64)  # seconds
    return np.where(readable, _EXCEL_ZERO + whole * np.timedelta64(_SECOND_US, "us"), _NEVER)


def epoch_moments(numbers: NDArray[np.float64]) -> Days:
    """Moments of seconds, milli-, micro- or nanoseconds since 1970, each by its own size.

    Close to 1970 a number could be of two units. Those that only the finer one explains decide it for all.
    """
    size = np.where(np.isfinite(numbers), np.abs(numbers), np.inf)
    unit = np.select([size <= _FARTHEST_S * 1000.0**step for step in range(4)], range(4), 4)
    for step in range(3):
        finer = (unit == step + 1) & (size < _NEAR_1970 * 1000.0**step)
        if finer.any():
            unit[unit == step] = step + 1
    readable = unit < 4
    micros = np.where(readable, numbers, 0) * np.array([1e6, 1e3, 1, 1e-3, 0])[unit]
    return np.where(readable, micros.astype(np.int64).astype("datetime64[us]"), _NEVER)
