"""Faults of rows: dates where nothing trades or that have not come, rivals, and what cannot be read."""

import numpy as np

from benchmarks.faults.sheet import Extra
from benchmarks.faults.sites import PlantedFault, Site

_NUMBERS = ("12.3.4", "12,5", "inf", "Infinity", "4 5", "abc", "1e", "45.10.2020", "x45")
_DATES = ("2021-02-30", "31.12.2020", "yesterday", "2020-13-01", "03/04/2021", "0000-00-00")
DAY = np.timedelta64(1, "D")


def off_calendar(site: Site) -> PlantedFault | None:
    """A bar on the last weekend or holiday before the site."""
    days = site.sheet.days
    closed = int((days[site.at] - days[site.at - 1]) / DAY) - 1
    if closed < 1 or not site.truth.steady(site.symbol, site.at, 1):
        return None
    day = days[site.at - 1] + int(site.rng.integers(1, closed + 1)) * DAY
    bar = _like(site, site.at - 1)
    if site.rng.random() < 0.3:
        bar |= dict.fromkeys(site.sheet.prices, bar["close"])
    return _beside(site, "off calendar", day, bar, f"{day} {day.astype(object):%a}")


def future_session(site: Site) -> PlantedFault | None:
    """A bar dated days to a year after the clock of the run, which is the night after the last session."""
    ahead = int(np.exp(site.rng.uniform(np.log(3), np.log(400))))
    day = site.sheet.days[-1] + ahead * DAY
    if day.astype(object).weekday() >= 5:
        day += 2 * DAY
    bars = site.truth.before(site.symbol, len(site.sheet.days), 1)
    if not len(bars) or bars[-1] < len(site.sheet.days) - 2:
        return None
    bar = _like(site, int(bars[-1]))
    return _beside(site, "future session", day, bar, f"{ahead} days ahead")


def conflicting_duplicate(site: Site) -> PlantedFault | None:
    """A second bar for the same symbol and session that says otherwise."""
    bar = site.sheet.bar(site.symbol, site.at)
    factor = float(np.exp(site.rng.choice([-1, 1]) * site.rng.uniform(0.006, 0.3)))
    bar |= {name: bar[name] * factor for name in site.sheet.prices}
    fault = _beside(site, "conflicting duplicate", site.sheet.days[site.at], bar, f"× {factor:.3f}")
    site.sheet.there[site.symbol, site.at] = True
    return fault


def unreadable(site: Site) -> PlantedFault | None:
    """A text, or infinity, where a price should be, or a date that is none. A volume costs no bar."""
    if site.rng.random() < 0.3:
        text = str(site.rng.choice(_DATES))
        bar = site.sheet.bar(site.symbol, site.at)
        site.sheet.there[site.symbol, site.at] = False
        fault = _beside(site, "unreadable", site.sheet.days[site.at], bar, f'session "{text}"')
        site.sheet.extras[-1].session = text
        return fault
    name, text = str(site.rng.choice(site.sheet.prices)), str(site.rng.choice(_NUMBERS))
    site.sheet.texts[site.symbol, site.at, name] = text
    return site.plant("unreadable", f'{name} "{text}"')


def _like(site: Site, at: int) -> dict[str, float]:
    """A bar much like one of the symbol's, but not the same."""
    bar = site.sheet.bar(site.symbol, at)
    factor = float(np.exp(0.003 * site.rng.standard_normal()))
    like = bar | {name: round(bar[name] * factor, 6) for name in site.sheet.prices}
    if "volume" in like:
        like["volume"] = float(np.rint(like["volume"] * site.rng.uniform(0.3, 1.5)))
    return like


def _beside(site: Site, kind: str, day: np.datetime64, bar: dict[str, float], note: str) -> PlantedFault:
    site.sheet.extras.append(Extra(site.symbol, day, bar))
    place = len(site.sheet.extras) - 1
    return site.plant(kind, note, cells=(), extras=(place,), touched=((site.symbol, site.at),))
