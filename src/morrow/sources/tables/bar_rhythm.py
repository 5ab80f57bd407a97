"""Bars of less than a day: they are named as what they are, and not taken for rivals of one day."""

import re
from collections.abc import Sequence
from itertools import pairwise

import pyarrow as pa

from morrow.errors import SourceError
from morrow.sources.tables.columns import Columns
from morrow.sources.tables.raw_block import RawBlock
from morrow.sources.tables.values import to_texts

_SAMPLE_ROWS = 1000
_TIME = re.compile(r"(?:[T ](\d{1,2}):(\d{2})|(?<=\d{8})[T ]?(\d{2})(\d{2})(?:\d{2})?(?!\d))")
_TIME_NAMES = {
    "time",
    "zeit",
    "uhrzeit",
    "heure",
    "hora",
    "ora",
    "godzina",
    "hour",
    "czas",
    "tid",
    "время",
    "时间",
}


def refuse_intraday(table: RawBlock, columns: Columns, path: str) -> None:
    """Refuse bars of which most days have several, at different times.

    Raises:
        SourceError: it names the times, and how to make daily bars.
    """
    count = min(len(table.positions), _SAMPLE_ROWS)
    stamps = _to_stamps(table.columns[columns.session].slice(0, count))
    separate = [n for n, name in enumerate(table.names) if name.strip("<> ").casefold() in _TIME_NAMES]
    if separate and separate[0] != columns.session:
        own_times = _to_stamps(table.columns[separate[0]].slice(0, count))
        stamps = [f"{day} {time}" for day, time in zip(stamps, own_times, strict=True)]
    symbols: Sequence[str] = [""] * count
    if columns.symbol is not None:
        symbols = to_texts(table.columns[columns.symbol].slice(0, count)).to_pylist()
    times: dict[tuple[str, str], list[str]] = {}
    for symbol, stamp in zip(symbols, stamps, strict=True):
        if match := _TIME.search(stamp):
            time = f"{int(match[1] or match[3]):02d}:{match[2] or match[4]}"
            same_day = times.setdefault((symbol, stamp[: match.start()]), [])
            if time not in same_day:
                same_day.append(time)
    several = [day for day in times.values() if len(day) > 1]
    if not several or len(several) * 2 <= len(times):
        return
    first = sorted(several[len(several) // 2])
    raise SourceError(
        f'"{path}" has {_name_interval(first)} bars ({", ".join(first[:3])} ...); morrow reads daily bars: '
        'make them in pandas with frame.groupby([symbol, stamp.dt.date]).agg({"open": "first", '
        '"high": "max", "low": "min", "close": "last", "volume": "sum"}), and give that file'
    )


def _to_stamps(column: pa.ChunkedArray) -> list[str]:
    texts = to_texts(column).to_pylist()
    return [str(text) for text in texts]


def _name_interval(times: Sequence[str]) -> str:
    minutes = [int(time[:2]) * 60 + int(time[3:]) for time in times]
    gap = min(after - before for before, after in pairwise(minutes))
    return "hourly" if gap == 60 else f"{gap // 60}-hour" if gap % 60 == 0 else f"{gap}-minute"
