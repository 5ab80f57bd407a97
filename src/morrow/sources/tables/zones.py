"""The zone whose days the moments of daily bars are: an exchange's midnight or close, written in UTC."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import time

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from morrow.errors import SourceError
from morrow.sources.tables.values import Flags

_MIDNIGHT, _LAST_MINUTE = time(0), time(23, 59)
_MONDAY_TO_FRIDAY, _SUNDAY_TO_THURSDAY = frozenset(range(5)), frozenset({6, 0, 1, 2, 3})
_FEWEST_DAYS = 10
_CONSTANT_SHARE = 0.98  # a few half days close earlier
_STRAY_SHARE = 0.005  # of sessions outside the exchange's week
_DAILY_SHARE = 0.1  # of bars on Saturdays, and on Sundays, in a market that never closes


@dataclass(frozen=True)
class ExchangeZone:
    """A zone with exchanges, when they close and on which days they trade (0 is Monday)."""

    name: str
    closes: tuple[time, ...]
    week: frozenset[int] = _MONDAY_TO_FRIDAY


# Of zones that agree the first is named.
EXCHANGE_ZONES = (
    ExchangeZone("America/New_York", (time(16),)),
    ExchangeZone("America/Chicago", (time(15), time(16))),
    ExchangeZone("America/Sao_Paulo", (time(17), time(18))),
    ExchangeZone("Europe/Berlin", (time(17, 30),)),
    ExchangeZone("Europe/London", (time(16, 30),)),
    ExchangeZone("Europe/Helsinki", (time(18, 30),)),
    ExchangeZone("Europe/Istanbul", (time(17, 30), time(18))),
    ExchangeZone("Europe/Moscow", (time(18, 45), time(18, 50))),
    ExchangeZone("Africa/Johannesburg", (time(17),)),
    ExchangeZone("Asia/Tokyo", (time(15), time(15, 30))),
    ExchangeZone("Asia/Hong_Kong", (time(15), time(16), time(16, 10))),
    ExchangeZone("Asia/Seoul", (time(15), time(15, 30))),
    ExchangeZone("Asia/Taipei", (time(13, 30),)),
    ExchangeZone("Asia/Singapore", (time(17), time(17, 16))),
    ExchangeZone("Asia/Bangkok", (time(16, 30), time(16))),
    ExchangeZone("Asia/Kolkata", (time(15, 30),)),
    ExchangeZone("Australia/Sydney", (time(16), time(16, 12))),
    ExchangeZone("Pacific/Auckland", (time(16, 45), time(17))),
    ExchangeZone("Asia/Riyadh", (time(15), time(15, 20)), _SUNDAY_TO_THURSDAY),
    ExchangeZone("Asia/Jerusalem", (time(17, 25), time(17, 35)), _SUNDAY_TO_THURSDAY),
)


def detect_zone(moments: NDArray[np.datetime64], written: NDArray[np.datetime64], naive: Flags) -> str | None:
    """The zone whose days the bars are, where the days as written cannot be an exchange's.

    That is so where days as written fall on a weekend and are not every day of the week. In the right zone
    every bar is stamped with midnight, or every one with an exchange's close, and no day is outside its week.

    Args:
        moments: (N,) in UTC, distinct.
        written: (N,) their days as written, midnights.
        naive: (N,) which are written with a time but without a zone, and could be anyone's.

    Returns:
        None where the days are right as written.

    Raises:
        SourceError: several zones fit and give other days, or none does.
    """
    if len(moments) < _FEWEST_DAYS or not _are_daily(moments) or not _are_off(written):
        return None
    if (moments == written).all():  # plain days of a market that trades on weekends
        return None
    fitting = dict(_fitting_zones(pd.DatetimeIndex(moments)))
    readings = list({days.tobytes(): name for name, days in reversed(fitting.items())}.values())
    if naive.all() and any(_closes_as_written(zone, moments, written) for zone in EXCHANGE_ZONES):
        readings.append("UTC")
    return _take_only_reading(readings, moments, written)


def detect_common_zone(
    moments: NDArray[np.datetime64],
    written: NDArray[np.datetime64],
    naive: Flags,
    symbols: NDArray[np.int64],
) -> str | None:
    """The zone whose days are right for symbols of several exchanges, each judged alone.

    That is the easternmost one: when its day begins, that of every exchange west of it is still to end. The
    zone is one in whose days no symbol leaves the week.

    Args:
        moments: (N,) in UTC, a row each.
        written: (N,) their days as written, midnights.
        naive: (N,) which are written with a time but without a zone.
        symbols: (N,) whose each row is.

    Returns:
        None where every symbol's days are right as written.

    Raises:
        SourceError: several zones fit and give other days, or none does.
    """
    if (moments == written).all():
        return None
    order = np.argsort(symbols, kind="stable")
    groups = np.split(order, np.flatnonzero(np.diff(symbols[order])) + 1)
    daily = [rows for rows in groups if len(rows) >= _FEWEST_DAYS and _are_daily(moments[rows])]
    off = [rows for rows in daily if _are_off(written[rows]) and (moments[rows] != written[rows]).any()]
    if not off:
        return None
    fitting = dict(_zones_for_all(pd.DatetimeIndex(moments), daily))
    readings = list({days.tobytes(): name for name, days in reversed(fitting.items())}.values())
    if all(
        naive[rows].all() and any(_closes_as_written(z, moments[rows], written[rows]) for z in EXCHANGE_ZONES)
        for rows in off
    ):
        readings.append("UTC")
    return _take_only_reading(readings, moments[off[0]], written[off[0]])


def _take_only_reading(
    readings: Sequence[str], moments: NDArray[np.datetime64], written: NDArray[np.datetime64]
) -> str:
    if len(readings) == 1:
        return readings[0]
    names = " or ".join(f'zone = "{name}"' for name in readings) or 'zone = "Asia/Tokyo" or the like'
    stamp = np.datetime_as_string(moments[0], unit="m")
    raise SourceError(
        f"the days of the stamps, as written, are those of no exchange ({_list_weekdays(written)}), first: "
        f'{stamp} UTC; say whose days they are: {names} ("UTC" leaves them as they are)'
    )


def _are_daily(moments: NDArray[np.datetime64]) -> bool:
    """Whether the moments are a day apart or more, and not of a market that never closes."""
    ordered = np.sort(moments)
    apart = np.diff(ordered) >= np.timedelta64(22, "h")
    return bool(apart.mean() >= _CONSTANT_SHARE)


def _are_off(written: NDArray[np.datetime64]) -> bool:
    """Whether the days fall on some weekends, but not on all."""
    shares = _weekday_shares(written)
    is_all_week = shares[5] >= _DAILY_SHARE and shares[6] >= _DAILY_SHARE
    return not is_all_week and shares[5] + shares[6] > _STRAY_SHARE


def _fitting_zones(moments: pd.DatetimeIndex) -> Iterator[tuple[str, NDArray[np.datetime64]]]:
    for zone in EXCHANGE_ZONES:
        local = moments.tz_localize("UTC").tz_convert(zone.name).tz_localize(None)
        days = local.normalize().to_numpy("datetime64[us]")
        if _stamps_sessions(zone, local) and _keeps_week(zone.week, days):
            yield zone.name, days


def _stamps_sessions(zone: ExchangeZone, local: pd.DatetimeIndex) -> bool:
    """Whether nearly all local times are midnights, or nearly all one of the zone's closes."""
    share = pd.Series(local.floor("min").time).value_counts(normalize=True)
    return share.iloc[0] >= _CONSTANT_SHARE and share.index[0] in (_MIDNIGHT, _LAST_MINUTE, *zone.closes)


def _zones_for_all(
    moments: pd.DatetimeIndex, groups: Sequence[NDArray[np.int64]]
) -> Iterator[tuple[str, NDArray[np.datetime64]]]:
    """Zones in whose days no group leaves its week, those with most midnights first."""
    fitting: list[tuple[float, str, NDArray[np.datetime64]]] = []
    for zone in EXCHANGE_ZONES:
        local = moments.tz_localize("UTC").tz_convert(zone.name).tz_localize(None)
        midnights = local.normalize()
        days = midnights.to_numpy("datetime64[us]")
        if all(
            not _are_off(days[rows])
            or (_keeps_week(zone.week, days[rows]) and _stamps_sessions(zone, local[rows]))
            for rows in groups
        ):
            fitting.append((float((local == midnights).mean()), zone.name, days))
    for _, name, days in sorted(fitting, key=lambda entry: -entry[0]):
        yield name, days


def _keeps_week(week: frozenset[int], days: NDArray[np.datetime64]) -> bool:
    shares = _weekday_shares(days)
    return bool(sum(shares[day] for day in range(7) if day not in week) <= _STRAY_SHARE)


def _closes_as_written(
    zone: ExchangeZone, moments: NDArray[np.datetime64], written: NDArray[np.datetime64]
) -> bool:
    """Whether naive stamps could be the closes of a zone's exchange in its own time."""
    seconds = ((moments - written) / np.timedelta64(1, "s")).astype(np.int64)
    closes = [each.hour * 3600 + each.minute * 60 for each in zone.closes]
    return bool(np.isin(seconds, closes).mean() >= _CONSTANT_SHARE) and _keeps_week(zone.week, written)


def _weekday_shares(days: NDArray[np.datetime64]) -> NDArray[np.float64]:
    weekdays = (days.astype("datetime64[D]").astype(np.int64) + 3) % 7  # 1970-01-01 was a Thursday
    return np.asarray(np.bincount(weekdays, minlength=7) / max(len(days), 1))


def _list_weekdays(days: NDArray[np.datetime64]) -> str:
    names = ("Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays", "Sundays")
    shares = _weekday_shares(days)
    return ", ".join(name for name, share in zip(names, shares, strict=True) if share > _STRAY_SHARE)
