"""How vendors and spreadsheets write days, numbers and volumes: functions from values to texts."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

_GERMAN = ["Jan.", "Feb.", "März", "Apr.", "Mai", "Juni", "Juli", "Aug.", "Sep.", "Okt.", "Nov.", "Dez."]
_FRENCH = ["janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc."]

UNITS = {"mln": 1e6, "万": 1e4, "L": 1e5}  # what volumes are counted in, by the word behind them
Days = pd.DatetimeIndex
Unit = Literal["s", "ms", "us", "ns"]


@dataclass(frozen=True)
class Style:
    """How a table is written.

    Attributes:
        separator: between fields.
        dates: a key of ``DATES``.
        zone: of times of day, where the style of dates has one.
        decimal: decimal separator.
        thousands: between groups of three digits of prices and volumes; "in" groups as in India.
        before: stands before each price, such as "$".
        after: stands after each price, such as " €".
        volumes: "whole", "grouped", "float", "short" (1.23M), "thousands" (68.18K) or one of ``UNITS``.
        quoted: whether all fields are in quotes.
        encoding: of the bytes; "gzip" and the like are endings of the file's name instead.
        newline: between lines.
        newest_first: whether bars are in falling order.
        by_day: whether bars of several symbols are sorted by day.
        above: lines above the header.
        below: lines between header and bars.
        footer: lines after the bars.
        has_header: whether there is one.
        trailing: whether each line ends in a separator.
    """

    separator: str = ","
    dates: str = "iso"
    zone: str = "UTC"
    decimal: str = "."
    thousands: str = ""
    before: str = ""
    after: str = ""
    volumes: str = "whole"
    quoted: bool = False
    encoding: str = "utf-8"
    newline: str = "\n"
    newest_first: bool = False
    by_day: bool = False
    above: tuple[str, ...] = ()
    below: tuple[str, ...] = ()
    footer: tuple[str, ...] = ()
    has_header: bool = True
    trailing: bool = False


DEFAULT = Style()


def _strftime(pattern: str) -> Callable[[Days, str], list[str]]:
    return lambda days, _zone: [day.strftime(pattern) for day in days]


def _epoch(unit: Unit) -> Callable[[Days, str], list[str]]:
    return lambda days, _zone: [str(value) for value in days.as_unit(unit).asi8.tolist()]


def _epoch_switching(days: Days, _zone: str) -> list[str]:
    half = len(days) // 2
    return _epoch("ms")(days[:half], "") + _epoch("us")(days[half:], "")


def _epoch_local(days: Days, zone: str) -> list[str]:
    return [str(value) for value in days.tz_localize(zone).as_unit("s").asi8.tolist()]


def _serial(days: Days, _zone: str) -> list[str]:
    return [str((day - pd.Timestamp("1899-12-30")).days) for day in days]


def _local_midnight_in_utc(days: Days, zone: str) -> list[str]:
    return [str(stamp) for stamp in days.tz_localize(zone).tz_convert("UTC")]


def _local_midnight_in_utc_z(days: Days, zone: str) -> list[str]:
    return [stamp.strftime("%Y-%m-%dT%H:%M:%SZ") for stamp in days.tz_localize(zone).tz_convert("UTC")]


def _local_midnight(days: Days, zone: str) -> list[str]:
    return [str(stamp) for stamp in days.tz_localize(zone)]


def _close_in_utc(days: Days, zone: str) -> list[str]:
    stamps = (days + pd.Timedelta(hours=16)).tz_localize(zone).tz_convert("UTC")
    return [stamp.strftime("%Y-%m-%dT%H:%M:%SZ") for stamp in stamps]


def _swap_day_and_month(days: Days, _zone: str) -> list[str]:
    """Days whose day and month a spreadsheet swapped wherever both are at most 12."""
    return [
        f"{day.year}-{day.day:02}-{day.month:02}" if day.day <= 12 else day.strftime("%Y-%m-%d")
        for day in days
    ]


def _months(names: list[str]) -> Callable[[Days, str], list[str]]:
    return lambda days, _zone: [f"{day.day} {names[day.month - 1]} {day.year}" for day in days]


DATES: Mapping[str, Callable[[Days, str], list[str]]] = {
    "iso": _strftime("%Y-%m-%d"),
    "compact": _strftime("%Y%m%d"),
    "compact float": _strftime("%Y%m%d.0"),
    "slashed": _strftime("%Y/%m/%d"),
    "dotted": _strftime("%Y.%m.%d"),
    "unpadded iso": lambda days, _zone: [f"{d.year}-{d.month}-{d.day}" for d in days],
    "unpadded slashed": lambda days, _zone: [f"{d.year}/{d.month}/{d.day}" for d in days],
    "blanks": _strftime("%Y %m %d"),
    "ISO week": _strftime("%G-W%V-%u"),
    "d. m. y": _strftime("%d. %m. %Y"),
    "iso midnight": _strftime("%Y-%m-%d 00:00:00"),
    "iso T": _strftime("%Y-%m-%dT00:00:00"),
    "iso Z": _strftime("%Y-%m-%dT00:00:00.000Z"),
    "iso +00:00": _strftime("%Y-%m-%d 00:00:00+00:00"),
    "end of day": _strftime("%Y-%m-%d 23:59:59"),
    "end of day Z": _strftime("%Y-%m-%dT23:59:59.999Z"),
    "d/m/y": _strftime("%d/%m/%Y"),
    "d.m.y": _strftime("%d.%m.%Y"),
    "d-m-y": _strftime("%d-%m-%Y"),
    "d.m.yy": _strftime("%d.%m.%y"),
    "d/m/yy": _strftime("%d/%m/%y"),
    "unpadded d.m.y": lambda days, _zone: [f"{d.day}.{d.month}.{d.year}" for d in days],
    "d/m/y midnight": _strftime("%d/%m/%Y 00:00"),
    "d.m.y millis": _strftime("%d.%m.%Y 00:00:00.000"),
    "m/d/y": _strftime("%m/%d/%Y"),
    "m/d/yy": _strftime("%m/%d/%y"),
    "unpadded m/d/y": lambda days, _zone: [f"{d.month}/{d.day}/{d.year}" for d in days],
    "m-d-y": _strftime("%m-%d-%Y"),
    "m/d/y close": lambda days, _zone: [f"{d.month}/{d.day}/{d.year} 16:00:00" for d in days],
    "Jan 19, 2018": _strftime("%b %d, %Y"),
    "January 19, 2018": _strftime("%B %d, %Y"),
    "January 19, 18": _strftime("%B %d, %y"),
    "Fri, Jan 19, 2018": _strftime("%a, %b %d, %Y"),
    "Fri Jan 19 2018": _strftime("%a %b %d %Y"),
    "19 Jan 2018": _strftime("%d %b %Y"),
    "19-Jan-2018": _strftime("%d-%b-%Y"),
    "19-JAN-2018": lambda days, _zone: [day.strftime("%d-%b-%Y").upper() for day in days],
    "19-Jan-18": _strftime("%d-%b-%y"),
    "19Jan2018": lambda days, _zone: [day.strftime("%d%b%Y").upper() for day in days],
    "RFC": _strftime("%a, %d %b %Y 00:00:00 GMT"),
    "19. Januar": _months(_GERMAN),
    "19 janvier": _months(_FRENCH),
    "Chinese": lambda days, _zone: [f"{d.year}年{d.month}月{d.day}日" for d in days],
    "Chinese padded": _strftime("%Y年%m月%d日"),
    "Minguo": lambda days, _zone: [f"{d.year - 1911}/{d.month:02}/{d.day:02}" for d in days],
    "compact time": _strftime("%Y%m%d 000000"),
    "serial": _serial,
    "serial float": lambda days, zone: [text + ".0" for text in _serial(days, zone)],
    "epoch s": _epoch("s"),
    "epoch ms": _epoch("ms"),
    "epoch us": _epoch("us"),
    "epoch ns": _epoch("ns"),
    "epoch s float": lambda days, zone: [text + ".0" for text in _epoch("s")(days, zone)],
    "epoch ms, then us": _epoch_switching,
    "epoch s local": _epoch_local,
    "local midnight in UTC": _local_midnight_in_utc,
    "local midnight in UTC, Z": _local_midnight_in_utc_z,
    "local midnight": _local_midnight,
    "close in UTC": _close_in_utc,
    "swapped": _swap_day_and_month,
}


def write_days(days: pd.Series, style: Style) -> list[str]:
    """Texts of a column of days."""
    return DATES[style.dates](pd.DatetimeIndex(days), style.zone)


def write_price(value: float, places: int, style: Style) -> str:
    """Text of one price, empty where there is none."""
    if np.isnan(value):
        return ""
    return style.before + _write_number(value, places, style) + style.after


def write_volume(value: float, style: Style) -> str:
    """Text of one volume, empty where there is none."""
    if np.isnan(value):
        return ""
    if style.volumes in ("short", "thousands"):
        unit = "K" if style.volumes == "thousands" or value < 1e6 else "M" if value < 1e9 else "B"
        scaled = value / {"K": 1e3, "M": 1e6, "B": 1e9}[unit]
        return f"{scaled:.2f}".replace(".", style.decimal) + unit
    if style.volumes in UNITS:
        return f"{value / UNITS[style.volumes]:.2f}".replace(".", style.decimal) + style.volumes
    if style.volumes == "float":
        return f"{value:.1f}".replace(".", style.decimal)
    grouped = style if style.volumes == "grouped" else DEFAULT
    return _write_number(value, 0, grouped)


def volume_as_written(value: float, style: Style) -> float:
    """The volume that a text of this style stands for."""
    if style.volumes in UNITS:
        return float(np.round(float(f"{value / UNITS[style.volumes]:.2f}") * UNITS[style.volumes]))
    if style.volumes not in ("short", "thousands") or np.isnan(value):
        return value
    unit = 1e3 if style.volumes == "thousands" or value < 1e6 else 1e6 if value < 1e9 else 1e9
    return float(np.round(float(f"{value / unit:.2f}") * unit))


def _write_number(value: float, places: int, style: Style) -> str:
    text = f"{value:.{places}f}"
    whole, _, fraction = text.partition(".")
    if style.thousands:
        whole = _group(whole, style.thousands)
    return f"{whole}{style.decimal}{fraction}" if fraction else whole


def _group(whole: str, separator: str) -> str:
    if separator == "in":
        head, tail = whole[:-3], whole[-3:]
        groups = [head[max(end - 2, 0) : end] for end in range(len(head), 0, -2)][::-1]
        return ",".join([*groups, tail])
    return f"{int(whole):,}".replace(",", separator)
