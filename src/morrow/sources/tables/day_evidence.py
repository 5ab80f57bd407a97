"""What the days of a whole table say about it: exchanged by a spreadsheet, or not those of daily bars."""

import re
from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from morrow.errors import UndecidedError
from morrow.sources.tables.days import swap_day_and_month

Days = NDArray[np.datetime64]

_FEWEST_DAYS, _FEWEST_ORDERED_DAYS = 8, 4  # of each kind, for the weekdays and for the order of lines
_OUTSIDE_SHARE, _STRAY_SHARE = 0.1, 0.01  # of days that were exchanged, and of right ones
_BACKWARD_SHARE = 0.05
_FEWEST_STEPS, _FEWEST_EVEN_STEPS = 10, 3  # of any length, and where all are about as long
_MOST_SYMBOLS = 20  # the first ones say how far apart all bars are
_WEEKLY_DAYS, _MONTHLY_DAYS, _QUARTERLY_DAYS, _YEARLY_DAYS = 5, 20, 60, 200
_CLOCK = re.compile(r"(?<!\d)(\d{1,2}):(\d{2})(?::\d{2})?(?!\d)")
_EPOCH = re.compile(r"(?<![\d.])1\d{9}(?:\d{3}){0,3}(?![\d.])")


def refuse_swapped_days(frame: pd.DataFrame, path: str) -> None:
    """Refuse days that are a market's only if day and month change places wherever both are 12 or less.

    Args:
        frame: code, session, in the source's order.
        path: its name in the message.

    Raises:
        UndecidedError: days up to the 12th fall on weekdays without trade, or break the lines' order, and
            others do not, and changing the places mends it.
    """
    days = frame["session"].to_numpy("datetime64[us]")
    codes = frame["code"].to_numpy()[~np.isnat(days)]
    days = days[~np.isnat(days)]
    distinct = np.sort(pd.unique(days))
    swapped = swap_day_and_month(distinct)
    moved = swapped != distinct
    fewest = min(int(moved.sum()), int((~moved).sum()))
    if fewest < _FEWEST_ORDERED_DAYS:
        return
    week = _usual_weekdays(distinct[~moved])
    shares = [_share_outside(week, part) for part in (distinct[moved], distinct[~moved], swapped[moved])]
    by_weekday = fewest >= _FEWEST_DAYS and shares[0] > _OUTSIDE_SHARE and max(shares[1:]) < _STRAY_SHARE
    first = days[codes == codes[0]]
    back = swap_day_and_month(first)
    by_order = _backward_share(first) > _BACKWARD_SHARE and _backward_share(back) == 0
    if by_weekday or by_order:
        example = np.datetime_as_string(distinct[moved][0], unit="D")
        right = np.datetime_as_string(swapped[moved][0], unit="D")
        where = (
            f"{shares[0]:.0%} of them on weekdays that no other day has"
            if by_weekday
            else "they break the order of the lines"
        )
        raise UndecidedError(
            f'in "{path}" days up to the 12th of a month are wrong ({where}), and right if day and month '
            f"change places, as a spreadsheet exchanges them: {example} would be {right}",
            ["swapped_days = true", "swapped_days = false"],
        )


def refuse_other_frequency(frame: pd.DataFrame, path: str) -> None:
    """Refuse weekly, monthly or rarer bars; of fewer than eleven, those that are evenly apart.

    Args:
        frame: code, session.
        path: its name in the message.

    Raises:
        UndecidedError: half of the bars are five days or more from the one before.
    """
    sample = frame.loc[frame["code"].to_numpy() < _MOST_SYMBOLS, ["code", "session"]].dropna()
    codes, days = sample["code"].to_numpy(), sample["session"].to_numpy("datetime64[D]").astype(np.int64)
    order = np.lexsort((days, codes))
    steps = np.diff(days[order])[np.diff(codes[order]) == 0]
    steps = steps[steps > 0]
    are_even = len(steps) >= _FEWEST_EVEN_STEPS and steps.max() <= 2 * steps.min()
    typical = float(np.median(steps)) if len(steps) >= _FEWEST_STEPS or are_even else 0.0
    if typical < _WEEKLY_DAYS:
        return
    name = next(
        name
        for limit, name in (
            (_MONTHLY_DAYS, "weekly"),
            (_QUARTERLY_DAYS, "monthly"),
            (_YEARLY_DAYS, "quarterly"),
            (np.inf, "yearly"),
        )
        if typical < limit
    )
    raise UndecidedError(
        f'"{path}" has {name} bars: half of them are {typical:g} days or more after the one before; morrow '
        "forecasts daily bars: bring those, or take each for a session",
        [f'frequency = "{name}"'],
    )


def describe_intraday(records: Sequence[str]) -> str:
    """How far apart several rows of one day are, as received; empty if they do not have times that differ."""
    minutes = {60 * int(hour) + int(minute) for text in records for hour, minute in _CLOCK.findall(text)}
    minutes = minutes or {int(number[:10]) // 60 for text in records for number in _EPOCH.findall(text)}
    if len(minutes) < len(records):
        return ""
    apart = int(np.diff(sorted(minutes)).min())
    return f"{apart} minutes apart" if apart % 60 else f"{apart // 60} hour{'s' if apart > 60 else ''} apart"


def _weekdays(days: Days) -> NDArray[np.int64]:
    return (days.astype("datetime64[D]").astype(np.int64) + 3) % 7  # 1970-01-01 was a Thursday


def _usual_weekdays(days: Days) -> NDArray[np.int64]:
    """The weekdays of a market: Sundays to Thursdays in some countries."""
    return np.flatnonzero(np.bincount(_weekdays(days), minlength=7) > _STRAY_SHARE * len(days))


def _share_outside(week: NDArray[np.int64], days: Days) -> float:
    return float((~np.isin(_weekdays(days), week)).mean())


def _backward_share(days: Days) -> float:
    """Share of steps against the direction of most steps."""
    steps = np.diff(days).astype(np.int64)
    backward = int((steps < 0).sum())
    return min(backward, int((steps > 0).sum())) / max(len(steps), 1)
