"""Faults of rows: dates where nothing trades or that have not come, rivals, and what cannot be read."""

import numpy as np

from benchmarks.faults.sheet import Extra
from benchmarks.faults.spots import Planted, Spot

_NUMBERS = ("1,234.50", "12.3.4", "#REF!", "$45.10", "12,5", "inf", "Infinity", "4 5", "abc", "1e")
_DATES = ("2021-02-30", "31.12.2020", "yesterday", "2020-13-01", "03/04/2021", "0000-00-00")
DAY = np.timedelta64(1, "D")


def off_calendar(spot: Spot) -> Planted | None:
    """A bar on the last weekend or holiday before the spot."""
    days = spot.sheet.days
    closed = int((days[spot.at] - days[spot.at - 1]) / DAY) - 1
    if closed < 1 or not spot.truth.steady(spot.symbol, spot.at, 1):
        return None
    day = days[spot.at - 1] + int(spot.rng.integers(1, closed + 1)) * DAY
    bar = _like(spot, spot.at - 1)
    if spot.rng.random() < 0.3:
        bar |= dict.fromkeys(spot.sheet.prices, bar["close"])
    return _beside(spot, "off calendar", day, bar, f"{day} {day.astype(object):%a}")


def future_session(spot: Spot) -> Planted | None:
    """A bar dated days to a year after the clock of the run, which is the night after the last session."""
    ahead = int(np.exp(spot.rng.uniform(np.log(3), np.log(400))))
    day = spot.sheet.days[-1] + ahead * DAY
    if day.astype(object).weekday() >= 5:
        day += 2 * DAY
    bars = spot.truth.before(spot.symbol, len(spot.sheet.days), 1)
    if not len(bars) or bars[-1] < len(spot.sheet.days) - 2:
        return None
    bar = _like(spot, int(bars[-1]))
    return _beside(spot, "future session", day, bar, f"{ahead} days ahead")


def conflicting_duplicate(spot: Spot) -> Planted | None:
    """A second bar for the same symbol and session that says otherwise."""
    bar = spot.sheet.bar(spot.symbol, spot.at)
    factor = float(np.exp(spot.rng.choice([-1, 1]) * spot.rng.uniform(0.006, 0.3)))
    bar |= {name: bar[name] * factor for name in spot.sheet.prices}
    found = _beside(spot, "conflicting duplicate", spot.sheet.days[spot.at], bar, f"× {factor:.3f}")
    spot.sheet.there[spot.symbol, spot.at] = True
    return found


def unreadable(spot: Spot) -> Planted | None:
    """A text, or infinity, where a number should be, or a date that is none."""
    if spot.rng.random() < 0.3:
        text = str(spot.rng.choice(_DATES))
        bar = spot.sheet.bar(spot.symbol, spot.at)
        spot.sheet.there[spot.symbol, spot.at] = False
        found = _beside(spot, "unreadable", spot.sheet.days[spot.at], bar, f'session "{text}"')
        spot.sheet.extras[-1].session = text
        return found
    name, text = str(spot.rng.choice(spot.sheet.fields)), str(spot.rng.choice(_NUMBERS))
    spot.sheet.texts[spot.symbol, spot.at, name] = text
    return spot.planted("unreadable", f'{name} "{text}"')


def _like(spot: Spot, at: int) -> dict[str, float]:
    """A bar much like one of the symbol's, but not the same."""
    bar = spot.sheet.bar(spot.symbol, at)
    factor = float(np.exp(0.003 * spot.rng.standard_normal()))
    like = bar | {name: round(bar[name] * factor, 6) for name in spot.sheet.prices}
    if "volume" in like:
        like["volume"] = float(np.rint(like["volume"] * spot.rng.uniform(0.3, 1.5)))
    return like


def _beside(spot: Spot, kind: str, day: np.datetime64, bar: dict[str, float], note: str) -> Planted:
    spot.sheet.extras.append(Extra(spot.symbol, day, bar))
    place = len(spot.sheet.extras) - 1
    return spot.planted(kind, note, cells=(), extras=(place,), touched=((spot.symbol, spot.at),))
